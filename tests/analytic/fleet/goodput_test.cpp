#include "fleet/goodput.hpp"

#include <cmath>

#include "catch.hpp"

using capmix::Seconds;
using namespace capmix::fleet;

TEST_CASE("Goodput by hand") {
  // delta 60 s, MTBF 12,000 s: interval sqrt(2 x 60 x 12000) = 1200 s. Per useful second: 60 / 1200 = 0.05 for
  // checkpoints, (600 + 600) / 12000 = 0.10 for failures with a restart of 600 s. g = 1 / 1.15.
  CHECK(young_daly(Seconds(60), Seconds(12000)).value() == test::Approx(1200));
  CHECK(goodput(Seconds(60), Seconds(12000), Seconds(600)) == test::Approx(1 / 1.15));
}

TEST_CASE("Goodput without failures, and without checkpoint cost") {
  CHECK(goodput(Seconds(60), Seconds(0), Seconds(600)) == 1);
  // Free checkpoints are continuous: only the restart is lost, 600 / 12000.
  CHECK(goodput(Seconds(0), Seconds(12000), Seconds(600)) == test::Approx(1 / 1.05));
}

TEST_CASE("Goodput agrees with the exact renewal to first order") {
  // Exact, with exponential failures that may also strike checkpoints and restarts: the expected time of one
  // cycle is exp(R / M) M (exp((tau + delta) / M) - 1). Here tau / M = 2e-3, so the second order is 1e-6 x few.
  const double delta = 2, m = 1e6, r = 500, tau = std::sqrt(2 * delta * m);
  const double exact = tau / (std::exp(r / m) * m * std::expm1((tau + delta) / m));
  CHECK(tau == test::Approx(2000));
  CHECK(goodput(Seconds(delta), Seconds(m), Seconds(r)) == test::Approx(exact).margin(1e-5));
  CHECK(goodput(Seconds(delta), Seconds(m), Seconds(r)) < 1 - 2e-3);
}
