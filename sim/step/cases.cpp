#include "step/cases.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

namespace capmix::step {
namespace {

class Row {
 public:
  Row(const import::CsvTable& table, const import::CsvRow& row) : table_(table), row_(row) {}
  std::string text(const char* name) const {
    const int c = table_.column(name);
    return c < 0 ? "" : row_.fields[static_cast<size_t>(c)];
  }
  bool has(const char* name) const { return !text(name).empty(); }
  bool notes(const std::string& what) const { return text("notes").find(what) != std::string::npos; }
  // `otherwise` when blank; throws with the reason when it is no number.
  double number(const char* name, double otherwise = 0) const {
    const std::string t = text(name);
    if (t.empty()) return otherwise;
    char* end = nullptr;
    const double v = std::strtod(t.c_str(), &end);
    if (*end != '\0' || !std::isfinite(v)) throw std::invalid_argument(std::string(name) + " is \"" + t + "\", not a number");
    return v;
  }
  int integer(const char* name, int otherwise = 0) const {
    const double v = number(name, otherwise);
    if (v != std::floor(v) || std::fabs(v) > 2e9) throw std::invalid_argument(std::string(name) + " is \"" + text(name) + "\", not a whole number");
    return static_cast<int>(v);
  }
  int required(const char* name) const {
    if (!has(name)) throw std::invalid_argument(std::string(name) + " is blank");
    const int v = integer(name);
    if (v < 1) throw std::invalid_argument(std::string(name) + " is " + std::to_string(v) + " (expected at least 1)");
    return v;
  }

