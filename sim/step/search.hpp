// plan = "auto": the fastest feasible plans of a campaign on its chips, priced with the closed forms of iteration.hpp.
//
// Three sieves before a plan is priced in full, each a lower bound: memory of an average stage; seconds of a step that
// keeps every chip busy; and the iteration laid out with a single micro-batch, which gives exact memory and all of the
// step but how the pipeline fills. Plans are tried best guess first, and those whose bound is beyond the last of the
// best so far are never priced. The result is that of pricing all of them (tests/unit/step/search_test.cpp).
#pragma once

#include <string>
#include <vector>

#include "step/space.hpp"
#include "step/step.hpp"

namespace capmix::step {

struct Priced {
  ParallelPlan plan;
  Seconds step;
  double mfu = 0;      // of the model's FLOP without recompute, against the dense peaks at the campaign's precision
  Bytes memory;        // of the fullest chip
  std::string why;     // what costs it most against the best; of the best: what its time goes into
};

// What a search did.
struct Effort {
  size_t plans = 0, probed = 0, priced = 0;  // in the space, laid out with one micro-batch, priced in full
};

// The `best` fastest plans that fit, best first; equal times in the order of `before`. A plan that shards more than
// another with all else and the step equal is left out. Empty when nothing fits: `reason` then says what came nearest.
std::vector<Priced> search(const TrainingSetup& setup, size_t best = 10, std::string* reason = nullptr, Effort* effort = nullptr);

// All plans that fit, with every one of the space priced: what `search` must agree with.
std::vector<Priced> exhaustive(const TrainingSetup& setup);

}  // namespace capmix::step
