#include "fleet/job_policy.hpp"

#include <algorithm>

namespace capmix::fleet {
namespace {

std::vector<JobPolicyEntry>& registry() {
  static std::vector<JobPolicyEntry> policies;
  return policies;
}

}  // namespace

const std::vector<JobPolicyEntry>& job_policies() { return registry(); }

const JobPolicyEntry* find_job_policy(const std::string& name) {
  for (const auto& p : registry())
    if (p.name == name) return &p;
  return nullptr;
}

bool add_job_policy(const JobPolicyEntry& entry) {
  auto& all = registry();
  all.insert(std::upper_bound(all.begin(), all.end(), entry, [](const auto& a, const auto& b) { return a.name < b.name; }), entry);
  return true;
}

}  // namespace capmix::fleet
