// The plans that `plan = "auto"` considers.
#pragma once

#include <vector>

#include "step/step.hpp"

namespace capmix::step {

// Every combination that multiplies out, in a fixed order, whether it fits memory or not: tp inside a scale-up domain
// (powers of two and divisors of a node), pp with at least one layer a stage, vpp where chunks come out nearly even and
// micro-batches go round the pipeline in whole turns, cp for sequences of kLongContext tokens on, ep by divisors of the
// experts, expert tp 1 or tp, ZeRO 1 to 3 (3 without a pipeline: gathering the weights for every micro-batch of every
// stage defeats both), micro-batches of 1 to 8, recompute. Sequence parallelism and fused attention are what the
// software does. Two groups of chips: spans of data and of pipeline, without interleaving. Not considered: hybrid
// sharding, ZeRO 0 (needs more memory than ZeRO 1 and is no faster), batches that do not divide.
std::vector<ParallelPlan> plan_space(const TrainingSetup& setup);

// Strict order by the fields, for ties: what is simpler comes first.
bool before(const ParallelPlan& a, const ParallelPlan& b);

// "tp 8, pp 16, vpp 2, ep 8, dp 4, zero 1, micro-batch 1, no recompute": what is 1 or usual is left out, but for tp.
// `dp` 0: not known.
std::string words(const ParallelPlan& plan, int dp = 0);

}  // namespace capmix::step
