#include "fleet/serving.hpp"

#include <algorithm>
#include <tuple>

namespace capmix::fleet {

struct Serving::Candidates {
  std::vector<std::tuple<double, bool, int>> pods;  // cost, not in this stage yet, pod
  size_t next = 0;
};

Serving::Serving(const Scenario& scenario, const Rates& rates, Pool& pool, const Months& months, const Draw& draw, const std::vector<LostRegion>& lost)
    : scenario_(scenario), rates_(rates), pool_(pool), months_(months) {
  for (size_t s = 0; s < scenario.services.size(); ++s) {
    const Service& service = scenario.service(s);
    State state{DemandCurve(service.demand, scenario.study.timeline, draw, lost), stages_.size(), service.stages.size(), -1, {}};
    const std::vector<double> none(service.demand.regions.size());
    state.months.assign(static_cast<size_t>(months.count()), {none, none, {}, 0, -1, -1});
    states_.push_back(std::move(state));
    for (size_t i = 0; i < service.stages.size(); ++i) {
      StageState stage{{s, i}, service.pool(i), {}, 0, 0, {}};
      stage.used.resize(pool.kinds().size());
      stage.months.assign(static_cast<size_t>(months.count()), {-1, -1, 0});
      stages_.push_back(std::move(stage));
    }
  }
}

// Whole cells only: chips that are left over serve nothing.
double Serving::pod_capacity(size_t s, const Pod& pod) const {
  const Cell& cell = rates_.cell(s, pod.kind);
  if (cell.profile == nullptr) return 0;
  return pod.chips / cell.chips * cell.profile->rate() * rates_.serving_efficiency(s, pod.kind);
}

double Serving::capacity(const State& state) const {
  double least = stages_[state.first].capacity;
  for (size_t i = 1; i < state.stages; ++i) least = std::min(least, stages_[state.first + i].capacity);
  return least;
}

void Serving::add(StageState& stage, size_t s, const Pod& pod, int sign) {
  Used& used = stage.used[static_cast<size_t>(pod.kind)];
  used.chips += sign * pod.chips;
  used.capacity = used.chips == 0 ? 0 : used.capacity + sign * pod_capacity(s, pod);
  stage.capacity = 0;
  for (const auto& u : stage.used) stage.capacity += u.capacity;
}

Serving::Candidates Serving::candidates(size_t s) const {
  std::vector<double> cost;  // training FLOP/s given up per request/s, by kind
  for (int k = 0; k < static_cast<int>(pool_.kinds().size()); ++k) {
    const Cell& cell = rates_.cell(s, k);
    const double cells = cell.profile == nullptr ? 0 : cell.profile->rate() * rates_.serving_efficiency(s, k);
    cost.push_back(cells > 0 ? rates_.training_value(k) / (cells / cell.chips) : 0);
  }
  Candidates out;
  for (int p = 0; p < static_cast<int>(pool_.pods().size()); ++p) {
    const Pod& pod = pool_.pod(p);
    const bool own = pod.service >= 0 && stages_[static_cast<size_t>(pod.service)].at.service == stages_[s].at.service;
    if (pod.on && (own || (pod.service < 0 && pod.free == pod.chips)) && pod_capacity(s, pod) > 0)
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
    const double peak = states_[s].curve.peak(months_.begin(month) / kHourSeconds, months_.end(month) / kHourSeconds);
    for (size_t i = 0; i < states_[s].stages; ++i) stages_[states_[s].first + i].target = (1 + scenario_.service(s).headroom) * peak;
    choose(states_[s]);
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

// Returns the requests served.
double Serving::serve_hours(State& state, int64_t from, int64_t to, Month& month) const {
  const double most = capacity(state);
  double served = 0;
  for (int64_t h = from / kHourSeconds; h * kHourSeconds < to; ++h) {
    const auto dt = static_cast<double>(std::min(to, (h + 1) * kHourSeconds) - std::max(from, h * kHourSeconds));
    const double wanted = state.curve.rate(h), got = std::min(wanted, most);
    const double share = wanted > 0 ? got / wanted : 1;
    const bool sheds = got < wanted;
    if (sheds && month.shed_hours.empty()) month.shed_hours.assign(state.curve.regions(), {});
    for (size_t r = 0; r < state.curve.regions(); ++r) {
      const double arrivals = state.curve.rate(r, h) * dt, answered = arrivals * share;
      month.served[r] += answered;
      month.shed[r] += arrivals - answered;
      if (sheds) month.shed_hours[r][static_cast<size_t>(h % 24)] += arrivals - answered;
    }
    if (sheds && h != state.last_short) ++month.hours_short, state.last_short = h;
    served += got * dt;
  }
  return served;
}

void Serving::settle(int64_t from, int64_t to, int month, Ledger& ledger) {
  for (auto& state : states_) {
    Month& m = state.months[static_cast<size_t>(month)];
    const double most = capacity(state);
    m.low = m.low < 0 ? most : std::min(m.low, most);
    m.high = std::max(m.high, most);
    const double served = serve_hours(state, from, to, m);
    for (size_t i = 0; i < state.stages; ++i) settle_stage(state.first + i, served, from, to, month, ledger);
  }
}

// The chip time of one stage in which `served` requests passed.
void Serving::settle_stage(size_t s, double served, int64_t from, int64_t to, int month, Ledger& ledger) {
  StageState& stage = stages_[s];
  auto& [low, high, busy_seconds] = stage.months[static_cast<size_t>(month)];
  low = low < 0 ? stage.capacity : std::min(low, stage.capacity);
  high = std::max(high, stage.capacity);
  const double use = stage.capacity > 0 ? served / (stage.capacity * static_cast<double>(to - from)) : 0;
  busy_seconds += use * static_cast<double>(to - from);
  for (size_t k = 0; k < stage.used.size(); ++k) {
    if (stage.used[k].chips == 0) continue;
    const Kind& kind = pool_.kind(static_cast<int>(k));
    const StepProfile& profile = *rates_.cell(s, static_cast<int>(k)).profile;
    const int64_t held = stage.used[k].chips * (to - from);
    const double own = stage.capacity > 0 ? served * stage.used[k].capacity / stage.capacity : 0;
    auto& fact = chip_facts_[{month, static_cast<int>(s), static_cast<int>(kind.chip.index)}];
    fact.served += own;
    fact.model_flop += own * profile.flop_per_unit().value();
    fact.chip_seconds += held;
    OwnerShares shares = busy(1, rates_.serving_efficiency(s, static_cast<int>(k)), profile.stall());
    for (auto& share : shares) share *= use;
    shares[static_cast<size_t>(Owner::demand)] = 1 - use;
    ledger.add(month, {kind.chip, kind.site, static_cast<int>(scenario_.campaigns.size() + s)}, held, shares);
  }
}

void Serving::write(Facts& facts) const {
  for (size_t s = 0; s < states_.size(); ++s) {
    const Service& service = scenario_.service(s);
    for (int i = 0; i < months_.count(); ++i) {
      const Month& m = states_[s].months[static_cast<size_t>(i)];
      for (size_t r = 0; r < m.served.size(); ++r) {
        ServeMonth f;
        f.month = i, f.service = service.id, f.region = service.demand.regions[r].id;
        f.served = m.served[r], f.shed = m.shed[r], f.demanded = f.served + f.shed;
        f.hours = (months_.end(i) - months_.begin(i)) / kHourSeconds, f.hours_short = m.hours_short;
        f.capacity_low = m.low, f.capacity_high = m.high;
        for (size_t h = 0; r < m.shed_hours.size() && h < 24; ++h)
          if (m.shed_hours[r][h] > 0) facts.of<ShedHour>().push_back({i, service.id, f.region, static_cast<int64_t>(h), m.shed_hours[r][h]});
        facts.of<ServeMonth>().push_back(std::move(f));
      }
    }
  }
  for (const auto& stage : stages_)
    for (int i = 0; i < months_.count(); ++i) {
      const auto& [low, high, busy_seconds] = stage.months[static_cast<size_t>(i)];
      const auto seconds = static_cast<double>(months_.end(i) - months_.begin(i));
      facts.of<StageMonth>().push_back({i, scenario_.service(stage.at.service).id, stage.pool, low, high, busy_seconds / seconds});
    }
  for (const auto& [key, fact] : chip_facts_) {
    auto& out = facts.of<ServeChipMonth>().emplace_back(fact);
    out.month = key[0];
    out.service = stages_[static_cast<size_t>(key[1])].pool;
    out.chip = scenario_.chips[scenario_.chips.id_at(static_cast<size_t>(key[2]))].id;
  }
}

}  // namespace capmix::fleet
