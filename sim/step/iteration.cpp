#include "step/iteration.hpp"

#include <algorithm>
#include <cmath>

#include "base/unit.hpp"
#include "step/memory.hpp"

namespace capmix::step {
namespace {

constexpr double kOptimizerBytes = 30;   // Adam: reads gradient, master weight, two moments, writes them and the 16-bit weight
constexpr double kGradientPass = 6;      // bytes per own parameter of clearing, norm and copies before the step

LayerSetup layer_setup(const TrainingSetup& s, const Group& g, const ParallelPlan& p) {
  const Efficiency& e = g.efficiency;
  return {s.model, s.campaign.seq, s.campaign.precision, s.campaign.block_scaled, s.campaign.lora_rank, p, machine(g.chip, e, g.software), network_of(s, g),
          g.software.overlaps_tensor ? 1 - e.overlap : 1, e.routing, g.software.stops_early, g.software.deduplicates};
}

// What the stages hold, and the pipeline that they make.
void fill_stages(const TrainingSetup& s, const ParallelPlan& p, const std::vector<int>& layers, Lane& lane) {
  const int last = p.pp * p.vpp - 1;
  lane.pipeline.stages = p.pp, lane.pipeline.chunks = p.vpp;
  lane.pipeline.forward.resize(static_cast<size_t>(last + 1));
  lane.pipeline.backward.resize(static_cast<size_t>(last + 1));
  const double h = s.model.hidden, tables = h * s.model.vocab / p.tp;
  const double attention = s.model.attention_parameters() / p.tp;
  LayerCosts costs;
  const Group* priced = nullptr;
  int first_layer = 0;
  for (int at = 0; at <= last; ++at) {
    StagePlan& stage = lane.stages[static_cast<size_t>(at % p.pp)];
    if (stage.group != priced) costs = layer_costs(layer_setup(s, *stage.group, p)), priced = stage.group;
    const int n = layers[static_cast<size_t>(at)];
    const int dense = s.model.moe() ? std::clamp(s.model.dense_layers - first_layer, 0, n) : n;
    first_layer += n;
    Pass chunk = costs.dense * dense;
    chunk += costs.expert * (n - dense);
    stage.layers += n;
    stage.parameters += n * attention + dense * s.model.ffn_parameters(s.model.ffn) / p.tp +
                        (n - dense) * (s.model.ffn_parameters(s.model.shared_width()) / p.tp + h * s.model.experts);
    stage.experts += (n - dense) * s.model.experts * s.model.ffn_parameters(s.model.expert_ffn) / p.ep / p.expert_tp;
    if (at == 0) chunk += costs.embedding, stage.parameters += tables;
    if (at == last) chunk += costs.vocabulary, stage.parameters += at == 0 && s.model.tied ? 0 : tables;
    stage.pass += chunk;
    lane.pipeline.forward[static_cast<size_t>(at)] = chunk.forward.total();
    lane.pipeline.backward[static_cast<size_t>(at)] = chunk.backward.total();
  }
  if (p.pp > 1) {
    // Each tensor rank sends its part, gathered again inside the domain (Narayanan et al. 2021, 4.1).
    lane.activations = Bytes(2.0 * p.micro_batch * s.campaign.seq / p.cp * h / p.tp);
    for (const auto& stage : lane.stages) lane.pipeline.transfer = std::max(lane.pipeline.transfer, send(network_of(s, *stage.group), stage_stride(p, lane), lane.activations));
  }
}

// Communication of gradients and weights, and the optimizer's step.
void fill_data_parallel(const TrainingSetup& s, const ParallelPlan& p, int dp, Lane& lane) {
  for (size_t at = 0; at < lane.stages.size(); ++at) {
    StagePlan& stage = lane.stages[at];
    const Group& g = *stage.group;
    const Network net = network_of(s, g);
    const Machine m = machine(g.chip, g.efficiency, g.software);
    // Hybrid sharding: states are spread over `shard` ranks, gradients are also summed over the copies of those.
    const int replicas = dp * p.cp, sharded = p.shard > 0 ? std::min(p.shard, replicas) : replicas;
    const Ranks all{sharded, p.tp}, copies{replicas / sharded, p.tp * sharded}, experts = expert_ranks(p, dp);
    const auto both = [&](double bytes) {
      return all_gather(net, all, Bytes(bytes * stage.parameters)) + all_gather(net, experts, Bytes(bytes * stage.experts));
    };
    const double own = stage.parameters / (p.zero >= 1 ? std::max(1, all.count) : 1) + stage.experts / (p.zero >= 1 ? experts.count : 1);
    const bool frozen = s.campaign.lora_rank > 0;  // adapters have a thousandth of the gradients and states
    if (!frozen) stage.optimizer = Bytes(kOptimizerBytes * own + kGradientPass * (stage.parameters + stage.experts)) / m.memory;
    const double gradient = frozen ? 0 : g.software.gradient_bytes;
    stage.data.interference = g.efficiency.interference;
    stage.data.reduce = all_reduce(net, copies, Bytes(gradient * stage.parameters / sharded));
    if (p.zero >= 2) {
      // Gradients are scattered in every micro-batch, since no rank keeps all of them. ZeRO 3 gathers weights too, for
      // every pass, layer by layer beside the layer before.
      const double blocks = std::max(1, stage.layers);
      const auto layers = [&](double bytes) { return both(bytes / blocks) * blocks; };
      const Seconds forward = p.zero >= 3 ? layers(2) : Seconds(0), backward = forward + layers(gradient);
      const double hides = g.software.overlaps_data ? g.efficiency.hides : 0;
      stage.shards = {backward, forward, stage.pass.backward.total() * hides, stage.pass.forward.total() * hides, g.efficiency.interference};
      const Seconds shows_forward = stage.shards.gather_exposed(), shows_backward = stage.shards.reduce_exposed();
      stage.sharded = shows_forward + shows_backward;
      for (int c = 0; c < p.vpp; ++c) {
        lane.pipeline.forward[static_cast<size_t>(c * p.pp) + at] += shows_forward / p.vpp;
        lane.pipeline.backward[static_cast<size_t>(c * p.pp) + at] += shows_backward / p.vpp;
      }
    }
    if (p.zero < 2) stage.data.reduce += both(gradient) * gradient_passes(p, g.software);
    stage.data.gather = p.zero == 0 || p.zero >= 3 || frozen ? Seconds(0) : both(2);
    if (g.software.overlaps_data) {
      stage.data.reduce_hides = stage.pass.backward.total() * g.efficiency.hides;
      stage.data.gather_hides = stage.pass.forward.total() * g.efficiency.hides;
    }
  }
}

// Splits the global batch over two lanes in whole micro-batches per replica: the split that ends first.
bool split_batch(std::vector<Lane>& lanes, int global_batch, int micro) {
  const auto per_turn = [&](const Lane& l) { return static_cast<double>(l.replicas) * micro; };
  const auto spread = [&](Lane& l, int turns, double sequences) {
    l.micro_batches = l.pipeline.micro_batches = turns, l.sequences = sequences;
    l.makespan = makespan(l.pipeline);
  };
  if (lanes.size() == 1) {
    if (global_batch < per_turn(lanes[0])) return false;
    spread(lanes[0], static_cast<int>(std::ceil(global_batch / per_turn(lanes[0]) - 1e-9)), global_batch);
    return true;
  }
  std::optional<std::vector<Lane>> best;
  for (int first = 1; first * per_turn(lanes[0]) <= global_batch; ++first) {
    auto trial = lanes;
    const double rest = global_batch - first * per_turn(lanes[0]);
    const int second = static_cast<int>(std::ceil(rest / per_turn(lanes[1]) - 1e-9));
    if (second < 1) continue;
    spread(trial[0], first, first * per_turn(lanes[0]));
    spread(trial[1], second, rest);
    if (!best || std::max(trial[0].makespan, trial[1].makespan) < std::max((*best)[0].makespan, (*best)[1].makespan)) best = trial;
  }
  if (best) lanes = *best;
  return best.has_value();
}

std::string divides(const char* what, int whole, const char* by, int part) {
  return part > 0 && whole % part == 0 ? "" : std::string(what) + " (" + std::to_string(whole) + ") does not divide by " + by + " (" + std::to_string(part) + ")";
}

// Why the plan does not multiply out, or "".
std::string misfit(const TrainingSetup& s, const ParallelPlan& p) {
  const LlmModel& m = s.model;
  int chips = 0;
  for (const auto& g : s.groups) chips += g.chips;
  for (const auto& why : {divides("chips", chips, "tp x cp x pp", p.ranks()), divides("heads", m.heads, "tp", p.tp),
                          m.moe() ? divides("experts", m.experts, "ep", p.ep) : p.ep > 1 ? "ep " + std::to_string(p.ep) + " spreads experts, but the model is dense" : "",
                          m.layers + 2 < p.pp * p.vpp ? std::to_string(m.layers) + " layers, the embedding and the output layer do not fill pp x vpp = " + std::to_string(p.pp * p.vpp) + " chunks" : "",
                          p.vpp > 1 && p.pp == 1 ? "vpp " + std::to_string(p.vpp) + " interleaves pipeline stages, but pp is 1" : ""})
    if (!why.empty()) return why;
  if (p.shard > 0 && p.zero == 0) return "shard " + std::to_string(p.shard) + " spreads states over ranks, but zero is 0";
  if (const int replicas = chips / p.ranks() * p.cp; p.shard > 0 && replicas % p.shard != 0) return divides("replicas", replicas, "shard", p.shard);
  if (m.moe())
    if (const auto why = divides("chips of a stage", chips / p.pp, "ep x expert tp", p.ep * p.expert_tp); !why.empty()) return why;
  if (const auto why = divides("sequence", s.campaign.seq, "cp", p.cp); !why.empty()) return why;
  const int turn = chips / p.ranks() * p.micro_batch;
  if (s.groups.size() == 1 && s.campaign.global_batch >= turn) return divides("global batch", s.campaign.global_batch, "dp x micro-batch", turn);
  return "";
}

std::string unable(const TrainingSetup& s, const Group& g, const ParallelPlan& p) {
  if (!g.chip.trains) return g.chip.id + " is an inference part";
  if (g.chip.peak.count(s.campaign.precision) == 0) return g.chip.id + " has no " + text(s.campaign.precision) + " rate";
  if (p.tp > g.chip.scale_up_domain) return "tp " + std::to_string(p.tp) + " is wider than the scale-up domain of " + std::to_string(g.chip.scale_up_domain);
  return "";
}

std::string short_of_memory(const TrainingSetup& s, const Iteration& it) {
  for (const auto& lane : it.lanes) {
    for (size_t at = 0; at < lane.stages.size(); ++at) {
      const auto parts = memory(s.model, s.campaign, it.plan, lane, at, it.dp);
      const Chip& chip = lane.stages[at].group->chip;
      const Bytes room = chip.memory * kUsable;
      const Bytes sum = total(parts);
      std::string list;
      for (const auto& part : parts) list += (list.empty() ? "" : ", ") + part.name + " " + si(part.bytes.value(), "B");
      if (sum > room)
        return "needs " + si(sum.value(), "B") + " per chip" + (it.plan.pp > 1 ? " of stage " + std::to_string(at) : "") + ", " + chip.id + " leaves " +
               si(room.value(), "B") + ": " + si((sum - room).value(), "B") + " too much (" + list + ")";
    }
  }
  return "";
}

// Two groups as stages of one pipeline: the first group's chips hold the first stages. Layers go to each in proportion
// to how fast it works through one, to the split with the shortest longest stage.
std::vector<int> unequal_layers(const TrainingSetup& s, const ParallelPlan& p, const std::vector<const Group*>& stages) {
  const size_t first = static_cast<size_t>(std::count(stages.begin(), stages.end(), stages.front()));
  const auto layer = [&](const Group& g) {
    const auto c = layer_costs(layer_setup(s, g, p));
    return (s.model.moe() ? c.expert : c.dense).forward.total() + (s.model.moe() ? c.expert : c.dense).backward.total();
  };
  const Seconds a = layer(*stages.front()), b = layer(*stages.back());
  const double per_first = static_cast<double>(first), per_second = static_cast<double>(stages.size()) - per_first;
  int best = 1;
  Seconds shortest(1e300);
  for (int n = static_cast<int>(first); n < s.model.layers; ++n) {
    const Seconds longest = std::max(a * std::ceil(n / per_first), b * std::ceil((s.model.layers - n) / per_second));
    if (longest < shortest) shortest = longest, best = n;
  }
  auto out = split_layers(best, static_cast<int>(first), 1);
  const auto rest = split_layers(s.model.layers - best, static_cast<int>(stages.size() - first), 1);
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

}  // namespace

Ranks expert_ranks(const ParallelPlan& p, int dp) { return {std::max(1, dp * p.cp * p.tp / (p.ep * p.expert_tp)), p.ep * p.expert_tp}; }

double gradient_passes(const ParallelPlan& p, const Software& software) { return p.zero == 0 || software.all_reduces ? 2 : 1; }

int stage_stride(const ParallelPlan& p, const Lane& lane) { return p.tp * p.cp * std::max(1, lane.replicas); }

Network network_of(const TrainingSetup& s, const Group& g) {
  // Two kinds of chips are in nodes of their own.
  return network(g.chip, g.node, g.efficiency, s.fabric, s.groups.size() > 1 ? g.node.chips + 1 : g.chips);
}

Seconds shows(Seconds time, Seconds hides, double interference) {
  const Seconds hidden = std::min(time, hides);
  return time - hidden + hidden * interference;
}

std::vector<int> split_layers(int layers, int stages, int chunks) {
  const int slots = stages * chunks, most = (layers + slots - 1) / slots;
  std::vector<int> out(static_cast<size_t>(slots), most);
  // What is missing is missing at the ends first, which also hold the embedding and the output layer.
  int missing = most * slots - layers;
  for (int i = 0; missing > 0; ++i) {
    if (missing > 0) --out[static_cast<size_t>(slots - 1 - i)], --missing;
    if (missing > 0) --out[static_cast<size_t>(i)], --missing;
  }
  return out;
}

std::optional<Iteration> lay_out(const TrainingSetup& s, const ParallelPlan& p, std::string& why) {
  why = misfit(s, p);
  for (const auto& g : s.groups)
    if (why.empty()) why = unable(s, g, p);
  if (!why.empty()) return std::nullopt;
  Iteration it;
  it.plan = p;
  const bool by_stage = s.groups.size() > 1 && p.span == Span::pipeline;
  if (by_stage) {
    // Stages of the first group, then of the second; each stage has as many chips as another.
    Lane lane;
    const int chips = s.groups[0].chips + s.groups[1].chips;
    lane.replicas = chips / p.ranks();
    const int first = s.groups[0].chips / (p.tp * p.cp * lane.replicas);
    if (p.vpp > 1 || first * p.tp * p.cp * lane.replicas != s.groups[0].chips || first < 1 || first >= p.pp)
      return why = "stages of unequal chips need whole stages of each and vpp 1", std::nullopt;
    for (int i = 0; i < p.pp; ++i) lane.stages.push_back({&s.groups[i < first ? 0 : 1], 0, 0, 0, {}, {}, {}, {}, {}});
    it.dp = lane.replicas;
    it.lanes.push_back(std::move(lane));
  } else {
    for (const auto& g : s.groups) {
      Lane lane;
      lane.replicas = g.chips / p.ranks();
      if (lane.replicas * p.ranks() != g.chips) return why = divides("chips", g.chips, "tp x cp x pp", p.ranks()), std::nullopt;
      for (int i = 0; i < p.pp; ++i) lane.stages.push_back({&g, 0, 0, 0, {}, {}, {}, {}, {}});
      it.dp += lane.replicas;
      it.lanes.push_back(std::move(lane));
    }
  }
  for (auto& lane : it.lanes) {
    std::vector<const Group*> groups;
    for (const auto& stage : lane.stages) groups.push_back(stage.group);
    fill_stages(s, p, by_stage ? unequal_layers(s, p, groups) : split_layers(s.model.layers, p.pp, p.vpp), lane);
    fill_data_parallel(s, p, it.dp, lane);
  }
  if (!split_batch(it.lanes, s.campaign.global_batch, p.micro_batch))
    return why = "a global batch of " + std::to_string(s.campaign.global_batch) + " is too small for " + std::to_string(it.dp) + " ranks of micro-batch " + std::to_string(p.micro_batch), std::nullopt;
  if (s.check_memory) why = short_of_memory(s, it);
  if (!why.empty()) return std::nullopt;

  Seconds compute;
  double chips = 0;
  for (const auto& lane : it.lanes) {
    compute = std::max(compute, lane.makespan);
    for (const auto& stage : lane.stages) {
      it.exposed = std::max(it.exposed, stage.data.exposed());
      it.optimizer = std::max(it.optimizer, stage.optimizer);
      it.straggle = std::max(it.straggle, stage.group->efficiency.jitter);
      it.fixed = std::max(it.fixed, stage.group->efficiency.iteration);
    }
  }
  for (const auto& g : s.groups) chips += g.chips;
  // The slowest of n equal ranks lies about sqrt(2 ln n) standard deviations above the mean (Gumbel's limit): of the
  // time that it computes, and of what its host does once an iteration.
  const double slowest = std::sqrt(2 * std::log(std::max(chips, 1.0)));
  it.straggle *= s.stragglers ? slowest : 0;
  if (s.stragglers) it.fixed = it.fixed * std::max(1.0, slowest);
  it.step = compute * (1 + it.straggle) + it.exposed + it.optimizer + it.fixed;
  return it;
}

}  // namespace capmix::step
