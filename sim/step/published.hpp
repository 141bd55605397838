// Predicted against published: every case that the step simulation covers is played on SimGrid and set beside its
// measurement; the others keep their reason.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "model/score.hpp"
#include "step/cases.hpp"

namespace capmix::step {

// What the bars of accuracy are set for: "LoRA", "MoE", "NVFP4", "Ascend" (dense, on CANN), "dense".
std::string work_class(const Case& c, const Scenario& catalogue);

struct ScoreOptions {
  int jobs = 1;                          // worker processes
  std::set<std::string> fitted;          // ids of the cases that the catalogue's values were fitted on
  std::function<void(int done, int total)> progress = [](int, int) {};
};

// One score per case, in their order. Cases that differ in nothing but their measurement are simulated once. Memory
// is not checked, since a published case ran, but a plan that would not fit by our memory model is said to.
std::vector<Score> score(const std::vector<Case>& cases, const Scenario& catalogue, const ScoreOptions& options = {});

}  // namespace capmix::step
