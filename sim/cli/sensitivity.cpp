// capmix sensitivity: which inputs move the answer, by runs at the points of a design; or which inputs the choice rests on, from draws that are there.
#include "cli/sensitivity_runs.hpp"

#include "cli/output.hpp"
#include "results/read.hpp"

namespace capmix::cli {
namespace {

int print_evidence(const Common& c, const SensitivityOptions& o, study::Worlds worlds) {
  const auto info = results::read_info(o.evidence);
  if (info.id != worlds.study().id) throw InputError(o.evidence + ": the results are of study \"" + info.id + "\", not of \"" + worlds.study().id + "\"");
  if (info.seed != std::to_string(worlds.study().seed)) throw InputError(o.evidence + ": its draws are of seed " + info.seed + ", not of " + std::to_string(worlds.study().seed) + " (give --seed " + info.seed + ")");
  must_draw_rates_alike(worlds, info, o.evidence);
  analysis::DecisionRuns read;
  results::each_run(o.evidence, [&](const RunKey& key, const Facts& facts) { read.add(info, key, facts, analysis::reduce(info, key, facts), {}); });
  read.done();
  EvidenceAsk ask{o.evidence, {}, {}, {}};
  if (o.outcome.empty()) ask = evidence_ask(o.evidence, analysis::decide(info, read.runs, read.approvals, {}), worlds);  // as a report does
  else ask.outcomes = {{study::outcome_index(worlds, o.outcome), 1.0}};
  ask.vary = o.vary;
  const auto e = evidence(c, with_rates(c, std::move(worlds)), info, read.runs, ask);
  print(c.json ? analysis::evidence_to_json(info, e) : analysis::render_evidence(info, e, terminal_width()));
  return 0;
}

}  // namespace

int sensitivity(const Common& c, const SensitivityOptions& o) {
  if (!(o.low >= 0 && o.low < o.high && o.high <= 1)) throw InputError("--low and --high are quantiles from 0 to 1, the low one below the high one");
  auto worlds = study::load(o.study, overrides(c));
  if (!o.evidence.empty()) return print_evidence(c, o, std::move(worlds));
  MovedAsk ask{study::outcome_index(worlds, o.outcome), {study::mix_index(worlds, o.mix)}, o.metric, o.vary, o.each, o.low, o.high, o.trajectories, o.pairs};
  const size_t mix = ask.mixes[0], against = !o.against.empty() ? study::mix_index(worlds, o.against) : (mix + 1) % worlds.study().mixes.size();
  if (!o.against.empty() && against == mix) throw InputError("--against: \"" + o.against + "\" is the mix itself");
  if (against != mix) ask.mixes.push_back(against);
  const auto info = study::describe(worlds, {});
  if (!o.metric.empty()) metric_unit(info, o.metric);  // a metric that is none is said before anything runs
  const auto out = moved(c, with_rates(c, std::move(worlds)), ask);
  print(c.json ? analysis::sensitivity_to_json(info, out) : analysis::render_sensitivity(info, out, terminal_width()));
  return 0;
}

}  // namespace capmix::cli
