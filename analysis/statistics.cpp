#include "analysis/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numeric>

namespace capmix::analysis {
namespace {
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
}

double quantile(std::vector<double> values, double p) {
  if (values.empty() || std::any_of(values.begin(), values.end(), [](double x) { return std::isnan(x); })) return kNone;
  std::sort(values.begin(), values.end());
  const double position = p * static_cast<double>(values.size() - 1);
  const size_t below = static_cast<size_t>(std::floor(position));
  const double rest = position - static_cast<double>(below);
  if (rest == 0 || values[below] == values[below + 1]) return values[below];  // also keeps inf - inf out
  return values[below] + rest * (values[below + 1] - values[below]);
}

double mean(const std::vector<double>& values) {
  if (values.empty()) return kNone;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
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
