#include "fleet/lending.hpp"

#include <algorithm>
#include <cmath>

#include "fleet/turn.hpp"
namespace capmix::fleet {

Lending::Lending(const Scenario& scenario, const Rates& rates, const Pool& pool, const Months& months, Ledger& ledger)
    : scenario_(scenario), rates_(rates), pool_(pool), months_(months), ledger_(ledger) {
  for (int c = 0; c < static_cast<int>(scenario.campaigns.size()); ++c)
    if (scenario.campaigns[scenario.campaigns.id_at(static_cast<size_t>(c))].borrows) borrowers_.push_back({c, 0, 0, -1, {}});
  std::stable_sort(borrowers_.begin(), borrowers_.end(), [&](const auto& a, const auto& b) {
    const auto turn = [this](const Borrower& x) { return turn_of(campaign(x).priority, campaign(x).earliest.day(), campaign(x).chips()); };
    return turn(a) < turn(b);
  });
}

const Way* Lending::way(const Borrower& b, int kind) const {
  for (const auto& way : rates_.ways(static_cast<size_t>(b.campaign)))
    if (way.groups.size() == 1 && way.groups[0].kind == kind && rates_.expected_speed(static_cast<size_t>(b.campaign), way) > 0) return &way;
  return nullptr;
}

Lending::Borrower* Lending::next(int kind, int64_t now, const Way*& how) {
  for (auto& b : borrowers_) {
    const Campaign& c = campaign(b);
    if (!b.open(c) || months_.second(c.earliest) > now) continue;
    how = way(b, kind);
    if (how != nullptr) return &b;
  }
  return nullptr;
}

int64_t Lending::lent(size_t s, int kind) const {
  const auto it = lent_.find({s, kind});
  return it == lent_.end() ? 0 : it->second.chips;
}

int64_t Lending::lend(size_t s, int kind, int64_t chips, int64_t from, int64_t to, int month, Seconds take_back) {
  const Way* how = nullptr;
  Borrower* b = next(kind, from, how);
  Lent& before = lent_[{s, kind}];
  if (b == nullptr) return before = {}, 0;
  if (before.campaign != b->campaign) before = {};  // another's gangs come, and pay for it
  const int64_t node = pool_.kind(kind).node_chips, gang = (campaign(*b).chips() + node - 1) / node * node;
  const int64_t gangs = std::max<int64_t>(0, chips) / gang;
  // A gang that comes loads first and will have to write and leave at the end: both are owed from when it comes, since the
  // hour in which it leaves is settled by the time that is known. What a part of an hour is too short for the next ones pay; a
  // gang that leaves before has done no work, and takes its share of what is owed along.
  const auto length = static_cast<double>(to - from), time = static_cast<double>(gangs) * length;
  const double stay = before.gangs > gangs ? static_cast<double>(gangs) / static_cast<double>(before.gangs) : 1;
  const double owed = before.owed * stay + static_cast<double>(std::max<int64_t>(0, gangs - before.gangs)) * 2 * take_back.value();
  const double moved = std::min(owed, time), work = time - moved;
  before = {b->campaign, gangs, gangs * gang, owed - moved};
  if (gangs == 0) return 0;
  credit(*b, *how, kind, gangs * gang * (to - from), work, work / time, from, to, month);
  return gangs * gang;
}

// `work`: seconds of a whole gang; `share`: of the time lent that is worked.
void Lending::credit(Borrower& b, const Way& way, int kind, int64_t lent, double work, double share, int64_t from, int64_t to, int month) {
  const Campaign& c = campaign(b);
  const auto index = static_cast<size_t>(b.campaign);
  double tokens = rates_.expected_speed(index, way) * work;
  if (tokens > 0 && b.started < 0) b.started = from;
  auto& fact = months_facts_[{month, b.campaign, static_cast<int>(pool_.kind(kind).chip.index)}];
  // What is left over of an hour in which the last run ends stays idle.
  if (c.runs > 0) tokens = std::min(tokens, c.tokens * (c.runs - b.finished) - b.done);
  fact.tokens += tokens;
  fact.model_flop += tokens * way.profile->flop_per_unit().value();
  fact.chip_seconds += lent;
  b.done += tokens;
  while (b.open(c) && b.done >= c.tokens * (1 - 1e-12)) {
    JobFact done = fact_of_run(b, "finished");
    done.finished = static_cast<double>(to), done.tokens = c.tokens;
    b.jobs.push_back(std::move(done));
    b.done = std::max(0.0, b.done - c.tokens);
    ++b.finished;
    b.started = b.done > 0 ? from : -1;
  }
  OwnerShares shares = busy(way.expected, rates_.training_efficiency(index, kind), way.profile->stall());
  for (auto& x : shares) x *= share;
  shares[static_cast<size_t>(Owner::stall)] += 1 - share;
  ledger_.add(month, {pool_.kind(kind).chip, pool_.kind(kind).site, b.campaign}, lent, shares);
}

JobFact Lending::fact_of_run(const Borrower& b, const std::string& state) const {
  JobFact f;
  f.job = job_id(campaign(b), b.finished + 1), f.campaign = campaign(b).id, f.chips = "lent by serving";
  f.submitted = static_cast<double>(months_.clipped(campaign(b).earliest));
  f.started = static_cast<double>(b.started), f.tokens = b.done, f.state = state;
  if (state == "waiting") f.waits_for = "no gang of " + std::to_string(campaign(b).chips()) + " chips was spare in any hour";
  return f;
}

void Lending::write(Facts& facts) const {
  for (const auto& b : borrowers_) {
    for (const auto& job : b.jobs) facts.of<JobFact>().push_back(job);
    if (b.open(campaign(b))) facts.of<JobFact>().push_back(fact_of_run(b, b.started >= 0 ? "running" : "waiting"));
  }
  for (const auto& [key, fact] : months_facts_) {
    auto& out = facts.of<TrainMonth>().emplace_back(fact);
    out.month = key[0];
    out.campaign = scenario_.campaigns[scenario_.campaigns.id_at(static_cast<size_t>(key[1]))].id;
    out.chip = scenario_.chips[scenario_.chips.id_at(static_cast<size_t>(key[2]))].id;
  }
}

}  // namespace capmix::fleet
