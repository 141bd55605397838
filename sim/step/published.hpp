// Predicted against published: every case that the step simulation covers is played on SimGrid and set beside its
// measurement; the others keep their reason.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "model/profile.hpp"
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

// What a score says of any kind of case before it is simulated.
template <class C>
Score described(const C& c) {
  Score s;
  s.case_id = c.id, s.group = c.group, s.hardware = c.hardware, s.unit = c.unit;
  s.suspect = c.suspect, s.reason = c.reason, s.assumed = c.assumed, s.measured = c.measured;
  return s;
}
inline constexpr const char* kSuspect = "marked as suspect in its table: not counted";

// The prediction in the unit of the measurement, with the trust range of its profile. Trust multiplies the rate; a time is
// its inverse.
void set_prediction(Score& score, double predicted, const StepProfile& profile, bool is_time);

// Simulates cases in worker processes, those with one key once: the key holds everything that a profile depends on; "": the
// case is not simulated. `work` is called with the first case of a key, `use` with each.
void simulate_once(const std::vector<std::string>& keys, const ScoreOptions& options, const std::function<StepProfile(size_t)>& work,
                   const std::function<void(size_t, const StepProfile&)>& use, std::vector<Score>& scores);

// One score per case, in their order. Cases that differ in nothing but their measurement are simulated once. Memory
// is not checked, since a published case ran, but a plan that would not fit by our memory model is said to.
std::vector<Score> score(const std::vector<Case>& cases, const Scenario& catalogue, const ScoreOptions& options = {});

}  // namespace capmix::step
