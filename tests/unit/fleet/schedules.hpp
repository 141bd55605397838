// A log by hand and its schedule, without SimGrid.
#pragma once

#include <string>
#include <vector>

#include "catch.hpp"
#include "fleet/schedule.hpp"

namespace test {

inline capmix::JobSpec job(double submit, double chips, double run, double estimate = 0) {
  capmix::JobSpec j;
  j.submit = submit, j.chips = chips, j.run = run, j.estimate = estimate;
  return j;
}

inline capmix::Schedule scheduled(const std::string& policy, std::vector<capmix::ClusterPart> parts, std::vector<capmix::JobSpec> jobs, const capmix::fleet::DeskOptions& options = {}) {
  const auto* entry = capmix::fleet::find_job_policy(policy);
  REQUIRE(entry != nullptr);
  capmix::fleet::Scheduler scheduler(std::move(parts), std::move(jobs), entry->make(), options);
  capmix::fleet::run_alone(scheduler);
  return scheduler.take();
}

inline std::vector<double> starts(const capmix::Schedule& s) {
  std::vector<double> out;
  for (const auto& j : s.jobs) out.push_back(j.start);
  return out;
}

inline std::vector<double> ends(const capmix::Schedule& s) {
  std::vector<double> out;
  for (const auto& j : s.jobs) out.push_back(j.end);
  return out;
}

}  // namespace test
