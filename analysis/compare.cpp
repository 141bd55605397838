#include "analysis/compare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <tuple>

#include "analysis/statistics.hpp"
#include "results/read.hpp"

namespace capmix::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kConfidence = 0.9;
constexpr double kRounding = 1e-9;  // of sums over months in another order

using Runs = std::map<RunKey, const Metrics*>;

const Metrics* find(const Runs& runs, const std::string& mix, const std::string& outcome, int draw) {
  const auto it = runs.find({mix, outcome, draw});
  return it == runs.end() ? nullptr : it->second;
}

struct Sample {  // runs of one mix in one outcome
  const Metrics* modes = nullptr;
  std::map<int, const Metrics*> draws;
  const Metrics* any() const { return modes ? modes : draws.empty() ? nullptr : draws.begin()->second; }
};

Sample sample(const Runs& runs, const std::string& mix, const std::string& outcome) {
  Sample s;
  s.modes = find(runs, mix, outcome, -1);
  for (auto it = runs.lower_bound({mix, outcome, 0}); it != runs.end(); ++it) {
    if (it->first.mix != mix || it->first.outcome != outcome) break;
    s.draws[it->first.draw] = it->second;
  }
  return s;
}

Spread spread(const Sample& own, const Sample& first, size_t metric) {
  const Metric& named = own.any()->values[metric];
  Spread s{named.id, named.unit};
  s.modes = own.modes ? own.modes->values[metric].value : kNone;
  std::vector<double> values, differences;
  for (const auto& [draw, m] : own.draws) {
    values.push_back(m->values[metric].value);
    const auto other = first.draws.find(draw);
    if (other != first.draws.end()) differences.push_back(values.back() - other->second->values[metric].value);
  }
  s.p10 = quantile(values, 0.1), s.p50 = quantile(values, 0.5), s.p90 = quantile(values, 0.9);
  s.mean = mean(values);
  const Interval i = paired_interval(differences, kConfidence);
  s.diff = i.mean, s.diff_low = i.low, s.diff_high = i.high;
  return s;
}

MixResult mix_result(const results::MixInfo& mix, const Sample& own, const Sample& first) {
  MixResult r{mix.id, mix.name};
  r.draws = static_cast<int>(own.draws.size());
  r.at_modes = own.modes != nullptr;
  r.meets = own.modes && (*own.modes)[kCondition] == 1;
  if (own.modes) {
    r.recommended = own.modes->recommended;
    r.binding = own.modes->binding;
    r.ledger = own.modes->ledger;
    if (first.modes) r.less_first = difference(own.modes->ledger, first.modes->ledger);
  }
  if (const Metrics* any = own.any())
    for (size_t i = 0; i < any->values.size(); ++i) r.spreads.push_back(spread(own, first, i));
  return r;
}

void rank(OutcomeResult& outcome, const std::vector<Sample>& samples) {
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!samples[i].modes) continue;
    outcome.mixes[i].rank = 1;
    for (const auto& other : samples)
      if (other.modes && better(*other.modes, *samples[i].modes)) ++outcome.mixes[i].rank;
  }
}

void count_leads(OutcomeResult& outcome, const std::vector<Sample>& samples) {
  if (samples.empty()) return;
  for (const auto& [draw, ignored] : samples.front().draws) {
    bool everybody = true;
    for (const auto& s : samples) everybody = everybody && s.draws.count(draw) > 0;
    if (!everybody) continue;
    ++outcome.draws;
    for (size_t i = 0; i < samples.size(); ++i) {
      bool leads = true;
      for (const auto& other : samples) leads = leads && !better(*other.draws.at(draw), *samples[i].draws.at(draw));
      if (leads) ++outcome.mixes[i].leads;
    }
  }
}

std::vector<OutcomePair> pairs(const results::StudyInfo& info, const Runs& runs) {
  std::vector<OutcomePair> out;
  for (const auto& mix : info.mixes)
    for (size_t i = 0; i < info.outcomes.size(); ++i)
      for (size_t j = i + 1; j < info.outcomes.size(); ++j) {
        const std::string &base = info.outcomes[i].id, &other = info.outcomes[j].id;
        const Metrics *a = find(runs, mix.id, base, -1), *b = find(runs, mix.id, other, -1);
        if (a && b) out.push_back({mix.id, other, base, first_difference(*a, *b), difference(b->ledger, a->ledger)});
      }
  return out;
}

