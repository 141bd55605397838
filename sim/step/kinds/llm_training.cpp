// Dense LLM training with tensor and data parallelism.
//
// Not modelled yet: pipeline, expert and context parallelism; FP8 recipes; stragglers; the power limit's effect on
// the clock. Tensor-parallel communication is not overlapped with computation.
#include <algorithm>
#include <cmath>
#include <optional>

#include "base/unit.hpp"
#include "step/ring.hpp"
#include "step/step.hpp"
#include "step/transformer.hpp"

namespace capmix::step {
namespace {

constexpr int kBuckets = 4;              // gradient buckets of an iteration: enough to overlap, few enough to simulate
constexpr double kReserved = 0.94;       // share of the memory that a framework leaves to a model (allocator, CUDA/CANN context, buffers)

// One group under one plan at one level of efficiency.
struct Side {
  const Group* group;
  int dp = 0;                  // data-parallel ranks
  MicroBatch cost;
  Seconds tp;                  // communication of one micro-batch inside the tensor-parallel group
  Seconds gather;              // ZeRO 3: weight gathers of one micro-batch that do not hide behind it
  Seconds optimizer;
  int micro_batches = 0;       // per rank and iteration
  double sequences = 0;        // of the global batch
  double overlap = 0;
  ByteRate hop;                // what a hop of the data-parallel ring gets
  Seconds one() const { return cost.total() + tp; }
  // The last micro-batch's gathers travel with the gradients, in the ring.
  Seconds compute() const { return one() * micro_batches + gather * (micro_batches - 1); }
};

std::string plan_text(const ParallelPlan& p, int dp) {
  return "tp " + std::to_string(p.tp) + ", dp " + std::to_string(dp) + ", zero " + std::to_string(p.zero) + ", micro-batch " +
         std::to_string(p.micro_batch) + (p.recompute ? ", full recompute" : ", no recompute");
}

// Why the plan cannot run on the group, or "".
std::string obstacle(const TrainingSetup& s, const Group& g, const ParallelPlan& p, int dp_all) {
  const int domain = std::min(g.node.chips, g.chip.scale_up_domain);
  if (!g.chip.trains) return g.chip.id + " is an inference part";
  if (g.chip.peak.count(s.campaign.precision) == 0) return g.chip.id + " has no " + text(s.campaign.precision) + " rate";
  if (p.tp > domain) return "tp " + std::to_string(p.tp) + " is wider than the scale-up domain of " + std::to_string(domain);
  if (g.chips % p.tp != 0) return std::to_string(g.chips) + " chips do not divide by tp " + std::to_string(p.tp);
  Bytes sum;
  std::string parts;
  for (const auto& part : memory(s.model, s.campaign.seq, p, dp_all)) {
    sum += part.bytes;
    parts += (parts.empty() ? "" : ", ") + part.name + " " + si(part.bytes.value(), "B");
  }
  const Bytes room = g.chip.memory * kReserved;
  if (sum > room)
    return "needs " + si(sum.value(), "B") + " per chip, " + g.chip.id + " leaves " + si(room.value(), "B") + ": " +
           si((sum - room).value(), "B") + " too much (" + parts + ")";
  return "";
}

// All-reduce inside the scale-up domain, per micro-batch.
Seconds tensor_parallel(const TrainingSetup& s, const Group& g, const ParallelPlan& p, const MicroBatch& cost, Level level) {
  if (p.tp < 2) return Seconds(0);
  const ByteRate rate = g.chip.scale_up * at(g.efficiency.collective, level);
  const std::vector<engine::RailHost> chips(static_cast<size_t>(p.tp), {0, rate});
  const Seconds one = folded_ring(chips, hop_bytes(cost.collective, p.tp), 1) + s.fabric.scale_up_latency * (2 * (p.tp - 1));
  return one * cost.collectives;
}

Side side(const TrainingSetup& s, const Group& g, const ParallelPlan& p, Level level) {
  Side out;
  out.group = &g;
  out.dp = g.chips / p.tp;
  const Roof r = roof(g.chip, g.efficiency, s.campaign.precision, level);
  out.cost = micro_batch(s.model, s.campaign.seq, p, r);
  out.tp = tensor_parallel(s, g, p, out.cost, level);
  out.overlap = g.efficiency.overlap;
  // The rings of all tensor ranks leave a node through all its NICs, so a rail carries 1 / chips of the model;
  // ranks of one ring inside a node meet over the scale-up links, which must carry tp / chips of the rail's rate.
  const double collective = at(g.efficiency.collective, level);
  out.hop = std::min(g.chip.nic, g.chip.scale_up * (p.tp < g.node.chips ? static_cast<double>(p.tp) / g.node.chips : 1.0)) * collective;
  // ZeRO 3 gathers the 16-bit weights in every forward and every backward pass, 2 x 2 B a parameter on the rails of
  // a node, at most hidden behind the share of the micro-batch that may overlap.
  if (p.zero >= 3) {
    const Seconds wire = Bytes(4 * s.model.parameters() / g.node.chips) / out.hop;
    out.gather = std::max(Seconds(0), wire - out.one() * out.overlap);
  }
  return out;
}

// Splits the global batch in proportion to speed, in whole micro-batches per rank: the split with the shortest
// compute. False when the batch is too small for the ranks.
bool split_batch(std::vector<Side>& sides, int global_batch, int micro) {
  const auto ranks = [&](const Side& x) { return static_cast<double>(x.dp) * micro; };
  if (sides.size() == 1) {
    sides[0].micro_batches = static_cast<int>(std::ceil(global_batch / ranks(sides[0]) - 1e-9));
    sides[0].sequences = global_batch;
    return global_batch >= ranks(sides[0]);
  }
  std::optional<double> best;
  std::vector<Side> chosen;
  for (int first = 1; first * ranks(sides[0]) <= global_batch; ++first) {
    auto trial = sides;
    trial[0].micro_batches = first;
    trial[0].sequences = first * ranks(trial[0]);
    const double rest = global_batch - trial[0].sequences;
    trial[1].micro_batches = static_cast<int>(std::ceil(rest / ranks(trial[1]) - 1e-9));
    trial[1].sequences = rest;
    const double time = std::max(trial[0].compute(), trial[1].compute()).value();
    if (trial[1].micro_batches < 1 || (best && time >= *best)) continue;
    best = time;
    chosen = trial;
  }
  if (best) sides = chosen;
  return best.has_value();
}

// Bytes of one hop of the folded rail, and the ring's ranks.
Bytes ring_bytes(const TrainingSetup& s, const ParallelPlan& p, int dp, int chips_per_node) {
  if (dp < 2) return Bytes(0);
  return Bytes(wire_bytes_per_parameter(p.zero) * s.model.parameters() / chips_per_node * (dp - 1.0) / dp);
}

struct Timed {
  ParallelPlan plan;
  std::vector<Side> sides;
  int dp = 0;
  Seconds step, exposed;       // of the whole iteration; data-parallel communication that shows
};

// Everything but the ring: what plan selection compares, with the ring's bytes at line rate.
std::optional<Timed> estimate(const TrainingSetup& s, const ParallelPlan& p, Level level, std::string& why) {
  Timed t;
  t.plan = p;
  for (const auto& g : s.groups) t.dp += g.chips / p.tp;
  for (const auto& g : s.groups) {
    why = obstacle(s, g, p, t.dp);
    if (!why.empty()) return std::nullopt;
  }
  for (const auto& g : s.groups) t.sides.push_back(side(s, g, p, level));
  if (!split_batch(t.sides, s.campaign.global_batch, p.micro_batch)) {
    why = "a global batch of " + std::to_string(s.campaign.global_batch) + " is too small for " + std::to_string(t.dp) + " ranks";
    return std::nullopt;
  }
  Seconds compute, comm;
  for (auto& x : t.sides) {
    x.optimizer = optimizer_step(s.model, p, t.dp, roof(x.group->chip, x.group->efficiency, s.campaign.precision, level));
    compute = std::max(compute, x.compute() + x.optimizer);
    const Seconds wire = ring_bytes(s, p, t.dp, x.group->node.chips) / x.hop - x.one() * x.overlap;
    comm = std::max(comm, wire);
  }
  t.step = compute + comm;
  return t;
}

// The iteration on SimGrid: every node of the gang on one rail, in ring order, group after group, pods filled in turn.
void simulate(const TrainingSetup& s, Timed& t) {
  std::vector<RingHost> hosts;
  int pod = 0;
  for (const auto& x : t.sides) {
    const int nodes = (x.group->chips + x.group->node.chips - 1) / x.group->node.chips;
    const Seconds window = x.one() * x.overlap;
    for (int n = 0; n < nodes; ++n)
      hosts.push_back({{pod + n / s.fabric.pod_nodes, x.hop}, x.compute() - window, window});
    pod += (nodes + s.fabric.pod_nodes - 1) / s.fabric.pod_nodes;
  }
  Seconds compute, optimizer;
  Bytes hop;
  for (const auto& x : t.sides) {
    compute = std::max(compute, x.compute());
    optimizer = std::max(optimizer, x.optimizer);
    hop = std::max(hop, ring_bytes(s, t.plan, t.dp, x.group->node.chips));
  }
  // Two hosts or more: the network. One: the ring of its own ranks stays on the scale-up links, alike for all.
  // Latency of the dependent steps: hops between nodes, and hops between ranks inside one.
  const double nodes = static_cast<double>(hosts.size()), ranks = std::max<double>(t.dp, nodes);
  const Seconds latency = s.fabric.nic_latency * (2 * (nodes - 1)) + s.fabric.scale_up_latency * (2 * (ranks - nodes));
  Seconds end;
  if (hosts.size() > 1) {
    end = overlapped_ring(hosts, hop, kBuckets, latency, s.fabric.oversubscription);
  } else {
    const Seconds wire = t.dp > 1 ? hop / t.sides[0].hop + latency : Seconds(0);
    end = std::max(compute, compute - hosts[0].window + wire);
  }
  t.exposed = end - compute;
  t.step = end + optimizer;
}

// Greatest part of the step, as a resource.
std::string limit_of(const std::vector<TimePart>& parts) {
  const auto time = [&](const char* name) {
    for (const auto& p : parts) if (p.name == name) return p.time;
    return Seconds(0);
  };
  const std::pair<const char*, Seconds> resources[] = {
      {"compute", time("matrix products") + time("attention")},
      {"memory bandwidth", time("memory-bound") + time("optimizer")},
      {"scale-up", time("tp communication")},
      {"fabric", time("dp communication (exposed)")}};
  return std::max_element(std::begin(resources), std::end(resources), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
}

void fill(const TrainingSetup& s, const Timed& t, StepProfile& out) {
  // The slowest group sets the pace; what others wait for it is a stall of theirs, told apart by the fleet's ledger
  // only as a whole: parts are those of the slowest group.
  const auto& slow = *std::max_element(t.sides.begin(), t.sides.end(), [](const Side& a, const Side& b) { return a.compute() < b.compute(); });
  const double m = slow.micro_batches;
  const Seconds optimizer = t.step - t.exposed - slow.compute();
  out.parts = {{"matrix products", (slow.cost.gemm + slow.cost.vocabulary) * m, true},
               {"attention", slow.cost.attention * m, true},
               {"memory-bound", slow.cost.elementwise * m, true},
               {"tp communication", slow.tp * m, false},
               {"dp communication (exposed)", t.exposed + slow.gather * (m - 1), false},
               {"optimizer", optimizer, true}};
  out.step = t.step;
  out.plan = plan_text(t.plan, t.dp);
  out.memory = memory(s.model, s.campaign.seq, t.plan, t.dp);
  out.capacity = slow.group->chip.memory;
  out.units = static_cast<double>(s.campaign.global_batch) * s.campaign.seq;
  out.model_flop = s.model.training_flop_per_token(s.campaign.seq) * out.units;
  FlopRate peak;
  Watts power;
  for (const auto& x : t.sides) {
    peak += x.group->chip.peak.at(s.campaign.precision) * x.group->chips;
    power += x.group->node.power * (static_cast<double>(x.group->chips) / x.group->node.chips);
    out.groups.push_back({x.group->chip.id, x.group->chips, x.sequences / s.campaign.global_batch});
  }
  out.mfu = out.model_flop / out.step / peak;
  out.energy = power * out.step;
  out.limit = limit_of(out.parts);
}

}  // namespace

StepProfile train(const TrainingSetup& s) {
  StepProfile out;
  out.subject = s.campaign.id + " on";
  for (const auto& g : s.groups) out.subject += (&g == &s.groups.front() ? " " : " + ") + g.chip.id + " x " + std::to_string(g.chips);
  if (s.model.moe()) {
    out.reason = "mixture-of-experts models are not simulated yet";
    return out;
  }
  if (s.groups.size() > 2) {  // split_batch shares the batch between two
    out.reason = "a gang of " + std::to_string(s.groups.size()) + " kinds of chips is not simulated yet (two are)";
    return out;
  }
  std::optional<Timed> best;
  for (const auto& p : s.campaign.plans) {
    std::string why;
    const auto t = estimate(s, p, Level::mode, why);
    if (!t) out.reason += (out.reason.empty() ? "" : "; ") + ("tp " + std::to_string(p.tp) + " zero " + std::to_string(p.zero) + ": " + why);
    else if (!best || t->step < best->step) best = t;
  }
  if (!best) return out;
  simulate(s, *best);
  out.feasible = true, out.reason.clear();
  fill(s, *best, out);
  out.calibrated = std::all_of(s.groups.begin(), s.groups.end(), [](const Group& g) { return g.efficiency.calibrated(); });
  std::string ignored;
  for (const Level level : {Level::low, Level::high}) {
    auto t = estimate(s, best->plan, level, ignored);
    simulate(s, *t);
    (level == Level::low ? out.trust_low : out.trust_high) = best->step / t->step;
  }
  return out;
}

}  // namespace capmix::step
