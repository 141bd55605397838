// The build-out of one run, from its dates: halls and their tasks.
#pragma once

#include <string>
#include <vector>

#include "base/calendar.hpp"
#include "model/facts.hpp"

namespace capmix::analysis {

struct TaskRow {
  std::string name;
  Date start = Date::never(), end = Date::never();
  double slack = 0;
  bool critical = false;
  std::string note;   // "delayed", "reworked"
};

// The tasks of a "site/hall", by start.
struct Hall {
  std::string id;
  std::vector<TaskRow> tasks;
};

// Halls in the order in which the facts name them.
std::vector<Hall> read_halls(const Facts& facts);

}  // namespace capmix::analysis
