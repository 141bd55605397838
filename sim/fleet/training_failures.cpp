// What failures that are events do to gangs: a strike takes a gang back to its last checkpoint, and it recovers.
#include <algorithm>
#include <cmath>

#include "fleet/training.hpp"

namespace capmix::fleet {
namespace {

int64_t chips_of_job(const Job& job) {
  int64_t n = 0;
  for (const auto& group : job.held) n += chips_of(group);
  return n;
}

}  // namespace

void Training::hold(int j, size_t group, const std::vector<Holding>& chips) {
  auto& held = jobs_[static_cast<size_t>(j)].held[group];
  for (const auto& more : chips) {
    auto& there = on_pod_[static_cast<size_t>(more.pod)];
    const auto part = std::find_if(there.begin(), there.end(), [&](const Part& p) { return p.job == j && p.group == group; });
    if (part == there.end()) {
      there.push_back({j, group, more.chips});
      held.push_back(more);
    } else {
      part->chips += more.chips;
      std::find_if(held.begin(), held.end(), [&](const Holding& h) { return h.pod == more.pod; })->chips += more.chips;
    }
  }
}

int Training::nodes_on(int p) const {
  const Pod& pod = pool_.pod(p);
  return pod.service >= 0 || pod.log >= 0 ? 0 : (pod.chips - pod.free - pod.down) / pool_.kind(pod.kind).node_chips;
}

double Training::nodes_of(size_t n) const {
  double nodes = 0;
  for (const auto& g : jobs_[static_cast<size_t>(active_[n])].way->groups) nodes += std::ceil(static_cast<double>(g.chips) / pool_.kind(g.kind).node_chips);
  return nodes;
}

std::pair<int, size_t> Training::holder(int pod, int node) const {
  const int node_chips = pool_.kind(pool_.pod(pod).kind).node_chips;
  for (const Part& part : on_pod_[static_cast<size_t>(pod)])
    if ((node -= part.chips / node_chips) < 0) return {part.job, part.group};
  return {-1, 0};
}

// Time in which the gang holds chips and does no work, until `until`.
void Training::credit_failure(Job& job, int64_t until, int64_t TrainMonth::*as) {
  if (until <= job.settled) return;
  for (size_t i = 0; i < job.held.size(); ++i) {
    const Kind& kind = pool_.kind(job.way->groups[i].kind);
    const int64_t chips = chips_of(job.held[i]);
    ledger_.span(job.settled, until, {kind.chip, kind.site, job.campaign}, Owner::failure, chips);
    for (int64_t from = job.settled; from < until;) {
      const int month = months_.of(from);
      const int64_t part = std::min(until, months_.end(month)) - from;
      TrainMonth& fact = facts_[{month, job.campaign, static_cast<int>(kind.chip.index)}];
      fact.chip_seconds += chips * part, fact.*as += chips * part;
      from += part;
    }
  }
  job.settled = until;
}

// Work until the last checkpoint that counts is kept; what came after it is lost: chip-seconds.
int64_t Training::lose_work(int j, int64_t now) {
  Job& job = jobs_[static_cast<size_t>(j)];
  if (job.waits() || now <= job.ready) return settle(job, now), 0;
  const Care& care = job.way->care;
  const double counts = static_cast<double>(now - job.ready) - care.flush;
  const int64_t kept = job.ready + (care.cycle > 0 && counts > 0 ? static_cast<int64_t>(std::floor(counts / care.cycle) * care.cycle) : 0);
  settle(job, std::max(kept, job.settled));
  const int64_t lost = chips_of_job(job) * (now - job.settled);
  credit_failure(job, now, &TrainMonth::undone);
  return lost;
}

int64_t Training::hit(int j, const Hit& hit, int64_t now) {
  Job& job = jobs_[static_cast<size_t>(j)];
  const int64_t lost = lose_work(j, now);
  job.found = now + static_cast<int64_t>(std::ceil(hit.detect)), job.resume = hit.resume;
  job.ready = job.found + static_cast<int64_t>(std::ceil(job.resume + job.way->care.restart));
  return lost;
}

int64_t Training::lose_node(int pod, int node, const Hit& by, int64_t now, int& whose) {
  const std::pair<int, size_t> who = holder(pod, node);
  const int j = who.first;
  const size_t group = who.second;
  Job& job = jobs_[static_cast<size_t>(j)];
  whose = job.campaign;
  const int64_t lost = hit(j, by, now);
  const int kind = pool_.pod(pod).kind, node_chips = pool_.kind(kind).node_chips;
  auto& held = job.held[group];
  const auto from = std::find_if(held.begin(), held.end(), [&](const Holding& h) { return h.pod == pod; });
  if ((from->chips -= node_chips) == 0) held.erase(from);
  auto& there = on_pod_[static_cast<size_t>(pod)];
  const auto part = std::find_if(there.begin(), there.end(), [&](const Part& p) { return p.job == j && p.group == group; });
  if ((part->chips -= node_chips) == 0) there.erase(part);
  pool_.break_held(pod, node_chips);
  ++job.missing[group];
  job.no_spare = std::max(job.no_spare, by.hot ? 0 : by.repaired);
  std::erase(short_, j);
  if (!fill(j, now)) short_.push_back(j);
  set_speed(j, now);
  return lost;
}

// Somebody who may stand back for it does: true.
bool Training::take_from_lower(int j, int kind, int64_t now) {
  const auto& ranks = by_rank_[static_cast<size_t>(kind)];
  int lowest = -1;
  for (const int s : short_)
    if (s != j && rank(s) < rank(j) && ranks.count(rank(s)) > 0 && (lowest < 0 || rank(s) < rank(lowest))) lowest = s;
  if (lowest < 0 && !ranks.empty() && std::get<0>(*ranks.begin()) < std::get<0>(rank(j))) lowest = -std::get<2>(*ranks.begin());
  if (lowest < 0) return false;
  Job& other = jobs_[static_cast<size_t>(lowest)];
  other.owed = other.way->care.restart;
  wait_again(lowest, now);
  wake_(now);   // what is left of its nodes is for whoever waits
  return pool_.kind(kind).usable >= pool_.kind(kind).node_chips;
}

// Takes what nodes there are; true: it misses none.
bool Training::fill(int j, int64_t now) {
  Job& job = jobs_[static_cast<size_t>(j)];
  bool all = true;
  for (size_t g = 0; g < job.missing.size(); ++g) {
    const int kind = job.way->groups[g].kind, node_chips = pool_.kind(kind).node_chips;
    for (; job.missing[g] > 0 && now >= job.no_spare && (pool_.kind(kind).usable >= node_chips || take_from_lower(j, kind, now)); --job.missing[g]) hold(j, g, pool_.take(kind, node_chips));
    all = all && job.missing[g] == 0;
  }
  return all;
}

void Training::fill(int64_t now) {
  const auto waiting = short_;
  for (const int j : waiting) {
    Job& job = jobs_[static_cast<size_t>(j)];
    if (job.held.empty()) continue;   // it stood back for another
    settle(job, now);                 // before it holds more
    if (!fill(j, now)) continue;
    std::erase(short_, j);
    job.ready = std::max(now, job.found) + static_cast<int64_t>(std::ceil(job.resume + job.way->care.restart));
    set_speed(j, now);
  }
}

std::vector<std::pair<int, int64_t>> Training::lose_pod(int pod, const Hit& by, int64_t now) {
  const auto there = on_pod_[static_cast<size_t>(pod)];
  std::vector<std::pair<int, int64_t>> out;
  for (const Part& part : there) {
    Job& job = jobs_[static_cast<size_t>(part.job)];
    if (job.held.empty()) continue;   // it had two parts here
    out.emplace_back(job.campaign, lose_work(part.job, now));
    job.found = now + static_cast<int64_t>(std::ceil(by.detect));
    job.owed = by.resume + job.way->care.restart;
    wait_again(part.job, now);
  }
  return out;
}

int64_t Training::restart(size_t n, const Hit& by, int64_t now, int& whose) {
  const int j = active_[n];
  whose = jobs_[static_cast<size_t>(j)].campaign;
  const int64_t lost = hit(j, by, now);
  set_speed(j, now);
  return lost;
}

int64_t Training::restart_on(int pod, int node, const Hit& by, int64_t now, int& whose) {
  const int j = holder(pod, node).first;
  return restart(jobs_[static_cast<size_t>(j)].place, by, now, whose);
}

bool Training::repaired(int kind, int64_t at, int chips, int64_t now) {
  auto& list = repairs_[static_cast<size_t>(kind)];
  if (const auto it = list.find({at, chips}); it != list.end()) list.erase(it);
  fill(now);
  return pool_.kind(kind).usable >= shortage_[static_cast<size_t>(kind)];
}

// The least free chips of each kind that a waiting gang lacks now.
void Training::note_shortages(const View& view) {
  shortage_.assign(pool_.kinds().size(), kNever);
  for (const auto& request : view.requests)
    for (const auto& option : request.options)
      for (const auto& need : option.needs)
        if (auto& least = shortage_[static_cast<size_t>(need.kind)]; need.chips > pool_.kind(need.kind).usable) least = std::min(least, need.chips);
}

}  // namespace capmix::fleet
