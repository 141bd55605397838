// How probable outcomes are by the approvals' own probabilities.
#pragma once

#include <vector>

#include "model/study.hpp"

namespace capmix::plan {

// By outcome of the study, in its order: share of `draws` draws of the approvals, with what is on record and nothing forced, that come out as the
// outcome says: each approval that it forces is granted or refused as there, and if granted, has a quota or none as there (its size is not compared).
// A draw that fits several outcomes counts for each in equal parts. An outcome that forces no approval gets NaN: it is all draws, not one of them.
// The sum is below 1 where draws fit none. Dates are not compared.
std::vector<double> outcome_shares(const Scenario& scenario, int draws);

}  // namespace capmix::plan
