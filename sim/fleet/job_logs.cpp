#include "fleet/job_logs.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "fleet/log_rates.hpp"

namespace capmix::fleet {
namespace {

// What a log had and used in one month, in chip-seconds.
struct Use {
  double had = 0, held = 0, down = 0, queued = 0;   // queued: neither held nor down, while a job waited
  int64_t waiting = 0, running = 0;       // at its end
};

using Changes = std::vector<std::pair<double, int64_t>>;   // ascending

// The changes up to t.
int64_t pass(const Changes& changes, size_t& next, double t) {
  int64_t sum = 0;
  for (; next < changes.size() && changes[next].first <= t; ++next) sum += changes[next].second;
  return sum;
}

std::vector<Use> uses_of(const Months& months, const std::vector<BusyMoment>& busy, const Changes& had, const Changes& down) {
  std::vector<Use> out(static_cast<size_t>(months.count()));
  size_t b = 0, h = 0, d = 0;
  BusyMoment now;
  int64_t chips = 0, repaired = 0;
  for (int m = 0; m < months.count(); ++m) {
    const auto end = static_cast<double>(months.end(m));
    for (auto t = static_cast<double>(months.begin(m)); t < end;) {
      for (; b < busy.size() && busy[b].at <= t; ++b) now = busy[b];
      chips += pass(had, h, t), repaired += pass(down, d, t);
      const double next = std::min({end, b < busy.size() ? busy[b].at : end, h < had.size() ? had[h].first : end, d < down.size() ? down[d].first : end});
      Use& use = out[static_cast<size_t>(m)];
      use.had += static_cast<double>(chips) * (next - t), use.down += static_cast<double>(repaired) * (next - t), use.held += now.chips * (next - t);
      if (now.waiting > 0) use.queued += (static_cast<double>(chips - repaired) - now.chips) * (next - t);
      t = next;
    }
    out[static_cast<size_t>(m)].waiting = now.waiting, out[static_cast<size_t>(m)].running = now.running;
  }
  return out;
}

void count_jobs(const Months& months, const std::vector<JobSpec>& jobs, const std::vector<JobOutcome>& outcomes, std::vector<LogMonth>& into) {
  const auto month = [&](double t) { return t >= 0 && t < static_cast<double>(months.horizon()) ? &into[static_cast<size_t>(months.of(static_cast<int64_t>(t)))] : nullptr; };
  for (size_t j = 0; j < jobs.size(); ++j) {
    if (LogMonth* m = month(jobs[j].submit)) ++m->submitted;
    if (j >= outcomes.size()) continue;
    if (LogMonth* m = month(jobs[j].submit); m != nullptr && outcomes[j].state == JobState::refused) ++m->refused;
    if (LogMonth* m = month(outcomes[j].start)) ++m->started, m->wait += outcomes[j].start - jobs[j].submit;
    if (LogMonth* m = month(outcomes[j].end)) ++m->finished;
  }
  for (auto& m : into)
    if (m.started > 0) m.wait /= static_cast<double>(m.started);
}

}  // namespace

JobLogs::JobLogs(const Scenario& scenario, Pool& pool, const Months& months, engine::Clock& clock, const Draw& draw, const RateTable& table)
    : scenario_(scenario), pool_(pool), months_(months), clock_(clock), chance_(scenario.study.seed, std::max(0, draw.index())), span_of_(pool.pods().size(), -1) {
  for (const auto& log : scenario.logs) {
    const JobPolicyEntry* policy = find_job_policy(log.policy);
    if (policy == nullptr) throw std::logic_error("there is no policy " + log.policy);
    State& state = logs_.emplace_back();
    state.struck.resize(static_cast<size_t>(months.count()));
    std::vector<ClusterPart> parts;
    std::vector<PartPlace> places;
    int slots = 0;
    for (int k = 0; k < static_cast<int>(pool.kinds().size()); ++k) {
      const Kind& kind = pool.kind(k);
      int most = 0, least = 0;          // whole nodes of a pod
      for (const int p : kind.pods) {
        const int nodes = pool.pod(p).chips / kind.node_chips;
        if (nodes > 0) most = std::max(most, nodes), least = least == 0 ? nodes : std::min(least, nodes);
      }
      if (kind.chip != log.chip || most == 0) continue;
      const int wanted = std::min(static_cast<int>(kind.pods.size()), log.chips / (least * kind.node_chips));
      if (wanted == 0) continue;
      parts.push_back({scenario.sites[kind.site].id, wanted, most, kind.node_chips});
      places.push_back({scenario.chips[kind.chip].id, scenario.nodes[kind.node].id, scenario.fabrics[scenario.sites[kind.site].fabric].id});
      state.kinds.push_back(k), state.first.push_back(slots), state.slots.push_back(wanted);
      slots += wanted;
    }
    if (parts.empty()) continue;
    state.taken.resize(static_cast<size_t>(slots));
    LogRates rates = log_rates(log, places, table);
    missing_.insert(missing_.end(), rates.missing.begin(), rates.missing.end());
    state.scheduler = std::make_unique<Scheduler>(parts, std::move(rates.jobs), policy->make(), DeskOptions{log.spine, log.restart.value(), log.tenants, std::move(rates.gangs), static_cast<double>(log.chips)});
  }
}

// No pod is there yet.
void JobLogs::begin() {
  for (size_t l = 0; l < logs_.size(); ++l) {
    State& state = logs_[l];
    if (!state.scheduler) continue;
    const Cluster& cluster = state.scheduler->desk().cluster();
    for (int slot = 0; slot < cluster.pods(); ++slot)
      while (cluster.pod_free(slot) > 0) state.scheduler->node_down(0, slot, 0, 0);
    arm(l);
  }
}

void JobLogs::claim(int64_t now) {
  size_t l = 0;
  for (const auto& log : scenario_.logs) {
    State& state = logs_[l];
    bool more = false;
    for (size_t i = 0; i < state.kinds.size(); ++i)
      for (const int p : pool_.kind(state.kinds[i]).pods) {
        const Pod& pod = pool_.pod(p);
        const auto slots = state.taken.begin() + state.first[i];
        if (std::find(slots, slots + state.slots[i], 0) == slots + state.slots[i] || state.chips + pod.chips > log.chips || pod.chips < pool_.kind(pod.kind).node_chips) continue;
        if (!pod.on || pod.service >= 0 || pod.log >= 0 || !pod.whole()) continue;
        give(l, p, now);
        more = true;
      }
    if (more) tick(l, static_cast<double>(now));
    ++l;
  }
}

void JobLogs::give(size_t l, int p, int64_t now) {
  State& state = logs_[l];
  const Pod& pod = pool_.pod(p);
  const auto i = static_cast<size_t>(std::find(state.kinds.begin(), state.kinds.end(), pod.kind) - state.kinds.begin());
  const int slot = static_cast<int>(std::find(state.taken.begin() + state.first[i], state.taken.end(), 0) - state.taken.begin());
  state.taken[static_cast<size_t>(slot)] = 1;
  pool_.run_log(p, static_cast<int>(l));
  span_of_[static_cast<size_t>(p)] = static_cast<int>(state.spans.size());
  state.spans.push_back({p, slot, now, months_.horizon()});
  state.chips += pod.chips;
  if (pod.down > 0) state.down.emplace_back(static_cast<double>(now), pod.down);
  for (int n = 0; n < pod.free / pool_.kind(pod.kind).node_chips; ++n) state.scheduler->node_up(static_cast<double>(now), slot);
  if (given_) given_(p, now);
}

void JobLogs::tell(std::function<void(int, int64_t)> given, std::function<void(size_t, size_t, int64_t)> runs) { given_ = std::move(given), runs_ = std::move(runs); }

double JobLogs::lost(size_t l) {
  const std::string chance = "log/" + work(l).id + "/" + std::to_string(logs_[l].strikes++);
  return work(l).restart.value() + work(l).checkpoint.value() * chance_.uniform(chance + "/age");
}

int JobLogs::strike(int p, int node, int64_t now) {
  const auto l = static_cast<size_t>(pool_.pod(p).log);
  State& state = logs_[l];
  const int slot = span_of(p).slot;
  const auto t = static_cast<double>(now);
  Struck& struck = state.struck[static_cast<size_t>(months_.of(now))];
  const double work_lost = lost(l), before = state.scheduler->desk().again();
  int taken = 0;
  if (node < 0) {
    while (state.scheduler->node_down(t, slot, 0, work_lost)) ++taken;
  } else {
    taken = state.scheduler->node_down(t, slot, node, work_lost) ? 1 : 0;
  }
  struck.nodes += taken, struck.again += state.scheduler->desk().again() - before;
  if (taken > 0) state.down.emplace_back(t, static_cast<int64_t>(taken) * pool_.kind(pool_.pod(p).kind).node_chips);
  tick(l, t);
  return taken;
}

void JobLogs::repair(int p, int chips, int64_t now) {
  const auto l = static_cast<size_t>(pool_.pod(p).log);
  logs_[l].down.emplace_back(static_cast<double>(now), -chips);
  for (int n = 0; n < chips / pool_.kind(pool_.pod(p).kind).node_chips; ++n) logs_[l].scheduler->node_up(static_cast<double>(now), span_of(p).slot);
  tick(l, static_cast<double>(now));
}

void JobLogs::restart(size_t l, size_t n, int64_t now) {
  Scheduler& scheduler = *logs_[l].scheduler;
  const double before = scheduler.desk().again();
  scheduler.set_back(static_cast<double>(now), scheduler.desk().running()[n], lost(l));
  logs_[l].struck[static_cast<size_t>(months_.of(now))].again += scheduler.desk().again() - before;
  tick(l, static_cast<double>(now));
}

void JobLogs::restart_on(int p, int node, int64_t now) {
  const auto l = static_cast<size_t>(pool_.pod(p).log);
  for (const int j : logs_[l].scheduler->jobs_on(span_of(p).slot, node)) restart(l, logs_[l].scheduler->desk().place_of(j), now);
}

double JobLogs::nodes_of(size_t l, size_t n) const {
  const Desk& desk = logs_[l].scheduler->desk();
  const int j = desk.running()[n];
  return std::ceil(desk.chips(j) / desk.cluster().parts()[static_cast<size_t>(desk.placement(j).part)].chips);
}

int JobLogs::waits_for(int kind) const {
  for (size_t l = 0; l < logs_.size(); ++l) {
    const State& state = logs_[l];
    const bool may = std::find(state.kinds.begin(), state.kinds.end(), kind) != state.kinds.end() && state.chips < work(l).chips;
    if (may && state.scheduler->desk().waiting().size() > 0) return static_cast<int>(l);
  }
  return -1;
}

void JobLogs::retire(int p, int64_t now) {
  const int l = pool_.pod(p).log;
  if (l < 0) return;
  State& state = logs_[static_cast<size_t>(l)];
  Span& span = span_of(p);
  const double restart = work(static_cast<size_t>(l)).restart.value();
  while (state.scheduler->node_down(static_cast<double>(now), span.slot, 0, restart)) {}
  span.to = now;
  state.taken[static_cast<size_t>(span.slot)] = 0;   // for another pod
  if (pool_.pod(p).down > 0) state.down.emplace_back(static_cast<double>(now), -pool_.pod(p).down);
  state.chips -= pool_.pod(p).chips;
  pool_.run_log(p, -1);
  tick(static_cast<size_t>(l), static_cast<double>(now));
}

void JobLogs::tick(size_t l, double now) {
  logs_[l].scheduler->tick(now);
  if (runs_) runs_(l, running(l), static_cast<int64_t>(now));
  arm(l);
}

void JobLogs::arm(size_t l) {
  const double at = logs_[l].scheduler->next();
  const uint64_t timer = ++logs_[l].timer;
  if (at >= static_cast<double>(months_.horizon())) return;
  clock_.at(Seconds(at), [this, l, timer, at] {
    if (logs_[l].timer == timer) tick(l, at);
  });
}

int64_t JobLogs::chips_in(const State& state, int kind, int month) const {
  int64_t sum = 0;
  for (const auto& s : state.spans)
    if (pool_.pod(s.pod).kind == kind) sum += pool_.pod(s.pod).chips * std::max<int64_t>(0, std::min(s.to, months_.end(month)) - std::max(s.from, months_.begin(month)));
  return sum;
}

void JobLogs::write(Ledger& ledger, Facts& facts) {
  size_t l = 0;
  for (const auto& log : scenario_.logs) {
    State& state = logs_[l];
    const Schedule schedule = state.scheduler ? state.scheduler->take() : Schedule{};
    Changes had, down = state.down;
    for (const auto& s : state.spans) had.emplace_back(s.from, pool_.pod(s.pod).chips), had.emplace_back(s.to, -pool_.pod(s.pod).chips);
    std::sort(had.begin(), had.end()), std::sort(down.begin(), down.end());
    const auto uses = uses_of(months_, schedule.busy, had, down);
    std::vector<LogMonth> rows(uses.size());
    count_jobs(months_, log.jobs, schedule.jobs, rows);
    const int account = account_of_log(scenario_, l);
    for (int m = 0; m < months_.count(); ++m) {
      const Use& use = uses[static_cast<size_t>(m)];
      LogMonth& row = rows[static_cast<size_t>(m)];
      const auto seconds = static_cast<double>(months_.end(m) - months_.begin(m));
      row.month = m, row.log = log.id, row.waiting = use.waiting, row.running = use.running, row.chips = use.had / seconds, row.held = use.held / seconds;
      const Struck& struck = state.struck[static_cast<size_t>(m)];
      row.strikes = struck.nodes, row.down = use.down / seconds, row.again = struck.again;
      // A log does not say which of its sites a job was at: each has its part of what was held.
      OwnerShares shares{};
      if (use.had > 0) {
        shares[static_cast<size_t>(Owner::useful)] = std::max(0.0, use.held - struck.again) / use.had;
        shares[static_cast<size_t>(Owner::failure)] = (use.down + std::min(struck.again, use.held)) / use.had;
        shares[static_cast<size_t>(Owner::queue)] = use.queued / use.had;
        shares[static_cast<size_t>(Owner::demand)] = std::max(0.0, 1 - (use.held + use.down + use.queued) / use.had);
      }
      for (const int k : state.kinds)
        if (const int64_t had_there = chips_in(state, k, m); had_there > 0) ledger.add(m, {pool_.kind(k).chip, pool_.kind(k).site, account}, had_there, shares);
      facts.of<LogMonth>().push_back(std::move(row));
    }
    ++l;
  }
}

}  // namespace capmix::fleet
