// Why one plan is slower than another, in words and figures.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "step/iteration.hpp"
#include "step/search.hpp"

namespace capmix::step {

// Seconds of a step by what they go into; they sum to the step. Work is that of an average stage of the slowest lane;
// "uneven stages" is what its slowest stage takes longer, and the "bubble" what that stage waits for others.
std::vector<std::pair<std::string, Seconds>> spent(const TrainingSetup& setup, const Iteration& iteration);

// Fills `why` of plans in the order of their steps, each against the first.
void explain(const TrainingSetup& setup, std::vector<Priced>& plans);

}  // namespace capmix::step
