// Failures of pods as aggregated streams: counts against the integral of the rate, by cause and by age.
#include "fleet/failure_stream.hpp"

#include <cmath>
#include <stdexcept>

#include "base/poisson.hpp"
#include "catch.hpp"

using namespace capmix;
using namespace capmix::fleet;

namespace {

Failures two_causes() {
  Failures f;
  f.causes.resize(2);
  f.causes[0].id = "chip", f.causes[0].per = FailureUnit::chip, f.causes[0].between = Seconds(50000 * 3600.0);
  f.causes[0].infant = 3.0, f.causes[0].infant_decay = kDay * 90;
  f.causes[0].repair.range = {Seconds(4 * 3600.0), Seconds(24 * 3600.0), Seconds(168 * 3600.0)};
  f.causes[1].id = "software", f.causes[1].per = FailureUnit::node, f.causes[1].blast = Blast::job, f.causes[1].between = Seconds(20000 * 3600.0);
  return f;
}

Population pod() {
  Population p;
  p.chips = 1024, p.nodes = 128, p.installed = kDay * 100;
  return p;
}

}  // namespace

TEST_CASE("a pod's failures come as often as their rate says, infants more often") {
  const Failures f = two_causes();
  const Seconds from = kDay * 100, until = kDay * 1196;  // three years from its installation on
  FailureStream stream(f, pod(), Draw::at_modes(), Draw(1, 0), "pod");
  // Chips: 1024 / 50,000 h x (26,304 h + 2 x 2160 h x (1 - exp(-1096 / 90))) = 627.2; software: 128 / 20,000 h x 26,304 h = 168.3.
  CHECK(stream.expected(from, until) == test::Approx(1024 / 50000.0 * (26304 + 4320 * (1 - std::exp(-1096 / 90.0))) + 128 / 20000.0 * 26304));
  double chips = 0, young = 0, all = 0, repairs = 0;
  constexpr int kPods = 200;
  for (int p = 0; p < kPods; ++p) {
    FailureStream one(f, pod(), Draw::at_modes(), Draw(1, 0), "pod" + std::to_string(p));
    Seconds last = from;
    for (auto e = one.next(from, until); e; e = one.next(e->at, until)) {
      CHECK((e->at >= last && e->at <= until));
      last = e->at, ++all;
      if (e->cause == 1) { CHECK(e->repair.value() == 0); continue; }
      ++chips, young += e->at < from + kDay * 90, repairs += e->repair.value();
    }
  }
  const auto near = [](double count, double mean) { return poisson_range(mean, 0.99).holds(count); };
  CHECK(near(all, kPods * stream.expected(from, until)));
  CHECK(near(chips, kPods * 1024 / 50000.0 * (26304 + 4320 * (1 - std::exp(-1096 / 90.0)))));
  CHECK(near(young, kPods * 1024 / 50000.0 * (2160 + 4320 * (1 - std::exp(-1.0)))));
  CHECK(repairs / chips == test::Approx((4 + 4 * 24 + 168) / 6.0 * 3600).epsilon(0.01));
}

TEST_CASE("a stream is a function of its name and seed, and ends with its population") {
  const Failures f = two_causes();
  const auto first = [&](const std::string& name, uint64_t seed) {
    return FailureStream(f, pod(), Draw::at_modes(), Draw(seed, 0), name).next(kDay * 100, kDay * 1000)->at.value();
  };
  CHECK(first("a", 1) == first("a", 1));
  CHECK(first("a", 1) != first("b", 1));
  CHECK(first("a", 1) != first("a", 2));
  FailureStream stream(f, pod(), Draw::at_modes(), Draw(1, 0), "a");
  const double whole = stream.rate(kDay * 2000).value();
  Population half = pod();
  half.chips /= 2, half.nodes /= 2;
  stream.resize(half);
  CHECK(stream.rate(kDay * 2000).value() == test::Approx(whole / 2));
  stream.resize(Population{});
  CHECK(!stream.next(kDay * 100, kDay * 1e6));
  CHECK_THROWS_AS(FailureStream(f, pod(), Draw::at_modes(), Draw::at_modes(), "a"), std::invalid_argument);
}
