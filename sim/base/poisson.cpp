#include "base/poisson.hpp"

#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

namespace capmix {

Interval poisson_interval(double events, double confidence) {
  const double tail = (1 - confidence) / 2;
  return {events > 0 ? boost::math::gamma_p_inv(events, tail) : 0, boost::math::gamma_q_inv(events + 1, tail)};
}

Interval poisson_range(double mean, double confidence) {
  if (mean <= 0) return {};
  const double tail = (1 - confidence) / 2;
  // P(count <= k) = Q(k + 1, mean). The search begins beyond six standard deviations on either side.
  const double reach = 6 * std::sqrt(mean) + 20;
  const auto first = [&](double p) {
    double k = std::max(0.0, std::floor(mean - reach));
    while (k < mean + reach && boost::math::gamma_q(k + 1, mean) < p) ++k;
    return k;
  };
  return {first(tail), first(1 - tail)};
}

double normal_quantile(double u) { return -std::sqrt(2.0) * boost::math::erfc_inv(2 * u); }

}  // namespace capmix
