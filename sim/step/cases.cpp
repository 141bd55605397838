#include "step/cases.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "step/case_row.hpp"

namespace capmix::step {
namespace {

// Far beyond any machine or model that was ever measured, and small enough to be played in seconds to minutes.
constexpr int kMostChips = 1 << 18, kLongest = 1 << 22, kDeepest = 1024, kWidest = 1 << 20, kMost = 1 << 24, kMostExperts = 1 << 16;

// A gate and a shared embedding table show in the number of parameters: the nearest of the four wins.
void infer_from_parameters(const Row& r, LlmModel& m, Case& c) {
  const double stated = r.positive("params_b") * 1e9;
  if (stated <= 0) {
    m.gated = m.ffn < 4 * m.hidden || m.moe();
    return assume(c, m.gated ? "gated FFN" : "plain FFN");
  }
  double nearest = 1e300;
  LlmModel best = m;
  for (const bool gated : {true, false})
    for (const bool tied : {false, true}) {
      LlmModel trial = m;
      trial.gated = gated, trial.tied = tied;
      const double off = std::fabs(std::log(trial.parameters() / stated));
      if (off < nearest - 1e-3) nearest = off, best = trial;
    }
  m = best;
  assume(c, std::string(m.gated ? "gated" : "plain") + " FFN, by the number of parameters");
}

// Attention's heads: key and value heads are shared by whole groups of query heads.
void read_heads(const Row& r, const LlmModel* known, LlmModel& m) {
  m.heads = r.required("heads", kWidest);
  if (m.heads > 4 * m.hidden) r.refuse("heads", "at most four for each of the " + std::to_string(m.hidden) + " of hidden");
  const int usual = known != nullptr && known->kv_heads > 0 && m.heads % known->kv_heads == 0 ? known->kv_heads : m.heads;
  m.kv_heads = r.within("kv_heads", 1, m.heads, usual);
  if (m.heads % m.kv_heads != 0) r.refuse("kv_heads", "a divisor of heads, " + std::to_string(m.heads));
}

void read_experts(const Row& r, const LlmModel* known, LlmModel& m, Case& c) {
  m.experts = r.within("experts", 0, kMostExperts, 0);
  if (m.experts == 0 && known != nullptr && known->moe()) m.experts = known->experts;
  m.top_k = r.within("topk", 0, kMostExperts, known != nullptr && known->moe() ? known->top_k : std::min(2, m.experts));
  if (m.top_k > m.experts || (m.experts > 0 && m.top_k == 0)) {
    const std::string room = m.experts > 0 ? "1 to " + std::to_string(m.experts) + ", the experts" : "0: the row has no experts";
    if (r.has("topk")) r.refuse("topk", room);
    throw std::invalid_argument("topk is blank (expected " + room + ")");
  }
  if (m.experts > 1 && !r.has("topk")) assume(c, "topk " + std::to_string(m.top_k));
  if (m.experts == 1) m.experts = m.top_k = 0;
}

LlmModel model_of(const Row& r, const Scenario& catalogue, Case& c) {
  LlmModel m;
  const LlmModel* known = model_called(c.model_name, catalogue);
  const int hidden = r.required("hidden", kWidest);
  if (known != nullptr && known->hidden == hidden) m = *known;
  else known = nullptr;
  m.id = c.model_name;
  m.layers = r.required("layers", kDeepest), m.hidden = hidden;
  read_heads(r, known, m);
  m.vocab = r.within("vocab", 1, kMost, known != nullptr ? known->vocab : 0);
  if (m.vocab == 0) m.vocab = 51200, assume(c, "vocabulary 51200");
  read_experts(r, known, m, c);
  const int ffn = r.within("ffn", 1, kMost, 4 * m.hidden);
  if (known != nullptr) {
    if (!m.moe() && r.has("ffn")) m.ffn = ffn;
    m.dense_layers = std::min(m.dense_layers, m.layers);
    return m;
  }
  m.ffn = ffn;
  if (!r.has("ffn")) assume(c, "ffn 4 x hidden");
  if (m.moe()) m.expert_ffn = m.ffn;
  if (m.hidden % m.heads != 0) m.head_dim = 128, assume(c, "head size 128");
  if (!r.has("ffn")) m.gated = false;
  else infer_from_parameters(r, m, c);
  return m;
}

Precision precision_of(const std::string& text) {
  const std::string p = lower(text);
  if (p.find("fp4") != std::string::npos) return Precision::fp4;
  if (p.find("fp8") != std::string::npos) return Precision::fp8;
  if (p.find("bf16") != std::string::npos || p.find("fp16") != std::string::npos) return Precision::bf16;
  throw std::invalid_argument("precision \"" + text + "\" is not known (expected bf16, fp16, fp8 or fp4 in some form)");
}

// How many ranks share what: none more than there are chips. What does not multiply out is said by lay_out().
void read_degrees(const Row& r, ParallelPlan& p, Case& c) {
  for (const auto& [key, field] : {std::pair{"tp", &p.tp}, {"pp", &p.pp}, {"cp", &p.cp}, {"ep", &p.ep}}) {
    *field = r.within(key, 1, c.chips, 1);
    if (!r.has(key) && (field != &p.ep || c.model.moe())) assume(c, std::string(key) + " 1");
  }
  if (const double ranks = static_cast<double>(p.tp) * p.pp * p.cp; ranks > c.chips)
    throw std::invalid_argument("tp x pp x cp is " + std::to_string(static_cast<int64_t>(ranks)) + " (expected at most " + std::to_string(c.chips) + ", the gpus)");
  p.vpp = r.within("vpp", 1, c.model.layers, 1);
  if (p.pp > 1 && !r.has("vpp")) assume(c, "vpp 1");
  if (p.pp == 1 && p.vpp > 1) p.vpp = 1, assume(c, "vpp 1, since pp is 1");
  p.micro_batch = r.within("micro_batch", 1, c.campaign.global_batch, 1);
  if (!r.has("micro_batch")) assume(c, "micro-batch 1");
  if (!c.model.moe() && p.ep > 1) r.refuse("ep", "1: the model has no experts");
  if (const double turn = static_cast<double>(c.chips / p.ranks()) * p.micro_batch; turn > c.campaign.global_batch)
    r.refuse("global_batch", "at least " + std::to_string(static_cast<int64_t>(turn)) + ": " + std::to_string(c.chips / p.ranks()) + " replicas of micro-batch " + std::to_string(p.micro_batch));
}

ParallelPlan plan_of(const Row& r, const Software& software, Case& c) {
  ParallelPlan p;
  read_degrees(r, p, c);
  const std::string sharding = r.word("sharding", {"none", "zero1", "zero2", "zero3", "fsdp"});
  p.zero = sharding.empty() ? software.zero : sharding == "none" ? 0 : sharding == "fsdp" ? 3 : sharding.back() - '0';
  if (sharding.empty()) assume(c, "ZeRO " + std::to_string(p.zero));
  const std::string recompute = r.word("recompute", {"none", "selective", "full"});
  p.recompute = recompute == "full" ? Recompute::full : recompute == "selective" || (recompute.empty() && software.recomputes_scores) ? Recompute::selective : Recompute::none;
  if (recompute.empty()) assume(c, software.recomputes_scores ? "selective recompute" : "no recompute");
  const std::string sp = r.word("sp", {"0", "1", "true", "false"});
  p.sequence_parallel = sp.empty() ? software.sequence_parallel : sp == "1" || sp == "true";
  const std::string attention = r.word("attention", {"flash", "unfused"});
  p.fused_attention = attention.empty() ? software.fused_attention : attention == "flash";
  // Few large experts are split over the tensor ranks, many small ones are not (Megatron-Core's recipes).
  if (c.model.moe()) {
    p.expert_tp = c.model.experts <= 16 ? p.tp : 1;
    if (r.notes("ETP=1")) p.expert_tp = 1;
    if (p.tp > 1 && !r.notes("ETP=")) assume(c, "expert tp " + std::to_string(p.expert_tp));
    const int stage = std::max(1, c.chips / p.pp);
    if (p.ep * p.expert_tp > stage) p.expert_tp = 1;
  }
  return p;
}

void fill(const Row& r, const Scenario& catalogue, Case& c) {
  const std::string metric = r.text("metric");
  if (c.workload != "train-dense" && c.workload != "train-moe" && c.workload != "finetune-lora")
    throw std::invalid_argument("workload " + c.workload + " is not LLM training");
  if (metric == "iteration_time") c.metric = Metric::iteration_time;
  else if (metric == "tokens_per_s_per_gpu") c.metric = Metric::tokens_per_second_per_chip;
  else if (metric == "tokens_per_s") c.metric = Metric::tokens_per_second;
  else if (metric == "samples_per_s") c.metric = Metric::samples_per_second;
  else throw std::invalid_argument("metric " + metric + " is neither seconds nor tokens nor samples per second");
  if (!r.has("value")) throw std::invalid_argument("value is blank");
  c.measured = r.positive("value");
  const Node& node = in_catalogue(node_called(c.hardware, catalogue), "hardware", c.hardware);
  c.node = catalogue.nodes.find(node.id);
  const Chip& chip = catalogue.chips[node.chip];
  c.nic = ByteRate(r.positive("nic_gbps_per_gpu") * 1e9 / 8);
  if (c.nic.value() <= 0) assume(c, "network " + std::to_string(static_cast<int>(std::lround(chip.nic.value() * 8 / 1e9))) + " Gbit/s per chip");
  std::string software = r.text("software");
  if (const std::string usual = software_on(catalogue, chip.stack).id; software.empty() && !usual.empty()) software = usual, assume(c, "software " + usual);
  c.software = catalogue.software.find(software);
  if (!c.software.valid()) throw std::invalid_argument("no such software in the catalogue: \"" + software + "\"");
  c.chips = r.required("gpus", kMostChips);
  c.model = model_of(r, catalogue, c);
  Campaign& w = c.campaign;
  w.id = c.id, w.seq = r.required("seq", kLongest), w.global_batch = r.required("global_batch", kMost);
  w.precision = precision_of(c.precision);
  w.block_scaled = plain(c.precision).find("mx") != std::string::npos;
  if (chip.peak.count(w.precision) == 0) throw std::invalid_argument(chip.id + " has no " + text(w.precision) + " rate");
  w.lora_rank = c.workload == "finetune-lora" || lower(c.model_name).find("lora") != std::string::npos ? 16 : 0;
  w.parts.push_back({{}, c.chips});
  w.plans.push_back(plan_of(r, catalogue.software[c.software], c));
}

}  // namespace

const Node* node_called(const std::string& name, const Scenario& catalogue) { return by_alias(catalogue.nodes, name, lower); }
const LlmModel* model_called(const std::string& name, const Scenario& catalogue) { return by_alias(catalogue.llms, name, plain); }

std::string Case::curve() const {
  const auto& p = campaign.plans.empty() ? ParallelPlan{} : campaign.plans.front();
  std::string out = family() + " | " + release + " | " + std::to_string(software.index);
  for (const int x : {model.layers, campaign.seq, p.tp, p.pp, p.cp, p.ep, p.vpp, p.micro_batch, campaign.lora_rank}) out += " " + std::to_string(x);
  return out;
}

double Case::in_unit(Seconds step) const {
  const double tokens = static_cast<double>(campaign.global_batch) * campaign.seq / step.value();
  switch (metric) {
    case Metric::iteration_time: return step.value();
    case Metric::tokens_per_second_per_chip: return tokens / chips;
    case Metric::tokens_per_second: return tokens;
    case Metric::samples_per_second: return campaign.global_batch / step.value();
  }
  return 0;
}

double Case::log_error(double predicted) const {
  const double ratio = predicted / measured;
  return metric == Metric::iteration_time ? std::log(ratio) : -std::log(ratio);
}

const Efficiency& efficiency_of(const Case& c, const Scenario& catalogue) { return catalogue.efficiencies[catalogue.chips[catalogue.nodes[c.node].chip].efficiency]; }

Chip chip_of(Id<Node> node, ByteRate nic, const Scenario& catalogue) {
  Chip chip = catalogue.chips[catalogue.nodes[node].chip];
  if (nic.value() > 0) chip.nic = nic;
  return chip;
}

std::vector<Case> read_cases(const import::CsvTable& table, const Scenario& catalogue, Diagnostics& problems) {
  std::vector<Case> out;
  has_columns(table, {"case_id", "hw", "gpus", "workload", "metric", "value", "layers", "hidden", "heads", "seq", "global_batch", "precision"}, problems);
  if (!problems.ok()) return out;
  for (const auto& row : table.rows) {
    const Row r(table, row);
    const std::string workload = r.text("workload");
    if (workload == "train-recsys" || workload == "infer-recsys" || workload == "infer-llm") continue;
    Case c;
    read_names(r, c);
    c.workload = workload, c.precision = r.text("precision"), c.release = r.text("release");
    try {
      r.check_width();
      fill(r, catalogue, c);
    } catch (const std::invalid_argument& e) {
      c.reason = e.what();
    }
    out.push_back(std::move(c));
  }
  return out;
}

}  // namespace capmix::step
