// Published measurements as steps to simulate: what a row of a case file says, what it leaves open and what was then
// assumed. The columns are those of tests/published/*/cases.csv; later columns may be absent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "import/csv.hpp"
#include "model/study.hpp"
#include "step/step.hpp"

namespace capmix::step {

enum class Metric { iteration_time, tokens_per_second_per_chip, tokens_per_second, samples_per_second };

struct Case {
  std::string id, group, workload, hardware, precision, model_name, unit, release;
  Metric metric = Metric::iteration_time;
  double measured = 0;
  bool suspect = false;
  std::string reason;         // why it cannot be scored; the rest is then not filled
  std::string assumed;        // what was assumed where the row is blank
  LlmModel model;
  Campaign campaign;          // one plan
  int chips = 0;
  Id<Node> node;
  Id<Software> software;
  ByteRate nic;               // per chip; zero: the chip's own
  bool usable() const { return reason.empty(); }
  bool lora() const { return campaign.lora_rank > 0; }
  // What a fit may see as a whole or not at all: group x model x hardware x precision.
  std::string family() const { return group + " | " + model_name + " | " + hardware + " | " + precision; }
  // One curve of a scaling study: all but the number of chips and the batch, of one release of one software.
  std::string curve() const;
  // In the unit of `measured`, from the seconds of a step.
  double in_unit(Seconds step) const;
  // ln of the step's time, predicted to measured: positive when too slow. `predicted` in the unit of `measured`.
  double log_error(double predicted) const;
};

// One per row, in the file's order; rows of the workloads that have readers of their own (rec_cases, rec_serving_cases,
// llm_cases) are left out. `catalogue` supplies nodes, chips, models and software by their aliases. A file
// without the columns that every case needs is a problem.
std::vector<Case> read_cases(const import::CsvTable& table, const Scenario& catalogue, Diagnostics& problems);

// By the name that a published table uses: the entry with the longest alias that begins it; nullptr when there is none.
const Node* node_called(const std::string& name, const Scenario& catalogue);
const LlmModel* model_called(const std::string& name, const Scenario& catalogue);

const Efficiency& efficiency_of(const Case& c, const Scenario& catalogue);

// The chip of a node, with the network that a row states (zero: none).
Chip chip_of(Id<Node> node, ByteRate nic, const Scenario& catalogue);
inline Chip chip_of(const Case& c, const Scenario& catalogue) { return chip_of(c.node, c.nic, catalogue); }

}  // namespace capmix::step
