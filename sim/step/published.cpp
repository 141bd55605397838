#include "step/published.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "engine/workers.hpp"
#include "step/cache.hpp"
#include "step/content.hpp"
#include "step/memory.hpp"

namespace capmix::step {
namespace {

std::string plan_text(const ParallelPlan& p) {
  std::string out;
  const auto add = [&](const char* name, int v) { out += (out.empty() ? "" : " ") + std::string(name) + "=" + std::to_string(v); };
  add("tp", p.tp), add("pp", p.pp), add("vpp", p.vpp), add("cp", p.cp), add("ep", p.ep), add("expert_tp", p.expert_tp);
  add("zero", p.zero), add("shard", p.shard), add("micro_batch", p.micro_batch);
  out += std::string(" recompute=") + kRecomputeNames[static_cast<int>(p.recompute)];
  add("sequence_parallel", p.sequence_parallel), add("fused_attention", p.fused_attention);
  return out;
}

// Everything that the time of a case depends on besides the catalogue.
std::string content(const Case& c) {
  const Campaign& w = c.campaign;
  Content out;
  add(out, c.model), add(out, w.plans.front());
  out << w.seq << w.global_batch << text(w.precision) << w.block_scaled << w.lora_rank << c.chips << c.node.index << c.software.index << c.nic.value();
  return out.hash();
}

StepProfile predict(const Case& c, const Scenario& catalogue) {
  const Chip chip = chip_of(c, catalogue);
  const Fabric fabric;
  TrainingSetup setup{c.model, c.campaign, {{chip, catalogue.nodes[c.node], catalogue.efficiencies[chip.efficiency], catalogue.software[c.software], c.chips}}, fabric};
  setup.check_memory = false;
  return train(setup);
}

// A published case ran: where we think that its plan does not fit, we either misjudge its memory or assumed another plan
// than the one that ran.
std::string overfull(const StepProfile& p) {
  const Bytes room = p.capacity * kUsable;
  const Bytes need = total(p.memory);
  if (need <= room) return "";
  char text[96];
  std::snprintf(text, sizeof text, "by our memory model the plan needs %.1f of %.1f GB", need.value() / 1e9, room.value() / 1e9);
  return text;
}

Score describe(const Case& c, const Scenario& catalogue) {
  Score s = described(c);
  s.workload = c.workload, s.precision = c.precision;
  if (!c.usable()) return s;
  s.family = c.family(), s.curve = c.curve() + " " + catalogue.software[c.software].id, s.work_class = work_class(c, catalogue), s.chips = c.chips;
  s.chip_family = efficiency_of(c, catalogue).id;
  s.plan = plan_text(c.campaign.plans.front());
  if (c.suspect) s.reason = kSuspect;
  return s;
}

void fill(Score& s, const Case& c, const StepProfile& p) {
  if (!p.feasible) return void(s.reason = p.reason);
  set_prediction(s, c.in_unit(p.step), p, c.metric == Metric::iteration_time);
  s.rate = static_cast<double>(c.campaign.global_batch) * c.campaign.seq / c.chips / p.step.value() * std::exp(s.log_error);
  if (const std::string beyond = overfull(p); !beyond.empty()) s.reason += (s.reason.empty() ? "" : "; ") + beyond;
}

}  // namespace

std::string work_class(const Case& c, const Scenario& catalogue) {
  if (c.lora()) return "LoRA";
  if (c.model.moe()) return "MoE";
  if (catalogue.chips[catalogue.nodes[c.node].chip].stack == "cann") return "Ascend";
  return c.campaign.precision == Precision::fp4 ? "NVFP4" : "dense";
}

void set_prediction(Score& s, double predicted, const StepProfile& p, bool is_time) {
  s.predicted = predicted;
  s.ratio = predicted / s.measured;
  s.log_error = is_time ? std::log(s.ratio) : -std::log(s.ratio);
  s.low = is_time ? predicted / p.trust_high : predicted * p.trust_low;
  s.high = is_time ? predicted / p.trust_low : predicted * p.trust_high;
  s.in_range = s.low <= s.measured && s.measured <= s.high;
}

void simulate_once(const std::vector<std::string>& keys, const ScoreOptions& options, const std::function<StepProfile(size_t)>& work,
                   const std::function<void(size_t, const StepProfile&)>& use, std::vector<Score>& scores) {
  std::map<std::string, std::vector<size_t>> same;  // cases by key
  std::vector<const std::vector<size_t>*> tasks;    // in the order of their first cases
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].empty()) continue;
    auto& list = same[keys[i]];
    if (list.empty()) tasks.push_back(&list);
    list.push_back(i);
  }
  engine::Workers workers(options.jobs, [&](int task) { return to_json(work(tasks[static_cast<size_t>(task)]->front())); });
  int done = 0;
  workers.run(tasks.size(), [&](engine::TaskResult r) {
    for (const size_t i : *tasks[static_cast<size_t>(r.task)]) {
      if (r.ok) use(i, from_json(r.bytes));
      else scores[i].reason = "the simulation failed: " + r.bytes;
      scores[i].calibrated_on = options.fitted.count(scores[i].case_id) > 0;
    }
    options.progress(++done, static_cast<int>(tasks.size()));
  });
}

std::vector<Score> score(const std::vector<Case>& cases, const Scenario& catalogue, const ScoreOptions& options) {
  std::vector<Score> out;
  std::vector<std::string> keys;
  for (const auto& c : cases) out.push_back(describe(c, catalogue)), keys.push_back(c.usable() ? content(c) : "");
  simulate_once(keys, options, [&](size_t i) { return predict(cases[i], catalogue); }, [&](size_t i, const StepProfile& p) { fill(out[i], cases[i], p); }, out);
  return out;
}

}  // namespace capmix::step
