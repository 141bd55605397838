// The value of one more unit of each constraint, as text and JSON. Pure.
#pragma once

#include <string>

#include "model/value.hpp"
#include "results/info.hpp"

namespace capmix::analysis {

// By value, greatest first: the mean over draws, or the run at modes when there are none. Intervals: 90 %, paired t.
std::string render_values(const results::StudyInfo& info, const ValueReport& report, int width = 100);
std::string values_to_json(const results::StudyInfo& info, const ValueReport& report);

}  // namespace capmix::analysis
