#include "analysis/compare.hpp"

#include <limits>
#include <stdexcept>

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
  if (own.modes) r.binding = own.modes->binding;
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

Comparison compare(const results::StudyInfo& info, const std::vector<std::pair<RunKey, Metrics>>& runs, Notes notes) {
  Runs by_key;
  for (const auto& [key, metrics] : runs) by_key[key] = &metrics;
  Comparison c{info, {}, count_missing(runs), std::move(notes)};
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
  results::each_run(path, [&](const RunKey& key, const Facts& facts) { runs.emplace_back(key, reduce(info, key, facts)); });
  Notes notes{results::read_profiles(path), results::read_confidence(path), {}};
  for (const auto& [key, message] : results::read_failures(path)) notes.failures.push_back(key.text() + ": " + message);
  return compare(info, runs, std::move(notes));
}

}  // namespace capmix::analysis
