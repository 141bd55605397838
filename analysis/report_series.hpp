// What a report keeps of each run while it reads them: numbers by month, not facts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/json.hpp"
#include "analysis/metrics.hpp"

namespace capmix::analysis {

// One number by month: of the run at modes, and of each draw.
struct MonthSeries {
  std::vector<double> modes;
  std::vector<std::vector<double>> draws;  // by month
  void add(bool at_modes, const std::vector<double>& months);
  Json json() const;                       // modes, p10, p50, p90: by month
};

// All runs of one mix in one outcome.
struct World {
  MonthSeries trained;                     // reference tokens a day
  MonthSeries served;                      // requests/s inside the objective
  MonthSeries online;                      // chips at the month's end
  std::map<std::string, std::map<std::string, int>> binds;  // month -> constraint -> draws in which it has most of the cut
  std::map<std::string, std::vector<double>> ends;          // task "site/hall/task" -> day of its end, of each draw
  std::optional<Facts> plan;                                // of the run at modes: dates, orders, fleet by month
  void add(const results::StudyInfo& info, const RunKey& key, const Facts& facts, const Metrics& metrics);
};

}  // namespace capmix::analysis
