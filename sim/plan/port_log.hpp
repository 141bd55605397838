// A recorded log of one port: its curve, its setbacks, and the log as it would have been without one of them.
#pragma once

#include <vector>

#include "model/plan.hpp"

namespace capmix::plan {

// The rows of one port, ascending by date.
using PortLog = std::vector<PortLogEntry>;
PortLog log_of(const std::vector<PortLogEntry>& log, const std::string& stack, const std::string& family);

// Efficiency after each stage relative to production's: as drawn, never below an earlier stage's, at most 1.
std::vector<double> stage_efficiencies(const Port& port, const Draw& draw);

// Steps and setbacks. A stage raises the efficiency to its mode, unless more was measured; a measurement sets it, up or
// down. A rollback sets it to the one before that stage; an abandon to 0 for good. Real work may run from the end
// of the port's functional stage, or a later one, on.
PortPlan replay(const Port& port, const PortLog& log);

// What went wrong in a log, and what it cost.
struct LogSetback {
  PortSetback what;
  Days lost;              // by which everything after it comes earlier without it; for good: 0, the rest is missing
  size_t first = 0, last = 0;  // its rows; an incident with its resume, or with the rollback or abandon that ended it
};
std::vector<LogSetback> setbacks(const Port& port, const PortLog& log);

// The log without one setback: later rows come earlier by what it lost, stages that it had done again are done once,
// and after an abandon, or an incident that is still open when the log ends, the remaining stages follow at their modes from
// the day on which the trouble began.
PortLog without(const Port& port, const PortLog& log, const LogSetback& setback);

// Without any of them.
PortLog undisturbed(const Port& port, PortLog log);

}  // namespace capmix::plan
