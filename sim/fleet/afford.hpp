// The largest ranking model that a fleet could serve to all of its users.
#pragma once

#include "fleet/rates.hpp"

namespace capmix::fleet {

// The rate of a profile with a tower `scale` times as deep, relative to its own: log-log between the depths that were
// priced; 0 beyond the last one that meets the objective. A profile without them: 0, but at scale 1.
double rate_at(const StepProfile& profile, double scale);

// The depth, relative to the study's model, at which all chips that are online and may rank could just serve `peak`
// requests/s in stage `s`; at most the largest one priced, 0 where the smallest is too much.
double affordable(const Rates& rates, const Pool& pool, size_t s, double peak);

}  // namespace capmix::fleet
