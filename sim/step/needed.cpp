// Which profiles a scenario may need, what each depends on, and the profile itself.
#include <algorithm>
#include <set>
#include <stdexcept>

#include "engine/network.hpp"
#include "model/gang_rates.hpp"
#include "step/content.hpp"
#include "step/gang.hpp"
#include "step/kinds/llm_serving.hpp"
#include "step/kinds/rec_training.hpp"
#include "step/platform.hpp"
#include "step/step.hpp"

namespace capmix::step {
namespace {

// Raise it with every change of the step model that moves a number: cached profiles of the old one are not found.
constexpr const char* kModelVersion = "step model 16";

std::set<std::string> reachable_nodes(const Scenario& s) {
  std::set<std::string> out;
  for (const auto& o : s.offers) out.insert(s.nodes[o.node].id);
  for (const auto& e : s.existing) out.insert(s.nodes[e.node].id);
  return out;
}

std::set<std::string> fabrics(const Scenario& s) {
  std::set<std::string> out;
  for (const auto& site : s.sites) out.insert(s.fabrics[site.fabric].id);
  return out;
}

bool wanted(const Scenario& s, const std::vector<Id<Chip>>& any_of, const std::string& node) {
  const Id<Chip> chip = s.nodes[s.nodes.find(node)].chip;
  return any_of.empty() || std::count(any_of.begin(), any_of.end(), chip) > 0;
}

// Structured bindings name every member, so that one added to a struct does not compile until it is thought of here.
void add(Content& c, const Efficiency& e) {
  const auto& [id, kin, gemm, memory, collective, launch, serving_gemm, serving_memory, gather, gemm_half, serving_power, trust_serving, serving_on, llm_products, llm_memory,
               llm_power, llm_launch, llm_iteration, llm_sequence, trust_llm, llm_calibrated_on, gemm8, gemm4, grouped, attention, portable, scale_up,
               depth_half, routing, iteration, power, reference_watts, hides, interference, overlap, jitter, trust_dense, trust_moe, trust_lora,
               reach_dense, reach_moe, reach_lora, calibrated_on, recommender] = e;
  c << id << kin << gemm << memory << collective << launch.value() << serving_gemm << serving_memory << gather << gemm_half << serving_power << gemm8 << gemm4 << grouped << attention << portable;
  c << scale_up << depth_half << routing.value() << iteration.value() << power << reference_watts << hides << interference << overlap << jitter;
  c << trust_dense << trust_moe << trust_lora << reach_dense << reach_moe << reach_lora << static_cast<double>(calibrated_on.size());
  for (const auto& on : calibrated_on) c << on;
  c << llm_products << llm_memory << llm_power << llm_launch.value() << llm_iteration.value() << llm_sequence.value() << trust_llm;
  c << static_cast<double>(llm_calibrated_on.size());
  for (const auto& on : llm_calibrated_on) c << on;
  const auto& [rows, update, all_to_all, rec_iteration, trust, reach, rec_calibrated_on] = recommender;
  c << rows << update << all_to_all << rec_iteration.value() << trust << reach << static_cast<double>(rec_calibrated_on.size());
  c << trust_serving << static_cast<double>(serving_on.size());
  for (const auto& on : serving_on) c << on;
}

void add(Content& c, const Scenario& s, const Node& n) {
  const Chip& chip = s.chips[n.chip];
  c << n.id << n.chips << n.host_path.value() << n.power.value() << chip.id << (chip.trains ? "trains" : "infers");
  for (const auto& [precision, rate] : chip.peak) c << text(precision) << rate.value();
  c << chip.memory.value() << chip.memory_bandwidth.value() << chip.scale_up.value() << chip.scale_up_domain << chip.nic.value();
  c << chip.matrix_units << chip.tdp.value();
  add(c, s.efficiencies[chip.efficiency]);
}

void add(Content& c, const Software& w) {
  const auto& [id, name, stack, standard, fused, fused_attention, deduplicates, stops_early, portable_attention, sequence_parallel, overlaps_tensor,
               all_reduces, overlaps_data, recomputes_scores, zero, gradient_bytes, expected, factor, calibrated] = w;
  c << id << name << stack << standard << fused << fused_attention << deduplicates << stops_early << portable_attention << sequence_parallel;
  c << overlaps_tensor << all_reduces << overlaps_data << recomputes_scores << zero << gradient_bytes << expected << factor << calibrated;
}

void add(Content& c, const Scenario& s, const Campaign& w) {
  add(c, s.llms[w.model]);
  c << w.id << w.seq << w.global_batch << text(w.precision) << w.block_scaled << w.lora_rank << w.software;
  c << w.checkpoint.value() << static_cast<int>(w.checkpoint_to) << w.checkpoint_asynchronous;
  for (const auto& p : w.parts) c << p.chips;
  for (const auto& p : w.plans) add(c, p);
}

void add(Content& c, const RecModel& m) {
  const auto& [id, name, aliases, tables, blocks, element, scale, summary] = m;
  const auto& [flop, parameters, bytes, row, lookups, cached] = summary;
  for (const auto& [rows, dim, looked_up, side, pooled, skew] : tables) c << rows << dim << looked_up << static_cast<int>(side) << pooled << skew;
  for (const auto& [block, kind, side, widths, layers, width, rank, tokens, heads, queries, ffn, projections] : blocks) {
    c << static_cast<int>(kind) << static_cast<int>(side) << layers << width << rank << tokens << heads << queries << ffn << projections << static_cast<double>(widths.size());
    for (const int w : widths) c << w;
  }
  c << text(element) << scale << flop.mode.value() << parameters << bytes.value() << row.value() << lookups.mode << cached;
}

void add(Content& c, const Scenario& s, const std::string& pool, const ServiceStage& w) {
  const auto& [id, kind, family, recommender, llm, traffic, candidates, spread, objective, percentile, precision, cache, cell_chips, parameter_servers, any_of, batch, sync, stands_for] = w;
  const auto& [prompt, output, cached, ttft, tpot, share] = traffic;
  if (recommender.valid()) add(c, s.recommenders[recommender]);
  if (llm.valid()) add(c, s.llms[llm]);
  for (const auto* t : {&prompt, &output}) {
    const auto& [mean, variation, most, recorded] = *t;
    c << mean << variation << most;
    if (!recorded.empty()) c << static_cast<double>(recorded.size());
    for (const int n : recorded) c << n;
  }
  c << cached << ttft.value() << tpot.value() << text(cache);
  c << pool << static_cast<int>(kind) << candidates.mode << objective.value() << (w.speaks() ? share : percentile) << text(precision) << cell_chips;
  c << batch << spread << (parameter_servers ? parameter_servers->value() : -1.0);
  for (size_t i = 0; i < stands_for.size(); ++i) c << s.chips[any_of[i]].id << stands_for[i];
}

// A log of jobs, and which of its works.
struct LogWork {
  const JobLogWork* log = nullptr;
  size_t work = 0;
};

LogWork find_work(const Scenario& s, const std::string& name) {
  for (const auto& log : s.logs)
    for (size_t w = 0; w < log.works.size(); ++w)
      if (log.work_name(w) == name) return {&log, w};
  return {};
}

// Widths of the gangs of a log's work on nodes of so many chips: of all, where run times come from steps, else of those that can span pods.
std::vector<int> widths_of(const JobLogWork& log, size_t work, int node_chips) {
  double least = 0, most = 0;
  for (const auto& job : log.jobs) {
    if (job.work != static_cast<int>(work)) continue;
    const double narrow = job.steps > 0 ? std::max(1.0, job.chips) : 2.0 * node_chips, wide = std::max(job.chips, job.most);
    if (job.steps <= 0 && wide <= node_chips) continue;
    least = least > 0 ? std::min(least, narrow) : narrow, most = std::max(most, wide);
  }
  return most > 0 ? gang_widths(least, most, node_chips) : std::vector<int>{};
}

// A learner's samples are told as the requests that they come from, like all that passes through a service.
StepProfile learner(const Scenario& s, const ServiceStage& w, const Group& g, const Fabric& fabric) {
  RecTrainingOptions options;
  options.host_memory = Bytes(1e18);  // rows beyond the chips' memory stand with hosts and parameter servers
  StepProfile out = train_rec({s.recommenders[w.recommender], w.batch, w.precision, g, fabric, options});
  out.units /= w.candidates.mode;
  return out;
}

// A chip that stands in for accelerators that an inventory says are held: nothing is simulated, and nothing is known of its
// work. It has no groups, since it says nothing of how well the chip's rates are known.
StepProfile standing_in(const Scenario& s, const ServiceStage& w, const Group& g) {
  const Id<Chip> chip = g.node.chip;
  StepProfile out;
  out.feasible = true;
  out.plan = "held, as the inventory says; nothing is simulated";
  out.step = Seconds(1), out.parts = {{"held", out.step, true}};
  for (size_t i = 0; i < w.any_of.size(); ++i)
    if (w.any_of[i] == chip) out.units = w.stands_for[i];
  out.energy = g.node.power * out.step / g.node.chips;
  out.capacity = s.chips[chip].memory;
  out.limit = "what the inventory holds";
  out.region = "how many accelerators of the inventory a chip stands in for is an input";
  return out;
}

StepProfile pool_profile(const Scenario& s, const std::string& pool, const ServiceStage& w, const std::string& node, const Fabric& fabric) {
  const Group g = group_on(s, s.nodes.find(node), w.cell_chips);
  StepProfile out;
  if (w.kind == StageKind::rank) return serve({s.recommenders[w.recommender], w, pool, g, fabric});
  if (w.kind == StageKind::learn) {
    out = learner(s, w, g, fabric);
  } else if (w.kind == StageKind::hold) {
    out = standing_in(s, w, g);
  } else {
    const auto phase = w.kind == StageKind::prefill ? LlmPhase::prefill : w.kind == StageKind::decode ? LlmPhase::decode : LlmPhase::both;
    out = serve_llm({s.llms[w.llm], g, fabric, w.text, {w.precision, w.cache}, phase});
  }
  out.subject = pool + " on " + g.chip.id;
  return out;
}

}  // namespace

const Software& software_on(const Scenario& s, const std::string& stack, const std::string& wanted) {
  static const Software kDefaults;
  if (const auto named = s.software.find(wanted); named.valid() && s.software[named].stack == stack) return s.software[named];
  for (const auto& w : s.software)
    if (w.standard && w.stack == stack) return w;
  return kDefaults;
}

Group group_on(const Scenario& s, Id<Node> node_id, int chips, const std::string& software) {
  const Node& node = s.nodes[node_id];
  const Chip& chip = s.chips[node.chip];
  return {chip, node, s.efficiencies[chip.efficiency], software_on(s, chip.stack, software), chips};
}

std::vector<RateKey> needed(const Scenario& s) {
  std::vector<RateKey> out;
  const auto nodes = reachable_nodes(s);
  for (const auto& fabric : fabrics(s)) {
    for (const auto& c : s.campaigns) {
      std::vector<std::vector<std::string>> lists{{}};
      for (const auto& part : c.parts) {
        std::vector<std::vector<std::string>> longer;
        for (const auto& list : lists)
          for (const auto& node : nodes)
            if (wanted(s, part.any_of, node) && std::count(list.begin(), list.end(), node) == 0) {
              longer.push_back(list);
              longer.back().push_back(node);
            }
        lists = std::move(longer);
      }
      for (auto& list : lists) out.push_back({c.id, std::move(list), fabric});
    }
    for (const auto& at : s.stages())
      for (const auto& node : nodes)
        if (s.may(s.stage(at), s.nodes[s.nodes.find(node)].chip)) out.push_back({s.service(at.service).pool(at.stage), {node}, fabric});
    for (const auto& log : s.logs)
      for (size_t w = 0; w < log.works.size(); ++w)
        for (const auto& node : nodes) {
          const Node& n = s.nodes[s.nodes.find(node)];
          if (n.chip != log.chip) continue;
          for (const int chips : widths_of(log, w, n.chips)) out.push_back({log.work_name(w), {node}, fabric, chips});
        }
  }
  std::sort(out.begin(), out.end());
  return out;
}

StepProfile profile(const Scenario& s, const RateKey& key, bool quick) {
  StepProfile out;
  const Fabric& fabric = s.fabrics[s.fabrics.find(key.fabric)];
  if (const auto campaign = s.campaigns.find(key.workload); campaign.valid()) {
    const Campaign& c = s.campaigns[campaign];
    std::vector<Group> groups;
    for (size_t i = 0; i < key.nodes.size(); ++i) groups.push_back(group_on(s, s.nodes.find(key.nodes[i]), c.parts[i].chips, c.software));
    const Fabric settled_fabric = settled(fabric, hosts_needed(groups), out.reason);
    if (out.reason.empty()) out = train({s.llms[c.model], c, groups, settled_fabric, true, true, quick});
    else out.subject = c.id + " on " + key.nodes.front();
  } else if (const auto [log, w] = find_work(s, key.workload); log != nullptr) {
    const Campaign& c = log->works[w];
    out = gang(s.llms[c.model], c, group_on(s, s.nodes.find(key.nodes.at(0)), key.chips, c.software), fabric);
  } else if (!fabric.placement.text.empty()) {
    out.subject = key.workload + " on " + key.nodes.front(), out.reason = "fabric " + fabric.id + " is a SimGrid platform (only training of language models runs on one)";
  } else if (const auto at = s.find_pool(key.workload)) {
    const ServiceStage& w = s.stage(*at);
    out = pool_profile(s, key.workload, w, key.nodes.at(0), fabric);
  } else {
    throw std::invalid_argument("no workload \"" + key.workload + "\"");
  }
  out.key = content_key(s, key, quick);
  return out;
}

std::string content_key(const Scenario& s, const RateKey& key, bool quick) {
  Content c;
  c << kModelVersion << engine::simgrid_version();
  for (const auto& node : key.nodes) add(c, s, s.nodes[s.nodes.find(node)]);
  const Fabric& f = s.fabrics[s.fabrics.find(key.fabric)];
  if (!f.placement.text.empty()) c << f.placement.text;
  const auto [log, w] = find_work(s, key.workload);
  c << (log != nullptr ? 0 : f.pod_nodes) << f.oversubscription << f.nic_latency.value() << f.scale_up_latency.value();
  if (const auto campaign = s.campaigns.find(key.workload); campaign.valid()) {
    add(c, s, s.campaigns[campaign]);
    if (f.storage) c << f.storage->write.value() << f.storage->read.value() << f.storage->by_pod;
    for (const auto& node : key.nodes) add(c, group_on(s, s.nodes.find(node), 0, s.campaigns[campaign].software).software);
    if (quick) c << "closed form";
  }
  else if (log != nullptr) {
    add(c, s, log->works[w]);
    c << "gang" << key.chips;
    for (const auto& node : key.nodes) add(c, group_on(s, s.nodes.find(node), 0, log->works[w].software).software);
  }
  else if (const auto at = s.find_pool(key.workload)) add(c, s, key.workload, s.stage(*at));
  return c.hash();
}

}  // namespace capmix::step
