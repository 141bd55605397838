#include "analysis/decide.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "analysis/table.hpp"
#include "base/diagnostic.hpp"
#include "results/read.hpp"

namespace capmix::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kConfidence = 0.9;
constexpr double kRight = 0.9, kOftenRight = 0.8;  // signals that are shown unasked
constexpr double kRounding = 1e-9;    // of a gain: sums in another order

template <class List>
size_t place(const List& list, const std::string& id, const char* what) {
  std::vector<std::string> known;
  for (const auto& x : list) known.push_back(x.id);
  const auto it = std::find(known.begin(), known.end(), id);
  if (it == known.end()) throw InputError(std::string("there is no ") + what + " \"" + id + "\"" + did_you_mean(id, known) + " (there are: " + joined(known) + ")");
  return static_cast<size_t>(it - known.begin());
}

// The worlds of an outcome: draws that every mix has, or -1 when there are none but the runs at modes.
std::vector<int> worlds_of(const results::StudyInfo& info, const WorldRuns& runs, const std::string& outcome) {
  std::vector<int> out;
  const auto everybody = [&](int draw) { return std::all_of(info.mixes.begin(), info.mixes.end(), [&](const auto& m) { return runs.count({m.id, outcome, draw}) > 0; }); };
  for (auto it = runs.lower_bound({info.mixes.front().id, outcome, 0}); it != runs.end() && it->first.mix == info.mixes.front().id && it->first.outcome == outcome; ++it)
    if (everybody(it->first.draw)) out.push_back(it->first.draw);
  if (out.empty() && everybody(-1)) out.push_back(-1);
  return out;
}

struct World {
  size_t outcome = 0;
  int draw = 0;
};

class Deciding {
 public:
  Deciding(const results::StudyInfo& info, const WorldRuns& runs, const ApprovalStates& approvals, const DecideOptions& options) : runs_(runs), approvals_(approvals) {
    d_.info = info, d_.options = options;
  }

  Decision decide() {
    if (d_.info.mixes.empty() || d_.info.outcomes.empty()) throw InputError("there is nothing to decide: the results have no mix or no outcome");
    outcomes();
    gains();
    choices();
    information();
    frontiers();
    pairs();
    d_.headline = decision_headline(d_);
    return std::move(d_);
  }

 private:
  const WorldRun& run(size_t mix, const World& w) const { return runs_.at({d_.info.mixes[mix].id, d_.info.outcomes[w.outcome].id, w.draw}); }

  void outcomes() {
    const auto all = d_.info.outcomes;
    std::map<std::string, double> said = d_.options.weights;
    for (const auto& [id, weight] : said) place(all, id, "outcome");
    std::vector<std::vector<int>> draws;
    d_.info.outcomes.clear();
    for (const auto& o : all) {
      auto own = worlds_of(d_.info, runs_, o.id);
      if (!own.empty()) d_.info.outcomes.push_back(o), draws.push_back(std::move(own));
      else if (said.count(o.id) > 0 && said[o.id] > 0) throw InputError("outcome \"" + o.id + "\" has a weight and no run that every mix has (run the study again, or leave it out)");
      else d_.left_out.push_back(o.id), said.erase(o.id);
    }
    if (draws.empty()) throw InputError("no outcome has a run of every mix (nothing can be compared)");
    OutcomeWeights weights = weights_of(d_.info.outcomes, said);
    d_.weights = std::move(weights.weights), d_.basis = std::move(weights.basis);
    for (size_t o = 0; o < draws.size(); ++o) {
      for (const int draw : draws[o]) worlds_.push_back({o, draw}), world_weights_.push_back(d_.weights[o] / static_cast<double>(draws[o].size()));
      d_.draws.push_back(draws[o].front() < 0 ? 0 : static_cast<int>(draws[o].size()));
      d_.worlds += d_.weights[o] > 0 ? draws[o].size() : 0;
    }
  }

