// What else is asked of a recommendation serving cell besides its profile (step.hpp, serve()).
#pragma once

#include "step/cell.hpp"
#include "step/step.hpp"

namespace capmix::step {

// Requests per second when nobody asks for latency: all there at once, in batches of 1,024. 0 where serve() has a reason
// that does not speak of latency.
double offline_rate(const ServingSetup& setup);

// Latency against load with the batch size of serve(): `loads` of them, evenly up to the saturated rate, the last of which
// has no steady state (its latency grows with the requests). Percentiles 0.5 and the stage's.
struct RecCurve {
  std::string reason;   // why there is none: what serve() says of memory, precision or the objective
  double percentile = 0;
  int batch = 0;        // requests, at most
  double saturated = 0; // requests/s
  std::vector<CellRun> runs;
  // Below the saturated rate: the queue does not grow for ever.
  bool steady(const CellRun& run) const { return run.load < saturated * (1 - 1e-9); }
};
RecCurve load_curve(const ServingSetup& setup, int loads, int64_t requests, int jobs);

}  // namespace capmix::step
