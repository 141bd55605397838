// What training leaves behind: months, jobs, and why the waiting ones wait.
#include <algorithm>

#include "fleet/training.hpp"

namespace capmix::fleet {

// At the horizon: no chips that could ever run it, no functional port, or not enough free chips together.
std::string Training::reason(int c) const {
  const Campaign& wanted = campaign(c);
  const auto& ways = rates_.ways(static_cast<size_t>(c));
  if (ways.empty()) {
    for (const auto& m : rates_.missing())
      if (m.workload == wanted.id) return "no rate on " + m.chip + ": " + m.reason;
    return "no eligible chip is online";
  }
  const Way* most = nullptr;
  int64_t most_free = -1;
  std::string ports;
  for (const auto& way : ways) {
    if (rates_.efficiency(static_cast<size_t>(c), way) <= 0) {
      for (const auto& g : way.groups) {
        const std::string port = scenario_.chips[pool_.kind(g.kind).chip].stack + "/" + wanted.family;
        const bool functional = rates_.training_efficiency(static_cast<size_t>(c), g.kind) > 0;
        if (functional || ports.find(port) != std::string::npos) continue;
        ports += (ports.empty() ? "port " : ", port ") + port;
      }
      continue;
    }
    int64_t free = 0;
    for (const auto& g : way.groups) free += pool_.kind(g.kind).usable;
    if (most == nullptr || free > most_free) most = &way, most_free = free;
  }
  if (most == nullptr) return ports + " not functional";
  std::string need, have;
  for (const auto& g : most->groups) {
    const Kind& kind = pool_.kind(g.kind);
    need += (need.empty() ? "" : " + ") + std::to_string(g.chips);
    have += (have.empty() ? "" : " + ") + std::to_string(kind.usable) + " " + scenario_.chips[kind.chip].id + " at " +
            scenario_.sites[kind.site].id;
  }
  const std::string kind = most->groups.size() == 1 ? " of one kind" : "";
  return "no " + need + " free chips" + kind + " at one site; most: " + have;
}

void Training::write(Facts& facts) const {
  for (const auto& [key, fact] : facts_) {
    auto& out = facts.of<TrainMonth>().emplace_back(fact);
    out.month = key[0];
    out.campaign = campaign(key[1]).id;
    out.chip = scenario_.chips[scenario_.chips.id_at(static_cast<size_t>(key[2]))].id;
  }
  for (const auto& job : jobs_) {
    JobFact f;
    f.job = job_id(campaign(job.campaign), job.number), f.campaign = campaign(job.campaign).id, f.chips = job.chips;
    f.submitted = static_cast<double>(job.submitted);
    f.started = static_cast<double>(job.started), f.finished = static_cast<double>(job.finished);
    f.tokens = job.done;
    f.state = job.finished >= 0 ? "finished" : job.way != nullptr ? "running" : "waiting";
    if (f.state == "waiting") f.waits_for = reason(job.campaign);
    for (size_t g = 0; g < job.missing.size(); ++g)
      if (job.missing[g] > 0) f.waits_for = "a node of " + scenario_.nodes[pool_.kind(job.way->groups[g].kind).node].id + " in the place of one that failed";
    facts.of<JobFact>().push_back(std::move(f));
  }
  for (int c = 0; c < static_cast<int>(submitted_.size()); ++c) {  // whose earliest date is beyond the horizon
    if (submitted_[static_cast<size_t>(c)] > 0 || campaign(c).borrows) continue;
    for (int n = 1; n <= std::max(1, campaign(c).runs); ++n) {
      JobFact f;
      f.job = job_id(campaign(c), n), f.campaign = campaign(c).id, f.state = "waiting";
      f.submitted = static_cast<double>(months_.second(campaign(c).earliest));
      f.waits_for = "not before " + campaign(c).earliest.text();
      facts.of<JobFact>().push_back(std::move(f));
    }
  }
}

}  // namespace capmix::fleet
