#include "fleet/serving.hpp"

#include <algorithm>
#include <tuple>

namespace capmix::fleet {

Serving::Serving(const Scenario& scenario, const Rates& rates, Pool& pool, const Months& months, const Draw& draw, const std::vector<LostRegion>& lost)
    : scenario_(scenario), rates_(rates), pool_(pool), months_(months) {
  for (const auto& s : scenario.services) {
    const std::vector<double> none(s.demand.regions.size());
    states_.push_back({DemandCurve(s.demand, scenario.study.timeline, draw, lost), {}, 0, 0, -1, {}});
    states_.back().used.resize(pool.kinds().size());
    states_.back().months.assign(static_cast<size_t>(months.count()), {none, none, 0, -1, -1});
  }
}

// Whole cells only: chips that are left over serve nothing.
double Serving::pod_capacity(size_t s, const Pod& pod) const {
  const Cell& cell = rates_.cell(s, pod.kind);
  if (cell.profile == nullptr) return 0;
  return pod.chips / cell.chips * cell.profile->rate() * rates_.serving_efficiency(s, pod.kind);
}

void Serving::add(State& state, size_t s, const Pod& pod, int sign) {
  Used& used = state.used[static_cast<size_t>(pod.kind)];
  used.chips += sign * pod.chips;
  used.capacity = used.chips == 0 ? 0 : used.capacity + sign * pod_capacity(s, pod);
  state.capacity = 0;
  for (const auto& u : state.used) state.capacity += u.capacity;
}

void Serving::choose(size_t s) {
  State& state = states_[s];
  std::vector<double> cost;  // training FLOP/s given up per request/s, by kind
  for (int k = 0; k < static_cast<int>(pool_.kinds().size()); ++k) {
    const Cell& cell = rates_.cell(s, k);
    const double cells = cell.profile == nullptr ? 0 : cell.profile->rate() * rates_.serving_efficiency(s, k);
    cost.push_back(cells > 0 ? rates_.training_value(k) / (cells / cell.chips) : 0);
  }
  std::vector<std::tuple<double, bool, int>> candidates;
  for (int p = 0; p < static_cast<int>(pool_.pods().size()); ++p) {
    const Pod& pod = pool_.pod(p);
    const bool mine = pod.service == static_cast<int>(s);
    if (pod.on && (mine || (pod.service < 0 && pod.free == pod.chips)) && pod_capacity(s, pod) > 0)
      candidates.push_back({cost[static_cast<size_t>(pod.kind)], !mine, p});
    if (mine) pool_.serve(p, -1);
  }
  std::sort(candidates.begin(), candidates.end());
  state.used.assign(state.used.size(), {});
  state.capacity = 0;
  for (const auto& [value, other, p] : candidates) {
    if (state.capacity >= state.target) break;
    pool_.serve(p, static_cast<int>(s));
    add(state, s, pool_.pod(p), +1);
  }
}

void Serving::decide(int month) {
  for (size_t s = 0; s < states_.size(); ++s) {
    const double peak = states_[s].curve.peak(months_.begin(month) / kHourSeconds, months_.end(month) / kHourSeconds);
    states_[s].target = (1 + service(s).headroom) * peak;
    choose(s);
  }
}

void Serving::retire(int p) {
  const Pod& pod = pool_.pod(p);
  if (pod.service < 0) return;
  const auto s = static_cast<size_t>(pod.service);
  add(states_[s], s, pod, -1);
  pool_.serve(p, -1);
}

bool Serving::is_short() const {
  return std::any_of(states_.begin(), states_.end(), [](const State& s) { return s.capacity < s.target; });
}

int Serving::waits_for(int kind, bool functional) const {
  for (size_t s = 0; s < states_.size(); ++s)
    if (states_[s].capacity < states_[s].target && rates_.cell(s, kind).profile != nullptr &&
        (rates_.serving_efficiency(s, kind) > 0) == functional)
      return static_cast<int>(s);
  return -1;
}

// Returns the mean use of the capacity, 0..1, and adds the requests served.
double Serving::serve_hours(State& state, int64_t from, int64_t to, Month& month, double& served) const {
  double used = 0;
  for (int64_t h = from / kHourSeconds; h * kHourSeconds < to; ++h) {
    const auto dt = static_cast<double>(std::min(to, (h + 1) * kHourSeconds) - std::max(from, h * kHourSeconds));
    const double wanted = state.curve.rate(h), got = std::min(wanted, state.capacity);
    const double share = wanted > 0 ? got / wanted : 1;
    for (size_t r = 0; r < state.curve.regions(); ++r) {
      const double arrivals = state.curve.rate(r, h) * dt, answered = arrivals * share;
      month.served[r] += answered;
      month.shed[r] += arrivals - answered;
    }
    if (got < wanted && h != state.last_short) ++month.hours_short, state.last_short = h;
    if (state.capacity > 0) used += got / state.capacity * dt;
    served += got * dt;
  }
  return used / static_cast<double>(to - from);
}

void Serving::settle(int64_t from, int64_t to, int month, Ledger& ledger) {
  for (size_t s = 0; s < states_.size(); ++s) {
    State& state = states_[s];
    Month& m = state.months[static_cast<size_t>(month)];
    m.low = m.low < 0 ? state.capacity : std::min(m.low, state.capacity);
    m.high = std::max(m.high, state.capacity);
    double served = 0;
    const double use = serve_hours(state, from, to, m, served);
    for (size_t k = 0; k < state.used.size(); ++k) {
      if (state.used[k].chips == 0) continue;
      const Kind& kind = pool_.kind(static_cast<int>(k));
      const StepProfile& profile = *rates_.cell(s, static_cast<int>(k)).profile;
      const int64_t held = state.used[k].chips * (to - from);
      const double own = state.capacity > 0 ? served * state.used[k].capacity / state.capacity : 0;
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
}

void Serving::write(Facts& facts) const {
  for (size_t s = 0; s < states_.size(); ++s) {
    for (int i = 0; i < months_.count(); ++i) {
      const Month& m = states_[s].months[static_cast<size_t>(i)];
      for (size_t r = 0; r < m.served.size(); ++r) {
        ServeMonth f;
        f.month = i, f.service = service(s).id, f.region = service(s).demand.regions[r].id;
        f.served = m.served[r], f.shed = m.shed[r], f.demanded = f.served + f.shed;
        f.hours = (months_.end(i) - months_.begin(i)) / kHourSeconds, f.hours_short = m.hours_short;
        f.capacity_low = m.low, f.capacity_high = m.high;
        facts.of<ServeMonth>().push_back(std::move(f));
      }
    }
  }
  for (const auto& [key, fact] : chip_facts_) {
    auto& out = facts.of<ServeChipMonth>().emplace_back(fact);
    out.month = key[0];
    out.service = service(static_cast<size_t>(key[1])).id;
    out.chip = scenario_.chips[scenario_.chips.id_at(static_cast<size_t>(key[2]))].id;
  }
}

}  // namespace capmix::fleet
