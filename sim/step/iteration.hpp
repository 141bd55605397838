// One training iteration put together: layers to stages, micro-batches to a pipeline, gradients to a ring. Closed
// forms throughout, for plan search and calibration; simulate.hpp plays the same iteration on SimGrid.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "step/schedule.hpp"
#include "step/step.hpp"
#include "step/transformer.hpp"

namespace capmix::step {

// What shows of communication of `time` beside a pass that can hide `hides` of it: what is left over, and what the
// part that hides slows the pass down by (it takes matrix units, memory and clock).
Seconds shows(Seconds time, Seconds hides, double interference);

// Data-parallel communication of one stage's ranks in an iteration, and how much of it may hide.
struct DataParallel {
  Seconds reduce, gather;          // gradients to their owners; weights back
  Seconds reduce_hides, gather_hides;  // passes that they may run beside
  double interference = 0;
  Seconds reduce_exposed() const { return shows(reduce, reduce_hides, interference); }
  Seconds gather_exposed() const { return shows(gather, gather_hides, interference); }
  Seconds exposed() const { return reduce_exposed() + gather_exposed(); }
};

struct StagePlan {
  const Group* group = nullptr;
  int layers = 0;
  double parameters = 0, experts = 0;  // of the stage on one chip: dense and routed experts'
  Pass pass;                       // one micro-batch, all chunks
  DataParallel shards;             // ZeRO 3, of one micro-batch: gather beside its forward, both beside its backward pass
  Seconds sharded;                 // what shows of it, a part of the pipeline's passes
  DataParallel data;
  Seconds optimizer;
};

// Equal replicas of the model: of one kind of chips, or with stages of two kinds.
struct Lane {
  int replicas = 0, micro_batches = 0;
  double sequences = 0;            // of the global batch
  std::vector<StagePlan> stages;
  Pipeline pipeline;
  Bytes activations;               // of one micro-batch, between two stages on one rank
  Seconds makespan;                // of the pipeline
};

struct Iteration {
  ParallelPlan plan;
  int dp = 0;                      // replicas in all
  std::vector<Lane> lanes;
  double straggle = 0;             // what the slowest of all ranks takes longer, relative
  Seconds fixed;
  // Closed form of the whole.
  Seconds exposed, optimizer, step;
};

// The ranks that hold copies of the same experts, of `dp` replicas of the model.
Ranks expert_ranks(const ParallelPlan& plan, int dp);

// Times that gradients cross the wires: once when they are scattered to their owners, twice when every rank has the sum.
double gradient_passes(const ParallelPlan& plan, const Software& software);

// Ranks between two neighbouring stages of a pipeline.
int stage_stride(const ParallelPlan& plan, const Lane& lane);

// What the chips of a group attain on the fabric of the set-up.
Network network_of(const TrainingSetup& setup, const Group& group);

// Lays the iteration out, or says why it cannot run; `setup.check_memory` false skips the check of memory.
std::optional<Iteration> lay_out(const TrainingSetup& setup, const ParallelPlan& plan, std::string& why);

// Layers by virtual stage (chunk x stages + stage): as even as can be, the embedding and the output layer counted as
// one where that evens it out.
std::vector<int> split_layers(int layers, int stages, int chunks);

}  // namespace capmix::step
