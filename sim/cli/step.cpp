// capmix step: one training iteration or one serving cell - of a study's workloads, or of one model on one or two
// kinds of nodes.
#include <algorithm>
#include <stdexcept>

#include "analysis/render.hpp"
#include "cli/cases.hpp"
#include "cli/output.hpp"
#include "cli/plan_text.hpp"
#include "cli/step_kinds.hpp"
#include "cli/step_setup.hpp"
#include "cli/typed.hpp"
#include "cli/verbs.hpp"
#include "step/cache.hpp"
#include "step/platform.hpp"
#include "step/search.hpp"
#include "step/trace.hpp"
#include "study/runner.hpp"

namespace capmix::cli {
namespace {

constexpr int kBatch = 1024;        // sequences, when nothing is said
constexpr double kCheckpoint = 14;  // bytes of a parameter, as of a campaign that says nothing

// units: what each profile's are called; fewer: tokens.
std::string rendered(const Common& c, const std::vector<StepProfile>& profiles, const std::vector<std::string>& units = {}) {
  std::string text = c.json ? "[" : "";
  for (size_t i = 0; i < profiles.size(); ++i) {
    if (c.json) text += (i == 0 ? "" : ",\n") + step::to_json(profiles[i]);
    else text += (i == 0 ? "" : "\n") + analysis::render_profile(profiles[i], terminal_width(), i < units.size() ? units[i] : "");
  }
  return c.json ? text + "]\n" : text;
}

int of_study(const Common& c, const StepOptions& o) {
  const auto worlds = study::load(o.study, overrides(c));
  std::vector<std::string> known;
  const auto wanted = [&](const RateKey& key) {
    known.push_back(key.workload);
    return (o.workload.empty() || key.workload == o.workload) && (o.nodes.empty() || key.nodes == o.nodes);
  };
  const auto rates = study::collect_rates(worlds, cache_dir(c), jobs(c), [](const std::string&, int, int) {}, wanted);
  std::vector<StepProfile> chosen;
  std::vector<std::string> units;
  for (const auto& [key, profile] : rates.front().rates) {
    const auto pool = worlds.base().find_pool(key.workload);
    chosen.push_back(profile), units.push_back(!pool ? "tokens" : worlds.base().stage(*pool).kind == StageKind::hold ? "accelerator-seconds" : "requests");
  }
  if (chosen.empty()) {
    const bool exists = std::count(known.begin(), known.end(), o.workload) > 0;
    throw InputError("no profile of workload \"" + o.workload + "\" on these nodes" + (exists ? "" : did_you_mean(o.workload, known)));
  }
  print(rendered(c, chosen, units));
  return 0;
}

struct Gang {
  Id<Node> node;
  int chips = 0;
};

std::vector<Gang> gangs_of(const StepOptions& o, const Scenario& s, Typed& typed) {
  if (o.nodes.size() > 1) typed.complain("--node", "is given " + std::to_string(o.nodes.size()) + " times (a second kind of chips is --second-node)");
  std::vector<Gang> out{{typed.id(s.nodes, "--node", o.nodes.empty() ? "" : o.nodes.front(), "node"), typed.wanted("--chips", o.chips, "chips of the gang")}};
  if (!o.second_node.empty()) {
    out.push_back({typed.id(s.nodes, "--second-node", o.second_node, "node"), typed.wanted("--second-chips", o.second_chips, "chips of the second kind")});
  } else if (o.second_chips) {
    typed.complain("--second-chips", "needs --second-node");
  }
  return out;
}

// What a typed plan leaves open, as it was taken; "" of a searched one.
std::string unsaid(const std::string& text, const ParallelPlan& p, const LlmModel& m) {
  if (p.searched) return "";
  std::string words = " " + text, out;
  std::replace(words.begin(), words.end(), ',', ' ');
  const auto say = [&](const char* key, const std::string& what) {
    if (words.find(std::string(" ") + key + "=") == std::string::npos) out += (out.empty() ? "" : ", ") + what;
  };
  for (const auto& [key, n] : {std::pair{"tp", p.tp}, {"pp", p.pp}, {"cp", p.cp}}) say(key, std::string(key) + " " + std::to_string(n));
  if (p.pp > 1) say("vpp", "vpp " + std::to_string(p.vpp));
  if (m.moe()) say("ep", "ep " + std::to_string(p.ep)), say("expert_tp", "expert tp " + std::to_string(p.expert_tp));
  say("zero", "zero " + std::to_string(p.zero)), say("micro_batch", "micro-batch " + std::to_string(p.micro_batch));
  say("recompute", "no recompute");
  if (p.tp > 1) say("sequence_parallel", "sequence parallelism");
  say("fused_attention", "fused attention");
  return out.empty() ? "" : "of the plan: " + out;
}

Campaign campaign_of(const StepOptions& o, const std::string& model, Typed& typed) {
  Campaign w;
  w.id = model, w.seq = o.seq, w.global_batch = o.batch.value_or(kBatch), w.lora_rank = o.lora;
  w.precision = precision_of(o.precision, typed), w.block_scaled = o.block_scaled, w.software = o.software;
  w.checkpoint = Bytes(kCheckpoint);
  w.plans.push_back(parse_plan(o.plan, typed.problems));
  if (o.span != "data" && o.span != "pipeline") typed.complain("--span", "is \"" + o.span + "\" (expected data or pipeline)");
  w.plans.front().span = o.span == "pipeline" ? Span::pipeline : Span::data;
  typed.at_least("--seq", o.seq, 1), typed.at_least("--batch", w.global_batch, 1), typed.at_least("--lora", o.lora, 0);
  return w;
}

// The timeline of the campaign's plan, or of the best one when it is to be found.
std::string timeline(const step::TrainingSetup& setup, const std::string& subject) {
  ParallelPlan plan = setup.campaign.plans.front();
  if (plan.searched) plan = step::search(setup, 1).at(0).plan;
  std::string why;
  const auto iteration = step::lay_out(setup, plan, why);
  if (!iteration) throw std::runtime_error(why);
  return step::trace(*iteration, step::simulate(setup, *iteration), subject);
}

int train_llm(const Common& c, const StepOptions& o, const Scenario& s, const LlmModel& model, Typed& typed) {
  const auto gangs = gangs_of(o, s, typed);
  Campaign campaign = campaign_of(o, model.id, typed);
  Id<Software> named;
  if (!o.software.empty()) named = typed.id(s.software, "--software", o.software, "software");
  Fabric fabric = fabric_of(o, s, typed);
  if (named.valid() && gangs.front().node.valid())
    if (const Chip& chip = s.chips[s.nodes[gangs.front().node].chip]; chip.stack != s.software[named].stack)
      typed.complain("--software", o.software + " runs on " + s.software[named].stack + ", and " + chip.id + " on " + chip.stack);
  if (!o.platform.empty() && !o.fabric.empty()) typed.complain("--fabric", "and --platform are both given (expected one of them)");
  if (!typed.problems.ok()) throw InputError(typed.problems);

  std::vector<step::Group> groups;
  for (const auto& g : gangs) {
    groups.push_back(step::group_on(s, g.node, g.chips, o.software));
    campaign.parts.push_back({{s.nodes[g.node].chip}, g.chips});
  }
  if (!o.trace.empty()) probe_output(o.trace);
  std::vector<std::string> told;
  if (!o.platform.empty()) {
    if (groups.size() == 1 && step::hosts_needed(groups) < 2)
      throw InputError("capmix step: " + std::to_string(groups[0].chips) + " chips are one host of a platform, whose network they would not use (expected --chips beyond " + std::to_string(step::chips_per_host(groups[0].chip, groups[0].node)) + ")");
    const auto on = step::on_platform(fabric, o.platform, step::hosts_needed(groups));
    fabric = on.fabric, told = on.told();
  }
  step::TrainingSetup setup{model, campaign, groups, fabric};
  setup.stragglers = o.stragglers;
  StepProfile profile = profile_alone([&] { return step::train(setup); });
  if (!o.batch) profile.assumed.push_back("a batch of " + std::to_string(kBatch) + " sequences");
  if (o.fabric.empty() && o.platform.empty()) profile.assumed.push_back("a non-blocking fabric");
  profile.assumed.insert(profile.assumed.end(), told.begin(), told.end());
  if (const auto open = unsaid(o.plan, campaign.plans.front(), model); !open.empty()) profile.assumed.push_back(open);
  if (!o.stragglers) profile.assumed.push_back("no stragglers: what the slowest of all ranks takes longer is left out");
  if (!o.trace.empty()) write_whole(o.trace, alone([&] { return timeline(setup, profile.subject); }));
  print(rendered(c, {profile}));
  return 0;
}

int of_model(const Common& c, const StepOptions& o) {
  const Scenario s = load_catalogue(o.catalogue);
  Typed typed;
  const AskedModel asked = model_of(o, s, typed);
  refuse_inputs_of_study(c, o, typed);
  if (asked.recommender && !o.platform.empty()) typed.complain("--platform", "is for training a language model (\"" + o.model + "\" is a recommender)");
  if (asked.recommender) return o.serve ? serve_recommender(c, o, s, *asked.recommender, typed) : train_recommender(c, o, s, *asked.recommender, typed);
  if (o.serve) return serve_llm_model(c, o, s, asked.llm, typed);
  return train_llm(c, o, s, asked.llm, typed);
}

}  // namespace

int step(const Common& c, const StepOptions& o) {
  if (o.study.empty() && o.model.empty()) throw InputError("capmix step: give a study file, or --model, --node and --chips (see capmix step --help)");
  if (!o.study.empty() && !o.trace.empty()) throw InputError("capmix step: --trace draws one step: give --model, --node and --chips instead of a study");
  for (const auto& [said, option] : {std::pair{!o.catalogue.empty(), "--catalogue"}, {!o.stragglers, "--no-stragglers"}})
    if (!o.study.empty() && said) throw InputError(std::string("capmix step: ") + option + " belongs to a step without a study (a study names its own catalogue)");
  if (!o.platform.empty() && (!o.study.empty() || o.serve)) throw InputError("capmix step: --platform is for a training step of --model (expected no study and no --serve)");
  if (!o.study.empty() && !o.model.empty()) throw InputError("capmix step: give a study file or --model, not both");
  check_together(o);
  if (!o.study.empty() && o.curve > 0) return curve_of_study(c, o);
  return o.model.empty() ? of_study(c, o) : of_model(c, o);
}

}  // namespace capmix::cli
