// Which statements cannot all be true, and by how much: sources against each other, against the catalogue, and the
// study against itself. Rules are generic: none knows a number or a name of any source (rules.hpp lists them). Pure.
#pragma once

#include <vector>

#include "model/study.hpp"

namespace capmix::audit {

// Conflicts and agreements, gravest first; of equal severity the larger first. A ratio above 2 is grave, above 1.25
// clear. Amounts in CNY are compared at the study's rate; without one they stand for themselves.
std::vector<Finding> audit(const Scenario& scenario);

}  // namespace capmix::audit
