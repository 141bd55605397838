#include "analysis/statistics.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace capmix::analysis {
namespace {
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
}

Interval paired_interval(const std::vector<double>& differences, double confidence) {
  const double n = static_cast<double>(differences.size());
  const double m = mean(differences);
  if (!std::isfinite(m)) return {kNone, kNone, kNone};
  if (differences.size() < 2) return {m, kNone, kNone};
  double squares = 0;
  for (const double d : differences) squares += (d - m) * (d - m);
  const double error = std::sqrt(squares / (n - 1) / n);
  const boost::math::students_t_distribution<double> t(n - 1);
  const double half = boost::math::quantile(t, 0.5 + confidence / 2) * error;
  return {m, m - half, m + half};
}

}  // namespace capmix::analysis
