// Published measurements of language-model serving as instances to simulate. Rows have the columns of cases.hpp; what a
// benchmark asks (lengths of prompts and answers, objectives) and how the engines of a release were set up stand in two
// tables of their own, workloads/serving/benchmarks.csv and engines.csv, with their sources.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "import/csv.hpp"
#include "model/score.hpp"
#include "step/kinds/llm_serving.hpp"
#include "step/published.hpp"

namespace capmix::step {

struct LlmCase {
  std::string id, group, hardware, precision, model_name, scenario, release, unit;
  double measured = 0;           // in `unit`
  double per_unit = 0;           // of a request, in what is counted: tokens of its answer, or of its prompt
  bool suspect = false;
  std::string reason, assumed;   // as in Case
  int chips = 0;                 // of the system; of the unit it is measured in: `counted`
  int counted = 0;
  Id<Node> node;
  Chip chip;                     // the node's, at the power limit it ran at (column watts, where a row says it)
  LlmModel model;
  TextTraffic traffic;
  LlmMeans means;                // of it
  LlmPrecisions precisions;
  LlmPhase phase = LlmPhase::both;
  Seconds tpot;                  // at the traffic's percentile, as the row's notes print it; zero: not said
  bool pipelines = true;
  std::vector<LlmSplit> splits;  // empty: searched
  bool usable() const { return reason.empty(); }
  bool offline() const { return scenario == "offline"; }
  // Rows that are one configuration, and have one vote: hardware x chips x model x scenario x release.
  std::string configuration() const;
  std::string system() const;    // the same without the scenario
  // Chips that one instance may span.
  int most_chips(const Node& n) const { return std::max(std::min(chips, n.chips), splits.empty() ? 1 : splits.front().chips()); }
};

// One per row of workload infer-llm, in the file's order; others are left out. The answers of a configuration have the
// median of the means that its rows note.
std::vector<LlmCase> read_llm_cases(const import::CsvTable& table, const import::CsvTable& benchmarks, const import::CsvTable& engines,
                                    const Scenario& catalogue, Diagnostics& problems);

LlmServingSetup setup_of(const LlmCase& c, const Scenario& catalogue, const Fabric& fabric);
// In the unit of the measurement, from requests per second and chip.
double in_unit(const LlmCase& c, double rate_per_chip);
// By closed form with a queue that never empties, in the unit of the measurement: offline, or at the time per token that the
// row prints.
double predict_closed(const LlmCase& c, const Scenario& catalogue);

// One score per case, in their order, work_class "LLM serving, offline", ", server and interactive" or ", prefill"; a configuration is simulated once.
std::vector<Score> score(const std::vector<LlmCase>& cases, const Scenario& catalogue, const ScoreOptions& options = {});

// What the bars are set for, one vote per configuration (the median of its rows).
struct LlmBars {
  struct Vote { std::string configuration; double value = 0; bool fitted = false; };
  std::vector<Vote> offline;     // |predicted / measured - 1|
  std::vector<Vote> ratios;      // |predicted - measured| of the ratio to offline, server and interactive
  double quantile_of(const std::vector<Vote>& votes, double p) const;
};
LlmBars bars(const std::vector<LlmCase>& cases, const std::vector<Score>& scores);

}  // namespace capmix::step
