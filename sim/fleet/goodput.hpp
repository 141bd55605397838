// What failures leave of a gang's time, in expectation.
#pragma once

#include "base/quantity.hpp"
#include "model/failures.hpp"

namespace capmix::fleet {

// What the inputs of this version do not say yet.
struct FailureModel {
  Seconds restart{600};  // from a failure to the first step again, but for loading: detection, replacement, new processes
};

// Young's interval between checkpoints, sqrt(2 delta MTBF) (Young 1974; Daly 2006, first order): useful work
// between two checkpoints that cost `delta` each. Zero when delta is zero.
Seconds young_daly(Seconds delta, Seconds mtbf);

// Share of held time that makes progress, by renewal-reward: one cycle is `interval` of useful work, one
// checkpoint and interval / mtbf failures, each of which loses half an interval and a restart; so
//   g = 1 / (1 + delta / interval + (interval / 2 + restart) / mtbf).
// First order in interval / mtbf: failures during checkpoints and restarts are not counted. An mtbf of zero
// means that failures are not known: 1.
double goodput(Seconds delta, Seconds mtbf, Seconds restart);
// The same with a checkpoint's own times: a restart loads, and a checkpoint that is flushed beside the work counts so much
// later, so that each failure loses as much more; no second one overtakes it, so the interval is never below the flush.
double goodput(const CheckpointTimes& checkpoint, Seconds mtbf, Seconds restart);

}  // namespace capmix::fleet
