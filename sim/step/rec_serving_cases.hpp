// Published inference of recommenders as serving cells to simulate: MLPerf's DLRM-v2, offline and server. Rows of the
// workload "infer-recsys"; the columns are those of cases.hpp, and candidates_low, candidates_mean, candidates_high,
// objective_ms, percentile and watts (the power limit of a chip), where a row says them.
//
// What the benchmark is, from memory (none of it is in the result logs): a sample is one user with 100 to 700 items,
// about 270 on average; the server scenario asks for the 99th percentile within 60 ms of Poisson arrivals; the accuracy
// target is in the case's id, 99 or 99.9 % of FP32's. For 99 % products run in INT8 (where the catalogue has no INT8 rate
// for a chip, at its FP8 rate), for 99.9 % in FP16: submissions keep some of them in INT8 there, which ones is not said.
// Rows are stored in 8 bits for both: in 16 the tables would take 52 GB, more than the 48 GB of an L40S that ran them.
// Every chip holds all tables and serves by itself; what a server's chips share (host memory, processors, PCIe) is not
// modelled. That may be what shows in server rows of PCIe cards at 99 %, which stay at 64 to 78 % of their offline rate.
#pragma once

#include <string>
#include <vector>

#include "import/csv.hpp"
#include "model/score.hpp"
#include "model/study.hpp"
#include "step/published.hpp"

namespace capmix::step {

struct RecServingCase {
  std::string id, group, hardware, precision, model_name, unit, release, source;
  double measured = 0;        // samples/s of all chips
  bool suspect = false;
  std::string reason;         // why it cannot be scored; the rest is then not filled
  std::string assumed;
  bool server = false;        // or offline
  std::string target;         // "99" or "99.9"
  int chips = 0;
  Id<Node> node;
  Chip chip;                  // the node's, at the power limit it ran at
  RecModel model;             // rows as they are served
  ServiceStage stage;         // of one chip
  bool usable() const { return reason.empty(); }
  // One vote: hardware x chips x target x scenario x release.
  std::string configuration() const { return configuration(server); }
  // The same system in that scenario.
  std::string configuration(bool in_server) const { return hardware + " x " + std::to_string(chips) + " | " + target + " % | " + (in_server ? "server" : "offline") + " | " + release; }
  // The submitted system, from the source's path: "results/SYSTEM/".
  std::string system() const;
};

// One per row of the workload "infer-recsys", in the file's order; rows of other workloads are passed over.
std::vector<RecServingCase> read_rec_serving_cases(const import::CsvTable& table, const Scenario& catalogue, Diagnostics& problems);

// Samples per second of a case's chips when nobody asks for latency, by closed form: what a fit prices.
double offline_closed(const RecServingCase& c, const Scenario& catalogue);

// One score per case, in their order; work_class "DLRM inference, offline" or ", server". Cases that differ in nothing but their measurement are
// simulated once.
std::vector<Score> score(const std::vector<RecServingCase>& cases, const Scenario& catalogue, const ScoreOptions& options = {});

// Of the scored cases that count, one vote per configuration: predicted over the median of what its rows measured.
struct Vote {
  std::string configuration, hardware, target, release;
  int chips = 0;
  bool server = false;
  double predicted = 0, measured = 0;
  bool calibrated_on = false;  // the values were fitted on rows of it
  double ratio() const { return predicted / measured; }
};
std::vector<Vote> votes(const std::vector<RecServingCase>& cases, const std::vector<Score>& scores);

}  // namespace capmix::step
