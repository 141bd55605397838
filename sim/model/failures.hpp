// What fails, how often, for how long, and what goes down with it: one file per population of machines (platforms/failures).
//
// Failures of a gang or of a pod are Poisson, cause by cause, whatever the law of one machine's own failures: streams of
// many machines that are each rare add up to one (Palm-Khintchine). `shape` therefore says how the failures of one machine
// cluster, and moves no rate here; what does change with age is told by `infant`, as a factor on the rate.
//
// Not modelled: failures that cause other failures, and rates that follow load or temperature.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/draw.hpp"
#include "base/id.hpp"
#include "base/quantity.hpp"

namespace capmix {

enum class FailureClass { chip, node, network, storage, software, operators, site };
inline constexpr const char* kFailureClassNames[] = {"chip", "node", "network", "storage", "software", "operator", "site"};
inline const char* text(FailureClass c) { return kFailureClassNames[static_cast<int>(c)]; }

// What `between` is counted by.
enum class FailureUnit { chip, node, job, site };
inline constexpr const char* kFailureUnitNames[] = {"chip", "node", "job", "site"};

// What is out of service until it is repaired. job: nothing is, the job starts again on the machines that it has.
enum class Blast { job, chip, node, rack, pod, hall, site };
inline constexpr const char* kBlastNames[] = {"job", "chip", "node", "rack", "pod", "hall", "site"};
inline const char* text(Blast b) { return kBlastNames[static_cast<int>(b)]; }

// From a failure until what failed is back. Log-normal, by its mean and median: exp(mu) is the median, and sigma^2 / 2 =
// ln(mean / median); or PERT.
struct RepairTime {
  bool lognormal = false;
  Seconds mean, median;           // log-normal
  Uncertain<Seconds> range;       // PERT, of single repairs
  std::optional<double> distance; // of a fit: the Kolmogorov-Smirnov distance to what it was fitted to

  Seconds expected() const;       // PERT: (low + 4 mode + high) / 6
  Seconds quantile(double u) const;
};

struct FailureCause {
  std::string id, name;
  FailureClass kind = FailureClass::node;
  FailureUnit per = FailureUnit::node;
  Uncertain<Seconds> between;     // mean time between two failures of one unit, once it is no infant
  Blast blast = Blast::node;
  bool hot = true;                // a spare takes over, and the repair is not waited for; no word for a blast of more than a rack
  double shape = 1;               // Weibull, of the time between two failures of one unit; 1: exponential
  Uncertain<double> infant{1.0};  // factor on the rate of a unit that was just installed
  Seconds infant_decay;           // the excess falls by e in this time; 0: there is none
  RepairTime repair;
  std::optional<Uncertain<Seconds>> detect;  // where it differs from the recovery's

  PerSecond rate(const Draw& draw) const { return 1 / between.at(draw); }  // of one unit
  // Factor on the rate at this age: 1 + (f - 1) exp(-age / decay), at most f.
  double age_factor(Seconds age, double f) const;
};

// Machines that are slow and hold up their gang until somebody finds them.
struct SlowNodes {
  Uncertain<double> share{0.0};   // of all nodes, at any time
  Uncertain<double> slowdown{0.0};  // of the gang's speed that is lost while any of its nodes is slow
  Uncertain<Seconds> detect;      // how long a node stays slow
};

// From a failure to the first step. Loading is not in it: it depends on the job's bytes (step/checkpoint.hpp).
struct Recovery {
  Uncertain<Seconds> detect;      // until it is known what failed
  Uncertain<Seconds> in_place;    // to new processes on the same machines
  Uncertain<Seconds> requeue;     // to new processes with a spare among the machines, once there is one
  Uncertain<Seconds> warm_up;     // from loaded state to the first step at full speed
  double spares = 0;              // of the nodes of a gang, kept beside it
};

enum class CheckpointTo { storage, peers };
inline constexpr const char* kCheckpointTos[] = {"storage", "peers"};

// What one checkpoint of a gang takes (step/checkpoint.hpp). All of them 0: not known, or none is written.
struct CheckpointTimes {
  Seconds stall;                  // the gang stands
  Seconds flush;                  // until it counts, beside the work that follows; 0: it counts when the stall ends
  Seconds reload;                 // until all ranks have their state again
  bool none() const { return stall.value() <= 0 && flush.value() <= 0 && reload.value() <= 0; }
};

// Its name is its file's: "llama3-h100".
struct Failures {
  std::string id, name;
  std::vector<FailureCause> causes;  // in the order of the file
  SlowNodes slow;
  Recovery recovery;
};

// How machines hang together where a gang runs. 0: not known; then only the gang's own machines count.
struct Layout {
  int chips_per_node = 8;
  int nodes_per_rack = 0, nodes_per_pod = 0, nodes_per_hall = 0;
  int nodes_of(Blast b) const;    // 1 for chip and node, 0 where nothing is out of service or not known
};

// Units whose failures strike a gang of `chips`: those of its own machines, and of the others in racks, pods and halls that
// it touches when these go as a whole. The gang is packed: it touches as few as can hold it.
double units_at_risk(const FailureCause& cause, double chips, const Layout& layout);
// Nodes of the gang that one failure takes.
double nodes_taken(const FailureCause& cause, double chips, const Layout& layout);

}  // namespace capmix