  void gains() {
    double most = 0;
    for (size_t i = 0; i < d_.info.mixes.size(); ++i) {
      DecidedMix m;
      m.id = d_.info.mixes[i].id, m.name = d_.info.mixes[i].name;
      m.gain.assign(d_.weights.size(), 0), m.ledger_hours.assign(std::size(kOwners), 0);
      std::vector<double> gain, domestic;
      for (size_t w = 0; w < worlds_.size(); ++w) {
        const WorldRun& r = run(i, worlds_[w]);
        const size_t o = worlds_[w].outcome;
        gain.push_back(r.gain), domestic.push_back(r.domestic_from);
        m.gain[o] += r.gain / std::max(1, d_.draws[o]);
        m.meets += world_weights_[w] * r.meets;
        add(m, r, world_weights_[w]);
      }
      m.expected = expected(gain, world_weights_), m.cvar = cvar(gain, world_weights_, d_.options.level);
      m.domestic_p10 = reached(domestic, 0.1), m.domestic_p50 = reached(domestic, 0.5), m.domestic_p90 = reached(domestic, 0.9);
      most = std::max(most, m.meets);
      by_world_.push_back(std::move(gain)), by_outcome_.push_back(m.gain);
      d_.mixes.push_back(std::move(m));
    }
    for (auto& m : d_.mixes) m.allowed = m.meets >= most - d_.options.slack - 1e-12, allowed_.push_back(m.allowed);
  }

  static void add(DecidedMix& m, const WorldRun& r, double weight) {
    Cost& c = m.cost;
    c.chips += weight * r.cost.chips, c.lost += weight * r.cost.lost, c.energy += weight * r.cost.energy, c.porting += weight * r.cost.porting;
    c.residual += weight * r.cost.residual, c.present += weight * r.cost.present, c.porting_present += weight * r.cost.porting_present, c.tokens += weight * r.cost.tokens, c.bought_tokens += weight * r.cost.bought_tokens;
    for (size_t k = 0; k < m.ledger_hours.size(); ++k) m.ledger_hours[k] += weight * static_cast<double>(r.ledger[k]) / 3600;
    for (const auto& [supplier, chips] : r.received) m.received[supplier] += weight * chips;
  }

