#include "fleet/serving.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <tuple>

#include "fleet/afford.hpp"

namespace capmix::fleet {

struct Serving::Candidates {
  std::vector<std::tuple<double, bool, int>> pods;  // cost, not in this stage yet, pod
  size_t next = 0;
};

Serving::Serving(const Scenario& scenario, const Rates& rates, Pool& pool, const Months& months, Ledger& ledger, const Draw& draw, const std::vector<LostRegion>& lost)
    : scenario_(scenario), rates_(rates), pool_(pool), months_(months), ledger_(ledger), lending_(scenario, rates, pool, months, ledger) {
  for (size_t s = 0; s < scenario.services.size(); ++s) {
    const Service& service = scenario.service(s);
    State state{DemandCurve(service.demand, scenario.study.timeline, draw, lost), stages_.size(), service.stages.size(), -1, 0, {}};
    const std::vector<double> none(service.demand.regions.size());
    state.months.assign(static_cast<size_t>(months.count()), {none, none, {}, 0, -1, -1});
    states_.push_back(std::move(state));
    for (size_t i = 0; i < service.stages.size(); ++i) {
      StageState stage{{s, i}, service.pool(i), service.stages[i].kind == StageKind::learn, {}, 0, 0, {}, {}, {}, {}, 0, {}, {}, {}, {}};
      if (service.stages[i].kind == StageKind::rank && service.stages[i].recommender.valid()) stage.rankable.resize(static_cast<size_t>(months.count()));
      if (stage.learns) stage.learned.resize(static_cast<size_t>(months.count()));
      stage.used.resize(pool.kinds().size());
      stage.broken.resize(pool.kinds().size());
      stage.months.assign(static_cast<size_t>(months.count()), {-1, -1, 0});
      stages_.push_back(std::move(stage));
    }
  }
  std::map<int, std::vector<size_t>, std::greater<>> groups;
  for (size_t i = 0; i < stages_.size(); ++i) groups[scenario.service(stages_[i].at.service).priority].push_back(i);
  for (auto& [priority, stages] : groups) by_priority_.push_back(std::move(stages));
}

double Serving::capacity(const State& state, double StageState::*part) const {
  double least = HUGE_VAL;
  for (size_t i = state.first; i < state.first + state.stages; ++i)
    if (!stages_[i].learns) least = std::min(least, stages_[i].*part);
  return least;
}

void Serving::add(StageState& stage, size_t s, const Pod& pod, int sign) {
  Used& used = stage.used[static_cast<size_t>(pod.kind)];
  used.chips += sign * pod.chips;
  used.capacity = used.chips == 0 ? 0 : used.capacity + sign * rates_.capacity(s, pod.kind, pod.chips);
  stage.capacity = 0;
  for (const auto& u : stage.used) stage.capacity += u.capacity;
}

Serving::Candidates Serving::candidates(size_t s) const {
  std::vector<double> cost;  // training FLOP/s given up per request/s, by kind
  for (int k = 0; k < static_cast<int>(pool_.kinds().size()); ++k) {
    const int chips = rates_.cell(s, k).chips;
    const double capacity = rates_.capacity(s, k, chips);
    cost.push_back(capacity > 0 ? rates_.training_value(k) / (capacity / chips) : 0);
  }
  Candidates out;
  for (int p = 0; p < static_cast<int>(pool_.pods().size()); ++p) {
    const Pod& pod = pool_.pod(p);
    if (pod.on && pod.log < 0 && (pod.service >= 0 || pod.whole()) && rates_.capacity(s, pod.kind, pod.chips) > 0)
      out.pods.push_back({cost[static_cast<size_t>(pod.kind)], pod.service != static_cast<int>(s), p});
  }
  std::sort(out.pods.begin(), out.pods.end());
  return out;
}

// `stages`: of one priority. Of two that are covered alike the one that gives up less training chooses, then the one that wants
// more, then the one that the pod serves better: a name decides only between those that are the same in all of it.
void Serving::choose(const std::vector<size_t>& stages) {
  std::vector<Candidates> lists;
  for (const size_t s : stages) lists.push_back(candidates(s));
  for (;;) {
    std::optional<std::tuple<double, double, double, double, size_t>> least;
    for (size_t i = 0; i < stages.size(); ++i) {
      auto& list = lists[i];
      while (list.next < list.pods.size() && taken_[static_cast<size_t>(std::get<2>(list.pods[list.next]))] >= 0) ++list.next;
      const StageState& stage = stages_[stages[i]];
      if (list.next == list.pods.size() || stage.capacity >= stage.target) continue;
      const auto& [cost, other, p] = list.pods[list.next];
      const std::tuple key{stage.covered(), cost, -stage.target, -rates_.capacity(stages[i], pool_.pod(p).kind, pool_.pod(p).chips), i};
      if (!least || key < *least) least = key;
    }
    if (!least) return;
    const size_t i = std::get<4>(*least), s = stages[i];
    const int p = std::get<2>(lists[i].pods[lists[i].next++]);
    taken_[static_cast<size_t>(p)] = static_cast<int>(s);
    add(stages_[s], s, pool_.pod(p), +1);
  }
}

void Serving::decide(int month, int64_t now) {
  const int64_t from = months_.begin(month) / kHourSeconds, to = months_.end(month) / kHourSeconds;
  for (auto& stage : stages_) {
    const DemandCurve& curve = states_[stage.at.service].curve;
    const double room = 1 + scenario_.service(stage.at.service).headroom;
    double sum = 0;
    for (int64_t h = from; stage.learns && h < to; ++h) sum += curve.rate(h);
    stage.target = room * (stage.learns ? sum / static_cast<double>(std::max<int64_t>(1, to - from)) : curve.peak(from, to));
    stage.used.assign(pool_.kinds().size(), {}), stage.capacity = 0;
  }
  taken_.assign(pool_.pods().size(), -1);
  for (const auto& stages : by_priority_) choose(stages);
  for (int p = 0; p < static_cast<int>(taken_.size()); ++p)
    if (pool_.pod(p).service >= 0) pool_.serve(p, -1);
  for (int p = 0; p < static_cast<int>(taken_.size()); ++p)
    if (taken_[static_cast<size_t>(p)] >= 0) pool_.serve(p, taken_[static_cast<size_t>(p)]);
  if (scenario_.study.failure_events) recount_broken(now);
  for (size_t i = 0; i < stages_.size(); ++i)
    if (!stages_[i].rankable.empty())
      stages_[i].rankable[static_cast<size_t>(month)] = {rankable(rates_, pool_, i), (1 + scenario_.service(stages_[i].at.service).headroom) * states_[stages_[i].at.service].curve.peak(from, to)};
}

void Serving::retire(int p, int64_t now) {
  const Pod& pod = pool_.pod(p);
  if (pod.service < 0) return;
  if (pod.down > 0) breaks(p, -pod.down, now);
  const auto s = static_cast<size_t>(pod.service);
  add(stages_[s], s, pod, -1);
  pool_.serve(p, -1);
}

bool Serving::is_short() const {
  return std::any_of(stages_.begin(), stages_.end(), [](const StageState& s) { return s.capacity < s.target; });
}

int Serving::waits_for(int kind, bool functional) const {
  for (const auto& stages : by_priority_) {
    int least = -1;
    for (const size_t s : stages)
      if (stages_[s].capacity < stages_[s].target && rates_.cell(s, kind).profile != nullptr && (rates_.serving_efficiency(s, kind) > 0) == functional &&
          (least < 0 || stages_[s].covered() < stages_[static_cast<size_t>(least)].covered()))
        least = static_cast<int>(s);
    if (least >= 0) return least;
  }
  return -1;
}

}  // namespace capmix::fleet
