// What passes through the pools of a service hour by hour, and the facts that it leaves.
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

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

void Serving::Broken::advance(int64_t now, const Months& months) {
  if (chips > 0 && hours.empty()) hours.resize(static_cast<size_t>(months.horizon() / kHourSeconds) + 1);
  for (int64_t t = since; chips > 0 && t < now;) {
    const int64_t end = std::min(now, (t / kHourSeconds + 1) * kHourSeconds);
    hours[static_cast<size_t>(t / kHourSeconds)] += chips * (end - t);
    t = end;
  }
  since = now;
}

void Serving::breaks(int p, int chips, int64_t now) {
  const Pod& pod = pool_.pod(p);
  Broken& broken = stages_[static_cast<size_t>(pod.service)].broken[static_cast<size_t>(pod.kind)];
  broken.advance(now, months_);
  broken.chips += chips;
  stale_ = stale_ || 2 * pod.down > pod.chips;
}

// After pods were chosen anew.
void Serving::recount_broken(int64_t now) {
  for (auto& stage : stages_)
    for (auto& broken : stage.broken) broken.advance(now, months_), broken.chips = 0;
  for (const auto& pod : pool_.pods())
    if (pod.on && pod.service >= 0) stages_[static_cast<size_t>(pod.service)].broken[static_cast<size_t>(pod.kind)].chips += pod.down;
}

// What was broken over [from, to) of hour h, on the mean.
void Serving::break_hour(State& state, int64_t h, int64_t from, int64_t to) {
  for (size_t i = state.first; i < state.first + state.stages; ++i) {
    StageState& stage = stages_[i];
    stage.up = 0;
    for (size_t k = 0; k < stage.used.size(); ++k) {
      Broken& broken = stage.broken[k];
      const int64_t seconds = broken.hours.empty() ? 0 : std::exchange(broken.hours[static_cast<size_t>(h)], 0);
      broken.seconds += seconds, broken.mean = static_cast<double>(seconds) / static_cast<double>(to - from);
      const auto chips = static_cast<double>(stage.used[k].chips);
      stage.up += chips > 0 ? stage.used[k].capacity * std::max(0.0, 1 - broken.mean / chips) : 0;
    }
    stage.least_up = std::min(stage.least_up, stage.up);
  }
}

// Share of a stage's capacity that the hour does not need, nor those that begin before lent chips could be back.
double Serving::spare(const State& state, const StageState& stage, int64_t h) const {
  const Service& service = scenario_.service(stage.at.service);
  const auto ahead = static_cast<int64_t>(std::ceil(service.take_back.value() / kHourSeconds));
  const double need = std::max(state.curve.peak(h, h + ahead + 1), state.curve.rate(h)) * (1 + service.headroom);
  return stage.rest > 0 ? std::max(0.0, 1 - need / stage.rest) : 0;
}

double Serving::kept(const StageState& stage, size_t kind) {
  const Used& used = stage.used[kind];
  const double away = static_cast<double>(stage.out[kind]) + stage.broken[kind].mean;
  return used.chips > 0 ? used.capacity * std::max(0.0, 1 - away / static_cast<double>(used.chips)) : 0;
}

void Serving::leave(StageState& stage) {
  stage.rest = 0;
  for (size_t k = 0; k < stage.used.size(); ++k) stage.rest += kept(stage, k);
}

// What is lent over [from, to) of hour h. A crowd that nobody expected is seen when it is there: what is lent too much then is
// called back, and works for its borrower until take_back has passed; nothing more is lent into a crowd. Returns the second
// up to which this holds.
int64_t Serving::lend(State& state, int64_t h, int64_t from, int64_t to, int month) {
  const Seconds back = scenario_.service(stages_[state.first].at.service).take_back;
  const bool lends = back.value() > 0 && lending_.wanted(), crowd = state.curve.rate(h) > state.curve.peak(h, h + 1);
  const auto of_stages = [&](auto&& what) {
    for (size_t i = state.first; i < state.first + state.stages; ++i)
      if (!stages_[i].learns)
        for (size_t k = 0; k < stages_[i].used.size(); ++k) what(i, k);
  };
  for (size_t i = state.first; i < state.first + state.stages; ++i) stages_[i].out.assign(pool_.kinds().size(), 0), leave(stages_[i]);
  if (!lends) return to;
  std::vector<int64_t> wanted;        // chips, in the order of of_stages
  const bool late = from < state.back_at, back_now = from == state.back_at;
  of_stages([&](size_t i, size_t k) {
    const int64_t chips = stages_[i].used[k].chips - static_cast<int64_t>(std::ceil(stages_[i].broken[k].mean)), out = std::min(chips, lending_.lent(i, static_cast<int>(k)));
    const auto free = static_cast<int64_t>(std::floor(spare(state, stages_[i], h) * static_cast<double>(chips)));
    wanted.push_back(late ? out : crowd ? std::min(free, out) : free);
    if (!late && !back_now && crowd && free < out) state.back_at = from + static_cast<int64_t>(std::ceil(back.value()));
  });
  if (!late && from < state.back_at) return lend(state, h, from, to, month);  // what is out stays out until then
  const int64_t until = late ? std::min(to, state.back_at) : to;
  size_t n = 0;
  of_stages([&](size_t i, size_t k) {
    StageState& stage = stages_[i];
    const int64_t asked = wanted[n++];
    if (stage.used[k].chips == 0) return;
    stage.out[k] = lending_.lend(i, static_cast<int>(k), asked, from, until, month, back);
    stage.lent[k] += stage.out[k] * (until - from);
  });
  // Added up rather than taken off: where everything is lent nothing is left, exactly.
  for (size_t i = state.first; i < state.first + state.stages; ++i) leave(stages_[i]);
  return until;
}