  // The month by which it has happened in a share p of the worlds' weight.
  double reached(const std::vector<double>& months, double p) const {
    std::vector<size_t> order(months.size());
    std::iota(order.begin(), order.end(), size_t{0});
    if (std::any_of(months.begin(), months.end(), [](double m) { return std::isnan(m); })) return kNone;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return months[a] < months[b]; });
    double sum = 0;
    for (const size_t i : order)
      if ((sum += world_weights_[i]) >= p - 1e-12) return months[i];
    return months[order.back()];
  }

  void choices() {
    const Table2 regrets = regret(by_outcome_, allowed_);
    std::vector<double> gain, tail, worst;
    for (size_t i = 0; i < d_.mixes.size(); ++i) {
      DecidedMix& m = d_.mixes[i];
      m.regret = regrets[i];
      m.expected_regret = expected(m.regret, d_.weights);
      m.worst_regret = *std::max_element(m.regret.begin(), m.regret.end());
      gain.push_back(m.expected), tail.push_back(m.cvar), worst.push_back(m.worst_regret);
    }
    d_.by_expected = argmax(gain, allowed_), d_.by_cvar = argmax(tail, allowed_), d_.by_regret = argmin(worst, allowed_);
    // The choice by expected work stands where another rule has hardly more: two names for what is level would mislead.
    const double hardly = kHardly * std::fabs(gain[d_.by_expected]);
    if (tail[d_.by_cvar] - tail[d_.by_expected] <= hardly) d_.by_cvar = d_.by_expected;
    if (worst[d_.by_expected] - worst[d_.by_regret] <= hardly) d_.by_regret = d_.by_expected;
    leads();
    for (size_t i = 0; i < d_.mixes.size(); ++i)
      if (i != d_.by_expected && allowed_[i]) d_.behind.emplace_back(i, gain_interval(i, d_.by_expected));
    std::stable_sort(d_.behind.begin(), d_.behind.end(), [](const auto& a, const auto& b) { return a.second.mean > b.second.mean; });
  }

  void leads() {
    for (size_t w = 0; w < worlds_.size(); ++w) {
      double most = -std::numeric_limits<double>::infinity();
      for (size_t i = 0; i < d_.mixes.size(); ++i)
        if (allowed_[i]) most = std::max(most, by_world_[i][w]);
      for (size_t i = 0; i < d_.mixes.size(); ++i)
        if (by_world_[i][w] >= most - kRounding * std::fabs(most)) d_.mixes[i].leads += world_weights_[w];
    }
  }

  double signal(const std::vector<bool>& event, double sensitivity, double specificity) const {
    return signal_information(by_outcome_, d_.weights, test_of(event, sensitivity, specificity), allowed_);
  }

  void information() {
    d_.outcome_known = perfect_information(by_outcome_, d_.weights, allowed_);
    d_.world_known = perfect_information(by_world_, world_weights_, allowed_);
    for (size_t o = 0; o < d_.weights.size(); ++o) {
      if (d_.weights[o] <= 0 || d_.weights[o] >= 1) continue;
      const auto event = is(o);
      d_.knowing.push_back({"whether it is " + d_.info.outcomes[o].id, signal(event, 1, 1), signal(event, kRight, kRight), signal(event, kOftenRight, kOftenRight)});
    }
    for (const auto& s : d_.options.signals) {
      if (!(s.sensitivity >= 0 && s.sensitivity <= 1 && s.specificity >= 0 && s.specificity <= 1))
        throw InputError("a signal's sensitivity and specificity lie from 0 to 1 (signal of \"" + s.outcome + "\")");
      d_.signals.emplace_back(s, signal(is(place(d_.info.outcomes, s.outcome, "outcome")), s.sensitivity, s.specificity));
    }
    for (size_t o = 0; o < d_.weights.size(); ++o)
      if (d_.draws[o] > 1 && d_.weights[o] > 0) drawn_approvals(o);
  }

  std::vector<bool> is(size_t outcome) const {
    std::vector<bool> event(d_.weights.size(), false);
    event[outcome] = true;
    return event;
  }

  // Within one outcome, whose draws decide an approval: their states as groups.
  void drawn_approvals(size_t outcome) {
    std::set<std::string> names;
    for (const auto& [world, states] : approvals_)
      if (world.first == d_.info.outcomes[outcome].id)
        for (const auto& [name, state] : states) names.insert(name);
    for (const auto& name : names) {
      std::vector<int> group;
      std::vector<double> weights;
      std::map<std::string, int> numbers;
      Table2 gains(d_.mixes.size());
      for (size_t w = 0; w < worlds_.size(); ++w) {
        const auto states = approvals_.find({d_.info.outcomes[outcome].id, worlds_[w].draw});
        if (worlds_[w].outcome != outcome || states == approvals_.end()) continue;
        const auto state = states->second.find(name);
        group.push_back(numbers.emplace(state == states->second.end() ? "" : state->second, static_cast<int>(numbers.size())).first->second), weights.push_back(1);
        for (size_t i = 0; i < gains.size(); ++i) gains[i].push_back(by_world_[i][w]);
      }
      if (numbers.size() < 2) continue;
      d_.knowing.push_back({"decision of " + name + ", in " + d_.info.outcomes[outcome].id, group_information(gains, weights, group, allowed_), kNone, kNone});
    }
  }

  void frontiers() {
    std::vector<double> costs, gain, tail, less;
    std::vector<size_t> at;  // only what may be chosen
    for (size_t i = 0; i < d_.mixes.size(); ++i) {
      if (!d_.mixes[i].allowed) continue;
      at.push_back(i), costs.push_back(d_.mixes[i].cost.present), gain.push_back(d_.mixes[i].expected), tail.push_back(d_.mixes[i].cvar), less.push_back(-gain.back());
    }
    const auto back = [&](std::vector<size_t> places) {
      for (size_t& p : places) p = at[p];
      return places;
    };
    d_.cost_gain = back(frontier(costs, gain)), d_.cost_cvar = back(frontier(costs, tail)), d_.gain_cvar = back(frontier(less, tail));
  }

  // What has a weight alone counts: whether a supplier's chips come in an outcome that nobody expects says nothing.
  void pairs() {
    Received received;
    for (const auto& m : d_.mixes) received[m.id] = m.received;
    SupplierPairs found = supplier_pairs(d_.info, received);
    d_.no_pair = std::move(found.none);
    for (const auto& p : found.pairs) d_.suppliers.push_back(difference_of(p));
    for (const auto& p : bound_pairs(d_.info)) d_.pairs.push_back(difference_of(p));
    for (const auto& p : d_.options.pairs) d_.pairs.push_back(difference_of(p));
  }

  MixDifference difference_of(const MixPair& pair) const {
    const size_t a = place(d_.info.mixes, pair.with, "mix"), b = place(d_.info.mixes, pair.without, "mix");
    const DecidedMix &x = d_.mixes[a], &y = d_.mixes[b];
    MixDifference out{pair, gain_interval(a, b), x.cvar - y.cvar, x.expected_regret - y.expected_regret, x.worst_regret - y.worst_regret, x.cost.present - y.cost.present, {}};
    for (size_t k = 0; k < x.ledger_hours.size(); ++k) out.ledger_hours.push_back(x.ledger_hours[k] - y.ledger_hours[k]);
    return out;
  }

  // Draws are the same worlds in every outcome, so that a draw is one sample of the weighted difference.
  Interval gain_interval(size_t a, size_t b) const {
    std::map<int, std::pair<double, double>> by_draw;  // weighted difference, weight
    for (size_t w = 0; w < worlds_.size(); ++w) {
      if (d_.weights[worlds_[w].outcome] <= 0) continue;
      auto& [sum, weight] = by_draw[worlds_[w].draw];
      sum += d_.weights[worlds_[w].outcome] * (by_world_[a][w] - by_world_[b][w]), weight += d_.weights[worlds_[w].outcome];
    }
    std::vector<double> samples;
    for (const auto& [draw, s] : by_draw)
      if (draw >= 0 && s.second > 1 - 1e-9) samples.push_back(s.first);
    const Interval i = paired_interval(samples, kConfidence);
    return {d_.mixes[a].expected - d_.mixes[b].expected, i.low, i.high};
  }

  const WorldRuns& runs_;
  const ApprovalStates& approvals_;
  Decision d_;
  std::vector<World> worlds_;
  std::vector<double> world_weights_;
  Table2 by_world_, by_outcome_;
  Allowed allowed_;
};

