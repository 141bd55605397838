#include "analysis/ranking.hpp"

#include <cmath>
#include <limits>
#include <map>

namespace capmix::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

int sign(int x) { return (x > 0) - (x < 0); }

// Kendall and Babington Smith (1939) with the correction for ties: 12 S / (m^2 (n^3 - n) - m sum T), S of rank sums about their mean,
// T = sum (t^3 - t) over ties of one ranking. Ties at their mean rank.
double concordance(const Ranks& draws) {
  if (draws.empty() || draws.front().size() < 2) return kNone;
  const double m = static_cast<double>(draws.size()), n = static_cast<double>(draws.front().size());
  std::vector<double> sums(draws.front().size());
  double ties = 0;
  for (const auto& ranks : draws) {
    std::map<int, int> at;
    for (const int r : ranks) ++at[r];
    for (const auto& [rank, count] : at) ties += std::pow(count, 3) - count;
    for (size_t i = 0; i < ranks.size(); ++i) sums[i] += ranks[i] + (at[ranks[i]] - 1) / 2.0;
  }
  double squares = 0;
  for (const double s : sums) squares += std::pow(s - m * (n + 1) / 2, 2);
  const double most = m * m * (n * n * n - n) - m * ties;
  return most > 0 ? 12 * squares / most : kNone;
}

}  // namespace

double kendall_tau(const std::vector<int>& a, const std::vector<int>& b) {
  double agree = 0, in_a = 0, in_b = 0;
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = i + 1; j < a.size(); ++j) {
      const int x = sign(a[i] - a[j]), y = sign(b[i] - b[j]);
      agree += x * y, in_a += x * x, in_b += y * y;
    }
  return in_a > 0 && in_b > 0 ? agree / std::sqrt(in_a * in_b) : kNone;
}

Stability stability(const Ranks& draws, const std::vector<int>& modes) {
  Stability s;
  s.tau = kNone, s.concordance = concordance(draws);
  if (draws.empty()) return s;
  const size_t mixes = draws.front().size();
  const double each = 1.0 / static_cast<double>(draws.size());
  s.first.assign(mixes, 0), s.mean_rank.assign(mixes, 0), s.beats.assign(mixes, std::vector<double>(mixes, 0));
  double taus = 0;
  int counted = 0;
  for (const auto& ranks : draws) {
    for (size_t i = 0; i < mixes; ++i) {
      if (ranks[i] == 1) s.first[i] += each;
      s.mean_rank[i] += each * ranks[i];
      for (size_t j = 0; j < mixes; ++j)
        if (ranks[i] < ranks[j]) s.beats[i][j] += each;
    }
    if (modes.empty()) continue;
    const double tau = kendall_tau(modes, ranks);
    if (!std::isnan(tau)) taus += tau, ++counted;
  }
  if (counted > 0) s.tau = taus / counted;
  return s;
}

}  // namespace capmix::analysis
