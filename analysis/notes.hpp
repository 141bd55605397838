// Parts of a rendered comparison that are words or letters rather than numbers.
#pragma once

#include <string>

#include "analysis/compare.hpp"

namespace capmix::analysis {

// The line over an outcome's table.
std::string outcome_line(const OutcomeResult& o);
// What "*" at a rank means, when a rank carries one; else "".
std::string condition_note(const Comparison& c, int width);
// The binding constraint of every quarter at modes: a letter per cell, and a legend.
std::string binding_table(const Comparison& c, int width);
// What was calibrated, which rates were missing, how well the inputs are known, which runs failed.
std::string notes(const Comparison& c, int width);

}  // namespace capmix::analysis
