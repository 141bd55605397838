// A sweep as a table: one metric of every mix at every point, and which mix leads there.
#pragma once

#include <string>
#include <vector>

#include "results/info.hpp"

namespace capmix::analysis {

struct SweepCell {
  double modes = 0;                      // NaN: no such run
  double p10 = 0, p50 = 0, p90 = 0, mean = 0;  // over draws; NaN without
  int draws = 0;
  bool meets = false;                    // at modes: the share of the demand is served
};

struct SweepRow {
  std::string outcome, base;             // ids: the world, and the study's outcome that it varies
  std::vector<std::string> values;       // by axis, as TOML
  std::vector<SweepCell> cells;          // by mix
  int best = -1;                         // place of the mix that leads at modes by the objective; -1: several do, or there is no run
};

struct Sweep {
  results::StudyInfo info;
  std::string metric, unit;
  std::vector<std::string> axes;         // "subject:path"
  std::vector<SweepRow> rows;            // as the worlds stand in the file
  std::vector<std::string> failures;     // "article/drawn@3/0: why"
  std::string quick;                     // how far quick runs are from full ones, in words; "": they are full
};

// `metric`: an id as in analysis/README.md; "": the objective. Throws InputError as the readers of results do, when the file holds no
// sweep, and for a metric that no run has.
Sweep sweep(const std::string& path, const std::string& metric = "");

// A table per outcome: what is varied, the metric by mix at modes (with draws: mean, P10 and P90), who leads. "*": that mix does not
// serve the asked share there.
std::string render_sweep(const Sweep& s, int width = 100);
std::string sweep_to_json(const Sweep& s);
std::string sweep_to_csv(const Sweep& s);  // RFC 4180, one row per world and mix

}  // namespace capmix::analysis
