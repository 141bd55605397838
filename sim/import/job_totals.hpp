// What a log of jobs comes to: by state, width and tenant; run times and waits; chips in use over time.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "import/jobs.hpp"

namespace capmix::import {

// Jobs of one kind. Chip-hours are those of jobs whose run time is known.
struct JobShare {
  std::string name;
  size_t jobs = 0;
  double chip_hours = 0;
};

// Chips in use: mean from the first start to the last end, and the most at any time. Of two changes at one time the end
// comes first.
struct JobLoad {
  size_t jobs = 0;                      // that are in it
  double from = 0, to = 0;              // s from the first submit
  double mean = 0, peak = 0, peak_at = 0;
};

// Rows that were left out for one reason.
struct ReasonShare {
  std::string reason;
  size_t rows = 0, sized = 0;           // sized: of them, those that say their size
  double chip_hours = 0;                // of those
  std::vector<const LeftOut*> first{};  // of the log's report, by line; at most as many as asked for
};

struct JobTotals {
  size_t jobs = 0, sized = 0;           // sized: with a known run time
  double chip_hours = 0;
  std::array<JobShare, 4> states{};     // as JobEnd
  std::vector<JobShare> widths{};       // by chips of the gang: below 1, 1, 2-7, 8, 9-63, 64-511, 512 and more; those that are
  std::vector<JobShare> tenants{};      // most chip-hours first, then most jobs; jobs without a tenant are not in it
  std::vector<double> runs{}, waits{};  // s, ascending
  double span = 0;                      // s from the first submit to the last
  size_t retried = 0, attempts = 0;     // jobs with more than one attempt; attempts of all jobs that tell them
  double retried_hours = 0;             // chip-hours of their attempts but the last
  std::optional<JobLoad> load{};        // as it was, of jobs whose start and run time are known; one without attempts that ran
                                        // for less than from start to end is taken to have held its chips at first
  std::optional<JobLoad> at_once{};     // if every job began when it was submitted: what was wanted, not what was
};

JobTotals totals_of(const JobLog& log);
// Most rows first; `lines` of each.
std::vector<ReasonShare> reasons_of(const std::vector<LeftOut>& rows, size_t lines);
// Chip-hours of rows that say their size.
double hours_of(const std::vector<LeftOut>& rows);

}  // namespace capmix::import