 private:
  const import::CsvTable& table_;
  const import::CsvRow& row_;
};

void assume(Case& c, const std::string& what) { c.assumed += (c.assumed.empty() ? "" : "; ") + what; }

std::string lower(std::string s) {
  std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return s;
}

// Without case, blanks and punctuation, so that "DeepSeekV3" and "DeepSeek-V3" are one name.
std::string plain(const std::string& s) {
  std::string out;
  for (const char c : lower(s)) if (c != ' ' && c != '_' && c != '-' && c != '.') out += c;
  return out;
}

// The entry with the longest alias that `name` begins with.
template <class T>
const T* by_alias(const Table<T>& table, const std::string& name, std::string (*form)(const std::string&)) {
  const T* best = nullptr;
  size_t length = 0;
  const std::string wanted = form(name);
  for (const auto& entry : table)
    for (const auto& alias : entry.aliases)
      if (const auto a = form(alias); a.size() > length && wanted.rfind(a, 0) == 0) best = &entry, length = a.size();
  return best;
}
std::string as_is(const std::string& s) { return lower(s); }

// A gate and a shared embedding table show in the number of parameters: the nearest of the four wins.
void infer_from_parameters(const Row& r, LlmModel& m, Case& c) {
  const double stated = r.number("params_b") * 1e9;
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

LlmModel model_of(const Row& r, const Scenario& catalogue, Case& c) {
  LlmModel m;
  const LlmModel* known = by_alias(catalogue.llms, c.model_name, plain);
  const int hidden = r.required("hidden");
  if (known != nullptr && known->hidden == hidden) m = *known;
  else known = nullptr;
  m.id = c.model_name;
  m.layers = r.required("layers"), m.hidden = hidden, m.heads = r.required("heads");
  if (m.heads > 4 * m.hidden) throw std::invalid_argument("heads is " + std::to_string(m.heads) + " for hidden " + std::to_string(m.hidden));
  m.kv_heads = r.integer("kv_heads", known != nullptr ? std::min(known->kv_heads, m.heads) : m.heads);
  m.vocab = r.integer("vocab", known != nullptr ? known->vocab : 0);
  if (m.vocab == 0) m.vocab = 51200, assume(c, "vocabulary 51200");
  m.experts = r.integer("experts", 0), m.top_k = r.integer("topk", m.experts > 0 ? 2 : 0);
  if (m.experts == 0 && known != nullptr && known->moe()) m.experts = known->experts, m.top_k = known->top_k;
  if (m.experts == 1) m.experts = 0;
  if (known != nullptr) {
    if (!m.moe() && r.has("ffn")) m.ffn = r.integer("ffn");
    m.dense_layers = std::min(m.dense_layers, m.layers);
    return m;
  }
  m.ffn = r.integer("ffn", 4 * m.hidden);
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

ParallelPlan plan_of(const Row& r, const Software& software, Case& c) {
  ParallelPlan p;
  for (const auto& [key, field] : {std::pair{"tp", &p.tp}, {"pp", &p.pp}, {"cp", &p.cp}, {"ep", &p.ep}, {"vpp", &p.vpp}}) {
    *field = std::max(1, r.integer(key, 1));
  }
  if (p.pp > 1 && !r.has("vpp")) assume(c, "vpp 1");
  if (p.pp == 1) p.vpp = 1;
  p.micro_batch = r.integer("micro_batch", 1);
  if (!r.has("micro_batch")) assume(c, "micro-batch 1");
  const std::string sharding = r.text("sharding");
  p.zero = sharding == "zero3" ? 3 : sharding == "zero2" ? 2 : sharding == "zero1" ? 1 : sharding == "none" ? 0 : software.zero;
  if (sharding.empty()) assume(c, "ZeRO " + std::to_string(p.zero));
  const std::string recompute = r.text("recompute");
  p.recompute = recompute == "full" ? Recompute::full : recompute == "selective" || (recompute.empty() && software.recomputes_scores) ? Recompute::selective : Recompute::none;
  if (recompute.empty()) assume(c, software.recomputes_scores ? "selective recompute" : "no recompute");
  p.sequence_parallel = r.has("sp") ? r.text("sp") == "1" : software.sequence_parallel;
  p.fused_attention = r.has("attention") ? r.text("attention") == "flash" : software.fused_attention;
  // Few large experts are split over the tensor ranks, many small ones are not (Megatron-Core's recipes).
  if (c.model.moe()) {
    p.expert_tp = c.model.experts <= 16 ? p.tp : 1;
    if (r.notes("ETP=1")) p.expert_tp = 1;
    if (p.tp > 1 && !r.notes("ETP=")) assume(c, "expert tp " + std::to_string(p.expert_tp));
    const int stage = std::max(1, c.chips / p.pp);
    if (p.ep * p.expert_tp > stage) p.expert_tp = 1;
  } else {
    p.ep = 1;
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
  c.measured = r.number("value");
  if (c.measured <= 0) throw std::invalid_argument("value is not a positive number");
  const Node* node = by_alias(catalogue.nodes, c.hardware, as_is);
  if (node == nullptr) throw std::invalid_argument("no such hardware in the catalogue: \"" + c.hardware + "\"");
  c.node = catalogue.nodes.find(node->id);
  const Chip& chip = catalogue.chips[node->chip];
  c.nic = ByteRate(r.number("nic_gbps_per_gpu") * 1e9 / 8);
  if (c.nic.value() <= 0) assume(c, "network " + std::to_string(static_cast<int>(std::lround(chip.nic.value() * 8 / 1e9))) + " Gbit/s per chip");
  std::string software = r.text("software");
  for (const auto& w : catalogue.software)
    if (software.empty() && w.standard && w.stack == chip.stack) assume(c, "software " + w.id), software = w.id;
  c.software = catalogue.software.find(software);
  if (!c.software.valid()) throw std::invalid_argument("no such software in the catalogue: \"" + software + "\"");
  c.chips = r.required("gpus");
  c.model = model_of(r, catalogue, c);
  Campaign& w = c.campaign;
  w.id = c.id, w.seq = r.required("seq"), w.global_batch = r.required("global_batch");
  w.precision = precision_of(c.precision);
  w.block_scaled = plain(c.precision).find("mx") != std::string::npos;
  if (chip.peak.count(w.precision) == 0) throw std::invalid_argument(chip.id + " has no " + text(w.precision) + " rate");
  w.lora_rank = c.workload == "finetune-lora" || lower(c.model_name).find("lora") != std::string::npos ? 16 : 0;
  w.parts.push_back({{}, c.chips});
  w.plans.push_back(plan_of(r, catalogue.software[c.software], c));
}

}  // namespace

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

Chip chip_of(const Case& c, const Scenario& catalogue) {
  Chip chip = catalogue.chips[catalogue.nodes[c.node].chip];
  if (c.nic.value() > 0) chip.nic = c.nic;
  return chip;
}

std::vector<Case> read_cases(const import::CsvTable& table, const Scenario& catalogue, Diagnostics& problems) {
  std::vector<Case> out;
  for (const char* column : {"case_id", "hw", "gpus", "workload", "metric", "value", "layers", "hidden", "heads", "seq", "global_batch", "precision"})
    if (table.column(column) < 0) problems.add({table.file, 1, 0}, std::string("the header lacks the column \"") + column + "\"");
  if (!problems.ok()) return out;
  for (const auto& row : table.rows) {
    const Row r(table, row);
    Case c;
    c.id = r.text("case_id"), c.group = r.text("group"), c.workload = r.text("workload"), c.hardware = r.text("hw");
    c.precision = r.text("precision"), c.model_name = r.text("model"), c.unit = r.text("unit");
    c.release = r.text("release");
    c.suspect = r.has("suspect");
    try {
      fill(r, catalogue, c);
    } catch (const std::invalid_argument& e) {
      c.reason = e.what();
    }
    out.push_back(std::move(c));
  }
  return out;
}

}  // namespace capmix::step
