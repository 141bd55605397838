// What waits to be learned: first come, first served, as a fluid in slices. A model that is trained online is as old as
// the first sample that it has not learned.
#pragma once

#include <cstdint>
#include <deque>

namespace capmix::fleet {

class Backlog {
 public:
  // `in` samples come evenly over [from, to) seconds, and there is room to learn `room`. Returns what is learned.
  double pass(int64_t from, int64_t to, double in, double room);
  double waiting() const { return waiting_; }
  // Seconds since the oldest sample that waits came; 0 when none does.
  double lag(int64_t now) const { return slices_.empty() ? 0 : static_cast<double>(now) - slices_.front().from; }

 private:
  struct Slice {
    double from, to, samples;
  };
  std::deque<Slice> slices_;
  double waiting_ = 0;
};

}  // namespace capmix::fleet
