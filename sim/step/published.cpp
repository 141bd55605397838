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
  Score s;
  s.case_id = c.id, s.group = c.group, s.workload = c.workload, s.hardware = c.hardware, s.precision = c.precision;
  s.unit = c.unit, s.suspect = c.suspect, s.reason = c.reason, s.assumed = c.assumed, s.measured = c.measured;
  if (!c.usable()) return s;
  s.family = c.family(), s.curve = c.curve() + " " + catalogue.software[c.software].id, s.work_class = work_class(c, catalogue), s.chips = c.chips;
  s.chip_family = efficiency_of(c, catalogue).id;
  s.plan = plan_text(c.campaign.plans.front());
  if (c.suspect) s.reason = "marked as suspect in its table: not counted";
  return s;
}

void fill(Score& s, const Case& c, const StepProfile& p) {
  if (!p.feasible) return void(s.reason = p.reason);
  const bool time = c.metric == Metric::iteration_time;
  s.predicted = c.in_unit(p.step);
  s.ratio = s.predicted / s.measured;
  s.log_error = c.log_error(s.predicted);
  s.rate = static_cast<double>(c.campaign.global_batch) * c.campaign.seq / c.chips / p.step.value() * std::exp(s.log_error);
  // Trust multiplies the rate; a time is its inverse.
  s.low = time ? s.predicted / p.trust_high : s.predicted * p.trust_low;
  s.high = time ? s.predicted / p.trust_low : s.predicted * p.trust_high;
  s.in_range = s.low <= s.measured && s.measured <= s.high;
  if (const std::string beyond = overfull(p); !beyond.empty()) s.reason += (s.reason.empty() ? "" : "; ") + beyond;
}

}  // namespace

std::string work_class(const Case& c, const Scenario& catalogue) {
  if (c.lora()) return "LoRA";
  if (c.model.moe()) return "MoE";
  if (catalogue.chips[catalogue.nodes[c.node].chip].stack == "cann") return "Ascend";
  return c.campaign.precision == Precision::fp4 ? "NVFP4" : "dense";
}

std::vector<Score> score(const std::vector<Case>& cases, const Scenario& catalogue, const ScoreOptions& options) {
  std::vector<Score> out;
  std::vector<size_t> firsts;                      // a case of each content
  std::map<std::string, std::vector<size_t>> same; // cases by content
  std::vector<const std::vector<size_t>*> sharing; // by position in `firsts`
  for (size_t i = 0; i < cases.size(); ++i) {
    out.push_back(describe(cases[i], catalogue));
    if (!cases[i].usable()) continue;
    auto& list = same[content(cases[i])];
    if (list.empty()) firsts.push_back(i), sharing.push_back(&list);
    list.push_back(i);
  }
  engine::Workers workers(options.jobs, [&](int task) { return to_json(predict(cases[firsts[static_cast<size_t>(task)]], catalogue)); });
  int done = 0;
  workers.run(firsts.size(), [&](engine::TaskResult r) {
    for (const size_t i : *sharing[static_cast<size_t>(r.task)]) {
      if (r.ok) fill(out[i], cases[i], from_json(r.bytes));
      else out[i].reason = "the simulation failed: " + r.bytes;
      out[i].calibrated_on = options.fitted.count(cases[i].id) > 0;
    }
    options.progress(++done, static_cast<int>(firsts.size()));
  });
  return out;
}

}  // namespace capmix::step
