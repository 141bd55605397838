// What else is asked of a recommendation serving cell besides its profile (step.hpp, serve()).
#pragma once

#include "step/step.hpp"

namespace capmix::step {

// Requests per second when nobody asks for latency: all there at once, in batches of 1,024. 0 where serve() has a reason
// that does not speak of latency.
double offline_rate(const ServingSetup& setup);

}  // namespace capmix::step
