// What one more unit of a constraint is worth, as found by running a study again with one input nudged.
#pragma once

#include <string>
#include <vector>

namespace capmix {

struct UnitValue {
  std::string constraint;      // "power datong", "approval cn-permission", "production nvidia-h200", "port cann/llm-training", "money"
  std::string unit;            // "MW"
  double nudge = 0;            // units that were added
  double modes = 0;            // change of the objective per unit, at modes
  std::vector<double> draws;   // the same by draw, each in its own world
};

// The objective of one decision in one outcome, and what moves it.
struct ValueReport {
  std::string mix, outcome;    // ids
  std::string metric, unit;    // of the objective: "train.reference_tokens", "tokens"
  double modes = 0;            // the objective without a nudge
  std::vector<double> draws;
  std::vector<UnitValue> values;
};

}  // namespace capmix
