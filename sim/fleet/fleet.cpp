#include "fleet/fleet.hpp"

#include <algorithm>
#include <set>

#include "engine/clock.hpp"
#include "fleet/job_logs.hpp"
#include "fleet/outages.hpp"
#include "fleet/serving.hpp"
#include "fleet/stock.hpp"
#include "fleet/training.hpp"

namespace capmix::fleet {
namespace {

// The main loop. Between two ticks nothing changes; a tick settles what has passed, applies what is due, then
// decides: serving first, then pods for logs of jobs, training with the rest.
class Run {
 public:
  Run(const Scenario& scenario, const Plan& plan, const RateTable& table, const Draw& draw, bool means)
      : scenario_(scenario), plan_(plan), draw_(draw), months_(scenario.study.timeline), ledger_(scenario, months_),
        pool_(scenario, plan, months_), rates_(scenario, plan, table, pool_, draw, {}, means),
        serving_(scenario, rates_, pool_, months_, ledger_, draw, plan.lost_regions),
        training_(scenario, rates_, pool_, months_, ledger_, *find_policy("priority-fifo"),
                  [this](int64_t t) { wake(t); }),
        logs_(scenario, pool_, months_, clock_, draw, table),
        outages_(scenario, plan, pool_, months_, clock_, training_, serving_, logs_, draw, [this](int64_t t) { wake(t); }, means) {}

  Facts simulate() {
    add_pods();
    for (const int64_t t : known_dates()) wake(t);
    logs_.begin();
    outages_.begin();
    clock_.run(Seconds(static_cast<double>(months_.horizon())));
    settle(months_.horizon());
    training_.settle(months_.horizon());
    training_.finish(months_.horizon());
    return facts();
  }

 private:
  void add_pods();
  std::set<int64_t> known_dates();
  void wake(int64_t t) {
    clock_.at(Seconds(static_cast<double>(t)), [this, t] { tick(t); });
  }
  void tick(int64_t now);
  void settle(int64_t now);
  void settle_idle(int month);
  int waits_for(int kind, bool functional) const;
  void switch_pods(int64_t now);
  Facts facts();