// Those that are asked for, in their order; all of them if none is.
template <class List>
void keep(List& list, const std::vector<std::string>& asked, const char* what) {
  for (const auto& id : asked) place(list, id, what);
  if (!asked.empty()) list.erase(std::remove_if(list.begin(), list.end(), [&](const auto& x) { return std::count(asked.begin(), asked.end(), x.id) == 0; }), list.end());
}

}  // namespace

void choose(results::StudyInfo& info, const DecideOptions& options) {
  keep(info.mixes, options.mixes, "mix"), keep(info.outcomes, options.outcomes, "outcome");
}

Decision of_mixes(const Decision& d, const std::vector<size_t>& places) {
  Decision out = d;
  std::vector<size_t> at(d.mixes.size(), places.size());
  out.mixes.clear(), out.info.mixes.clear(), out.behind.clear();
  for (size_t i = 0; i < places.size(); ++i) at[places[i]] = i, out.mixes.push_back(d.mixes[places[i]]), out.info.mixes.push_back(d.info.mixes[places[i]]);
  for (size_t* choice : {&out.by_expected, &out.by_cvar, &out.by_regret}) *choice = at[*choice];
  for (const auto& [i, x] : d.behind)
    if (at[i] < places.size()) out.behind.emplace_back(at[i], x);
  for (auto* frontier : {&out.cost_gain, &out.cost_cvar, &out.gain_cvar}) {
    for (size_t& i : *frontier) i = at[i];
    frontier->erase(std::remove(frontier->begin(), frontier->end(), places.size()), frontier->end());
  }
  const auto hidden = [&](const MixDifference& x) {
    const auto has = [&](const std::string& id) { return std::any_of(out.mixes.begin(), out.mixes.end(), [&](const auto& m) { return m.id == id; }); };
    return !has(x.pair.with) || !has(x.pair.without);
  };
  for (auto* list : {&out.suppliers, &out.pairs}) list->erase(std::remove_if(list->begin(), list->end(), hidden), list->end());
  return out;
}

