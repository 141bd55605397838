#include "step/published.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

#include "base/unit.hpp"
#include "step/step.hpp"

namespace capmix::step {
namespace {

// Catalogue node for hardware as sources name it, by the beginning of the name.
constexpr std::pair<const char*, const char*> kHardware[] = {
    {"H100-SXM", "hgx-h100"},     {"H100-80GB", "hgx-h100"},     {"H200-SXM", "hgx-h200"},
    {"A100-SXM-80GB", "hgx-a100"}, {"A100-80GB", "hgx-a100"},     {"Ascend 910B", "atlas-800-a2"}};

class Row {
 public:
  Row(const import::CsvTable& table, const import::CsvRow& row) : table_(table), row_(row) {}
  std::string text(const char* name) const {
    const int c = table_.column(name);
    return c < 0 ? "" : row_.fields[static_cast<size_t>(c)];
  }
  bool has(const char* name) const { return !text(name).empty(); }
  // 0 when blank; throws with the reason when it is no number.
  double number(const char* name, double otherwise = 0) const {
    const std::string t = text(name);
    if (t.empty()) return otherwise;
    char* end = nullptr;
    const double v = std::strtod(t.c_str(), &end);
    if (*end != '\0' || !std::isfinite(v)) throw std::invalid_argument(std::string(name) + " is \"" + t + "\", not a number");
    return v;
  }
  int integer(const char* name, int otherwise = 0) const { return static_cast<int>(number(name, otherwise)); }
  int required(const char* name) const {
    if (!has(name)) throw std::invalid_argument(std::string(name) + " is blank");
    return integer(name);
  }

 private:
  const import::CsvTable& table_;
  const import::CsvRow& row_;
};

void assume(Score& s, const std::string& what) { s.reason += (s.reason.empty() ? "assumed: " : "; ") + what; }

LlmModel model_of(const Row& r, Score& s) {
  LlmModel m;
  m.id = r.text("model");
  m.layers = r.required("layers"), m.hidden = r.required("hidden"), m.heads = r.required("heads");
  m.kv_heads = r.integer("kv_heads", m.heads);
  // A source without an FFN width: the classic four times hidden without a gate. A stated width of four times
  // hidden or more is taken as ungated too, less as gated (SwiGLU models keep 3 x 8/3).
  m.ffn = r.integer("ffn", 4 * m.hidden);
  m.gated = r.has("ffn") && m.ffn < 4 * m.hidden;
  if (!r.has("ffn")) assume(s, "ffn 4 x hidden");
  m.vocab = r.integer("vocab", 32000);
  if (!r.has("vocab")) assume(s, "vocabulary 32000");
  m.experts = r.integer("experts", 0);
  return m;
}

Campaign campaign_of(const Row& r, Score& s) {
  Campaign c;
  c.id = s.case_id;
  c.seq = r.required("seq"), c.global_batch = r.required("global_batch");
  const std::string precision = r.text("precision");
  if (precision.rfind("bf16", 0) != 0) throw std::invalid_argument("precision " + precision + " is not simulated yet");
  c.precision = Precision::bf16;
  for (const char* kind : {"pp", "cp", "ep"})
    if (r.integer(kind, 1) > 1) throw std::invalid_argument(std::string(kind) + " > 1 is not simulated yet");
  c.parts.push_back({{}, r.required("gpus")});
  ParallelPlan p;
  p.tp = std::max(1, r.integer("tp", 1));
  p.micro_batch = r.required("micro_batch");
  const std::string sharding = r.text("sharding");
  p.zero = sharding == "zero3" ? 3 : sharding == "zero2" ? 2 : 1;
  if (sharding.empty()) assume(s, "optimizer states sharded");
  const std::string recompute = r.text("recompute");
  p.recompute = recompute == "full";
  c.plans.push_back(p);
  if (recompute.empty()) {
    // Unknown: stored if it fits, else recomputed; the faster plan that fits is taken.
    p.recompute = true;
    c.plans.push_back(p);
    assume(s, "recompute only if it does not fit");
  }
  return c;
}

const Node& node_of(const Row& r, const Scenario& catalogue) {
  const std::string hw = r.text("hw");
  for (const auto& [prefix, node] : kHardware) {
    if (hw.rfind(prefix, 0) != 0) continue;
    const auto id = catalogue.nodes.find(std::string(node));
    if (id.valid()) return catalogue.nodes[id];
  }
  throw std::invalid_argument("no such hardware in the catalogue: \"" + hw + "\"");
}

void predict(const Row& r, const Scenario& catalogue, Score& s) {
  const std::string metric = r.text("metric");
  if (r.text("workload") != "train-dense") throw std::invalid_argument("workload " + r.text("workload") + " is not simulated yet");
  if (metric != "iteration_time" && metric != "tokens_per_s_per_gpu") throw std::invalid_argument("metric " + metric + " is not scored");
  if (r.has("suspect")) throw std::invalid_argument("suspect: " + r.text("suspect"));
  const LlmModel model = model_of(r, s);
  const Campaign campaign = campaign_of(r, s);
  const Node& node = node_of(r, catalogue);
  Chip chip = catalogue.chips[node.chip];
  if (r.has("nic_gbps_per_gpu")) chip.nic = ByteRate(r.number("nic_gbps_per_gpu") * 1e9 / 8);
  Fabric fabric;
  const StepProfile p = train({model, campaign, {{chip, node, catalogue.efficiencies[chip.efficiency], campaign.chips()}}, fabric});
  if (!p.feasible) throw std::invalid_argument(p.reason);
  s.measured = r.number("value");
  const bool time = metric == "iteration_time";
  s.predicted = time ? p.step.value() : p.rate() / campaign.chips();
  s.ratio = s.predicted / s.measured;
  // Trust multiplies the rate; a time is its inverse.
  s.low = time ? s.predicted / p.trust_high : s.predicted * p.trust_low;
  s.high = time ? s.predicted / p.trust_low : s.predicted * p.trust_high;
  s.in_range = s.low <= s.measured && s.measured <= s.high;
  const auto& fitted = catalogue.efficiencies[chip.efficiency].calibrated_on;
  s.calibrated_on = std::count(fitted.begin(), fitted.end(), s.case_id) > 0;
}

}  // namespace

std::vector<Score> score(const import::CsvTable& cases, const Scenario& catalogue, Diagnostics& problems) {
  std::vector<Score> out;
  for (const char* column : {"case_id", "hw", "gpus", "workload", "metric", "value", "layers", "hidden", "heads", "seq", "global_batch", "micro_batch"})
    if (cases.column(column) < 0) problems.add({cases.file, 1, 0}, std::string("the header lacks the column \"") + column + "\"");
  if (!problems.ok()) return out;
  for (const auto& row : cases.rows) {
    const Row r(cases, row);
    Score s;
    s.case_id = r.text("case_id"), s.group = r.text("group"), s.workload = r.text("workload"), s.hardware = r.text("hw");
    s.unit = r.text("unit");
    try {
      predict(r, catalogue, s);
    } catch (const std::invalid_argument& e) {
      s.reason = e.what();
    }
    out.push_back(std::move(s));
  }
  return out;
}

}  // namespace capmix::step