  const Scenario& scenario_;
  const Plan& plan_;
  const Draw& draw_;
  Months months_;
  Ledger ledger_;
  Pool pool_;
  Rates rates_;
  Serving serving_;
  Training training_;
  engine::Clock clock_;
  JobLogs logs_;
  Outages outages_;
  std::set<int64_t> port_dates_;
  std::multimap<int64_t, int> switches_;  // pods that go on or off, by second
  int64_t settled_ = 0;
};

void Run::add_pods() {
  for (int p = 0; p < static_cast<int>(pool_.pods().size()); ++p) {
    const Pod& pod = pool_.pod(p);
    double flops = 0;  // BF16 peak, or the best there is
    for (const auto& [precision, peak] : scenario_.chips[pool_.kind(pod.kind).chip].peak) {
      if (precision == Precision::bf16) { flops = peak.value(); break; }
      flops = std::max(flops, peak.value());
    }
    clock_.add_pod(plan_.pods[static_cast<size_t>(pod.plan)].id, std::max(flops, 1.0) * pod.chips);
    switches_.emplace(pod.online, p);
    if (pod.end < months_.horizon()) switches_.emplace(pod.end, p);
  }
}

// Every second at which something is known to change.
std::set<int64_t> Run::known_dates() {
  std::set<int64_t> dates{0};
  for (int m = 0; m < months_.count(); ++m) dates.insert(months_.begin(m));
  for (const auto& [t, pod] : switches_) dates.insert(t);
  for (const auto& port : plan_.ports)
    for (const auto& step : port.steps) port_dates_.insert(std::max<int64_t>(0, months_.second(step.date)));
  dates.insert(port_dates_.begin(), port_dates_.end());
  for (const auto& campaign : scenario_.campaigns) dates.insert(months_.clipped(campaign.earliest));
  dates.erase(dates.lower_bound(months_.horizon()), dates.end());
  return dates;
}

void Run::tick(int64_t now) {
  settle(now);
  const int month = months_.of(now);
  const bool month_starts = now == months_.begin(month), ported = port_dates_.count(now) > 0;
  // With events, work is settled when it is certain: a strike takes back what came after the last checkpoint.
  if (ported || (month_starts && !scenario_.study.failure_events)) training_.settle(now);
  training_.finish(now);
  switch_pods(now);
  if (ported) {
    rates_.set_day(months_.day(now));
    training_.change_speeds(now);
  }
  if (ported || month_starts || serving_.is_short()) serving_.decide(month, now);
  logs_.claim(now);
  training_.start(now);
  outages_.runs(now);
}

void Run::switch_pods(int64_t now) {
  const auto [first, last] = switches_.equal_range(now);
  for (auto it = first; it != last; ++it) {
    const int p = it->second;
    if (pool_.pod(p).on == (now < pool_.pod(p).end)) continue;  // a second event at this date
    if (pool_.pod(p).on) {
      training_.vacate(p, now);
      serving_.retire(p, now);
      logs_.retire(p, now);
      pool_.switch_off(p);
    } else {
      pool_.switch_on(p);
      outages_.watch(p, now);
    }
    clock_.switch_pod(p, pool_.pod(p).on);
  }
}

void Run::settle(int64_t now) {
  if (now == settled_) return;
  const int month = months_.of(settled_);
  pool_.advance(now);
  serving_.settle(settled_, now, month);
  settle_idle(month);
  settled_ = now;
}

// The first workload that waits for chips of a kind, serving before logs before training; -1 for none.
int Run::waits_for(int kind, bool functional) const {
  const int s = serving_.waits_for(kind, functional);
  if (s >= 0) return account_of_stage(scenario_, static_cast<size_t>(s));
  if (const int l = functional ? logs_.waits_for(kind) : -1; l >= 0) return account_of_log(scenario_, static_cast<size_t>(l));
  return training_.waits_for(kind, functional);
}

// Online chips that nobody has, by kind, and those under repair, which are lost to failure. Of the others, in this order:
//   queue   - work that could run on them today waits (too few free chips together, or held for a larger gang);
//   porting - work waits for them that only lacks its port, or nothing that has a rate on them is functional;
//   demand  - no work wants them.
void Run::settle_idle(int month) {
  for (int k = 0; k < static_cast<int>(pool_.kinds().size()); ++k) {
    const Kind& kind = pool_.kind(k);
    const int64_t down = pool_.take_down_seconds(k), idle = pool_.take_idle_seconds(k);
    if (down > 0) ledger_.add(month, {kind.chip, kind.site, -1}, Owner::failure, down);
    if (idle == 0) continue;
    const int able = waits_for(k, true), unported = waits_for(k, false);
    const Owner owner = able >= 0 ? Owner::queue : unported >= 0 || rates_.unported(k) ? Owner::porting : Owner::demand;
    ledger_.add(month, {kind.chip, kind.site, able >= 0 ? able : unported}, owner, idle);
  }
}

Facts Run::facts() {
  Facts out;
  Ledger ledger = ledger_;
  logs_.write(ledger, out);
  accrue_before_online(scenario_, plan_, months_, ledger);
  out.of<FleetMonth>() = fleet_months(scenario_, plan_, months_);
  out.of<LedgerFact>() = ledger.facts();
  out.of<EnergyMonth>() = energy_months(scenario_, plan_, months_, draw_);
  out.of<MissingRate>() = rates_.missing();
  out.of<MissingRate>().insert(out.of<MissingRate>().end(), logs_.missing().begin(), logs_.missing().end());
  training_.write(out);
  serving_.write(out);
  outages_.write(out);
  return out;
}

}  // namespace

Facts simulate(const Scenario& scenario, const Plan& plan, const RateTable& rates, const Draw& draw, bool coarse) {
  return Run(scenario, plan, rates, draw, coarse && takes_means(scenario)).simulate();
}

}  // namespace capmix::fleet
