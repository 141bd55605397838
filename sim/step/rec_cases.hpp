// Published measurements of training recommenders: a row as a step to simulate, its score, and one vote for each
// configuration. The columns are those of tests/published/*/cases.csv.
#pragma once

#include <string>
#include <vector>

#include "import/csv.hpp"
#include "model/score.hpp"
#include "model/study.hpp"
#include "step/kinds/rec_training.hpp"
#include "step/published.hpp"

namespace capmix::step {

struct RecCase {
  std::string id, group, workload, hardware, precision_name, model_name, unit;
  bool in_ms = false;         // measured: milliseconds of an iteration; else samples per second
  double measured = 0;
  bool suspect = false;
  std::string reason;         // why it cannot be scored (the rest is then not filled), or why it is suspect
  std::string assumed;        // what was assumed where the row is blank
  Id<RecModel> model;
  Id<Node> node;
  Id<Software> software;
  Precision precision = Precision::fp16;
  int chips = 0, batch = 0;
  ByteRate nic;               // per chip; zero: the chip's own
  RecTrainingOptions options;
  bool usable() const { return model.valid() && node.valid() && chips > 0; }
  // What one vote stands for: model, hardware, chips, batch, precision.
  std::string configuration() const;
  double in_unit(Seconds step) const { return in_ms ? step.value() * 1e3 : batch / step.value(); }
  // ln of the step's time, predicted to measured: positive when too slow.
  double log_error(double predicted) const;
};

// The rows whose workload is "train-recsys", in the file's order; others are left out.
std::vector<RecCase> read_rec_cases(const import::CsvTable& table, const Scenario& catalogue, Diagnostics& problems);

inline Chip chip_of(const RecCase& c, const Scenario& catalogue) { return chip_of(c.node, c.nic, catalogue); }

// Seconds of a case by closed form with an efficiency, memory not checked; throws std::invalid_argument.
Seconds predict(const RecCase& c, const Scenario& catalogue, const Efficiency& efficiency);

// One score per case, in their order, on SimGrid where there is a fabric; cases that differ in nothing but their
// measurement are simulated once. Memory is not checked, since a published case ran, but a gang that would not hold its tables by our memory
// model is said to.
std::vector<Score> score(const std::vector<RecCase>& cases, const Scenario& catalogue, const ScoreOptions& options = {});

// The rows of one configuration, over submitters and releases: one vote, the median of their errors.
struct RecVote {
  std::string configuration;
  int rows = 0;
  bool fitted = false;
  double error = 0;           // ln, as Score::log_error
};
// Of the scores that count, sorted by configuration.
std::vector<RecVote> votes(const std::vector<RecCase>& cases, const std::vector<Score>& scores);

}  // namespace capmix::step
