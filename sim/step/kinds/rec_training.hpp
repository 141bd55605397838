// One iteration of training a recommender: sharded embedding tables beside a dense tower that every chip has.
//
// In one stream, as TorchRec and HugeCTR run it: rows of the own tables are looked up for the samples of all chips and
// pooled; pooled rows go to the chips of their samples (all-to-all); the tower forward and backward; their gradients go
// back; touched rows and their states are read and written. Beside that stream: the keys of the next iteration travel
// beside the tower, the tower's gradients are summed beside its own backward pass (Efficiency::hides and interference),
// and hosts prepare samples, which shows where they are slower than all of the rest.
//
// The answer plays the all-to-all and the sum of gradients on SimGrid; the closed form, for fits and for searching chips,
// is the same on an idle fabric (tests/analytic/step/rec_training_test.cpp).
//
// Not modelled: lookups beside the tower of the iteration before (stale rows), the sort that finds touched rows (in the
// fixed cost), quantised rows on the wire other than by `wire`, contention of keys and gradients with the all-to-all,
// padding of histories to the longest of a batch, sharding of the tower's optimizer, stragglers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/recommender.hpp"
#include "step/rec_tower.hpp"
#include "step/sharding.hpp"
#include "step/step.hpp"

namespace capmix::step {

struct RecTrainingOptions {
  RecOptimizer optimizer = RecOptimizer::adagrad;
  double wire = 2;                // bytes of an element between chips: 2 where training is mixed, else 4
  double samples_per_request = 1; // that share what is done once per request
  ByteRate host{0};               // what the hosts of one node prepare and hand over, all its chips; 0: never the limit
  Bytes sample{0};                // bytes of a sample on the host; 0: 8 B a key and 4 B a dense input
  Bytes host_memory{0};           // per chip, for rows that its own memory does not hold; 0: all rows are on the chips
  ByteRate host_link{64e9};       // of one chip to it, each way
  bool check_memory = true;       // false: a published case ran, whatever we think of its memory
  bool checkpoint = false;        // tables, tower and their states to storage: what one takes is told as well
};

// References must outlive the call.
struct RecTrainingSetup {
  const RecModel& model;
  int global_batch = 0;           // samples
  Precision precision = Precision::bf16;
  Group group;
  const Fabric& fabric;
  RecTrainingOptions options;
};

struct RecIteration {
  Sharding sharding;
  TowerTime tower;
  Seconds lookup, update;         // of the slowest chip
  Seconds cache;                  // rows that come from host memory and go back to it
  Seconds exchange;               // pooled rows there and their gradients back
  Seconds keys, keys_exposed;
  Seconds gradients, gradients_exposed;
  Seconds optimizer;              // of the tower
  Seconds input, input_exposed;
  Seconds fixed;
  Seconds device() const { return lookup + update + cache + exchange + tower.forward.total() + tower.backward.total() + keys_exposed + gradients_exposed + optimizer + fixed; }
  Seconds step() const { return device() + input_exposed; }
  std::vector<MemoryPart> memory; // of the fullest chip
};

// By closed form; or why it cannot run (with the number of chips that would do, where memory is short).
std::optional<RecIteration> lay_out(const RecTrainingSetup& setup, std::string& why);

// feasible = false with the reason where it cannot run.
StepProfile train_rec(const RecTrainingSetup& setup);

// The fewest chips (whole nodes from one node on) that hold the model at this batch; 0: not even kMostChips do.
inline constexpr int kMostChips = 1 << 17;
int enough_chips(const RecTrainingSetup& setup);

}  // namespace capmix::step
