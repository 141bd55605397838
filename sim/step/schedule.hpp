// Pipeline schedules: in which order a stage works through forward and backward passes, and when each runs.
// 1F1B (Narayanan et al. 2019) and interleaved 1F1B (Narayanan et al. 2021).
#pragma once

#include <vector>

#include "base/quantity.hpp"

namespace capmix::step {

struct PipelineTask {
  bool forward = true;
  int micro_batch = 0, chunk = 0;
};

struct Pipeline {
  int stages = 1, chunks = 1, micro_batches = 1;  // chunks of layers per stage
  // By virtual stage (chunk * stages + stage): time of one micro-batch.
  std::vector<Seconds> forward, backward;
  Seconds transfer;  // of one micro-batch's activations to the next stage, not blocking the sender
  Seconds busy(int stage) const;  // of one micro-batch, all chunks
};

// What stage `stage` does, in order.
std::vector<PipelineTask> order(const Pipeline& pipeline, int stage);

struct Interval { PipelineTask task; Seconds start, end; };
struct Timeline {
  Seconds end;
  std::vector<std::vector<Interval>> stages;
};
// When every task runs, by the longest path. O(tasks).
Timeline timeline(const Pipeline& pipeline);

// The end of the timeline. From a few rounds of the pipeline on, every `stages` micro-batches take the same time
// more, so only a few rounds are laid out and the rest is added (tests/analytic/step/schedule_test.cpp).
Seconds makespan(const Pipeline& pipeline);
// The number of micro-batches to lay out, at most `pipeline.micro_batches`.
int folded_micro_batches(const Pipeline& pipeline, int rounds);

}  // namespace capmix::step
