// A scheduler on SimGrid's clock, and what a schedule comes to in numbers.
#pragma once

#include <string>
#include <vector>

#include "fleet/scheduler.hpp"

namespace capmix::fleet {

// Pods are hosts, and one timer is set at a time. Call it once per process (engine::Clock).
void run_on_clock(Scheduler& scheduler, const std::vector<ClusterPart>& parts, double until = kForever);

// Of the jobs that finished, where not said otherwise.
struct ScheduleTotals {
  size_t finished = 0, running = 0, waiting = 0, coming = 0, refused = 0;   // jobs, at the last moment
  double mean_wait = 0, median_wait = 0, p95_wait = 0, p99_wait = 0;  // s until the first start, of all that have started
  double mean_jct = 0, median_jct = 0, p99_jct = 0;           // s from submit to end
  double mean_slowdown = 0;    // bounded: max(1, JCT / max(run, 10 s)) (Feitelson et al. 1997)
  double makespan = 0;         // s from the first submit to the last end
  double utilisation = 0;      // chip-seconds held over those there were, from the first submit to the last moment
  double node_use = 0;         // nodes with a job over those there were, in time
  double chip_hours = 0;       // held by all
  int64_t preempted = 0, resized = 0, spanning = 0;           // times; times; jobs that spanned pods
  double most_waiting = 0;     // jobs at once
  std::array<double, kWaits> waited{};                        // s of all jobs, by what they waited for
};
ScheduleTotals totals_of(const std::vector<JobSpec>& jobs, const Schedule& schedule);

}  // namespace capmix::fleet
