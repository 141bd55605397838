#include "step/kinds/rec_training.hpp"

#include <algorithm>
#include <cmath>

#include "base/unit.hpp"
#include "step/all_to_all.hpp"
#include "step/checkpoint.hpp"
#include "step/iteration.hpp"
#include "step/lookups.hpp"
#include "step/memory.hpp"
#include "step/ring.hpp"

namespace capmix::step {
namespace {

constexpr double kKey = 8;            // bytes of a row's key
constexpr double kOptimizer = 20;     // bytes that a weight of the tower moves: weight and state read and written, gradient, 16-bit copy
constexpr double kTower = 18;         // bytes that a weight of the tower takes: 32-bit with state (2 numbers), 16-bit, gradient
constexpr double kSaved = 12;         // of these, what a checkpoint holds: 32-bit weight and state
constexpr double kBuffers = 2;        // an exchange has the data of two iterations
constexpr double kBeyond = 1.5;       // widens the trust range of more chips than were measured, as llm_training

int domain_of(const RecTrainingSetup& s) { return std::min(s.group.chip.scale_up_domain, s.group.chips); }

bool host_path(const RecTrainingSetup& s) { return over_host(s.group.chip, s.group.node, s.group.chips); }

// What chips attain between each other; an all-to-all attains less of a NIC than a ring, since its flows cross.
Network rings(const RecTrainingSetup& s) { return network(s.group.chip, s.group.node, s.group.efficiency, s.fabric, s.group.chips); }
Network exchanges(const RecTrainingSetup& s) {
  Network n = rings(s);
  if (!host_path(s)) n.out = n.out * s.group.efficiency.recommender.all_to_all.mode;
  return n;
}

double samples_of_chip(const RecTrainingSetup& s) { return static_cast<double>(s.global_batch) / s.group.chips; }
double requests_of_chip(const RecTrainingSetup& s) { return samples_of_chip(s) / s.options.samples_per_request; }

// Attained per chip between all of them: through a NIC where there is more than one domain.
ByteRate between(const Network& n, int chips) {
  const double domains = std::ceil(static_cast<double>(chips) / n.domain);
  if (domains < 2) return n.up * (chips / std::max(1.0, chips - 1.0));
  return std::min(n.up, n.out * (domains / (domains - 1)));
}

// Bytes of one chip besides tables.
std::vector<MemoryPart> rest(const RecTrainingSetup& s, const RecModel& m) {
  const double samples = samples_of_chip(s), requests = requests_of_chip(s), element = std::max(2.0, bytes_of(s.precision));
  const double exchanged = (m.outputs(Side::candidate) * samples + m.outputs(Side::request) * requests) * s.options.wire * 2;
  const double keys = (m.lookups(Side::candidate) * samples + m.lookups(Side::request) * requests) * kKey;
  return {{"dense tower and its states", Bytes(m.dense_parameters() * kTower)},
          {"activations", tower_activations(m, element, samples, requests)},
          {"exchange buffers", Bytes((exchanged + keys) * kBuffers)}};
}

ShardingSetup sharding_of(const RecTrainingSetup& s, const RecModel& m) {
  const Network n = exchanges(s);
  const auto& e = s.group.efficiency.recommender;
  ShardingSetup out{m};
  out.chips = s.group.chips, out.domain = domain_of(s);
  out.samples = s.global_batch, out.requests = s.global_batch / s.options.samples_per_request;
  out.optimizer = s.options.optimizer, out.wire = s.options.wire;
  out.room = s.options.check_memory ? s.group.chip.memory * kUsable - total(rest(s, m)) + s.options.host_memory : Bytes(1e30);
  out.gather = s.group.chip.memory_bandwidth * e.gather.mode, out.update = s.group.chip.memory_bandwidth * e.update.mode;
  out.up = n.up, out.out = between(n, s.group.chips);
  return out;
}

// Bytes of a chip's pooled rows that the others get, one way.
Seconds exchange_once(const RecTrainingSetup& s, const ChipLoad& most) {
  const Network n = exchanges(s);
  return all_to_all(n, {s.group.chips, 1}, most.sent) + (most.partial.value() > 0 ? most.partial / n.up + n.up_latency * std::log2(domain_of(s)) : Seconds(0));
}

// Gradients of the tower, and of tables that every chip has.
Bytes summed(const RecTrainingSetup& s, const RecModel& m, const Sharding& sharding) { return Bytes(m.dense_parameters() * s.options.wire) + sharding.replicated; }

// Rows of the fullest chip that are not in its own memory, by the share of lookups that misses what is. Hot rows are in.
Seconds from_host(const RecTrainingSetup& s, const RecModel& m, const Sharding& sharding, Bytes own_room) {
  if (s.options.host_memory.value() <= 0 || sharding.most.weights <= own_room || s.options.host_link.value() <= 0) return Seconds(0);
  const double kept = std::max(0.0, own_room / sharding.most.weights);
  double asked = 0, missed = 0;
  for (const auto& t : m.tables) {
    const double rows = t.lookups * (t.side == Side::candidate ? 1 : 1 / s.options.samples_per_request) * t.dim;
    asked += rows, missed += rows * (1 - hot_share(t, kept * t.rows));
  }
  // A row that is fetched goes back, changed, in its own direction of the link. Its states travel with it.
  const double states = sharding.needed / m.table_bytes();
  return asked > 0 ? sharding.most.read * (missed / asked * states) / s.options.host_link : Seconds(0);
}

double sample_bytes(const RecTrainingSetup& s, const RecModel& m) {
  if (s.options.sample.value() > 0) return s.options.sample.value();
  double inputs = 0;
  for (const auto& b : m.blocks)
    if (b.kind == BlockKind::mlp && !b.widths.empty() && &b == &m.blocks.front()) inputs = b.widths.front();
  return (m.lookups(Side::candidate) + m.lookups(Side::request) / s.options.samples_per_request) * kKey + inputs * 4;
}

void fill_beside(const RecTrainingSetup& s, const RecModel& m, RecIteration& it) {
  const Efficiency& e = s.group.efficiency;
  const Bytes keys((m.lookups(Side::candidate) * samples_of_chip(s) + m.lookups(Side::request) * requests_of_chip(s)) * kKey);
  it.keys = all_to_all(exchanges(s), {s.group.chips, 1}, keys);
  it.keys_exposed = shows(it.keys, (it.tower.forward.total() + it.tower.backward.total()) * e.hides, 0);
  it.gradients_exposed = shows(it.gradients, it.tower.backward.total() * e.hides, e.interference);
  const double nodes = std::max(1.0, static_cast<double>(s.group.chips) / s.group.node.chips);
  it.input = s.options.host.value() > 0 ? Bytes(sample_bytes(s, m) * s.global_batch) / (s.options.host * nodes) : Seconds(0);
  it.input_exposed = std::max(Seconds(0), it.input - it.device());
}

std::string obstacle(const RecTrainingSetup& s) {
  if (s.group.chip.peak.count(s.precision) == 0) return s.group.chip.id + " has no " + text(s.precision) + " rate";
  if (s.group.chips < 1) return "no chips";
  if (s.global_batch < s.group.chips) return "a batch of " + std::to_string(s.global_batch) + " samples is less than one for each of " + std::to_string(s.group.chips) + " chips";
  return "";
}

// The iteration without the word on how many chips would do.
std::optional<RecIteration> laid_out(const RecTrainingSetup& s, std::string& why) {
  why = obstacle(s);
  if (!why.empty()) return std::nullopt;
  const RecModel m = shaped(s.model);
  const auto& e = s.group.efficiency.recommender;
  RecIteration it;
  it.memory = rest(s, m);
  const ShardingSetup placing = sharding_of(s, m);
  it.sharding = shard(placing);
  if (!it.sharding.fits) return why = it.sharding.why, std::nullopt;
  const double state = it.sharding.needed.value() > 0 ? 1 - m.table_bytes() / it.sharding.needed : 0;
  const Bytes own_room = s.options.check_memory ? placing.room - s.options.host_memory : placing.room, held = std::min(own_room, it.sharding.most.weights);
  it.memory.push_back({"embedding rows", held * (1 - state)});
  it.memory.push_back({"embedding optimizer states", held * state});
  const Machine machine = tower_machine(s.group.chip, s.group.efficiency, s.group.software, s.precision);
  it.tower = tower(m, machine, s.precision, samples_of_chip(s), requests_of_chip(s));
  // Between two exchanges a chip updates its rows and looks up those of the next iteration: the slowest at both together.
  for (const auto& l : it.sharding.loads) {
    const Seconds read = l.read / placing.gather, written = l.written / placing.update;
    if (read + written > it.lookup + it.update) it.lookup = read, it.update = written;
  }
  it.cache = from_host(s, m, it.sharding, own_room);
  it.exchange = s.group.chips > 1 ? exchange_once(s, it.sharding.most) * 2 : Seconds(0);
  it.gradients = all_reduce(rings(s), {s.group.chips, 1}, summed(s, m, it.sharding));
  it.optimizer = stream(machine, Bytes(m.dense_parameters() * kOptimizer), 1);
  it.fixed = e.iteration;
  fill_beside(s, m, it);
  return it;
}

// The domains of the gang on one rail: each with all its NICs, pods filled in turn. What the busiest chip of a domain
// sends, all of them do: NICs do not help each other out.
std::vector<Sender> senders(const RecTrainingSetup& s, const Sharding& sharding, ByteRate nic) {
  std::vector<Sender> out;
  const int domain = domain_of(s), domains = (s.group.chips + domain - 1) / domain;
  for (int d = 0; d < domains; ++d) {
    Bytes most;
    for (int c = d * domain; c < std::min(s.group.chips, (d + 1) * domain); ++c) most = std::max(most, sharding.loads[static_cast<size_t>(c)].sent);
    const int pod = static_cast<int>(static_cast<double>(d) * domain / (static_cast<double>(s.group.node.chips) * s.fabric.pod_nodes));
    out.push_back({{pod, nic * domain}, most * (static_cast<double>(domain) * (domains - 1) / domains)});
  }
  return out;
}

// Puts what SimGrid says of the fabric in the place of the closed form: the wires of the all-to-all, where they are slower
// than the links inside a domain, and how much longer the ring of gradients takes than on an idle fabric.
void play(const RecTrainingSetup& s, const RecModel& m, RecIteration& it) {
  const Network n = exchanges(s), ring = rings(s);
  const auto gang = senders(s, it.sharding, n.out);
  if (gang.size() < 2) return;
  const double chips = s.group.chips;
  const Seconds wire = play_all_to_all(gang, s.fabric.oversubscription), inside = it.sharding.most.sent * ((chips - 1) / chips) / n.up;
  const Seconds partial = exchange_once(s, it.sharding.most) - all_to_all(n, {s.group.chips, 1}, it.sharding.most.sent);
  it.exchange = (std::max(wire, inside) + n.out_latency * std::log2(chips) + partial) * 2;
  std::vector<engine::RailHost> hosts;
  for (const auto& d : gang) hosts.push_back({d.at.pod, ring.out * domain_of(s)});
  const Bytes hop = hop_bytes(summed(s, m, it.sharding), static_cast<double>(hosts.size()));
  if (hop.value() <= 0) return fill_beside(s, m, it);
  const double longer = folded_ring(hosts, hop, s.fabric.oversubscription) / (hop / hosts.front().nic);
  it.gradients = it.gradients * std::max(1.0, longer);
  fill_beside(s, m, it);
}

void fill_time(const RecIteration& it, StepProfile& out) {
  const TowerPass& f = it.tower.forward;
  const TowerPass& b = it.tower.backward;
  const TimePart parts[] = {{"embedding lookup", it.lookup, true},
                            {"embedding update", it.update, true},
                            {"rows from host memory", it.cache, false},
                            {"embedding all-to-all", it.exchange, false},
                            {"key exchange (exposed)", it.keys_exposed, false},
                            {"matrix products", f.gemm + b.gemm, true},
                            {"attention", f.attention + b.attention, true},
                            {"memory-bound", f.memory + b.memory, true},
                            {"dp communication (exposed)", it.gradients_exposed, false},
                            {"optimizer", it.optimizer, true},
                            {"input pipeline (exposed)", it.input_exposed, false},
                            {"fixed", it.fixed, false}};
  for (const auto& p : parts)
    if (p.time > it.step() * 1e-12) out.parts.push_back(p), out.step += p.time;
}

std::string limit_of(const RecTrainingSetup& s, const std::vector<TimePart>& parts) {
  const auto time = [&](const char* name) {
    for (const auto& p : parts)
      if (p.name == name) return p.time;
    return Seconds(0);
  };
  const Seconds exchanged = time("embedding all-to-all") + time("key exchange (exposed)") + time("dp communication (exposed)");
  const std::pair<const char*, Seconds> resources[] = {
      {"compute", time("matrix products") + time("attention")},
      {"memory bandwidth", time("embedding lookup") + time("embedding update") + time("memory-bound") + time("optimizer")},
      {meets_over(s.group.chip, s.group.node, s.group.chips), exchanged},
      {"host memory", time("rows from host memory")},
      {"input pipeline", time("input pipeline (exposed)")}};
  return std::max_element(std::begin(resources), std::end(resources), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
}

void fill_trust(const RecTrainingSetup& s, StepProfile& out) {
  const auto& e = s.group.efficiency.recommender;
  double t = e.trust;
  std::string outside;
  const auto leaves = [&](const std::string& why) { outside += (outside.empty() ? "" : ", ") + why; };
  if (!e.calibrated()) leaves("no recommender's training on the family " + s.group.efficiency.id + " was fitted");
  else if (s.group.chips > e.reach) leaves(std::to_string(s.group.chips) + " chips (fitted up to " + std::to_string(e.reach) + ")"), t *= kBeyond;
  if (!s.model.shaped()) leaves("a model that is only known by its sums"), t *= kBeyond;
  const bool history = std::any_of(s.model.blocks.begin(), s.model.blocks.end(), [](const DenseBlock& b) { return b.kind == BlockKind::attention || b.kind == BlockKind::mixing; });
  if (history) leaves("a tower of attention or token mixing (no training of one was measured with its shape)"), t *= kBeyond;
  out.trust_low = std::exp(-t), out.trust_high = std::exp(t);
  out.calibrated = e.calibrated() && s.group.efficiency.calibrated();
  out.region = outside.empty() ? "inside: the chip's family, its number and the kind of tower are among those measured" : "outside: " + outside;
  if (s.options.host.value() <= 0) out.assumed.push_back("hosts prepare samples as fast as chips take them");
  if (s.options.host_memory.value() > 0) out.assumed.push_back("the most wanted rows are in the chips' memory, the others in their hosts'");
  out.assumed.push_back(std::string("sparse optimizer ") + kRecOptimizers[static_cast<int>(s.options.optimizer)]);
  if (s.group.chips > s.group.chip.scale_up_domain && !host_path(s)) out.assumed.push_back("an all-to-all attains the stated share of what a ring does between nodes: a guess, not fitted");
}

}  // namespace

std::optional<RecIteration> lay_out(const RecTrainingSetup& s, std::string& why) {
  auto it = laid_out(s, why);
  if (it || !obstacle(s).empty()) return it;
  const int enough = enough_chips(s);
  why += enough > 0 ? "; " + std::to_string(enough) + " chips would do" : "; no number of chips up to " + std::to_string(kMostChips) + " would do at this batch";
  return it;
}

int enough_chips(const RecTrainingSetup& s) {
  const int node = s.group.node.chips;
  const RecModel m = shaped(s.model);
  const auto fits = [&](int chips) {
    RecTrainingSetup trial = s;
    trial.group.chips = chips;
    return s.global_batch >= chips && holds(sharding_of(trial, m));
  };
  int low = 0, high = 1;
  while (high <= kMostChips && !fits(high)) low = high, high *= 2;
  if (high > kMostChips) return 0;
  const int unit = high > node ? node : 1;
  low = low / unit * unit, high = (high + unit - 1) / unit * unit;
  while (high - low > unit) {
    const int middle = (low + high) / 2 / unit * unit;
    (fits(middle) ? high : low) = middle;
  }
  return high;
}

StepProfile train_rec(const RecTrainingSetup& s) {
  StepProfile out;
  out.subject = s.model.id + " on " + s.group.chip.id + " x " + std::to_string(s.group.chips);
  auto it = lay_out(s, out.reason);
  if (!it) return out;
  const RecModel m = shaped(s.model);
  play(s, m, *it);
  out.feasible = true;
  fill_time(*it, out);
  out.plan = "global batch " + std::to_string(s.global_batch) + "; " + it->sharding.words;
  out.memory = it->memory;
  out.capacity = s.group.chip.memory;
  out.units = s.global_batch;
  // Forward once, backward twice.
  out.model_flop = (m.flop(Side::candidate) + m.flop(Side::request) / s.options.samples_per_request) * (3.0 * s.global_batch);
  out.mfu = out.model_flop / out.step / (s.group.chip.peak.at(s.precision) * s.group.chips);
  out.groups = {{s.group.chip.id, s.group.chips, 1}};
  out.energy = s.group.node.power * (static_cast<double>(s.group.chips) / s.group.node.chips) * out.step;
  out.limit = limit_of(s, out.parts);
  fill_trust(s, out);
  if (s.options.checkpoint) fill_checkpoint(checkpoint_shape({s.group}, s.fabric, it->sharding.needed + Bytes(m.dense_parameters() * kSaved)), s.fabric, out);
  return out;
}

}  // namespace capmix::step
