// A laid-out iteration played on SimGrid, at t = 0 in one process of its own: every lane's pipeline pass by pass, and
// the rings of gradients and weights over every scale-up domain of the gang on one rail of the fabric.
//
// On an idle, non-blocking fabric and equal chips it takes what the closed form of iteration.hpp says
// (tests/analytic/step/simulate_test.cpp); it takes longer where uplinks are narrow, where chips are unequal, and where
// activations that go out or come in together share a stage's NIC (which shows once their transfer takes more than
// about a tenth of a pass), and shorter where the window of a faster lane closes early.
//
// Folded: the chips of a domain are one host with all their NICs; the replicas of a lane run one pipeline; of the
// micro-batches a few rounds are played (schedule.hpp); a collective is one flow per hop, which starts when the window
// opens in which it can run beside the passes; what it slows them by is added (DataParallel::interference).
// Not modelled: contention of activations, experts' all-to-all and context-parallel turns with the rings; domains that
// two stages share have the NICs of both for each.
#pragma once

#include <vector>

#include "step/iteration.hpp"

namespace capmix::step {

struct StageRun {
  double contention = 1;                   // the stage's ring alone against its time on an idle fabric
  Seconds reduce_start, reduce_end;        // from the start of the passes; both 0: none
  Seconds gather_end;                      // from the end of the optimizer; 0: none
  Seconds reduce_exposed, gather_exposed;  // beyond the gang's passes; beyond the passes that hide it
  Seconds exposed() const { return reduce_exposed + gather_exposed; }
};

struct LaneRun {
  Pipeline pipeline;                       // as played: its micro-batches are those laid out
  Timeline timeline;
  Seconds makespan;                        // of all micro-batches
  std::vector<Seconds> sharded;            // by stage, of one micro-batch: what shows of ZeRO 3's gathers
  std::vector<StageRun> stages;
};

struct Simulation {
  std::vector<LaneRun> lanes;
  size_t pace = 0;                         // the lane whose passes end last
  double contention = 1;                   // of the worst stage
  Seconds compute, exposed, step;
};

// `iteration` as lay_out() made it of this very `setup`, into which it points.
Simulation simulate(const TrainingSetup& setup, const Iteration& iteration);

}  // namespace capmix::step
