#include "analysis/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <map>

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

bool is_level(const Interval& difference, double size) {
  constexpr double kRounding = 1e-9;
  if (std::fabs(difference.mean) <= kRounding * std::fabs(size)) return true;
  return std::isfinite(difference.low) ? difference.low <= 0 && difference.high >= 0 : std::fabs(difference.mean) <= kHardly * std::fabs(size);
}

double running_quantile(const std::vector<double>& ended, const std::vector<double>& running, double p) {
  if (ended.empty()) return kNone;
  std::map<double, int> ends;
  for (const double t : ended) ++ends[t];
  double left = 1;
  for (const auto& [time, count] : ends) {
    const auto at_risk = [t = time](const std::vector<double>& v) { return std::count_if(v.begin(), v.end(), [t](double x) { return x >= t; }); };
    left *= 1 - static_cast<double>(count) / static_cast<double>(at_risk(ended) + at_risk(running));
    if (left <= 1 - p + 1e-12) return time;
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace capmix::analysis
