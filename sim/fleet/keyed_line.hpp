// Jobs that wait, by a key of a policy's own: the least first, and the least of those that are narrow enough.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

namespace capmix::fleet {

class KeyedLine {
 public:
  using Place = std::pair<double, int>;                // key, job
  static constexpr Place kFront{-1e300, -1};
  void add(int job, double key, double chips);
  void remove(int job, double key, double chips);
  bool empty() const { return all_.empty(); }
  const std::set<Place>& all() const { return all_; }
  int first() const { return all_.empty() ? -1 : all_.begin()->second; }
  // The first behind `after` that is at most so wide; its job is -1: none.
  Place next(const Place& after, double chips) const;

 private:
  std::set<Place> all_;
  std::map<double, std::set<Place>> by_width_;         // none is empty; widths are few
};

}  // namespace capmix::fleet
