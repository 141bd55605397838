#include "model/gang_rates.hpp"

#include <algorithm>
#include <cmath>

namespace capmix {
namespace {

constexpr int kMostPods = 64;

// Where x lies between a and b, in logarithms.
double between(double x, double a, double b) { return a < b ? std::log(x / a) / std::log(b / a) : 0; }

double over_pods(const GangStep& s, int pods) {
  std::pair<int, double> before{1, 1.0};
  for (const auto& at : s.by_pods) {
    if (pods <= at.first) return before.second + (at.second - before.second) * between(pods, before.first, at.first);
    before = at;
  }
  return before.second;
}

// The first that is at least as wide; the end where none is.
auto wide_enough(const std::vector<GangStep>& steps, double chips) {
  return std::find_if(steps.begin(), steps.end(), [&](const GangStep& s) { return s.chips >= chips; });
}

}  // namespace

GangRates::GangRates(std::vector<GangStep> steps) : steps_(std::move(steps)) {
  std::sort(steps_.begin(), steps_.end(), [](const GangStep& a, const GangStep& b) { return a.chips < b.chips; });
  for (const auto& s : steps_)
    if (s.step > 0) runs_.push_back(s);
}

double GangRates::step(double chips) const {
  const double whole = std::max(1.0, chips);
  const auto hi = wide_enough(steps_, whole);
  if (hi == steps_.end() || (hi == steps_.begin() && hi->chips != whole)) return 0;
  const GangStep& lo = hi->chips == whole ? *hi : *(hi - 1);
  if (lo.step <= 0 || hi->step <= 0) return 0;
  return lo.step * std::pow(hi->step / lo.step, between(whole, lo.chips, hi->chips)) / std::min(1.0, chips);
}

double GangRates::over(double chips, int pods) const {
  if (pods < 2 || runs_.empty()) return 1;
  const auto hi = wide_enough(runs_, chips);
  if (hi == runs_.end()) return over_pods(runs_.back(), pods);
  if (hi == runs_.begin() || hi->chips == chips) return over_pods(*hi, pods);
  const double low = over_pods(*(hi - 1), pods);
  return low + (over_pods(*hi, pods) - low) * between(chips, (hi - 1)->chips, hi->chips);
}

std::vector<int> gang_widths(double least, double most, int node_chips) {
  std::vector<int> out;
  for (int n = 1; n < node_chips; n *= 2) {
    if (2 * n > least) out.push_back(n);
    if (n >= most) return out;
  }
  for (double n = node_chips;; n *= 2) {
    if (2 * n > least) out.push_back(static_cast<int>(n));
    if (n >= most || n > 5e8) return out;
  }
}

std::vector<int> gang_pods(int nodes) {
  std::vector<int> out;
  for (int p = 2; p <= std::min(nodes, kMostPods); p = p < 4 ? p + 1 : 2 * p) {
    const int each = (nodes + p - 1) / p;
    if ((nodes + each - 1) / each == p) out.push_back(p);
  }
  return out;
}

}  // namespace capmix
