// Training of language models, dense or with experts, whole or by low-rank adapters: the campaign's plans priced by
// closed form (iteration.hpp), the fastest that fits played on SimGrid (simulate.hpp), and what comes of it told as a
// profile.
//
// Not modelled: more than two kinds of chips in a gang. Energy is the nodes'
// full power for the time of the step: an upper bound.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "step/checkpoint.hpp"
#include "step/memory.hpp"
#include "step/search.hpp"
#include "step/simulate.hpp"
#include "step/step.hpp"

namespace capmix::step {
namespace {

constexpr size_t kCandidates = 10;  // of a search that are shown
constexpr double kBeyond = 1.5;     // widens the trust range of more chips than were measured
// The reach of the published measurements; beyond it a step is an extrapolation.
constexpr int kLongest = 131072, kNarrowest = 768, kWidest = 16384;

// The stage that sets the pace: the busiest of the lane whose passes end last.
size_t pacing_stage(const Simulation& sim) {
  const LaneRun& lane = sim.lanes[sim.pace];
  size_t best = 0;
  for (size_t at = 1; at < lane.stages.size(); ++at)
    if (lane.pipeline.busy(static_cast<int>(at)) > lane.pipeline.busy(static_cast<int>(best))) best = at;
  return best;
}

// Of the pacing stage. Parts that are nothing are left out; the step is their sum.
void fill_time(const Iteration& it, const Simulation& sim, StepProfile& out) {
  const size_t at = pacing_stage(sim);
  const Lane& lane = it.lanes[sim.pace];
  const LaneRun& run = sim.lanes[sim.pace];
  const double m = lane.micro_batches;
  Work w = lane.stages[at].pass.forward;
  w += lane.stages[at].pass.backward;
  w = w * m;
  const Seconds sharded = run.sharded[at] * m;
  const Seconds bubble = it.plan.pp > 1 ? run.makespan - w.total() - sharded : Seconds(0);
  const TimePart parts[] = {{"matrix products", w.gemm, true},
                            {"attention", w.attention, true},
                            {"memory-bound", w.memory, true},
                            {"tp communication (exposed)", w.tensor, false},
                            {"cp communication (exposed)", w.context, false},
                            {"expert all-to-all", w.expert, false},
                            {"host launch of experts", w.host, false},
                            {it.plan.zero >= 3 ? "weight gathers (ZeRO 3, exposed)" : "gradient scatters (ZeRO 2, exposed)", sharded, false},
                            {"pipeline bubble and transfers", bubble, false},
                            {"dp communication (exposed)", sim.exposed, false},
                            {"optimizer", it.optimizer, true},
                            {"stragglers", run.makespan * it.straggle, false},
                            {"fixed", it.fixed, false}};
  constexpr double kNothing = 1e-12;  // of the step: rounding
  for (const auto& part : parts)
    if (part.time > sim.step * kNothing) out.parts.push_back(part), out.step += part.time;
}

// The resource that the greatest part of the step waits for.
std::string limit_of(const Iteration& it, const Network& net, const char* outwards, const std::vector<TimePart>& parts) {
  const auto time = [&](const char* name) {
    for (const auto& p : parts)
      if (p.name == name) return p.time;
    return Seconds(0);
  };
  const ParallelPlan& p = it.plan;
  Seconds up = time("tp communication (exposed)"), out = time("dp communication (exposed)") + time("weight gathers (ZeRO 3, exposed)");
  (p.tp * p.cp > net.domain ? out : up) += time("cp communication (exposed)");
  (p.ep * p.expert_tp > net.domain ? out : up) += time("expert all-to-all");
  const std::pair<const char*, Seconds> resources[] = {{"compute", time("matrix products") + time("attention")},
                                                       {"memory bandwidth", time("memory-bound") + time("optimizer")},
                                                       {"scale-up", up},
                                                       {outwards, out},
                                                       {"pipeline bubble", time("pipeline bubble and transfers")}};
  return std::max_element(std::begin(resources), std::end(resources), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
}

// Of the stage that fills its chips most.
void fill_memory(const TrainingSetup& s, const Iteration& it, StepProfile& out) {
  double fullest = -1;
  for (const auto& lane : it.lanes) {
    for (size_t at = 0; at < lane.stages.size(); ++at) {
      auto parts = memory(s.model, s.campaign, it.plan, lane, at, it.dp);
      const Bytes capacity = lane.stages[at].group->chip.memory;
      if (const double filled = total(parts) / capacity; filled > fullest) fullest = filled, out.memory = std::move(parts), out.capacity = capacity;
    }
  }
}

// Lanes divide the batch; stages divide the layers, which is then their share of the work.
double share_of(const TrainingSetup& s, const Iteration& it, const Group& g) {
  if (it.lanes.size() > 1) {
    double sequences = 0;
    for (const auto& lane : it.lanes) sequences += lane.stages.front().group == &g ? lane.sequences : 0;
    return sequences / s.campaign.global_batch;
  }
  double layers = 0;
  for (const auto& stage : it.lanes.front().stages) layers += stage.group == &g ? stage.layers : 0;
  return layers / s.model.layers;
}

// Adapters spare the gradients of the frozen weights: 2 of the 6 FLOP per parameter.
Flop flop_per_token(const TrainingSetup& s) {
  const LlmModel& m = s.model;
  const Flop all = m.training_flop_per_token(s.campaign.seq);
  if (s.campaign.lora_rank == 0) return all;
  return all - Flop(2 * (m.active_parameters() - m.vocabulary_parameters() + static_cast<double>(m.hidden) * m.vocab));
}

void fill_figures(const TrainingSetup& s, const Iteration& it, StepProfile& out) {
  out.units = static_cast<double>(s.campaign.global_batch) * s.campaign.seq;
  out.model_flop = flop_per_token(s) * out.units;
  FlopRate peak;
  Watts power;
  for (const auto& g : s.groups) {
    peak += g.chip.peak.at(s.campaign.precision) * g.chips;
    power += g.node.power * (static_cast<double>(g.chips) / g.node.chips);
    out.groups.push_back({g.chip.id, g.chips, share_of(s, it, g)});
  }
  out.mfu = out.model_flop / out.step / peak;
  out.energy = power * out.step;
}

// How far the figures can be trusted, and why.
void fill_trust(const TrainingSetup& s, StepProfile& out) {
  double t = 0;
  std::string outside;
  const auto leaves = [&](const std::string& why) { outside += (outside.empty() ? "" : ", ") + why; };
  for (const auto& g : s.groups) {
    const Efficiency& e = g.efficiency;
    const bool lora = s.campaign.lora_rank > 0, moe = s.model.moe();
    const char* kind = lora ? "low-rank fine-tuning" : moe ? "training with experts" : "dense training";
    const int reach = lora ? e.reach_lora : moe ? e.reach_moe : e.reach_dense;
    double own = lora ? e.trust_lora : moe ? e.trust_moe : e.trust_dense;
    if (!e.calibrated()) leaves("nothing measured on " + g.chip.id + " entered the efficiencies of " + e.id);
    else if (reach == 0) leaves("no " + std::string(kind) + " measured on the family " + e.id);
    else if (g.chips > reach) leaves(std::to_string(g.chips) + " chips (" + kind + " on " + e.id + " was measured up to " + std::to_string(reach) + ")"), own *= kBeyond;
    t = std::max(t, own);
    if (s.campaign.software.empty()) out.assumed.push_back("software " + (g.software.id.empty() ? std::string("of no known class") : g.software.id) + " on " + g.chip.id);
  }
  if (s.model.moe()) out.assumed.push_back("experts evenly loaded, as most published runs force it (real routing costs 8 to 20 % more)");
  out.trust_low = std::exp(-t), out.trust_high = std::exp(t);
  out.calibrated = std::all_of(s.groups.begin(), s.groups.end(), [](const Group& g) { return g.efficiency.calibrated(); });
  if (!s.fabric.placement.hosts.empty()) leaves("the network of a platform file");
  if (s.campaign.seq > kLongest) leaves("sequences of " + std::to_string(s.campaign.seq) + " tokens (measured up to " + std::to_string(kLongest) + ")");
  if (s.model.hidden < kNarrowest || s.model.hidden > kWidest)
    leaves("a width of " + std::to_string(s.model.hidden) + " (measured from " + std::to_string(kNarrowest) + " to " + std::to_string(kWidest) + ")");
  out.region = outside.empty() ? "inside: chips, size, length and width are among those measured" : "outside: " + outside;
}

// The fastest of the plans that fit, by closed form; or why each does not.
std::optional<Iteration> fastest(const TrainingSetup& s, std::string& reasons, std::vector<PlanRow>& candidates) {
  std::optional<Iteration> best;
  for (const auto& p : s.campaign.plans) {
    std::string why;
    std::optional<Iteration> it;
    if (p.searched) {
      const auto found = search(s, kCandidates, &why);
      for (const auto& f : found) candidates.push_back({words(f.plan), f.step, f.mfu, f.memory, f.why});
      if (!found.empty()) it = lay_out(s, found.front().plan, why);
    } else {
      it = lay_out(s, p, why);
    }
    if (!it) reasons += (reasons.empty() ? "" : "; ") + (p.searched ? std::string("auto") : words(p)) + ": " + why;
    else if (!best || it->step < best->step) best = std::move(it);
  }
  return best;
}

// What a simulation says on an idle fabric of equal chips.
Simulation told(const Iteration& it) {
  Simulation out;
  for (const auto& lane : it.lanes) {
    LaneRun run;
    run.pipeline = lane.pipeline, run.makespan = lane.makespan;
    for (const auto& stage : lane.stages) run.sharded.push_back(stage.sharded);
    run.stages.resize(lane.stages.size());
    if (out.lanes.empty() || run.makespan > out.lanes[out.pace].makespan) out.pace = out.lanes.size();
    out.lanes.push_back(std::move(run));
  }
  out.compute = out.lanes[out.pace].makespan, out.exposed = it.exposed, out.step = it.step;
  return out;
}

}  // namespace

StepProfile train(const TrainingSetup& s) {
  StepProfile out;
  out.subject = s.campaign.id + " on";
  for (const auto& g : s.groups) out.subject += (&g == &s.groups.front() ? " " : " + ") + g.chip.id + " x " + std::to_string(g.chips);
  if (s.groups.size() > 2) {  // lay_out shares the work between two
    out.reason = "a gang of " + std::to_string(s.groups.size()) + " kinds of chips is not simulated yet (two are)";
    return out;
  }
  const auto best = fastest(s, out.reason, out.candidates);
  if (!best) return out;
  const Simulation sim = s.closed_form && s.fabric.placement.hosts.empty() ? told(*best) : simulate(s, *best);
  out.feasible = true, out.reason.clear();
  out.plan = words(best->plan, best->dp);
  fill_time(*best, sim, out);
  fill_memory(s, *best, out);
  fill_figures(s, *best, out);
  fill_trust(s, out);
  fill_checkpoint(checkpoint_shape(s.groups, s.fabric, s.campaign.checkpoint * s.model.parameters(), s.campaign.checkpoint_to, s.campaign.checkpoint_asynchronous), s.fabric, out);
  const Group& pacing = *best->lanes[sim.pace].stages[pacing_stage(sim)].group;
  out.limit = limit_of(*best, network_of(s, pacing), s.groups.size() == 1 && over_host(pacing.chip, pacing.node, pacing.chips) ? "host path" : "fabric", out.parts);
  return out;
}

}  // namespace capmix::step
