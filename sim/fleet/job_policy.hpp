// The narrow seam between who decides and what runs: a policy looks at a desk, starts, preempts and resizes jobs on it, and says why
// others wait. A policy is one file in policies/ that registers itself; a run has an object of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fleet/desk.hpp"

namespace capmix::fleet {

class JobPolicy {
 public:
  virtual ~JobPolicy() = default;
  // After all that happens at one moment: ends, then arrivals. Called again at the moments that it asked to be woken at.
  virtual void decide(Desk& desk) = 0;
  // Why a waiting job waits, at this moment.
  virtual Wait why(const Desk& desk, int job) const = 0;
};

struct JobPolicyEntry {
  std::string name, what;
  std::unique_ptr<JobPolicy> (*make)();
};
const std::vector<JobPolicyEntry>& job_policies();  // by name
const JobPolicyEntry* find_job_policy(const std::string& name);
bool add_job_policy(const JobPolicyEntry& entry);

}  // namespace capmix::fleet
