// One operator by hand.
#include "step/roofline.hpp"

#include "catch.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

Roof round_roof() {
  Efficiency e;
  e.serving_gemm = {0.5}, e.serving_memory = {0.8}, e.gather = {0.25}, e.collective = {1.0};
  e.launch = Seconds(1e-6);
  e.gemm_half_flop = 1e9;
  Chip c;
  c.peak[Precision::bf16] = FlopRate(1e15);
  c.memory_bandwidth = ByteRate(4e12);
  return roof(c, e, Precision::bf16, Level::mode);
}

}  // namespace

TEST_CASE("a large product takes work over the attained rate") {
  // 99e9 FLOP attain 0.5 x 99 / (99 + 1) = 0.495 of 1e15: 200 us; 1e6 B at 3.2e12 B/s take 0.3 us. Plus 1 us.
  const auto t = operator_time(round_roof(), Flop(99e9), Bytes(1e6));
  CHECK(t.time.value() == test::Approx(201e-6));
  CHECK_FALSE(t.memory_bound);
}

TEST_CASE("a product of the half size attains half of the efficiency") {
  // 1e9 FLOP at 0.25 of 1e15: 4 us, plus 1 us.
  CHECK(operator_time(round_roof(), Flop(1e9), Bytes(0)).time.value() == test::Approx(5e-6));
}

TEST_CASE("an operator of little work takes its bytes over the attained bandwidth") {
  // 3.2e9 B at 3.2e12 B/s: 1 ms, plus 1 us; its 1e9 FLOP would take 4 us.
  const auto t = operator_time(round_roof(), Flop(1e9), Bytes(3.2e9));
  CHECK(t.time.value() == test::Approx(1.001e-3));
  CHECK(t.memory_bound);
}
