#include "base/poisson.hpp"

#include <cmath>

#include "catch.hpp"

using namespace capmix;

TEST_CASE("the exact interval of a Poisson mean") {
  // 0 events at 95 %: upper = -ln 0.025 = 3.6889. 10 events at 95 %: 4.7954 to 18.3904 (Garwood's table).
  CHECK(poisson_interval(0, 0.95).low == 0);
  CHECK(poisson_interval(0, 0.95).high == test::Approx(-std::log(0.025)));
  CHECK(poisson_interval(10, 0.95).low == test::Approx(4.7954).epsilon(1e-4));
  CHECK(poisson_interval(10, 0.95).high == test::Approx(18.3904).epsilon(1e-4));
}

TEST_CASE("the range of a Poisson count") {
  // Mean 1: P(0) = 0.368, P(<= 3) = 0.981, P(<= 2) = 0.920: the 2.5 % quantile is 0, the 97.5 % quantile 3.
  CHECK(poisson_range(1, 0.95).low == 0);
  CHECK(poisson_range(1, 0.95).high == 3);
  CHECK(poisson_range(0, 0.95).high == 0);
  const auto r = poisson_range(400, 0.95);  // near 400 +- 1.96 x 20
  CHECK(r.holds(400));
  CHECK(r.low == test::Approx(361).margin(1.5));
  CHECK(r.high == test::Approx(440).margin(1.5));
}

TEST_CASE("the normal quantile") {
  CHECK(normal_quantile(0.5) == test::Approx(0).margin(1e-15));
  CHECK(normal_quantile(0.975) == test::Approx(1.959963985));
  CHECK(normal_quantile(0.01) == test::Approx(-2.326347874));
}