std::optional<int> first_month(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t m = 0; m < std::min(a.size(), b.size()); ++m)
    if (std::fabs(a[m] - b[m]) > kRounding * std::max(std::fabs(a[m]), std::fabs(b[m]))) return static_cast<int>(m);
  return {};
}

std::map<std::string, int> count_missing(const std::vector<std::pair<RunKey, Metrics>>& runs) {
  std::map<std::string, int> out;
  for (const auto& [key, metrics] : runs) {
    std::map<std::string, int> of_run;
    for (const auto& m : metrics.missing) of_run[m.workload + " on " + m.chip + ": " + m.reason] = 1;
    for (const auto& [text, once] : of_run) out[text] += once;
  }
  return out;
}

}  // namespace

const Spread& MixResult::operator[](const std::string& id) const {
  for (const auto& s : spreads)
    if (s.id == id) return s;
  throw std::out_of_range("no metric " + id);
}

bool better(const Metrics& a, const Metrics& b) {
  if (a[kCondition] != b[kCondition]) return a[kCondition] > b[kCondition];
  return a[kObjective] > b[kObjective] * (1 + kRounding);
}

FirstDifference first_difference(const Metrics& a, const Metrics& b) {
  FirstDifference out;
  out.trained = first_month(a.trained, b.trained);
  out.served = first_month(a.served, b.served);
  const auto key = [](const OnlineChange& x) { return std::tie(x.date, x.chip, x.site, x.chips); };
  size_t i = 0;
  while (i < a.online.size() && i < b.online.size() && key(a.online[i]) == key(b.online[i])) ++i;
  // The lists are ascending: the earlier of the two days at which they part.
  Date day = Date::never(), d;
  for (const auto* list : {&a.online, &b.online})
    if (i < list->size() && Date::parse((*list)[i].date, d)) day = std::min(day, d);
  if (!day.is_never()) out.online = day;
  return out;
}

Comparison compare(const results::StudyInfo& info, const std::vector<std::pair<RunKey, Metrics>>& runs, Notes notes) {
  Runs by_key;
  for (const auto& [key, metrics] : runs) by_key[key] = &metrics;
  Comparison c{info, {}, pairs(info, by_key), count_missing(runs), std::move(notes)};
  for (const auto& o : info.outcomes) {
    OutcomeResult outcome{o.id, o.name};
    std::vector<Sample> samples;
    for (const auto& mix : info.mixes) samples.push_back(sample(by_key, mix.id, o.id));
    for (size_t i = 0; i < samples.size(); ++i)
      outcome.mixes.push_back(mix_result(info.mixes[i], samples[i], samples.front()));
    rank(outcome, samples);
    count_leads(outcome, samples);
    c.outcomes.push_back(std::move(outcome));
  }
  return c;
}

Comparison compare(const results::StudyInfo& info, const std::vector<std::pair<RunKey, Facts>>& runs, Notes notes) {
  std::vector<std::pair<RunKey, Metrics>> reduced;
  for (const auto& [key, facts] : runs) reduced.emplace_back(key, reduce(info, key, facts));
  return compare(info, reduced, std::move(notes));
}

Comparison compare(const std::string& path) {
  const auto info = results::read_info(path);
  std::vector<std::pair<RunKey, Metrics>> runs;
  results::each_run(path, [&](const RunKey& key, const Facts& facts) {
    Metrics m = reduce(info, key, facts);
    if (key.draw >= 0) m.binding = {}, m.trained = {}, m.served = {}, m.recommended = {}, m.online = {};  // looked at at modes alone; there may be many draws
    runs.emplace_back(key, std::move(m));
  });
  Notes notes{results::read_profiles(path), results::read_confidence(path), {}, results::read_gap(path)};
  for (const auto& [key, message] : results::read_failures(path)) notes.failures.push_back(key.text() + ": " + message);
  return compare(info, runs, std::move(notes));
}

}  // namespace capmix::analysis
