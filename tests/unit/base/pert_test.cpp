#include "base/pert.hpp"

#include <boost/math/distributions/beta.hpp>
#include <cmath>

#include "catch.hpp"

using namespace capmix;

// t = logit u from -14 to 14 (u from 8e-7 on) in steps of 0.02: the table, its ends at +-10, and what lies beyond.
TEST_CASE("quantiles of PERT are those of the beta distribution, and rise with u") {
  for (int k = 0; k <= 40; ++k) {
    const double m = k / 40.0;
    const boost::math::beta_distribution<double> exact(1 + 4 * m, 5 - 4 * m);
    double last = 0, worst = 0;
    bool rises = true;
    for (int i = -700; i <= 700; ++i) {
      const double u = 1 / (1 + std::exp(-i / 50.0)), x = pert_quantile(m, u);
      worst = std::max(worst, std::fabs(x - boost::math::quantile(exact, u)));
      rises = rises && x > last && x < 1;
      last = x;
    }
    INFO("mode at " << m);
    CHECK(worst < 1e-9);
    CHECK(rises);
  }
}

// Mode at low: beta(1, 5), F = 1 - (1 - x)^5. Mode at high: its mirror image.
TEST_CASE("quantiles with the mode at an end, in closed form") {
  for (const double u : {0.001, 0.2, 0.5, 0.9, 0.9999}) {
    CHECK(std::fabs(pert_quantile(0, u) - (1 - std::pow(1 - u, 0.2))) < 1e-9);
    CHECK(std::fabs(pert_quantile(1, u) - std::pow(u, 0.2)) < 1e-9);
  }
}

TEST_CASE("an answer does not depend on what was asked before") {
  const double first = pert_quantile(0.31, 0.77);
  for (int i = 1; i < 6000; ++i) pert_quantile(i / 6001.0, 0.5);  // more shapes than are kept
  CHECK(pert_quantile(0.31, 0.77) == first);
}
