// The calendar quarters that a horizon touches.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/calendar.hpp"

namespace capmix::plan {

struct Quarter {
  Date first, next;  // of its days inside the horizon, and the day after the last one
  double part = 1;   // of the whole quarter's days
};

inline std::vector<Quarter> quarters(const Timeline& timeline) {
  std::vector<Quarter> out;
  for (Date first = timeline.start(); first < timeline.end();) {
    const int month = (first.month() - 1) / 3 * 3 + 1;
    const Date begin = Date::of(first.year(), month, 1);
    const Date after = month == 10 ? Date::of(first.year() + 1, 1, 1) : Date::of(first.year(), month + 3, 1);
    const Date next = std::min(after, timeline.end());
    out.push_back({first, next, (next - first).n / (after - begin).n});
    first = next;
  }
  return out;
}

inline std::string quarter_name(Date d) { return std::to_string(d.year()) + "-Q" + std::to_string((d.month() - 1) / 3 + 1); }

}  // namespace capmix::plan
