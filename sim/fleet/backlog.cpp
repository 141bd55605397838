#include "fleet/backlog.hpp"

#include <algorithm>

namespace capmix::fleet {

double Backlog::pass(int64_t from, int64_t to, double in, double room) {
  if (in > 0) slices_.push_back({static_cast<double>(from), static_cast<double>(to), in}), waiting_ += in;
  // Rounding must not leave a grain that grows old.
  const double learned = room >= waiting_ * (1 - 1e-12) ? waiting_ : room;
  if (learned == waiting_) {
    slices_.clear();
    waiting_ = 0;
    return learned;
  }
  double left = learned;
  while (left > 0 && !slices_.empty()) {
    Slice& first = slices_.front();
    const double part = std::min(left, first.samples);
    left -= part;
    if (part == first.samples) {
      slices_.pop_front();
      continue;
    }
    first.from += (first.to - first.from) * part / first.samples;
    first.samples -= part;
  }
  waiting_ -= learned;
  return learned;
}

}  // namespace capmix::fleet
