// How much each outcome weighs in a decision. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "results/info.hpp"

namespace capmix::analysis {

struct OutcomeWeights {
  std::vector<double> weights;         // by outcome, sum 1
  std::string basis;                   // where they come from, in words
};

// What is said of an outcome holds; the others share the rest in proportion to `share`, or equally where that says nothing of them.
// Throws InputError for an unknown outcome, for a weight that is no probability, and for weights that sum to more than 1, or to less when
// they are all said.
OutcomeWeights weights_of(const std::vector<results::OutcomeInfo>& outcomes, const std::map<std::string, double>& said = {});

}  // namespace capmix::analysis
