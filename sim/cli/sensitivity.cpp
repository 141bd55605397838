// capmix sensitivity: which inputs move the answer, by runs at the points of a design; or which inputs the choice rests on, from draws that are there.
#include "analysis/sensitivity.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/evidence.hpp"
#include "analysis/runs.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "results/read.hpp"
#include "study/runner.hpp"
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
  study::Worlds worlds;
  std::vector<RateTable> rates;
  size_t outcome = 0;
  std::vector<size_t> mixes;           // the mix, and the one it is set against
  std::string metric, unit;
  results::StudyInfo info;
};

// Outputs of a design: of the mix, and of its lead.
std::vector<std::vector<double>> run(const Work& w, const Common& c, std::shared_ptr<const Columns> columns, size_t rows, const std::string& what) {
  ProgressLine line(!c.quiet);
  const auto progress = [&](const std::string&, int done, int total) { line.show(what, done, total); };
  const auto objective = [&](const RunKey& key, const Facts& facts) { return analysis::reduce(w.info, key, facts)[w.metric]; };
  auto out = study::outputs(w.worlds, std::move(columns), w.rates, w.outcome, w.mixes, rows, objective, jobs(c), progress);
  line.clear();
  if (out.size() == 2)
    for (size_t i = 0; i < rows; ++i) out[1][i] = out[0][i] - out[1][i];
  return out;
}

