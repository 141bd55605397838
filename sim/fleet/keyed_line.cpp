#include "fleet/keyed_line.hpp"

namespace capmix::fleet {

void KeyedLine::add(int job, double key, double chips) {
  all_.emplace(key, job);
  by_width_[chips].emplace(key, job);
}

void KeyedLine::remove(int job, double key, double chips) {
  all_.erase({key, job});
  const auto same = by_width_.find(chips);
  same->second.erase({key, job});
  if (same->second.empty()) by_width_.erase(same);
}

KeyedLine::Place KeyedLine::next(const Place& after, double chips) const {
  Place out{0, -1};
  for (auto it = by_width_.begin(); it != by_width_.end() && it->first <= chips; ++it) {
    const auto at = it->second.upper_bound(after);
    if (at != it->second.end() && (out.second < 0 || *at < out)) out = *at;
  }
  return out;
}

}  // namespace capmix::fleet
