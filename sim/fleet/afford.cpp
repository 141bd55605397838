#include "fleet/afford.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::fleet {

double rate_at(const StepProfile& profile, double scale) {
  const auto& by = profile.by_scale;
  if (by.empty()) return scale == 1 ? 1 : 0;
  const auto above = std::lower_bound(by.begin(), by.end(), scale, [](const auto& entry, double x) { return entry.first < x; });
  if (above == by.end()) return 0;
  if (above->first == scale || above == by.begin()) return above->second;
  const auto& [x0, y0] = *(above - 1);
  const auto& [x1, y1] = *above;
  if (y0 <= 0 || y1 <= 0) return 0;
  return y0 * std::pow(y1 / y0, std::log(scale / x0) / std::log(x1 / x0));
}

std::vector<double> rankable(const Rates& rates, const Pool& pool, size_t s) {
  std::vector<double> out;
  for (int k = 0; k < static_cast<int>(pool.kinds().size()); ++k) {
    double& sum = out.emplace_back(0);
    for (const int p : pool.kind(k).pods)
      if (pool.pod(p).on) sum += rates.capacity(s, k, pool.pod(p).chips);
  }
  return out;
}

double affordable(const Rates& rates, size_t s, const std::vector<double>& capacity, double peak) {
  double least = HUGE_VAL, most = 0;
  for (size_t k = 0; k < capacity.size(); ++k) {
    if (capacity[k] <= 0) continue;
    const auto& by_scale = rates.cell(s, static_cast<int>(k)).profile->by_scale;
    if (!by_scale.empty()) least = std::min(least, by_scale.front().first), most = std::max(most, by_scale.back().first);
  }
  const auto enough = [&](double scale) {
    double sum = 0;
    for (size_t k = 0; k < capacity.size(); ++k)
      if (capacity[k] > 0) sum += capacity[k] * rate_at(*rates.cell(s, static_cast<int>(k)).profile, scale);
    return sum >= peak;
  };
  if (most <= 0 || !enough(least)) return 0;
  if (enough(most)) return most;
  double low = std::log(least), high = std::log(most);
  while (high - low > 1e-4) (enough(std::exp((low + high) / 2)) ? low : high) = (low + high) / 2;
  return std::exp(low);
}

}  // namespace capmix::fleet
