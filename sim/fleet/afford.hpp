// The largest ranking model that a fleet could serve to all of its users.
#pragma once

#include <vector>

#include "fleet/rates.hpp"

namespace capmix::fleet {

// The rate of a profile with a tower `scale` times as deep, relative to its own: log-log between the depths that were
// priced; 0 beyond the last one that meets the objective. A profile without them: 0, but at scale 1.
double rate_at(const StepProfile& profile, double scale);

// What all chips that are online could rank in stage `s` today, requests/s of the study's model by kind.
std::vector<double> rankable(const Rates& rates, const Pool& pool, size_t s);

// The depth, relative to the study's model, at which these capacities could just serve `peak` requests/s in stage `s`; at most
// the largest one priced, 0 where the smallest is too much.
double affordable(const Rates& rates, size_t s, const std::vector<double>& capacity, double peak);

}  // namespace capmix::fleet
