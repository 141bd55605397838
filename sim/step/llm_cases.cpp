#include "step/llm_cases.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

#include "base/statistics.hpp"
#include "step/case_row.hpp"
#include "step/cases.hpp"

namespace capmix::step {
namespace {

constexpr int kMostChips = 1 << 18;
constexpr double kTail = 1.1;  // 99th percentile to mean of the time per token, as the simulation has it near its largest load

struct Benchmark {
  TextTraffic traffic;
  int expert_chips = 0;
};
using Benchmarks = std::map<std::string, Benchmark>;  // by model's id and scenario
using Engines = std::map<std::string, bool>;          // by release: pipeline stages where a model needs more than one chip

Benchmarks read_benchmarks(const import::CsvTable& t, const Scenario& catalogue, Diagnostics& problems) {
  Benchmarks out;
  if (!has_columns(t, {"model", "scenario", "prompt", "prompt_variation", "prompt_most", "output", "output_variation", "output_most", "cached", "ttft_ms", "tpot_ms", "percentile", "expert_chips", "source", "confidence"}, problems)) return out;
  for (const auto& row : t.rows) {
    const Row f(t, row);
    try {
      in_catalogue(model_called(f.text("model"), catalogue), "model", f.text("model"));
      if (f.text("source").empty() || f.text("confidence").empty()) throw std::invalid_argument("source or confidence is blank");
      constexpr double kLongest = 1 << 22;
      Benchmark b;
      b.traffic.prompt = {f.between("prompt", 1, kLongest, -1), f.between("prompt_variation", 0, 10, -1), static_cast<int>(f.between("prompt_most", 1, kLongest, -1))};
      b.traffic.output = {f.between("output", 1, kLongest, -1), f.between("output_variation", 0, 10, -1), static_cast<int>(f.between("output_most", 1, kLongest, -1))};
      b.traffic.cached = f.between("cached", 0, 0.999, 0);
      b.traffic.ttft = Seconds(f.between("ttft_ms", 0, 1e9, 0) * 1e-3), b.traffic.tpot = Seconds(f.between("tpot_ms", 0, 1e9, 0) * 1e-3);
      b.traffic.percentile = f.between("percentile", 1, 99.99, 99) / 100;
      b.expert_chips = static_cast<int>(f.between("expert_chips", 1, 4096, 0));
      // Two names of one shape may be two benchmarks.
      out[f.text("model") + " " + f.text("scenario")] = b;
    } catch (const std::invalid_argument& e) {
      problems.add({t.file, row.line, 0}, e.what());
    }
  }
  return out;
}

Engines read_engines(const import::CsvTable& t, Diagnostics& problems) {
  Engines out;
  if (!has_columns(t, {"release", "pipelines", "source", "confidence"}, problems)) return out;
  for (const auto& row : t.rows) {
    const std::string word = Row(t, row).text("pipelines");
    if (word != "yes" && word != "no") problems.add({t.file, row.line, 0}, "pipelines is \"" + word + "\" (expected yes or no)");
    out[Row(t, row).text("release")] = word == "yes";
  }
  return out;
}

// The benchmark whose name the model's begins with, the longest.
const Benchmark* benchmark_of(const Benchmarks& all, const std::string& model, const std::string& scenario) {
  const Benchmark* best = nullptr;
  size_t length = 0;
  for (const auto& [key, b] : all) {
    const std::string name = key.substr(0, key.rfind(' '));
    if (key.substr(key.rfind(' ') + 1) == scenario && model.rfind(name, 0) == 0 && name.size() > length) best = &b, length = name.size();
  }
  return best;
}

LlmPrecisions precisions_of(const std::string& word, const Chip& chip, LlmCase& c) {
  if (word.empty()) {
    const bool eight = chip.peak.count(Precision::fp8) > 0;
    assume(c, eight ? "weights and cache in fp8" : "weights and cache in bf16");
    return eight ? LlmPrecisions{Precision::fp8, Precision::fp8} : LlmPrecisions{Precision::bf16, Precision::bf16};
  }
  // A latent cache is small and kept at 16 bits.
  const Precision cache = c.model.latent() ? Precision::bf16 : Precision::fp8;
  if (word == "fp4/fp8" || word == "fp4") return {Precision::fp4, cache};
  if (word == "fp8") return {Precision::fp8, cache};
  if (word == "int8") return {Precision::int8, cache};
  if (word == "bf16" || word == "fp16") return {Precision::bf16, Precision::bf16};
  throw std::invalid_argument("precision is \"" + word + "\" (expected fp4, fp4/fp8, fp8, int8 or bf16)");
}

// "output_tokens_per_s_server": the answers' tokens of a scenario; "prefill_tokens_per_s_per_npu" or "_per_node": the prompts'.
void read_metric(const Row& f, const Node& node, LlmCase& c) {
  const std::string metric = f.text("metric"), answers = "output_tokens_per_s_", prompts = "prefill_tokens_per_s_per_";
  c.counted = c.chips;
  if (metric.rfind(answers, 0) == 0) c.scenario = metric.substr(answers.size());
  else if (metric == prompts + "npu") c.scenario = "prefill", c.counted = 1, c.phase = LlmPhase::prefill;
  else if (metric == prompts + "node") c.scenario = "prefill", c.counted = node.chips, c.phase = LlmPhase::prefill;
  else throw std::invalid_argument("metric " + metric + " counts neither the tokens of answers nor of prompts per second");
}

void fill(const Row& f, const Scenario& catalogue, const Benchmarks& benchmarks, const Engines& engines, LlmCase& c) {
  const Node& node = in_catalogue(node_called(c.hardware, catalogue), "hardware", c.hardware);
  c.node = catalogue.nodes.find(node.id);
  c.chip = as_run(catalogue.chips[node.chip], f, c.hardware);
  const Chip& chip = c.chip;
  c.model = in_catalogue(model_called(c.model_name, catalogue), "model", c.model_name);
  c.chips = static_cast<int>(f.between("gpus", 1, kMostChips, -1));
  c.measured = f.between("value", 1e-9, 1e15, -1);
  read_metric(f, node, c);
  const Benchmark* b = benchmark_of(benchmarks, c.model_name, c.scenario);
  if (b == nullptr) throw std::invalid_argument("no benchmark is known for " + c.model_name + ", " + c.scenario);
  c.traffic = b->traffic;
  if (b->expert_chips > 0) c.splits = {{1, 1, b->expert_chips}};
  c.precisions = precisions_of(c.precision, chip, c);
  if (chip.peak.count(c.precisions.weights) == 0) throw std::invalid_argument(chip.id + " has no " + text(c.precisions.weights) + " rate");
  if (const auto e = engines.find(c.release); e != engines.end()) c.pipelines = e->second;
  else if (!c.release.empty()) throw std::invalid_argument("no engine is known of release " + c.release);
  const std::string notes = f.text("notes");
  const auto noted = [&](const std::string& what) {
    const auto at = notes.find(what);
    return at == std::string::npos ? 0 : std::strtod(notes.c_str() + at + what.size(), nullptr);
  };
  if (const double tokens = noted("mean out tokens/sample="); tokens > 0) c.traffic.output.mean = tokens;
  c.tpot = Seconds(noted("p99 TPOT=") * 1e-3);
}

// One traffic for all rows of a configuration.
void settle(std::vector<LlmCase>& cases) {
  std::map<std::string, std::vector<double>> outputs;
  for (const auto& c : cases) if (c.usable()) outputs[c.configuration()].push_back(c.traffic.output.mean);
  for (auto& c : cases) {
    if (!c.usable()) continue;
    // A log-normal that is cut at its most has a lower mean; raised until the sample has the one that is wanted.
    const double wanted = quantile(outputs[c.configuration()], 0.5);
    for (Tokens* l : {&c.traffic.output, &c.traffic.prompt}) {
      const double mean = l == &c.traffic.output ? wanted : l->mean;
      l->mean = mean;
      if (l->variation <= 0) continue;
      for (int i = 0; i < 5; ++i) {
        const auto m = means(c.traffic);
        l->mean *= mean / (l == &c.traffic.output ? m.output : m.prompt);
      }
    }
    c.means = means(c.traffic);
    c.per_unit = c.phase == LlmPhase::prefill ? c.means.prompt : wanted;
  }
}

std::string work_class(const LlmCase& c) {
  return std::string("LLM serving, ") + (c.phase == LlmPhase::prefill ? "prefill" : c.offline() ? "offline" : "server and interactive");
}

Score describe(const LlmCase& c, const Scenario& catalogue) {
  Score s = described(c);
  s.workload = "infer-llm", s.precision = c.precision;
  if (!c.usable()) return s;
  s.family = c.group + " | " + c.model_name + " | " + c.hardware + " | " + c.precision, s.curve = c.configuration();
  s.vote = c.configuration(), s.base = c.offline() || c.phase == LlmPhase::prefill ? "" : c.system() + " | offline";
  s.work_class = work_class(c), s.chips = c.chips;
  s.chip_family = catalogue.efficiencies[c.chip.efficiency].id;
  if (c.suspect) s.reason = kSuspect;
  return s;
}

void fill(Score& s, const LlmCase& c, const StepProfile& p) {
  if (!p.feasible) return void(s.reason = p.reason);
  s.plan = p.plan;
  set_prediction(s, in_unit(c, p.rate() / p.groups.front().chips), p, false);
  s.rate = s.measured / c.counted;
}

}  // namespace

std::string LlmCase::system() const { return hardware + " x " + std::to_string(chips) + " | " + model_name + " | " + release; }
std::string LlmCase::configuration() const { return system() + " | " + scenario; }

std::vector<LlmCase> read_llm_cases(const import::CsvTable& table, const import::CsvTable& benchmarks, const import::CsvTable& engines,
                                    const Scenario& catalogue, Diagnostics& problems) {
  std::vector<LlmCase> out;
  has_columns(table, {"case_id", "hw", "gpus", "workload", "metric", "value", "model", "precision"}, problems);
  const auto known = read_benchmarks(benchmarks, catalogue, problems);
  const auto engine = read_engines(engines, problems);
  if (!problems.ok()) return out;
  for (const auto& row : table.rows) {
    const Row f(table, row);
    if (f.text("workload") != "infer-llm") continue;
    LlmCase c;
    read_names(f, c);
    c.precision = f.text("precision"), c.release = f.text("release");
    try {
      f.check_width();
      fill(f, catalogue, known, engine, c);
    } catch (const std::invalid_argument& e) {
      c.reason = e.what();
    }
    out.push_back(std::move(c));
  }
  settle(out);
  return out;
}

LlmServingSetup setup_of(const LlmCase& c, const Scenario& catalogue, const Fabric& fabric) {
  static const Software none;
  const Node& node = catalogue.nodes[c.node];
  LlmServingSetup s{c.model, {c.chip, node, catalogue.efficiencies[c.chip.efficiency], none, c.most_chips(node)}, fabric, c.traffic};
  s.precisions = c.precisions, s.phase = c.phase, s.splits = c.splits, s.pipelines = c.pipelines;
  return s;
}

double in_unit(const LlmCase& c, double rate_per_chip) { return rate_per_chip * c.counted * c.per_unit; }

double predict_closed(const LlmCase& c, const Scenario& catalogue) {
  static const Fabric fabric;
  LlmServingSetup s = setup_of(c, catalogue, fabric);
  s.traffic.ttft = Seconds(0), s.traffic.tpot = c.tpot / kTail;
  return in_unit(c, closed_rate_per_chip(s, c.means));
}

std::vector<Score> score(const std::vector<LlmCase>& cases, const Scenario& catalogue, const ScoreOptions& options) {
  std::vector<Score> out;
  std::vector<std::string> keys;
  for (const auto& c : cases) out.push_back(describe(c, catalogue)), keys.push_back(c.usable() ? c.configuration() + c.precision : "");
  const Fabric fabric;
  simulate_once(keys, options, [&](size_t i) { return serve_llm(setup_of(cases[i], catalogue, fabric)); }, [&](size_t i, const StepProfile& p) { fill(out[i], cases[i], p); }, out);
  return out;
}

double LlmBars::quantile_of(const std::vector<Vote>& votes, double p) const {
  std::vector<double> values;
  for (const auto& v : votes) values.push_back(v.value);
  return quantile(values, p);
}

LlmBars bars(const std::vector<LlmCase>& cases, const std::vector<Score>& scores) {
  struct Pair { double predicted = 0; std::vector<double> measured; bool fitted = false; };
  std::map<std::string, std::map<std::string, Pair>> systems;  // by system, by scenario
  for (size_t i = 0; i < cases.size(); ++i) {
    if (!scores[i].counts() || cases[i].phase != LlmPhase::both) continue;
    Pair& p = systems[cases[i].system()][cases[i].scenario];
    p.predicted = scores[i].predicted, p.measured.push_back(scores[i].measured), p.fitted |= scores[i].calibrated_on;
  }
  LlmBars out;
  for (const auto& [system, scenarios] : systems) {
    const auto base = scenarios.find("offline");
    if (base == scenarios.end()) continue;
    const double measured = quantile(base->second.measured, 0.5), predicted = base->second.predicted;
    out.offline.push_back({system, std::fabs(predicted / measured - 1), base->second.fitted});
    for (const auto& [name, p] : scenarios)
      if (name != "offline") out.ratios.push_back({system + " | " + name, std::fabs(p.predicted / predicted - quantile(p.measured, 0.5) / measured), base->second.fitted});
  }
  return out;
}

}  // namespace capmix::step