// Requests of [from, to), a part of hour h in which nothing changes, go through all stages.
void Serving::pass(State& state, int64_t h, int64_t from, int64_t to, int month) {
  const auto dt = static_cast<double>(to - from);
  const double got = answer(state, h, dt, capacity(state, &StageState::rest), state.months[static_cast<size_t>(month)]);
  for (size_t i = state.first; i < state.first + state.stages; ++i) {
    StageState& stage = stages_[i];
    const double passed = stage.learns ? learn(stage, got * dt, from, to, month) : got * dt;
    for (size_t k = 0; k < stage.used.size(); ++k)
      if (stage.rest > 0) stage.passed[k] += passed * kept(stage, k) / stage.rest;
  }
}

void Serving::settle(int64_t from, int64_t to, int month) {
  for (auto& state : states_) {
    Month& m = state.months[static_cast<size_t>(month)];
    const double most = capacity(state);
    m.high = std::max(m.high, most);
    const size_t end_of_stages = state.first + state.stages;
    for (size_t i = state.first; i < end_of_stages; ++i) stages_[i].lent.assign(pool_.kinds().size(), 0), stages_[i].passed.assign(pool_.kinds().size(), 0);
    for (size_t i = state.first; i < end_of_stages; ++i)
      for (auto& broken : stages_[i].broken) broken.advance(to, months_), broken.seconds = 0;
    for (size_t i = state.first; i < end_of_stages; ++i) stages_[i].least_up = HUGE_VAL;
    for (int64_t h = from / kHourSeconds; h * kHourSeconds < to; ++h) {
      const int64_t end = std::min(to, (h + 1) * kHourSeconds);
      break_hour(state, h, std::max(from, h * kHourSeconds), end);
      const double up = capacity(state, &StageState::up);
      m.low = m.low < 0 ? up : std::min(m.low, up);
      for (int64_t at = std::max(from, h * kHourSeconds); at < end;) {
        const int64_t until = lend(state, h, at, end, month);
        pass(state, h, at, until, month);
        at = until;
      }
    }
    for (size_t i = state.first; i < end_of_stages; ++i) settle_stage(i, from, to, month);
    for (size_t i = state.first; i < end_of_stages; ++i)
      if (stages_[i].learns) synchronise(state, stages_[i], month);
  }
}

// The samples of `requests` join those that wait. Returns the requests whose samples were learned.
double Serving::learn(StageState& stage, double requests, int64_t from, int64_t to, int month) {
  Learned& m = stage.learned[static_cast<size_t>(month)];
  const double before = stage.backlog.lag(from), room = stage.rest * static_cast<double>(to - from);
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

// The chip time of one stage.
void Serving::settle_stage(size_t s, int64_t from, int64_t to, int month) {
  StageState& stage = stages_[s];
  const auto seconds = static_cast<double>(to - from);
  auto& [low, high, busy_seconds] = stage.months[static_cast<size_t>(month)];
  low = low < 0 ? stage.least_up : std::min(low, stage.least_up);
  high = std::max(high, stage.capacity);
  double all_passed = 0;
  for (const double passed : stage.passed) all_passed += passed;
  if (stage.capacity > 0) busy_seconds += all_passed / stage.capacity;
  for (size_t k = 0; k < stage.used.size(); ++k) {
    const Used& used = stage.used[k];
    if (used.chips == 0) continue;
    const Kind& kind = pool_.kind(static_cast<int>(k));
    const StepProfile& profile = *rates_.cell(s, static_cast<int>(k)).profile;
    const int64_t held = used.chips * (to - from) - stage.lent[k] - stage.broken[k].seconds;
    const double own = stage.passed[k];
    auto& fact = chip_facts_[{month, static_cast<int>(s), static_cast<int>(kind.chip.index)}];
    fact.served += own;
    fact.model_flop += own * profile.flop_per_unit().value();
    fact.chip_seconds += held;
    // Of the time that is left after lending, so much is busy: what was not lent did all of it.
    const double busy_share = held > 0 ? own / used.capacity * static_cast<double>(used.chips) / static_cast<double>(held) : 0;
    if (!(busy_share <= 1 + 1e-9)) throw std::logic_error(stage.pool + " served with chips that were lent: " + std::to_string(busy_share) + " of " + std::to_string(seconds) + " s");
    OwnerShares shares = busy(1, rates_.serving_efficiency(s, static_cast<int>(k)), profile.stall());
    for (auto& share : shares) share *= std::min(1.0, busy_share);
    shares[static_cast<size_t>(Owner::demand)] = std::max(0.0, 1 - busy_share);
    ledger_.add(month, {kind.chip, kind.site, account_of_stage(scenario_, s)}, held, shares);
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