std::vector<analysis::Sensitivity> outputs_of(const Work& w, const SensitivityOptions& o, const std::vector<study::Factor>& factors) {
  const auto& study = w.worlds.study();
  std::vector<analysis::Sensitivity> out;
  for (size_t i = 0; i < w.mixes.size(); ++i) {
    analysis::Sensitivity s;
    s.outcome = study.outcomes[w.outcome].id;
    s.output = w.metric + (i == 0 ? " of `" + study.mixes[w.mixes[0]].name + "`" : ", `" + study.mixes[w.mixes[0]].name + "` less `" + study.mixes[w.mixes[1]].name + "`");
    s.unit = w.unit, s.low_at = o.low, s.high_at = o.high, s.trajectories = o.trajectories, s.pairs = o.pairs;
    for (const auto& f : factors) {
      const auto [confidence, source] = weakest(*w.worlds.scenarios[w.outcome], f.inputs);
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
  const auto y = run(w, c, study::at_points(w.worlds, factors, points), points.n, "one at a time");
  for (size_t k = 0; k < out.size(); ++k) {
    const auto swings = design::swings(y[k]);
    out[k].base = y[k][0];
    for (size_t f = 0; f < factors.size(); ++f) out[k].inputs[f].low = swings[f].low, out[k].inputs[f].high = swings[f].high;
  }
}

void elementary(const Work& w, const Common& c, const std::vector<study::Factor>& factors, std::vector<analysis::Sensitivity>& out) {
  const auto design = design::morris(static_cast<size_t>(out[0].trajectories), study::factor_of_columns(factors), kLevels, w.worlds.study().seed, kGridLow, kGridHigh);
  const auto y = run(w, c, study::at_points(w.worlds, factors, design.points), design.points.n, "elementary effects");
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
  const uint64_t seed = w.worlds.study().seed;
  const auto pairs = design::saltelli(n, study::factor_of_columns(factors), study::seeds_of_columns(factors, seed), 1);
  const auto y = run(w, c, study::at_pairs(w.worlds, factors, pairs), pairs.points.n, "Sobol' indices");
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

int evidence(const Common& c, const SensitivityOptions& o, study::Worlds worlds) {
  const auto info = results::read_info(o.evidence);
  if (info.id != worlds.study().id) throw InputError(o.evidence + ": the results are of study \"" + info.id + "\", not of \"" + worlds.study().id + "\"");
  if (info.seed != std::to_string(worlds.study().seed)) throw InputError(o.evidence + ": its draws are of seed " + info.seed + ", not of " + std::to_string(worlds.study().seed) + " (give --seed " + info.seed + ")");
  if (const auto own = study::describe(worlds, {}).rates; info.rates != own)
    throw InputError(o.evidence + ": its draws took rates as \"" + info.rates + "\", the study as \"" + own + "\" (give --set study:rates=" + (info.rates == "predicted" ? "predicted" : "drawn") + ")");
  worlds.columns = study::columns(worlds, study::sampling_of(info.sampling), static_cast<int>(info.draws));
  const size_t outcome = o.outcome.empty() ? study::outcome_index(worlds, info.outcomes.front().id) : study::outcome_index(worlds, o.outcome);
  const std::string id = worlds.study().outcomes[outcome].id;
  analysis::RunSet runs;
  results::each_run(o.evidence, [&](const RunKey& key, const Facts& facts) {
    if (key.outcome == id && key.draw >= 0) runs.add(key, analysis::reduce(info, key, facts));
  });
  std::vector<int> draws;
  for (const auto& [d, ignored] : runs.draws(info.mixes.front().id, id))
    if (std::all_of(info.mixes.begin(), info.mixes.end(), [&, d = d](const auto& m) { return runs.find(m.id, id, d) != nullptr; })) draws.push_back(d);
  if (info.mixes.size() < 2 || draws.size() < 10)
    throw InputError(o.evidence + ": evidence needs two mixes and ten draws of each in outcome \"" + id + "\" (it has " + std::to_string(draws.size()) + " draws that every mix has)");
  std::vector<std::string> names;
  analysis::Table2 gains;
  std::vector<size_t> mixes;
  for (const auto& m : info.mixes) {
    names.push_back(m.name), mixes.push_back(study::mix_index(worlds, m.id));
    gains.emplace_back();
    for (const int d : draws) gains.back().push_back(runs.objective(*runs.find(m.id, id, d)));
  }
  const auto rates = study::collect_rates(worlds, cache_dir(c), jobs(c), [](const std::string&, int, int) {});
  const auto factors = study::factors(worlds, outcome, study::asked_streams(worlds, rates, outcome, mixes, jobs(c)), o.vary, true);
  auto e = analysis::evidence(names, gains, evidence_inputs(worlds, outcome, factors, draws));
  e.outcome = worlds.study().outcomes[outcome].name;
  print(c.json ? analysis::evidence_to_json(info, e) : analysis::render_evidence(info, e, terminal_width()));
  return 0;
}

}  // namespace

int sensitivity(const Common& c, const SensitivityOptions& o) {
  if (!(o.low >= 0 && o.low < o.high && o.high <= 1)) throw InputError("--low and --high are quantiles from 0 to 1, the low one below the high one");
  Work w{study::load(o.study, overrides(c)), {}, 0, {}, "", "", {}};
  if (!o.evidence.empty()) return evidence(c, o, w.worlds);
  w.outcome = study::outcome_index(w.worlds, o.outcome);
  w.mixes = {study::mix_index(w.worlds, o.mix)};
  const auto& mixes = w.worlds.study().mixes;
  const size_t against = !o.against.empty() ? study::mix_index(w.worlds, o.against) : (w.mixes[0] + 1) % mixes.size();
  if (!o.against.empty() && against == w.mixes[0]) throw InputError("--against: \"" + o.against + "\" is the mix itself");
  if (against != w.mixes[0]) w.mixes.push_back(against);
  w.info = study::describe(w.worlds, {});
  w.metric = o.metric.empty() ? analysis::kObjective : o.metric, w.unit = metric_unit(w.info, w.metric);
  ProgressLine line(!c.quiet);
  w.rates = study::collect_rates(w.worlds, cache_dir(c), jobs(c), [&](const std::string& phase, int done, int total) { line.show(phase, done, total); });
  line.clear();
  const auto factors = study::factors(w.worlds, w.outcome, study::asked_streams(w.worlds, w.rates, w.outcome, w.mixes, jobs(c)), o.vary, o.each);
  auto out = outputs_of(w, o, factors);
  one_at_a_time(w, c, factors, out);
  if (o.trajectories > 0) elementary(w, c, factors, out);
  if (o.pairs > 0) indices(w, c, factors, out);
  for (auto& s : out) analysis::sort_inputs(s);
  print(c.json ? analysis::sensitivity_to_json(w.info, out) : analysis::render_sensitivity(w.info, out, terminal_width()));
  return 0;
}

}  // namespace capmix::cli
