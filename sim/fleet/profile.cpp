#include "fleet/profile.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "model/jobs.hpp"

namespace capmix::fleet {

void Profile::reset(double now, int free) { at_.assign(1, now), free_.assign(1, free); }

size_t Profile::find(double t) const {
  if (t <= at_.front()) return 0;
  return static_cast<size_t>(std::upper_bound(at_.begin(), at_.end(), t) - at_.begin()) - 1;
}

size_t Profile::split(double t) {
  const size_t i = find(t);
  if (at_[i] >= t) return i;
  const auto behind = static_cast<std::ptrdiff_t>(i) + 1;
  at_.insert(at_.begin() + behind, t);
  free_.insert(free_.begin() + behind, free_[i]);
  return i + 1;
}

void Profile::erase(size_t first, size_t last) {
  const auto from = static_cast<std::ptrdiff_t>(first), to = static_cast<std::ptrdiff_t>(last);
  at_.erase(at_.begin() + from, at_.begin() + to);
  free_.erase(free_.begin() + from, free_.begin() + to);
}

void Profile::take(double from, double to, int nodes) {
  from = std::max(from, at_.front());
  if (nodes == 0 || to <= from) return;
  const size_t begin = split(from), end = to < kForever ? split(to) : at_.size();
  for (size_t i = begin; i < end; ++i) free_[i] -= nodes;
  // Steps that do not differ any more are one.
  for (const size_t i : {end, begin})
    if (i > 0 && i < at_.size() && free_[i] == free_[i - 1]) erase(i, i + 1);
}

void Profile::forget(double now) {
  erase(0, find(now));
  at_.front() = std::max(at_.front(), now);
}

int Profile::least(double from, double to, const Own& own) const {
  int out = std::numeric_limits<int>::max();
  for (size_t i = find(from); i < at_.size() && (i == 0 || at_[i] < to); ++i) {
    const double begin = std::max(from, at_[i]), end = std::min(to, until(i));
    out = std::min(out, free_[i] + (own.from <= begin && end <= own.to ? own.nodes : 0));
  }
  return out;
}

double Profile::hole(double from, double seconds, int nodes, const Own& own) const {
  double begin = kForever;
  size_t i = find(from);
  const size_t steps = free_.size(), plain = own.nodes > 0 ? std::max(i, find(own.from)) : steps;   // until there nothing is its own
  while (i < plain) {
    while (i < plain && free_[i] < nodes) ++i, begin = kForever;
    if (i < plain && begin == kForever) begin = std::max(from, at_[i]);
    for (; i < plain && free_[i] >= nodes; ++i)
      if (until(i) - begin >= seconds) return begin;
  }
  const auto enough = [&](int free, double at, double end) {
    if (free < nodes) return begin = kForever, false;
    if (begin == kForever) begin = std::max(from, at);
    return end - begin >= seconds && end > begin;
  };
  for (; i < steps; ++i) {
    const double at = at_[i], end = until(i);
    if (at >= own.to) {
      if (enough(free_[i], at, end)) return begin;
      continue;
    }
    const double first = std::max(at, own.from), last = std::min(end, own.to);
    if ((at < first && enough(free_[i], at, first)) || enough(free_[i] + own.nodes, first, last) || (last < end && enough(free_[i], last, end))) return begin;
  }
  return kForever;
}

}  // namespace capmix::fleet