std::vector<size_t> leading_mixes(const Decision& d) {
  constexpr size_t kAll = 20, kMost = 12;
  std::vector<size_t> out(d.mixes.size());
  std::iota(out.begin(), out.end(), size_t{0});
  if (out.size() <= kAll) return out;
  const auto chosen = [&](size_t i) { return i == d.by_expected || i == d.by_cvar || i == d.by_regret; };
  std::stable_sort(out.begin(), out.end(), [&](size_t a, size_t b) { return chosen(a) != chosen(b) ? chosen(a) : d.mixes[a].expected > d.mixes[b].expected; });
  out.resize(kMost);
  return out;
}

WorldRun world_run(const results::StudyInfo& info, const RunKey& key, const Facts& facts, const CostOptions& options) {
  return world_run(info, facts, reduce(info, key, facts), options);
}

WorldRun world_run(const results::StudyInfo& info, const Facts& facts, const Metrics& m, const CostOptions& options) {
  WorldRun out{m[kObjective], m[kCondition] == 1, m["work.domestic_from"], cost(info, facts, options), m.ledger};
  for (const auto& o : facts.of<OrderFact>())
    for (const auto& offer : info.offers)
      if (offer.id == o.offer)
        for (const auto& chip : info.chips)
          if (chip.id == offer.chip) out.received[chip.supplier] += static_cast<double>(o.delivered);
  return out;
}

Decision decide(const results::StudyInfo& all, const WorldRuns& runs, const ApprovalStates& approvals, const DecideOptions& options) {
  if (!(options.level >= 0 && options.level < 1)) throw InputError("the level of the CVaR lies from 0 to below 1");
  auto info = all;
  choose(info, options);
  return Deciding(info, runs, approvals, options).decide();
}

void DecisionRuns::add(const results::StudyInfo& info, const RunKey& key, const Facts& facts, const Metrics& metrics, const CostOptions& cost) {
  runs[key] = world_run(info, facts, metrics, cost);
  auto& states = approvals[{key.outcome, key.draw}];
  for (const auto& d : facts.of<DateFact>())
    if (d.kind == "approval") states[d.subject] = d.note;
}

// Quick draws keep no work on ports; that of the run at modes stands for it.
void DecisionRuns::done() {
  for (auto& [key, run] : runs) {
    if (key.draw < 0 || run.cost.porting > 0) continue;
    const auto modes = runs.find({key.mix, key.outcome, -1});
    if (modes == runs.end()) continue;
    run.cost.porting = modes->second.cost.porting, run.cost.porting_present = modes->second.cost.porting_present;
    run.cost.present += run.cost.porting_present;
  }
}

Decision decide(const std::string& path, const DecideOptions& options) {
  const auto info = results::read_info(path);
  DecisionRuns read;
  results::each_run(path, [&](const RunKey& key, const Facts& facts) { read.add(info, key, facts, reduce(info, key, facts), options.cost); });
  read.done();
  return decide(info, read.runs, read.approvals, options);
}

}  // namespace capmix::analysis
