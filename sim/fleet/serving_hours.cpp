// What passes through the pools of a service hour by hour, and the facts that it leaves.
#include <algorithm>
#include <cmath>

#include "fleet/afford.hpp"
#include "fleet/serving.hpp"

namespace capmix::fleet {

// One hour's users: what is served of each region and what is shed. Returns requests/s served.
double Serving::answer(State& state, int64_t h, double dt, double most, Month& month) const {
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
  return got;
}

// Share of a stage's capacity that the hour does not need, nor those that begin before lent chips could be back.
double Serving::spare(const State& state, const StageState& stage, int64_t h) const {
  const Service& service = scenario_.service(stage.at.service);
  const auto ahead = static_cast<int64_t>(std::ceil(service.take_back.value() / kHourSeconds));
  const double need = state.curve.peak(h, h + ahead + 1) * (1 + service.headroom);
  return stage.capacity > 0 ? std::max(0.0, 1 - need / stage.capacity) : 0;
}

void Serving::settle(int64_t from, int64_t to, int month) {
  for (size_t s = 0; s < states_.size(); ++s) {
    State& state = states_[s];
    Month& m = state.months[static_cast<size_t>(month)];
    const double most = capacity(state);
    const Seconds back = scenario_.service(s).take_back;
    const bool lends = back.value() > 0 && lending_.wanted();
    m.low = m.low < 0 ? most : std::min(m.low, most);
    m.high = std::max(m.high, most);
    std::vector<double> passed(state.stages, 0);  // requests by stage
    for (size_t i = 0; i < state.stages; ++i) stages_[state.first + i].lent.assign(pool_.kinds().size(), 0);
    for (int64_t h = from / kHourSeconds; h * kHourSeconds < to; ++h) {
      const int64_t begin = std::max(from, h * kHourSeconds), end = std::min(to, (h + 1) * kHourSeconds);
      const auto dt = static_cast<double>(end - begin);
      const double got = answer(state, h, dt, most, m);
      for (size_t i = 0; i < state.stages; ++i) {
        StageState& stage = stages_[state.first + i];
        passed[i] += stage.learns ? learn(stage, got * dt, begin, end, month) : got * dt;
        if (!lends || stage.learns) continue;
        const double free = spare(state, stage, h);
        for (size_t k = 0; k < stage.used.size(); ++k)
          if (stage.used[k].chips > 0) stage.lent[k] += lending_.lend(state.first + i, static_cast<int>(k), stage.used[k].chips, free, begin, end, month, back);
      }
    }
    for (size_t i = 0; i < state.stages; ++i) settle_stage(state.first + i, passed[i], from, to, month);
    for (size_t i = 0; i < state.stages; ++i)
      if (stages_[state.first + i].learns) synchronise(state, stages_[state.first + i], month);
  }
}

// The samples of `requests` join those that wait. Returns the requests whose samples were learned.
double Serving::learn(StageState& stage, double requests, int64_t from, int64_t to, int month) {
  Learned& m = stage.learned[static_cast<size_t>(month)];
  const double before = stage.backlog.lag(from), room = stage.capacity * static_cast<double>(to - from);
  const double learned = stage.backlog.pass(from, to, requests, room), after = stage.backlog.lag(to);
  m.arrived += requests, m.learned += learned, m.waiting = stage.backlog.waiting();
  m.lag += (before + after) / 2 * static_cast<double>(to - from);
  m.lag_max = std::max({m.lag_max, before, after});
  m.seconds += static_cast<double>(to - from);
  return learned;
}

// What a sync moves, from the site where most of the learning is to every other one that serves: all copies leave over
// that site's uplink. When a transfer takes longer than the period, the next one starts when it is through.
void Serving::synchronise(const State& state, StageState& stage, int month) {
  const ServiceStage& what = scenario_.stage(stage.at);
  std::map<Id<Site>, int64_t> learns, serves;
  for (size_t i = state.first; i < state.first + state.stages; ++i)
    for (size_t k = 0; k < stages_[i].used.size(); ++k)
      if (stages_[i].used[k].chips > 0) (stages_[i].learns ? learns : serves)[pool_.kind(static_cast<int>(k)).site] += stages_[i].used[k].chips;
  Learned& m = stage.learned[static_cast<size_t>(month)];
  if (learns.empty()) return;
  const auto home = std::max_element(learns.begin(), learns.end(), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
  const double copies = static_cast<double>(serves.size()) - static_cast<double>(serves.count(home));
  const RecModel& model = scenario_.recommenders[what.recommender];
  const double samples = m.seconds > 0 ? m.learned / m.seconds * what.candidates.mode : 0;  // a second
  const Bytes dense(model.dense_parameters() * bytes_of(what.precision));
  const Bytes one = model.touched(samples * what.sync.every.value(), what.sync.distinct) + dense * (what.sync.every / what.sync.dense_every);
  const ByteRate uplink = scenario_.sites[home].uplink;
  m.bytes = one * copies;
  m.transfer = uplink.value() > 0 ? m.bytes / uplink : Seconds(0);
}

// The chip time of one stage through which `passed` requests went.
void Serving::settle_stage(size_t s, double passed, int64_t from, int64_t to, int month) {
  StageState& stage = stages_[s];
  auto& [low, high, busy_seconds] = stage.months[static_cast<size_t>(month)];
  low = low < 0 ? stage.capacity : std::min(low, stage.capacity);
  high = std::max(high, stage.capacity);
  const double use = stage.capacity > 0 ? passed / (stage.capacity * static_cast<double>(to - from)) : 0;
  busy_seconds += use * static_cast<double>(to - from);
  for (size_t k = 0; k < stage.used.size(); ++k) {
    if (stage.used[k].chips == 0) continue;
    const Kind& kind = pool_.kind(static_cast<int>(k));
    const StepProfile& profile = *rates_.cell(s, static_cast<int>(k)).profile;
    const int64_t all = stage.used[k].chips * (to - from), held = all - stage.lent[k];
    const double own = stage.capacity > 0 ? passed * stage.used[k].capacity / stage.capacity : 0;
    auto& fact = chip_facts_[{month, static_cast<int>(s), static_cast<int>(kind.chip.index)}];
    fact.served += own;
    fact.model_flop += own * profile.flop_per_unit().value();
    fact.chip_seconds += held;
    // Of the time that is left after lending, so much is busy.
    const double busy_share = held > 0 ? std::min(1.0, use * static_cast<double>(all) / static_cast<double>(held)) : 0;
    OwnerShares shares = busy(1, rates_.serving_efficiency(s, static_cast<int>(k)), profile.stall());
    for (auto& share : shares) share *= busy_share;
    shares[static_cast<size_t>(Owner::demand)] = 1 - busy_share;
    ledger_.add(month, {kind.chip, kind.site, static_cast<int>(scenario_.campaigns.size() + s)}, held, shares);
  }
}

void Serving::write_stages(Facts& facts) const {
  for (size_t s = 0; s < stages_.size(); ++s) {
    const StageState& stage = stages_[s];
    const std::string& service = scenario_.service(stage.at.service).id;
    for (int i = 0; i < months_.count(); ++i) {
      const auto& [low, high, busy_seconds] = stage.months[static_cast<size_t>(i)];
      const auto seconds = static_cast<double>(months_.end(i) - months_.begin(i));
      facts.of<StageMonth>().push_back({i, service, stage.pool, low, high, busy_seconds / seconds});
      if (!stage.rankable.empty()) {
        const auto& [capacity, peak] = stage.rankable[static_cast<size_t>(i)];
        const double scale = affordable(rates_, s, capacity, peak);
        const ServiceStage& what = scenario_.stage(stage.at);
        const RecModel& model = scenario_.recommenders[what.recommender];
        facts.of<AffordMonth>().push_back({i, service, stage.pool, scale, model.flop_per_candidate(what.candidates.mode).value() * scale, model.dense_parameters() * scale, peak});
      }
      if (!stage.learns) continue;
      const Learned& m = stage.learned[static_cast<size_t>(i)];
      const ServiceStage& what = scenario_.stage(stage.at);
      const double samples = what.candidates.mode, lag = m.seconds > 0 ? m.lag / m.seconds : 0;
      const double way = std::max(what.sync.every, m.transfer).value() / 2 + m.transfer.value();
      facts.of<LearnMonth>().push_back({i, service, stage.pool, m.arrived * samples, m.learned * samples, m.waiting * samples, lag, m.lag_max,
                                        m.bytes.value(), m.transfer.value(), lag + way, m.lag_max + way});
    }
  }
}

void Serving::write(Facts& facts) const {
  for (size_t s = 0; s < states_.size(); ++s) {
    const Service& service = scenario_.service(s);
    for (int i = 0; i < months_.count(); ++i) {
      const Month& m = states_[s].months[static_cast<size_t>(i)];
      const int64_t hours = (months_.end(i) - months_.begin(i)) / kHourSeconds;
      if (service.held) {  // its requests are accelerators, a second each
        const double held = m.served[0] / kHourSeconds;
        facts.of<HeldMonth>().push_back({i, service.id, held + m.shed[0] / kHourSeconds, held, service.held->hosts * held / static_cast<double>(hours), hours, m.hours_short});
        continue;
      }
      for (size_t r = 0; r < m.served.size(); ++r) {
        ServeMonth f;
        f.month = i, f.service = service.id, f.region = service.demand.regions[r].id;
        f.served = m.served[r], f.shed = m.shed[r], f.demanded = f.served + f.shed;
        f.hours = hours, f.hours_short = m.hours_short;
        f.capacity_low = m.low, f.capacity_high = m.high;
        for (size_t h = 0; r < m.shed_hours.size() && h < 24; ++h)
          if (m.shed_hours[r][h] > 0) facts.of<ShedHour>().push_back({i, service.id, f.region, static_cast<int64_t>(h), m.shed_hours[r][h]});
        facts.of<ServeMonth>().push_back(std::move(f));
      }
    }
  }
  write_stages(facts);
  lending_.write(facts);
  for (const auto& [key, fact] : chip_facts_) {
    auto& out = facts.of<ServeChipMonth>().emplace_back(fact);
    out.month = key[0];
    out.service = stages_[static_cast<size_t>(key[1])].pool;
    out.chip = scenario_.chips[scenario_.chips.id_at(static_cast<size_t>(key[2]))].id;
  }
}

}  // namespace capmix::fleet
