#include "fleet/profile.hpp"

#include <algorithm>
#include <cstddef>

#include "model/jobs.hpp"

namespace capmix::fleet {

void Profile::reset(double now, int free) { steps_.assign(1, {now, free}); }

size_t Profile::find(double t) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), t, [](double x, const Step& s) { return x < s.at; });
  return after == steps_.begin() ? 0 : static_cast<size_t>(after - steps_.begin()) - 1;
}

size_t Profile::split(double t) {
  const size_t i = find(t);
  if (steps_[i].at >= t) return i;
  steps_.insert(steps_.begin() + static_cast<std::ptrdiff_t>(i) + 1, {t, steps_[i].free});
  return i + 1;
}

void Profile::take(double from, double to, int nodes) {
  from = std::max(from, steps_.front().at);
  if (nodes == 0 || to <= from) return;
  const size_t begin = split(from), end = to < kForever ? split(to) : steps_.size();
  for (size_t i = begin; i < end; ++i) steps_[i].free -= nodes;
  // Steps that do not differ any more are one.
  for (const size_t i : {end, begin})
    if (i > 0 && i < steps_.size() && steps_[i].free == steps_[i - 1].free) steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(i));
}

void Profile::forget(double now) {
  const size_t i = find(now);
  steps_.erase(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(i));
  steps_.front().at = std::max(steps_.front().at, now);
}

int Profile::least(double from, double to) const {
  size_t i = find(from);
  int out = steps_[i].free;
  for (++i; i < steps_.size() && steps_[i].at < to; ++i) out = std::min(out, steps_[i].free);
  return out;
}

double Profile::hole(double from, double seconds, int nodes) const {
  double begin = kForever;
  for (size_t i = find(from); i < steps_.size(); ++i) {
    if (steps_[i].free < nodes) begin = kForever;
    else if (begin == kForever) begin = std::max(from, steps_[i].at);
    const double until = i + 1 < steps_.size() ? steps_[i + 1].at : kForever;
    if (begin < kForever && until - begin >= seconds && until > begin) return begin;
  }
  return kForever;
}

}  // namespace capmix::fleet
