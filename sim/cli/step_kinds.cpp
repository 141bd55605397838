// capmix step for recommenders and for serving: what was typed as a setup of the step model, its answer as text or JSON.
#include "cli/step_kinds.hpp"

#include <fmt/format.h>

#include "analysis/render.hpp"
#include "analysis/table.hpp"
#include "base/unit.hpp"
#include "cli/output.hpp"
#include "cli/step_setup.hpp"
#include "cli/typed.hpp"
#include "step/cache.hpp"
#include "step/kinds/llm_serving.hpp"
#include "step/kinds/rec_training.hpp"
#include "step/rec_serving.hpp"
#include "study/worlds.hpp"

namespace capmix::cli {
namespace {

constexpr int kSamples = 65536;       // of a recommender's step, when nothing is said
constexpr int kCurveRequests = 100000;

// A node and what is asked of it, as all kinds want them.
struct Place {
  Id<Node> node;
  Fabric fabric;
};

Place place_of(const StepOptions& o, const Scenario& s, Typed& typed) {
  Place out;
  if (o.nodes.size() > 1) typed.complain("--node", "is given " + std::to_string(o.nodes.size()) + " times (expected one)");
  out.node = typed.id(s.nodes, "--node", o.nodes.empty() ? "" : o.nodes.front(), "node");
  if (o.chips) typed.at_least("--chips", *o.chips, 1);
  out.fabric = fabric_of(o, s, typed);
  return out;
}

Seconds time_of(const std::string& option, const std::string& text, Typed& typed) {
  const auto t = parse_quantity(text, DimensionOf<Seconds>::value);
  if (!t.ok) typed.complain(option, t.problem);
  else if (t.value <= 0) typed.complain(option, "is " + text + " (expected more than 0)");
  return Seconds(t.ok ? t.value : 0);
}

void show(const Common& c, StepProfile& p, const StepOptions& o, const std::string& unit, const std::string& latency) {
  if (o.fabric.empty()) p.assumed.push_back("a non-blocking fabric");
  print(c.json ? "[" + step::to_json(p) + "]\n" : analysis::render_profile(p, terminal_width(), unit, latency));
}

// As in a file: beyond that no run is long enough to tell.
void check_percentile(double share, Typed& typed, double most = kMostPercentile) {
  if (!(share >= 0.5 && share <= most)) typed.complain("--percentile", fmt::format("is {:g} (expected 0.5 to {:g}, such as 0.99)", share, most));
}

std::string percentile_words(double share) { return fmt::format("p{:g}", share * 100); }

// Of the stage that is busier: fetching rows or scoring.
double use_of(const step::CellRun& run) {
  double use = 0;
  for (const auto& s : run.stages) use = std::max(use, s.utilisation);
  return use;
}

std::string table_of(const std::string& subject, const step::RecCurve& curve) {
  analysis::TextTable table("requests/s");
  const std::string tail = percentile_words(curve.percentile);
  for (const std::string& name : {std::string("use %"), std::string("p50"), tail, std::string("+-"), std::string("mean batch")}) table.column(name);
  table.column(tail + " against the highest", true);
  double highest = 0;
  for (const auto& r : curve.runs) highest = std::max(highest, r.quantiles.at(1).value());
  for (const auto& r : curve.runs) {
    const auto bar = static_cast<size_t>(r.quantiles[1].value() / highest * 30 + 0.5);
    table.row({si_counted(r.load, ""), fmt::format("{:.1f}", 100 * use_of(r)), si(r.quantiles[0].value(), "s"), si(r.quantiles[1].value(), "s"),
               fmt::format("{:.0f} %", 100 * (r.half_widths[1] / r.quantiles[1])), fmt::format("{:.1f}", r.stages.back().mean_batch), std::string(bar, '#')});
  }
  std::string note = "use %: the share of the time in which the cell's busier stage, fetching rows or scoring, is at work. +-: how far the 99 % interval of the " + tail + " reaches down; --requests narrows it.";
  if (!curve.steady(curve.runs.back())) note += " The last load is the saturated rate: its queue has no steady state, and its latencies grow with the requests.";
  return fmt::format("{}: batches of up to {} requests, {} when nobody waits for an answer\n\n", subject, curve.batch, si_counted(curve.saturated, "requests/s")) + table.text(terminal_width()) +
         "\n" + analysis::wrap(note, terminal_width());
}

std::string json_of(const std::string& subject, const step::RecCurve& curve) {
  std::string out = fmt::format("{{\"subject\":\"{}\",\"batch\":{},\"saturated\":{},\"curve\":[", subject, curve.batch, curve.saturated);
  for (size_t i = 0; i < curve.runs.size(); ++i) {
    const auto& r = curve.runs[i];
    out += fmt::format("{}{{\"load\":{},\"use\":{},\"p50\":{},\"{}\":{},\"{}_half_width\":{},\"mean_batch\":{},\"steady\":{}}}", i == 0 ? "" : ",", r.load, use_of(r), r.quantiles[0].value(),
                       percentile_words(curve.percentile), r.quantiles[1].value(), percentile_words(curve.percentile), r.half_widths[1].value(), r.stages.back().mean_batch,
                       curve.steady(r));
  }
  return out + "]}";
}

std::string curve_text(const Common& c, const StepOptions& o, const step::ServingSetup& setup) {
  const auto curve = step::load_curve(setup, o.curve, o.requests > 0 ? o.requests : kCurveRequests, jobs(c));
  const std::string subject = setup.pool + " on " + setup.cell.chip.id + " x " + std::to_string(std::min({setup.cell.chips, setup.cell.node.chips, setup.stage.cell_chips}));
  if (!curve.reason.empty()) throw InputError("capmix: " + subject + " has no curve: " + curve.reason);
  return c.json ? json_of(subject, curve) : table_of(subject, curve);
}

void refuse(Typed& typed, const std::string& why, std::initializer_list<std::pair<bool, const char*>> said) {
  for (const auto& [is, option] : said)
    if (is) typed.complain(option, why);
}

void refuse_training_of_llm(const StepOptions& o, Typed& typed) {
  refuse(typed, "belongs to the training of a language model",
         {{o.plan != "auto", "--plan"}, {o.lora != 0, "--lora"}, {o.block_scaled, "--block-scaled"}, {o.seq != 4096, "--seq"}, {!o.second_node.empty(), "--second-node"},
          {o.second_chips.has_value(), "--second-chips"}, {o.span != "data", "--span"}, {!o.stragglers, "--no-stragglers"}, {!o.trace.empty(), "--trace"}});
}

}  // namespace

void check_together(const StepOptions& o) {
  Typed typed;
  const bool one = o.study.empty();
  if (!o.serve)
    refuse(typed, one ? "needs --serve" : "belongs to --serve without a study (a study names its own)",
           {{o.prompt.has_value(), "--prompt"}, {o.output.has_value(), "--output"}, {o.cached != 0, "--cached"}, {!o.ttft.empty(), "--ttft"}, {!o.tpot.empty(), "--tpot"}, {!o.phase.empty(), "--phase"},
            {!o.cache_precision.empty(), "--cache-precision"}, {o.candidates.has_value(), "--candidates"}, {!o.objective.empty(), "--objective"}, {o.percentile != 0.99, "--percentile"},
            {one && o.curve > 0, "--curve"}});
  if (o.serve && !one) typed.complain("--serve", "needs --model instead of a study (a study serves what its services say)");
  if (o.requests != 0 && o.curve == 0) typed.complain("--requests", "needs --curve");
  if (!typed.problems.ok()) throw InputError(typed.problems);
}

int train_recommender(const Common& c, const StepOptions& o, const Scenario& s, const RecModel& model, Typed& typed) {
  refuse_training_of_llm(o, typed);
  const Place place = place_of(o, s, typed);
  if (!o.chips) typed.wanted("--chips", o.chips, "chips that train together");
  const int batch = o.batch.value_or(kSamples);
  typed.at_least("--batch", batch, 1);
  const Precision precision = precision_of(o.precision, typed);
  if (!o.software.empty()) typed.id(s.software, "--software", o.software, "software");
  if (!typed.problems.ok()) throw InputError(typed.problems);
  step::RecTrainingOptions options;
  options.checkpoint = true;
  StepProfile p = profile_alone([&] { return step::train_rec({model, batch, precision, step::group_on(s, place.node, *o.chips, o.software), place.fabric, options}); });
  if (!o.batch) p.assumed.push_back("a batch of " + std::to_string(kSamples) + " samples");
  show(c, p, o, "samples", "");
  return 0;
}

int serve_recommender(const Common& c, const StepOptions& o, const Scenario& s, const RecModel& model, Typed& typed) {
  refuse_training_of_llm(o, typed);
  refuse(typed, "belongs to serving a language model (" + model.id + " is a recommender: --candidates, --objective)",
         {{o.prompt.has_value(), "--prompt"}, {o.output.has_value(), "--output"}, {o.cached != 0, "--cached"}, {!o.ttft.empty(), "--ttft"}, {!o.tpot.empty(), "--tpot"}, {!o.phase.empty(), "--phase"},
          {!o.cache_precision.empty(), "--cache-precision"}});
  if (o.batch) typed.complain("--batch", "is found by the objective when a recommender serves");
  const Place place = place_of(o, s, typed);
  ServiceStage stage;
  stage.candidates = Uncertain<double>(typed.wanted("--candidates", o.candidates, kMostCandidates, "how many a request has scored, such as 500"));
  if (o.objective.empty()) typed.complain("--objective", "is missing: the latency of a request, such as \"80 ms\"");
  else stage.objective = time_of("--objective", o.objective, typed);
  stage.percentile = o.percentile, stage.precision = precision_of(o.precision, typed);
  check_percentile(o.percentile, typed);
  if (place.node.valid() && o.chips.value_or(1) > s.nodes[place.node].chips)
    typed.complain("--chips", fmt::format("is {} and a cell is within a node (expected at most the {} of {})", *o.chips, s.nodes[place.node].chips, s.nodes[place.node].id));
  if (!typed.problems.ok()) throw InputError(typed.problems);
  stage.cell_chips = o.chips.value_or(s.nodes[place.node].chips);
  const step::ServingSetup setup{model, stage, model.id, step::group_on(s, place.node, stage.cell_chips), place.fabric, c.seed.value_or(1)};
  if (o.curve > 0) return print(c.json ? "[" + curve_text(c, o, setup) + "]\n" : curve_text(c, o, setup)), 0;
  StepProfile p = profile_alone([&] { return step::serve(setup); });
  show(c, p, o, "requests", percentile_words(o.percentile));
  return 0;
}

int serve_llm_model(const Common& c, const StepOptions& o, const Scenario& s, const LlmModel& model, Typed& typed) {
  refuse_training_of_llm(o, typed);
  if (c.seed) typed.complain("--seed", "is for recommenders here: a language model's requests are the same 2,000 at every load and seed");
  refuse(typed, "belongs to serving a recommender (a language model: --prompt, --output, --ttft, --tpot)",
         {{o.candidates.has_value(), "--candidates"}, {!o.objective.empty(), "--objective"}, {o.curve > 0, "--curve"}});
  if (o.batch) typed.complain("--batch", "is found by the objectives when a model serves");
  const Place place = place_of(o, s, typed);
  TextTraffic traffic;
  traffic.prompt.mean = typed.wanted("--prompt", o.prompt, kMostPrompt, "tokens of a prompt, mean");
  traffic.output.mean = typed.wanted("--output", o.output, kMostOutput, "tokens of an answer, mean");
  traffic.cached = o.cached, traffic.percentile = o.percentile;
  if (!(o.cached >= 0 && o.cached < 1)) typed.complain("--cached", fmt::format("is {:g} (expected from 0 to below 1)", o.cached));
  check_percentile(o.percentile, typed, kMostPercentileOfText);
  if (!o.ttft.empty()) traffic.ttft = time_of("--ttft", o.ttft, typed);
  if (!o.tpot.empty()) traffic.tpot = time_of("--tpot", o.tpot, typed);
  const step::LlmPrecisions precisions{precision_of(o.precision, typed), precision_of(o.cache_precision.empty() ? "fp8" : o.cache_precision, typed, "--cache-precision")};
  const std::vector<std::string> phases{"both", "prefill", "decode"};
  const auto at = std::find(phases.begin(), phases.end(), o.phase.empty() ? "both" : o.phase);
  if (at == phases.end()) typed.complain("--phase", "is \"" + o.phase + "\" (expected both, prefill or decode)" + did_you_mean(o.phase, phases));
  if (o.phase == "prefill" && !o.tpot.empty()) typed.complain("--tpot", "is of answers, and --phase prefill gives none");
  if (o.phase == "decode" && !o.ttft.empty()) typed.complain("--ttft", "is of prompts, and --phase decode reads none");
  if (!typed.problems.ok()) throw InputError(typed.problems);
  const auto phase = static_cast<step::LlmPhase>(at - phases.begin());
  StepProfile p = profile_alone([&] { return step::serve_llm({model, step::group_on(s, place.node, o.chips.value_or(0)), place.fabric, traffic, precisions, phase}); });
  const double rate = p.rate();
  const auto means = step::means(traffic);  // of the requests that were simulated
  std::string tokens;
  if (phase != step::LlmPhase::decode) tokens += "prompts " + si_counted(rate * means.prompt, "tokens/s") + (o.cached > 0 ? fmt::format(" ({:g} % of them cached)", 100 * o.cached) : "");
  if (phase != step::LlmPhase::prefill) tokens += (tokens.empty() ? "" : ", ") + std::string("answers ") + si_counted(rate * means.output, "tokens/s");
  p.plan += "; " + tokens;
  if (const int used = p.groups.front().chips; o.chips && used < *o.chips)
    p.plan += fmt::format("; {} of {} chips used: no instance over more of them does more per chip (it is split by powers of two); further instances take the rest", used, *o.chips);
  show(c, p, o, "requests", (phase == step::LlmPhase::decode ? "per token, " : "to the first token, ") + percentile_words(o.percentile));
  return 0;
}

int curve_of_study(const Common& c, const StepOptions& o) {
  const auto worlds = study::load(o.study, overrides(c));
  const Scenario& s = worlds.base();
  Typed typed;
  std::vector<std::string> ranking;
  for (const auto& at : s.stages())
    if (s.stage(at).kind == StageKind::rank) ranking.push_back(s.service(at.service).pool(at.stage));
  const auto at = s.find_pool(o.workload);
  if (o.workload.empty()) typed.complain("--workload", "is missing: --curve wants a ranking stage");
  else if (std::count(ranking.begin(), ranking.end(), o.workload) == 0) typed.complain("--workload", (at || s.campaigns.find(o.workload).valid() ? "\"" + o.workload + "\" is no ranking stage" : "there is no ranking stage \"" + o.workload + "\"") + did_you_mean(o.workload, ranking));
  if (o.nodes.size() != 1) typed.complain("--node", "is given " + std::to_string(o.nodes.size()) + " times (--curve wants one)");
  else typed.id(s.nodes, "--node", o.nodes.front(), "node");
  if (!typed.problems.ok()) throw InputError(typed.problems);
  std::vector<std::string> curves;
  for (const auto& key : step::needed(s)) {
    if (key.workload != o.workload || key.nodes != o.nodes) continue;
    const ServiceStage& stage = s.stage(*at);
    curves.push_back(curve_text(c, o, {s.recommenders[stage.recommender], stage, key.workload, step::group_on(s, s.nodes.find(key.nodes.front()), stage.cell_chips), s.fabrics[s.fabrics.find(key.fabric)]}));
  }
  if (curves.empty()) throw InputError("capmix: no offer or fleet of the study has " + o.nodes.front() + " for \"" + o.workload + "\"");
  std::string text;
  for (size_t i = 0; i < curves.size(); ++i) text += (i == 0 ? "" : c.json ? ",\n" : "\n") + curves[i];
  print(c.json ? "[" + text + "]\n" : text);
  return 0;
}

}  // namespace capmix::cli
