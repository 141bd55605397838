#include "base/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace capmix {
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

}  // namespace capmix
