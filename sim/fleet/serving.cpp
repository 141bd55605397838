#include "fleet/serving.hpp"

#include <algorithm>
#include <cmath>
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
    State state{DemandCurve(service.demand, scenario.study.timeline, draw, lost), stages_.size(), service.stages.size(), -1, {}};
    const std::vector<double> none(service.demand.regions.size());
    state.months.assign(static_cast<size_t>(months.count()), {none, none, {}, 0, -1, -1});
    states_.push_back(std::move(state));
    for (size_t i = 0; i < service.stages.size(); ++i) {
      StageState stage{{s, i}, service.pool(i), service.stages[i].kind == StageKind::learn, {}, 0, 0, {}, {}, {}, {}, {}};
      if (service.stages[i].kind == StageKind::rank && service.stages[i].recommender.valid()) stage.rankable.resize(static_cast<size_t>(months.count()));
      if (stage.learns) stage.learned.resize(static_cast<size_t>(months.count()));
      stage.used.resize(pool.kinds().size());
      stage.months.assign(static_cast<size_t>(months.count()), {-1, -1, 0});
      stages_.push_back(std::move(stage));
    }
  }
}

double Serving::capacity(const State& state) const {
  double least = HUGE_VAL;
  for (size_t i = state.first; i < state.first + state.stages; ++i)
    if (!stages_[i].learns) least = std::min(least, stages_[i].capacity);
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
    const bool own = pod.service >= 0 && stages_[static_cast<size_t>(pod.service)].at.service == stages_[s].at.service;
    if (pod.on && (own || (pod.service < 0 && pod.free == pod.chips)) && rates_.capacity(s, pod.kind, pod.chips) > 0)
      out.pods.push_back({cost[static_cast<size_t>(pod.kind)], pod.service != static_cast<int>(s), p});
  }
  std::sort(out.pods.begin(), out.pods.end());
  return out;
}

void Serving::choose(const State& state) {
  std::vector<Candidates> lists;
  for (size_t i = 0; i < state.stages; ++i) lists.push_back(candidates(state.first + i));
  for (size_t i = 0; i < state.stages; ++i) stages_[state.first + i].used.assign(pool_.kinds().size(), {}), stages_[state.first + i].capacity = 0;
  for (int p = 0; p < static_cast<int>(pool_.pods().size()); ++p)
    if (const int s = pool_.pod(p).service; s >= static_cast<int>(state.first) && s < static_cast<int>(state.first + state.stages)) pool_.serve(p, -1);
  for (;;) {
    size_t least = state.stages;
    for (size_t i = 0; i < state.stages; ++i) {
      auto& list = lists[i];
      while (list.next < list.pods.size() && pool_.pod(std::get<2>(list.pods[list.next])).service >= 0) ++list.next;
      const StageState& stage = stages_[state.first + i];
      if (list.next == list.pods.size() || stage.capacity >= stage.target) continue;
      const auto covered = [&](size_t j) { return stages_[state.first + j].capacity / stages_[state.first + j].target; };
      if (least == state.stages || covered(i) < covered(least)) least = i;
    }
    if (least == state.stages) return;
    const size_t s = state.first + least;
    const int p = std::get<2>(lists[least].pods[lists[least].next++]);
    pool_.serve(p, static_cast<int>(s));
    add(stages_[s], s, pool_.pod(p), +1);
  }
}

void Serving::decide(int month) {
  for (size_t s = 0; s < states_.size(); ++s) {
    const int64_t from = months_.begin(month) / kHourSeconds, to = months_.end(month) / kHourSeconds;
    const DemandCurve& curve = states_[s].curve;
    const double room = 1 + scenario_.service(s).headroom, peak = curve.peak(from, to);
    double sum = 0;
    for (int64_t h = from; h < to; ++h) sum += curve.rate(h);
    for (size_t i = states_[s].first; i < states_[s].first + states_[s].stages; ++i)
      stages_[i].target = room * (stages_[i].learns ? sum / static_cast<double>(std::max<int64_t>(1, to - from)) : peak);
    choose(states_[s]);
    for (size_t i = states_[s].first; i < states_[s].first + states_[s].stages; ++i)
      if (!stages_[i].rankable.empty()) stages_[i].rankable[static_cast<size_t>(month)] = {rankable(rates_, pool_, i), room * peak};
  }
}

void Serving::retire(int p) {
  const Pod& pod = pool_.pod(p);
  if (pod.service < 0) return;
  const auto s = static_cast<size_t>(pod.service);
  add(stages_[s], s, pod, -1);
  pool_.serve(p, -1);
}

bool Serving::is_short() const {
  return std::any_of(stages_.begin(), stages_.end(), [](const StageState& s) { return s.capacity < s.target; });
}

int Serving::waits_for(int kind, bool functional) const {
  for (size_t s = 0; s < stages_.size(); ++s)
    if (stages_[s].capacity < stages_[s].target && rates_.cell(s, kind).profile != nullptr &&
        (rates_.serving_efficiency(s, kind) > 0) == functional)
      return static_cast<int>(s);
  return -1;
}

}  // namespace capmix::fleet
