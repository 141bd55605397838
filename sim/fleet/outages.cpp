#include "fleet/outages.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/nth.hpp"

namespace capmix::fleet {

Outages::Outages(const Scenario& scenario, const Plan& plan, Pool& pool, const Months& months, engine::Clock& clock, Training& training, Serving& serving, JobLogs& logs,
                 const Draw& draw, std::function<void(int64_t)> wake, bool means)
    : scenario_(scenario), plan_(plan), pool_(pool), months_(months), clock_(clock), training_(training), serving_(serving), logs_(logs), draw_(draw),
      chance_(scenario.study.seed, std::max(0, draw.index())), wake_(std::move(wake)), means_(means), mean_(scenario, plan, pool, months, draw), of_pod_(pool.pods().size(), -1), of_log_(scenario.logs.size(), -1) {
  for (const auto& model : scenario.failures) {
    auto& hits = hits_.emplace_back();
    for (const auto& c : model.causes) {
      const bool taken = c.blast != Blast::job;
      hits.push_back({(c.detect ? *c.detect : model.recovery.detect).at(draw).value(), (taken ? model.recovery.requeue : model.recovery.in_place).at(draw).value(), c.hot && c.blast <= Blast::rack, 0});
    }
  }
}

constexpr double kLong = 1e12;   // s: a repair that takes longer is never through

double Outages::uniform() {
  static const Stream kVictims("failures/victims");
  return nth(chance_, kVictims.hash(), ++drawn_);
}

size_t Outages::add(Of of, int index, Id<Failures> model, const Population& population, const std::string& name) {
  sources_.push_back({of, index, model, FailureStream(scenario_.failures[model], population, draw_, chance_, "failures/" + name), population, 0});
  return sources_.size() - 1;
}

// What is counted by site and by job; pods follow as they come.
void Outages::begin() {
  std::set<uint32_t> of_gangs;
  Population one_site;
  one_site.sites = 1;
  for (const auto& kind : pool_.kinds())
    if (const auto model = scenario_.nodes[kind.node].failures; scenario_.study.failure_events && model.valid() && !means_) of_gangs.insert(model.index);
  for (size_t i = 0; scenario_.study.failure_events && i < scenario_.sites.size(); ++i)
    if (const Site& site = scenario_.sites[scenario_.sites.id_at(i)]; site.failures.valid()) add(Of::site, static_cast<int>(i), site.failures, one_site, "site/" + site.id);
  for (const uint32_t model : of_gangs) of_gangs_.push_back(add(Of::gangs, 0, {model}, {}, "gangs/" + scenario_.failures[{model}].id));
  for (size_t l = 0; l < scenario_.logs.size(); ++l) {
    const JobLogWork& log = scenario_.logs[scenario_.logs.id_at(l)];
    Id<Failures> model = log.failures;
    for (const auto& kind : pool_.kinds())
      if (!model.valid() && scenario_.study.failure_events && kind.chip == log.chip) model = scenario_.nodes[kind.node].failures;
    if (model.valid()) of_log_[l] = static_cast<int>(add(Of::log, static_cast<int>(l), model, {}, "log/" + log.id));
  }
  for (size_t s = 0; s < sources_.size(); ++s) arm(s, 0);
  logs_.tell([this](int pod, int64_t now) { watch(pod, now); },
             [this](size_t log, size_t running, int64_t now) {
               if (of_log_[log] >= 0) more_jobs(static_cast<size_t>(of_log_[log]), running, now);
             });
}

void Outages::watch(int p, int64_t now) {
  const Pod& pod = pool_.pod(p);
  Id<Failures> model;
  if (pod.log >= 0) model = scenario_.logs[scenario_.logs.id_at(static_cast<size_t>(pod.log))].failures;
  if (!model.valid() && scenario_.study.failure_events) model = scenario_.nodes[pool_.kind(pod.kind).node].failures;
  if (!model.valid()) return;
  if (means_) return pool_.break_free(p, mean_.down(p) * pool_.kind(pod.kind).node_chips);
  int& source = of_pod_[static_cast<size_t>(p)];
  if (source >= 0 && sources_[static_cast<size_t>(source)].model == model) return;
  if (source >= 0) ++sources_[static_cast<size_t>(source)].turn;   // a log's own model holds from now on
  const PodPlan& plan = plan_.pods[static_cast<size_t>(pod.plan)];
  const double nodes = pod.chips / pool_.kind(pod.kind).node_chips;
  source = static_cast<int>(add(Of::pod, p, model, {static_cast<double>(pod.chips), nodes, 0, 0, Seconds(static_cast<double>(months_.second(plan.online)))}, plan.id));
  arm(static_cast<size_t>(source), now);
}

void Outages::runs(int64_t now) {
  for (const size_t s : of_gangs_) more_jobs(s, training_.running(), now);
}

// Candidates come as if so many jobs ran as there may be until the next doubling, and those of jobs that do not run strike nobody.
void Outages::more_jobs(size_t s, size_t running, int64_t now) {
  Source& source = sources_[s];
  const double most = source.population.jobs, jobs = static_cast<double>(running);
  if (jobs <= most && (most <= 4 || jobs >= most / 4)) return;
  for (source.population.jobs = 1; source.population.jobs < jobs;) source.population.jobs *= 2;
  source.stream.resize(source.population);
  ++source.turn;
  arm(s, now);
}

void Outages::arm(size_t s, int64_t now) {
  Source& source = sources_[s];
  const int64_t until = source.of == Of::pod ? pool_.pod(source.index).end : months_.horizon();
  const auto event = source.stream.next(Seconds(static_cast<double>(now)), Seconds(static_cast<double>(until)));
  if (!event) return;
  const auto at = static_cast<int64_t>(std::ceil(event->at.value()));
  if (at >= until) return;
  clock_.at(Seconds(static_cast<double>(at)), [this, s, turn = source.turn, e = *event, at] {
    if (sources_[s].turn == turn) strike(s, e, at);
  });
}

void Outages::strike(size_t s, const FailureEvent& what, int64_t now) {
  Source& source = sources_[s];
  if (source.of == Of::pod && !pool_.pod(source.index).on) return;
  pool_.advance(now);
  Event e{what, now, now + std::max<int64_t>(1, static_cast<int64_t>(std::ceil(std::min(what.repair.value(), kLong)))), source.model, &scenario_.failures[source.model].causes[what.cause], hits_[source.model.index][what.cause], false};
  e.hit.repaired = e.repaired;
  switch (source.of) {
    case Of::pod: strike_pod(source.index, e); break;
    case Of::gangs:
    case Of::log: strike_jobs(source, e); break;
    case Of::site: {
      // One of its halls, or nodes, unless all of it is out.
      const auto pods = pods_at(source.index, -1);
      if (pods.empty()) break;
      if (e.cause->blast == Blast::site) strike_place(source.index, -1, e);
      else strike_pod(pods[std::min(pods.size() - 1, static_cast<size_t>(uniform() * static_cast<double>(pods.size())))], e);
    }
  }
  arm(s, now);
}

void Outages::strike_pod(int p, const Event& e) {
  const Kind& kind = pool_.kind(pool_.pod(p).kind);
  const int nodes = pool_.pod(p).chips / kind.node_chips;
  if (nodes == 0) return;
  const int node = std::min(nodes - 1, static_cast<int>(uniform() * nodes));
  switch (e.cause->blast) {
    case Blast::pod: return take_pod(p, e);
    case Blast::hall: return strike_place(static_cast<int>(kind.site.index), plan_.pods[static_cast<size_t>(pool_.pod(p).plan)].hall, e);
    case Blast::site: return strike_place(static_cast<int>(kind.site.index), -1, e);
    case Blast::rack: {   // a node that goes down makes way for the next in the count
      const int rack = scenario_.nodes[kind.node].rack_nodes, first = node / rack * rack;
      for (int i = 0; i < std::min(rack, nodes - first); ++i) strike_node(p, first, e);
      return;
    }
    case Blast::job:
    case Blast::chip:
    case Blast::node: return strike_node(p, node, e);
  }
}

std::vector<int> Outages::pods_at(int site, int hall) const {
  std::vector<int> out;
  for (int p = 0; p < static_cast<int>(pool_.pods().size()); ++p) {
    const Pod& pod = pool_.pod(p);
    if (pod.on && pool_.kind(pod.kind).site.index == static_cast<uint32_t>(site) && (hall < 0 || plan_.pods[static_cast<size_t>(pod.plan)].hall == hall)) out.push_back(p);
  }
  return out;
}

// All pods of a hall, or of a site.
void Outages::strike_place(int site, int hall, const Event& e) {
  for (const int p : pods_at(site, hall)) take_pod(p, e);
}

void Outages::strike_log(int p, int node, const Event& e) {
  const Kind& kind = pool_.kind(pool_.pod(p).kind);
  const int account = account_of_log(scenario_, static_cast<size_t>(pool_.pod(p).log));
  if (e.cause->blast == Blast::job) return logs_.restart_on(p, node, e.now), count(e, kind.chip, account, 0, 0);
  const int taken = logs_.strike(p, node, e.now);
  if (taken == 0) return;
  count(e, kind.chip, account, taken, 0);
  down(p, taken * kind.node_chips, e);
}

// They are told of the pool that they serve in, or of nobody.
void Outages::break_free(int p, int nodes, const Event& e) {
  const Pod& pod = pool_.pod(p);
  const Kind& kind = pool_.kind(pod.kind);
  if (nodes == 0) return;
  count(e, kind.chip, pod.service < 0 ? -1 : account_of_stage(scenario_, static_cast<size_t>(pod.service)), nodes, 0);
  pool_.break_free(p, nodes * kind.node_chips);
  if (pod.service >= 0) serving_.breaks(p, nodes * kind.node_chips, e.now);
  down(p, nodes * kind.node_chips, e);
}

// Nodes of a pod are counted: those of gangs, free ones, those that are down.
void Outages::strike_node(int p, int node, const Event& e) {
  const Pod& pod = pool_.pod(p);
  const Kind& kind = pool_.kind(pod.kind);
  if (pod.log >= 0) return strike_log(p, node, e);
  const bool job_alone = e.cause->blast == Blast::job;
  const int held = training_.nodes_on(p);
  if (node < held) {
    int whose = -1;
    const int64_t lost = job_alone ? training_.restart_on(p, node, e.hit, e.now, whose) : training_.lose_node(p, node, e.hit, e.now, whose);
    count(e, kind.chip, whose, job_alone ? 0 : 1, lost);
    if (!job_alone) down(p, kind.node_chips, e);
  } else if (!job_alone && node < held + pod.free / kind.node_chips) {
    break_free(p, 1, e);
  }
}

void Outages::take_pod(int p, const Event& e) {
  const Pod& pod = pool_.pod(p);
  const Kind& kind = pool_.kind(pod.kind);
  if (pod.log >= 0) return strike_log(p, -1, e);
  for (const auto& [campaign, lost] : training_.lose_pod(p, e.hit, e.now)) count(e, kind.chip, campaign, 0, lost);
  const int nodes = pod.free / kind.node_chips;
  break_free(p, nodes, e);
  if (nodes > 0) wake_(e.now);   // its gangs had nodes elsewhere
}

void Outages::strike_jobs(Source& source, const Event& e) {
  const size_t log = static_cast<size_t>(source.index), running = source.of == Of::log ? logs_.running(log) : training_.running();
  const double nth = uniform() * source.population.jobs;
  if (nth >= static_cast<double>(running)) return;
  const auto n = static_cast<size_t>(nth);
  const bool meets = uniform() < e.cause->of_job(source.of == Of::log ? logs_.nodes_of(log, n) : training_.nodes_of(n));
  if (!meets) return;
  if (source.of == Of::log) {
    logs_.restart(log, n, e.now);
    return count(e, scenario_.logs[scenario_.logs.id_at(log)].chip, account_of_log(scenario_, log), 0, 0);
  }
  const int kind = training_.kind_of(n);
  if (scenario_.nodes[pool_.kind(kind).node].failures != source.model) return;
  int whose = -1;
  const int64_t lost = training_.restart(n, e.hit, e.now, whose);
  count(e, pool_.kind(kind).chip, whose, 0, lost);
}

// Chips that have just gone down come back when they are repaired.
void Outages::down(int p, int chips, const Event& e) {
  if (pool_.pod(p).log >= 0) pool_.break_free(p, chips);
  else training_.expect_repair(pool_.pod(p).kind, e.repaired, chips);
  if (e.repaired < months_.horizon()) clock_.at(Seconds(static_cast<double>(e.repaired)), [this, p, chips, at = e.repaired] { mend(p, chips, at); });
}

void Outages::mend(int p, int chips, int64_t now) {
  const Pod& pod = pool_.pod(p);
  pool_.advance(now);
  if (pod.on) {
    if (pod.service >= 0) serving_.breaks(p, -chips, now);
    pool_.repair(p, chips);
    if (pod.log >= 0) logs_.repair(p, chips, now);
  }
  if (training_.repaired(pod.kind, now, chips, now)) wake_(now);
}

void Outages::count(const Event& e, Id<Chip> chip, int workload, int nodes, int64_t lost) {
  OutageMonth& f = facts_[{months_.of(e.now), e.model.index, static_cast<uint32_t>(e.what.cause), chip.index, workload}];
  f.strikes += std::exchange(e.counted, true) ? 0 : 1, f.nodes += nodes, f.lost += lost;
  f.repair += static_cast<double>(nodes) * (std::min(e.repaired, months_.horizon()) - e.now);
}

void Outages::write(Facts& facts) const {
  const auto names = workload_names(scenario_);
  for (const auto& [key, fact] : facts_) {
    OutageMonth& f = facts.of<OutageMonth>().emplace_back(fact);
    const Failures& model = scenario_.failures[{key.model}];
    f.month = key.month, f.chip = scenario_.chips[{key.chip}].id, f.workload = names[static_cast<size_t>(key.workload + 1)];
    f.model = model.id, f.cause = model.causes[key.cause].id;
  }
  mean_.write(facts);
  // That nothing failed is said too: the run then has the same metrics as others of its study.
  if (facts.of<OutageMonth>().empty() && (scenario_.study.failure_events || !sources_.empty())) facts.of<OutageMonth>().emplace_back();
}

}  // namespace capmix::fleet
