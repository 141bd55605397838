// The calendar months of a timeline in whole simulated seconds: the grid of all monthly facts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/calendar.hpp"

namespace capmix::fleet {

inline constexpr int64_t kDaySeconds = 86400;
inline constexpr int64_t kHourSeconds = 3600;

class Months {
 public:
  explicit Months(const Timeline& timeline) : timeline_(timeline) {
    for (int m = 0; m < timeline.months(); ++m) bounds_.push_back(second(timeline.month_start(m)));
    bounds_.push_back(second(timeline.end()));
  }
  int count() const { return static_cast<int>(bounds_.size()) - 1; }
  int64_t begin(int month) const { return bounds_[static_cast<size_t>(month)]; }
  int64_t end(int month) const { return bounds_[static_cast<size_t>(month) + 1]; }
  int64_t horizon() const { return bounds_.back(); }
  // The month in which second t falls, 0 <= t < horizon.
  int of(int64_t t) const {
    return static_cast<int>(std::upper_bound(bounds_.begin(), bounds_.end(), t) - bounds_.begin()) - 1;
  }
  // Midnight of a date, in seconds from the start; negative before it.
  int64_t second(Date d) const { return (static_cast<int64_t>(d.day()) - timeline_.start().day()) * kDaySeconds; }
  // The same, inside [0, horizon].
  int64_t clipped(Date d) const { return std::clamp<int64_t>(second(d), 0, horizon()); }
  Date day(int64_t t) const { return Date(static_cast<int32_t>(timeline_.start().day() + t / kDaySeconds)); }

 private:
  Timeline timeline_;
  std::vector<int64_t> bounds_;
};

}  // namespace capmix::fleet
