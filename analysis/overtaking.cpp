#include "analysis/overtaking.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>


namespace capmix::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kRounding = 1e-9;

// Of b less a: -1, 0 (level) or 1.
int sign(double a, double b) {
  if (std::fabs(b - a) <= kRounding * std::max(std::fabs(a), std::fabs(b))) return 0;
  return b > a ? 1 : -1;
}

std::vector<double> sums(const std::vector<double>& by_month) {
  std::vector<double> out{0.0};
  for (const double x : by_month) out.push_back(out.back() + x);
  return out;
}

// The moment by which it has happened in a share p of the draws (nearest rank).
double reached(std::vector<double> draws, double p) {
  std::sort(draws.begin(), draws.end());
  const double rank = std::ceil(p * static_cast<double>(draws.size()) - kRounding);
  return draws[static_cast<size_t>(std::max(1.0, rank)) - 1];
}

}  // namespace

double passes(const std::vector<double>& a, const std::vector<double>& b, Work work) {
  if (a.size() != b.size()) throw std::invalid_argument("work of unequal numbers of months");
  const auto x = work == Work::cumulative ? sums(a) : a, y = work == Work::cumulative ? sums(b) : b;
  if (x.empty() || sign(x.back(), y.back()) <= 0) return kNever;
  size_t k = x.size() - 1;
  while (k > 0 && sign(x[k - 1], y[k - 1]) >= 0) --k;
  if (k == 0) return kNever;  // never behind
  size_t ahead = k--;         // k: the last point at which it is behind; `ahead`: the first one after it that is ahead
  while (sign(x[ahead], y[ahead]) == 0) ++ahead;
  if (work == Work::monthly) return static_cast<double>(ahead);
  if (ahead - k > 1) return static_cast<double>(ahead - 1);   // level for a while, and ahead from there
  const double before = x[k] - y[k], after = y[ahead] - x[ahead];
  return static_cast<double>(k) + before / (before + after);
}

Date day_of_month(const Timeline& timeline, double months) {
  if (!std::isfinite(months)) return Date::never();
  const int m = std::clamp(static_cast<int>(std::floor(months)), 0, timeline.months() - 1);
  const Date from = timeline.month_start(m), to = m + 1 < timeline.months() ? timeline.month_start(m + 1) : timeline.end();
  return from + Days{std::floor((months - m) * (to - from).n)};
}

bool Overtaking::happens() const { return std::isfinite(modes) || share > 0; }

Overtaking overtaking(std::string passed, std::string passing, Work work, double modes, const std::vector<double>& draws) {
  Overtaking o{std::move(passed), std::move(passing), work, modes, kNone, kNone, kNone, kNone};
  if (draws.empty()) return o;
  const auto n = std::count_if(draws.begin(), draws.end(), [](double t) { return std::isfinite(t); });
  o.share = static_cast<double>(n) / static_cast<double>(draws.size());
  o.p10 = reached(draws, 0.1), o.p50 = reached(draws, 0.5), o.p90 = reached(draws, 0.9);
  return o;
}

}  // namespace capmix::analysis
