#include "cli/sensitivity_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/metrics.hpp"
#include "analysis/table.hpp"
#include "base/hash.hpp"
#include "cli/output.hpp"
#include "results/read.hpp"
#include "study/vary.hpp"

namespace capmix::cli {
namespace {

constexpr int kLevels = 4;                              // of the grid of elementary effects
constexpr double kGridLow = 0.05, kGridHigh = 0.95;     // quantiles that it spans
constexpr const char* kRest = "everything else";

// The weakest confidence among the facts of some inputs, and the source of that one.
std::pair<std::string, std::string> weakest(const Scenario& s, const std::vector<std::string>& inputs) {
  const Fact* found = nullptr;
  for (const auto& f : s.facts)
    if (std::count(inputs.begin(), inputs.end(), f.subject + ":" + f.path) > 0 && (!found || f.confidence > found->confidence)) found = &f;
  return found ? std::make_pair(std::string(text(found->confidence)), found->source) : std::make_pair(std::string("-"), std::string());
}

struct Work {
  const RatedStudy& s;
  const MovedAsk& ask;
  results::StudyInfo info;
  std::string metric, unit;
};

// Outputs of a design: of the mix, and of its lead.
std::vector<std::vector<double>> run(const Work& w, const Common& c, std::shared_ptr<const Columns> columns, size_t rows, const std::string& what) {
  ProgressLine line(!c.quiet);
  const auto progress = [&](const std::string&, int done, int total) { line.show(what + ", runs", done, total); };
  const auto objective = [&](const RunKey& key, const Facts& facts) { return analysis::reduce(w.info, key, facts)[w.metric]; };
  auto out = study::outputs(w.s.worlds, std::move(columns), w.s.rates, w.ask.outcome, w.ask.mixes, rows, objective, jobs(c), progress);
  line.clear();
  if (out.size() == 2)
    for (size_t i = 0; i < rows; ++i) out[1][i] = out[0][i] - out[1][i];
  return out;
}

std::vector<analysis::Sensitivity> outputs_of(const Work& w, const std::vector<study::Factor>& factors) {
  const auto& study = w.s.worlds.study();
  std::vector<analysis::Sensitivity> out;
  for (size_t i = 0; i < w.ask.mixes.size(); ++i) {
    analysis::Sensitivity s;
    s.outcome = study.outcomes[w.ask.outcome].id;
    s.output = w.metric + (i == 0 ? " of `" + study.mixes[w.ask.mixes[0]].name + "`" : ", `" + study.mixes[w.ask.mixes[0]].name + "` less `" + study.mixes[w.ask.mixes[1]].name + "`");
    s.unit = w.unit, s.low_at = w.ask.low, s.high_at = w.ask.high, s.trajectories = w.ask.trajectories, s.pairs = w.ask.pairs;
    for (const auto& f : factors) {
      const auto [confidence, source] = weakest(*w.s.worlds.scenarios[w.ask.outcome], f.inputs);
      analysis::MovedInput x;
      x.name = f.name, x.confidence = confidence, x.source = source, x.streams = f.streams.size();
      s.inputs.push_back(std::move(x));
    }
    out.push_back(std::move(s));
  }
  return out;
}

void one_at_a_time(const Work& w, const Common& c, const std::vector<study::Factor>& factors, std::vector<analysis::Sensitivity>& out) {
  const auto points = design::one_at_a_time(study::factor_of_columns(factors), out[0].low_at, out[0].high_at);
  const auto y = run(w, c, study::at_points(w.s.worlds, factors, points), points.n, "one at a time");
  for (size_t k = 0; k < out.size(); ++k) {
    const auto swings = design::swings(y[k]);
    out[k].base = y[k][0];
    for (size_t f = 0; f < factors.size(); ++f) out[k].inputs[f].low = swings[f].low, out[k].inputs[f].high = swings[f].high;
  }
}

void elementary(const Work& w, const Common& c, const std::vector<study::Factor>& factors, std::vector<analysis::Sensitivity>& out) {
  const auto design = design::morris(static_cast<size_t>(out[0].trajectories), study::factor_of_columns(factors), kLevels, w.s.worlds.study().seed, kGridLow, kGridHigh);
  const auto y = run(w, c, study::at_points(w.s.worlds, factors, design.points), design.points.n, "elementary effects");
  for (size_t k = 0; k < out.size(); ++k) {
    const auto effects = design::elementary_effects(design, y[k]);
    for (size_t f = 0; f < factors.size(); ++f) {
      auto& x = out[k].inputs[f];
      x.mean = effects[f].mean, x.absolute = effects[f].absolute, x.deviation = effects[f].deviation, x.absolute_error = effects[f].absolute_error;
    }
  }
}

void indices(const Work& w, const Common& c, const std::vector<study::Factor>& factors, std::vector<analysis::Sensitivity>& out) {
  const auto n = static_cast<size_t>(out[0].pairs);
  const uint64_t seed = w.s.worlds.study().seed;
  const auto pairs = design::saltelli(n, study::factor_of_columns(factors), study::seeds_of_columns(factors, seed), 1);
  const auto y = run(w, c, study::at_pairs(w.s.worlds, factors, pairs), pairs.points.n, "Sobol' indices");
  for (size_t k = 0; k < out.size(); ++k) {
    const auto s = design::sobol_indices(y[k], n, pairs.factors, design::Estimator::martinez, out[k].confidence, 500, seed);
    out[k].mean = s.mean, out[k].variance = s.variance;
    analysis::MovedInput rest;
    rest.name = kRest, rest.confidence = "-", rest.low = rest.high = NAN, rest.mean = rest.absolute = rest.deviation = rest.absolute_error = NAN;
    out[k].inputs.push_back(rest);
    for (size_t f = 0; f < out[k].inputs.size(); ++f) {
      out[k].inputs[f].first = {s.first[f].value, s.first[f].low, s.first[f].high};
      out[k].inputs[f].total = {s.total[f].value, s.total[f].low, s.total[f].high};
    }
  }
}

// Numbers that an input took in each draw: of its only stream, or the mean of those of a building.
std::vector<double> numbers(const study::Worlds& worlds, const study::Factor& f, const std::vector<int>& draws) {
  std::vector<double> out;
  for (const int d : draws) {
    const Draw draw = study::draw_of(worlds, d);
    double sum = 0;
    for (const uint64_t s : f.streams) sum += draw.uniform(s);
    out.push_back(sum / static_cast<double>(f.streams.size()));
  }
  return out;
}

std::vector<analysis::EvidenceInput> evidence_inputs(const study::Worlds& worlds, size_t outcome, const std::vector<study::Factor>& factors, const std::vector<int>& draws) {
  std::vector<analysis::EvidenceInput> out;
  for (const auto& f : factors) {
    const auto [confidence, source] = weakest(*worlds.scenarios[outcome], f.inputs);
    out.push_back({f.name, confidence, source, numbers(worlds, f, draws)});
  }
  return out;
}

// Draws that every mix has in every outcome.
std::vector<int> common_draws(const results::StudyInfo& info, const analysis::WorldRuns& runs, const std::vector<std::string>& outcomes) {
  std::vector<int> out;
  const auto whole = [&](int draw) {
    return std::all_of(outcomes.begin(), outcomes.end(), [&](const auto& o) { return std::all_of(info.mixes.begin(), info.mixes.end(), [&](const auto& m) { return runs.count({m.id, o, draw}) > 0; }); });
  };
  for (const auto& [key, ignored] : runs)
    if (key.mix == info.mixes.front().id && key.outcome == outcomes.front() && key.draw >= 0 && whole(key.draw)) out.push_back(key.draw);
  return out;
}

}  // namespace

RatedStudy with_rates(const Common& c, study::Worlds worlds) {
  ProgressLine line(!c.quiet);
  auto rates = study::collect_rates(worlds, cache_dir(c), jobs(c), [&](const std::string& phase, int done, int total) { line.show(phase, done, total); });
  return {std::move(worlds), std::move(rates)};
}

std::vector<analysis::Sensitivity> moved(const Common& c, const RatedStudy& s, const MovedAsk& ask) {
  Work w{s, ask, study::describe(s.worlds, {}), ask.metric.empty() ? analysis::kObjective : ask.metric, ""};
  w.unit = metric_unit(w.info, w.metric);
  const auto factors = study::factors(s.worlds, ask.outcome, study::asked_streams(s.worlds, s.rates, ask.outcome, ask.mixes, jobs(c)), ask.vary, ask.each);
  auto out = outputs_of(w, factors);
  one_at_a_time(w, c, factors, out);
  if (ask.trajectories > 0) elementary(w, c, factors, out);
  if (ask.pairs > 0) indices(w, c, factors, out);
  for (auto& x : out) analysis::sort_inputs(x);
  return out;
}

EvidenceAsk evidence_ask(const std::string& file, const analysis::Decision& d, const study::Worlds& worlds) {
  EvidenceAsk out{file, {}, {}, {}};
  const auto heaviest = std::max_element(d.weights.begin(), d.weights.end()) - d.weights.begin();
  for (size_t o = 0; o < d.weights.size(); ++o)
    if (d.weights[o] > 0) out.outcomes.insert(static_cast<long>(o) == heaviest ? out.outcomes.begin() : out.outcomes.end(), {study::outcome_index(worlds, d.info.outcomes[o].id), d.weights[o]});
  for (const auto& m : d.mixes) out.allowed.push_back(m.allowed);
  return out;
}

analysis::Evidence evidence(const Common& c, RatedStudy s, const results::StudyInfo& info, const analysis::WorldRuns& runs, const EvidenceAsk& ask) {
  s.worlds.columns = study::columns(s.worlds, study::sampling_of(info.sampling), static_cast<int>(info.draws));
  const auto& all = s.worlds.study().outcomes;
  std::vector<std::string> outcomes;
  std::string said;
  double sum = 0;
  for (const auto& [o, weight] : ask.outcomes) outcomes.push_back(all[o].id), sum += weight;
  for (const auto& [o, weight] : ask.outcomes) said += (said.empty() ? "" : ", ") + all[o].name + (ask.outcomes.size() > 1 ? fmt::format(" {:.0f} %", 100 * weight / sum) : "");
  if (ask.outcomes.size() > 1) said = "over outcomes by their weights: " + said;
  const auto draws = common_draws(info, runs, outcomes);
  if (info.mixes.size() < 2 || draws.size() < kEvidenceDraws)
    throw InputError(ask.file + ": evidence needs two mixes and ten draws of each in " + (outcomes.size() > 1 ? "all outcomes that weigh: " : "outcome ") + "\"" + analysis::joined(outcomes, "\", \"") + "\" (it has " + std::to_string(draws.size()) +
                     " draws that every mix has" + (outcomes.size() > 1 ? " in each of them; --outcome takes one" : "") + ")");
  std::vector<std::string> names;
  analysis::Table2 gains;
  std::vector<size_t> mixes;
  for (const auto& m : info.mixes) {
    names.push_back(m.name), mixes.push_back(study::mix_index(s.worlds, m.id));
    gains.emplace_back();
    for (const int d : draws) {
      double gain = 0;
      for (size_t o = 0; o < outcomes.size(); ++o) gain += ask.outcomes[o].second / sum * runs.at({m.id, outcomes[o], d}).gain;
      gains.back().push_back(gain);
    }
  }
  std::set<uint64_t> asked;
  for (const auto& [o, ignored] : ask.outcomes) asked.merge(study::asked_streams(s.worlds, s.rates, o, mixes, jobs(c)));
  const auto factors = study::factors(s.worlds, ask.outcomes.front().first, asked, ask.vary, true);
  auto e = analysis::evidence(names, gains, evidence_inputs(s.worlds, ask.outcomes.front().first, factors, draws), ask.allowed);
  e.outcome = said;
  return e;
}

void must_draw_rates_alike(const study::Worlds& worlds, const results::StudyInfo& info, const std::string& db) {
  if (const auto own = study::describe(worlds, {}).rates; info.rates != own)
    throw InputError(db + ": its draws took rates as \"" + info.rates + "\", the study as \"" + own + "\" (give --set study:rates=" + (info.rates == "predicted" ? "predicted" : "drawn") + ")");
}

void must_be_of(const study::Worlds& worlds, const std::string& db) {
  const auto info = results::read_info(db);
  if (info.id != worlds.study().id) throw InputError(db + ": the results are of study \"" + info.id + "\", not of \"" + worlds.study().id + "\"");
  if (info.seed != std::to_string(worlds.study().seed)) throw InputError(db + ": its draws are of seed " + info.seed + ", not of " + std::to_string(worlds.study().seed) + " (give --seed " + info.seed + ")");
  must_draw_rates_alike(worlds, info, db);
  std::set<std::string> known;
  for (const auto& [path, hash] : results::read_input_files(db)) known.insert(hash);
  std::string problems;
  const auto add = [&](const std::string& line) { problems += (problems.empty() ? "" : "\n") + line; };
  std::set<std::string> seen;
  for (const auto& s : worlds.scenarios)
    for (const auto& input : s->inputs)
      if (known.count(hex64(hash64(input.text))) == 0 && seen.insert(input.path).second) add(input.path + ": error: is not as it was when " + db + " was made (run the study again, or give the files that it was made of)");
  if (problems.empty()) {  // the same files: then what was set
    std::map<std::string, std::set<std::string>> then;
    for (const auto& f : results::read_input_facts(db)) then[f.subject + ":" + f.path].insert(f.value);
    for (const auto& f : worlds.base().facts)
      if (const auto it = then.find(f.subject + ":" + f.path); it != then.end() && it->second.count(f.value) == 0)
        add(it->first + ": error: is " + f.value + ", and was " + *it->second.begin() + " when " + db + " was made (give the same --set)");
  }
  if (!problems.empty()) throw InputError(problems);
}

}  // namespace capmix::cli
