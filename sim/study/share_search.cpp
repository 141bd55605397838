#include "study/share_search.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "study/shares.hpp"

namespace capmix::study {
namespace {

constexpr double kLeast = 5e-5;  // a share that differs by less is the same: half of what ids show

// What is beyond a limit goes to the largest others.
std::vector<double> clipped(std::vector<double> shares, const std::vector<double>& limits) {
  double beyond = 0;
  for (size_t i = 0; i < shares.size(); ++i)
    if (shares[i] > limits[i]) beyond += shares[i] - limits[i], shares[i] = limits[i];
  std::vector<size_t> order(shares.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return shares[a] > shares[b]; });
  for (const size_t i : order) {
    const double more = std::min(beyond, limits[i] - shares[i]);
    if (more > 0) shares[i] += more, beyond -= more;
  }
  return shares;
}

}  // namespace

std::string percent_of(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", 100 * share);
  std::string out = text;
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

std::string share_id(const std::vector<double>& shares) {
  std::string id;
  for (size_t i = 0; i < shares.size(); ++i) id += (i > 0 ? "-" : "") + percent_of(shares[i]);
  return id;
}

std::vector<std::vector<double>> clipped_shares(const std::vector<double>& limits, int steps) {
  std::vector<std::vector<double>> out;
  std::vector<std::string> ids;
  if (std::accumulate(limits.begin(), limits.end(), 0.0) < 1 - 1e-9) return out;
  std::vector<double> reach;  // the step at or above the limit
  for (const double l : limits) reach.push_back(std::ceil(std::min(1.0, l) * steps - 1e-9) / steps);
  for (const auto& shares : shares_within(reach, steps)) {
    auto mix = clipped(shares, limits);
    std::string id = share_id(mix);
    if (std::count(ids.begin(), ids.end(), id) > 0) continue;
    ids.push_back(std::move(id)), out.push_back(std::move(mix));
  }
  return out;
}

ShareSearch::ShareSearch(std::vector<double> limits, int steps, size_t most) : limits_(std::move(limits)), step_(1.0 / steps), most_(most) {
  for (auto& mix : clipped_shares(limits_, steps)) add(mix);
  spent_ = mixes_.size() >= most_;
}

bool ShareSearch::add(const std::vector<double>& shares) {
  std::string id = share_id(shares);
  if (std::count(ids_.begin(), ids_.end(), id) > 0) return false;
  ids_.push_back(std::move(id)), mixes_.push_back(shares);
  return true;
}

size_t ShareSearch::add_neighbours(size_t of) {
  const std::vector<double> centre = mixes_[of];  // mixes_ grows
  size_t added = 0;
  for (size_t from = 0; from < centre.size(); ++from)
    for (size_t to = 0; to < centre.size(); ++to) {
      if (from == to) continue;
      const double moved = std::min({step_, centre[from], limits_[to] - centre[to]});
      if (moved < kLeast) continue;
      if (mixes_.size() >= most_) return spent_ = true, added;
      auto shares = centre;
      shares[from] = moved == centre[from] ? 0 : shares[from] - moved;
      shares[to] = moved == limits_[to] - centre[to] ? limits_[to] : shares[to] + moved;
      added += add(shares) ? 1 : 0;
    }
  return added;
}

bool ShareSearch::next(std::vector<size_t> best) {
  std::sort(best.begin(), best.end());
  best.erase(std::unique(best.begin(), best.end()), best.end());
  bool moved = rounds_ > 1 && best != best_;
  best_ = best;
  for (;;) {
    if (spent_) return false;
    if (!moved && step_ <= kFinest + 1e-12) return false;
    if (!moved) step_ /= 2;
    moved = false;
    size_t added = 0;
    for (const size_t b : best) added += add_neighbours(b);
    if (added > 0) return ++rounds_, true;
  }
}

}  // namespace capmix::study
