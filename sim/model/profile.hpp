// What a step or serving-cell simulation yields, and the immutable table of rates that the fleet reads.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/study.hpp"

namespace capmix {

struct TimePart {
  std::string name;   // "gemm", "attention", "memory-bound", "tp communication", "dp communication (exposed)", "bubble", "optimizer", ...
  Seconds time;
  bool useful = true; // false: communication, bubble or other stall of the compute units
};

struct MemoryPart {
  std::string name;   // "parameters", "gradients", "optimizer states", "activations"
  Bytes bytes;
};

// Chips of one kind inside a gang, and the share of the batch they take (equal step time for all groups).
struct ProfileGroup {
  std::string chip;       // id
  int chips = 0;
  double batch_share = 1; // sums to 1 over groups
};

// A candidate of a plan search, as it was priced.
struct PlanRow {
  std::string plan;
  Seconds step;
  double mfu = 0;
  Bytes memory;           // of the fullest chip
  std::string why;        // what costs it most against the best
};

// One simulated training iteration or serving batch, at the mature software stack (port stage = production).
struct StepProfile {
  std::string key;        // content hash of everything it depends on
  std::string subject;    // "flagship on h200-sxm x 16384"
  bool feasible = false;
  std::string reason;     // why not feasible, in words with figures
  std::vector<ProfileGroup> groups;
  std::string plan;       // "tp 8, dp 2048, zero 2, micro-batch 1, full recompute"
  Seconds step;           // one iteration; serving: one batch at the objective
  std::vector<TimePart> parts;      // sum to `step`
  std::vector<MemoryPart> memory;   // per chip
  Bytes capacity;                   // per chip
  std::vector<PlanRow> candidates;  // plan = "auto": the best ten, best first
  double units = 0;       // tokens (training) or requests (serving) done in `step` by the whole gang or cell
  Flop model_flop;        // useful model FLOP in `step`, whole gang or cell, without recompute
  double mfu = 0;         // model_flop / step / sum of the groups' dense peaks at the precision
  Joules energy;          // node power x step, whole gang or cell (chips at full node power: an upper bound)
  // Ranking: the rate with a tower so many times as deep, relative to this one's, by closed form. Ascending; where no
  // load meets the objective, 0.
  std::vector<std::pair<double, double>> by_scale;
  CheckpointTimes checkpoint{};  // training: of the whole gang; all 0: not known, or none is written
  // A gang of a log of jobs: the rate over so many pods, relative to this one, which is inside one pod (model/gang_rates.hpp).
  std::vector<std::pair<int, double>> by_pods{};
  Seconds latency;        // serving: p99 estimate at the stated rate
  std::string limit;      // limiting resource: "compute", "memory bandwidth", "scale-up", "host path", "fabric", "latency"
  std::string region;     // inside or outside of what the efficiencies were calibrated on, and why
  std::vector<std::string> assumed;      // what was assumed where the input is silent
  double trust_low = 1, trust_high = 1;  // multiply the rate: the range of efficiencies that were never measured
  bool calibrated = false;               // all efficiencies fitted on measurements
  double rate() const { return step.value() > 0 ? units / step.value() : 0; }  // tokens/s or requests/s
  Flop flop_per_unit() const { return units > 0 ? model_flop / units : Flop(0); }
  double stall() const {                 // share of the step in communication, bubble, waiting
    double s = 0;
    for (const auto& p : parts) if (!p.useful) s += p.time.value();
    return step.value() > 0 ? s / step.value() : 0;
  }
};

// Which rate: a campaign on one kind of node per part (ids in the order of its parts), or a service on a kind
// of node (one id), in one fabric. A node names its chip, so two servers with the same chip have two rates. A work of a log of jobs
// ("log/work") has one for each width.
struct RateKey {
  std::string workload;             // campaign or service id
  std::vector<std::string> nodes;
  std::string fabric;
  int chips = 0;                    // of the gang, of a log's work; 0: as the workload says
  auto operator<=>(const RateKey&) const = default;
};

struct RateTable {
  std::map<RateKey, StepProfile> rates;
  const StepProfile* find(const RateKey& k) const {
    const auto it = rates.find(k);
    return it == rates.end() || !it->second.feasible ? nullptr : &it->second;
  }
};

}  // namespace capmix
