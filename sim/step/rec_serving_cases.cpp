#include "step/rec_serving_cases.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/statistics.hpp"
#include "step/case_row.hpp"
#include "step/rec_batch.hpp"
#include "step/rec_serving.hpp"

namespace capmix::step {
namespace {

constexpr int kMostChips = 1 << 20;
constexpr int kOfflineBatch = 1024;  // samples
// MLPerf's DLRM-v2, see the header.
constexpr double kCandidates = 270, kFewest = 100, kMost = 700, kObjective = 60, kPercentile = 0.99;

// A PERT distribution with that mean: mode = (6 mean - low - high) / 4.
Uncertain<double> spread(const Row& r, double low, double mean, double high) {
  const double mode = (6 * mean - low - high) / 4;
  if (mode < low || mode > high) r.refuse("candidates_mean", "a mean between candidates_low and candidates_high that a PERT distribution has");
  return {low / mean, mode / mean, high / mean};
}

void read_benchmark(const Row& r, RecServingCase& c) {
  const double low = r.positive("candidates_low", kFewest), mean = r.positive("candidates_mean", kCandidates), high = r.positive("candidates_high", kMost);
  ServiceStage& s = c.stage;
  s.candidates = Uncertain<double>(mean), s.spread = spread(r, low, mean, high);
  if (!r.has("candidates_mean")) assume(c, "100 to 700 candidates a sample, mean 270");
  s.objective = Seconds(r.positive("objective_ms", kObjective) / 1e3), s.percentile = r.number("percentile", kPercentile);
  if (s.percentile < 0.5 || s.percentile > 0.9999) r.refuse("percentile", "0.5 to 0.9999");
  if (c.server && !r.has("objective_ms")) assume(c, "99th percentile within 60 ms");
  s.cell_chips = 1;
  s.parameter_servers = Bytes(0);
}

void read_precision(const Chip& chip, RecServingCase& c) {
  c.stage.precision = Precision::fp16;
  if (c.target == "99") {
    c.stage.precision = chip.peak.count(Precision::int8) > 0 ? Precision::int8 : Precision::fp8;
    assume(c, c.stage.precision == Precision::int8 ? "products in INT8" : "products in INT8, at the FP8 rate");
  } else {
    assume(c, "products in FP16");
  }
  c.model.element = Precision::int8;
  assume(c, "rows in 8 bits");
  if (chip.peak.count(c.stage.precision) == 0) throw std::invalid_argument(chip.id + " has no " + text(c.stage.precision) + " rate");
}

void fill(const Row& r, const Scenario& catalogue, RecServingCase& c) {
  const std::string metric = r.text("metric");
  if (metric == "samples_per_s_offline") c.server = false;
  else if (metric == "samples_per_s_server") c.server = true;
  else throw std::invalid_argument("metric " + metric + " is not samples per second, offline or server");
  if (!r.has("value")) throw std::invalid_argument("value is blank");
  c.measured = r.positive("value");
  c.target = c.id.find("99.9") != std::string::npos ? "99.9" : "99";
  const Node& node = in_catalogue(node_called(c.hardware, catalogue), "hardware", c.hardware);
  c.node = catalogue.nodes.find(node.id);
  c.model = in_catalogue(by_alias(catalogue.recommenders, c.model_name, plain), "recommender", c.model_name);
  c.chips = r.required("gpus", kMostChips);
  read_benchmark(r, c);
  c.chip = as_run(catalogue.chips[node.chip], r, c.hardware);
  read_precision(c.chip, c);
}

const Efficiency& efficiency_of(const RecServingCase& c, const Scenario& catalogue) { return catalogue.efficiencies[c.chip.efficiency]; }

const Software kEngine;
const Fabric kNoFabric;

ServingSetup setup_of(const RecServingCase& c, const Scenario& catalogue) {
  return {c.model, c.stage, c.id, {c.chip, catalogue.nodes[c.node], efficiency_of(c, catalogue), kEngine, 1}, kNoFabric};
}

double offline_closed_at(const RecServingCase& c, const Scenario& catalogue, Level level) {
  const ServingSetup s = setup_of(c, catalogue);
  const RowHomes homes = place_rows(s);
  if (!homes.reason.empty()) throw std::invalid_argument(homes.reason);
  const RecBatch b = RecCell(s, homes, level).batch(kOfflineBatch, kOfflineBatch * c.stage.candidates.mode);
  return c.chips * kOfflineBatch / b.slowest().value();
}

// Offline, a profile of one second: what a chip does when nobody asks for latency.
StepProfile profile_of(const RecServingCase& c, const Scenario& catalogue) {
  const ServingSetup s = setup_of(c, catalogue);
  if (c.server) return serve(s);
  StepProfile out;
  out.reason = place_rows(s).reason;
  if (!out.reason.empty()) return out;
  const double mode = offline_closed(c, catalogue), trust = std::exp(efficiency_of(c, catalogue).trust_serving);
  out.feasible = true, out.units = offline_rate(s), out.step = Seconds(1), out.plan = "batches of 1,024 samples";
  out.trust_low = offline_closed_at(c, catalogue, Level::low) / mode / trust, out.trust_high = offline_closed_at(c, catalogue, Level::high) / mode * trust;
  return out;
}

// Everything that a chip's rate depends on besides the catalogue.
std::string content(const RecServingCase& c) {
  const ServiceStage& s = c.stage;
  std::string out = std::to_string(c.node.index) + " " + c.model.id + " " + text(s.precision) + (c.server ? " server" : " offline");
  for (const double x : {s.candidates.mode, s.spread.low, s.spread.mode, s.spread.high, s.objective.value(), s.percentile, c.chip.tdp.value()}) out += " " + std::to_string(x);
  return out;
}

Score describe(const RecServingCase& c, const Scenario& catalogue) {
  Score s = described(c);
  s.workload = "infer-recsys", s.precision = c.precision;
  if (!c.usable()) return s;
  s.family = c.group + " | " + c.model_name + " | " + c.hardware + " | " + c.target;
  s.curve = s.family + " | " + c.release + (c.server ? " server" : " offline");
  s.vote = c.configuration(), s.base = c.server ? c.configuration(false) : "";
  s.work_class = c.server ? "DLRM inference, server" : "DLRM inference, offline", s.chip_family = efficiency_of(c, catalogue).id, s.chips = c.chips;
  if (c.suspect) s.reason = kSuspect;
  return s;
}

void fill(Score& s, const RecServingCase& c, const StepProfile& p) {
  s.plan = p.plan;
  if (!p.feasible) return void(s.reason = p.reason);
  set_prediction(s, p.rate() * c.chips, p, false);
  s.rate = s.measured / c.chips;
}

}  // namespace

std::string RecServingCase::system() const {
  const std::string mark = "/results/";
  const size_t at = source.find(mark);
  if (at == std::string::npos) return "";
  const size_t begin = at + mark.size();
  return source.substr(begin, source.find('/', begin) - begin);
}

std::vector<RecServingCase> read_rec_serving_cases(const import::CsvTable& table, const Scenario& catalogue, Diagnostics& problems) {
  std::vector<RecServingCase> out;
  has_columns(table, {"case_id", "hw", "gpus", "model", "workload", "metric", "value"}, problems);
  if (!problems.ok()) return out;
  for (const auto& row : table.rows) {
    const Row r(table, row);
    if (r.text("workload") != "infer-recsys") continue;
    RecServingCase c;
    read_names(r, c);
    c.precision = r.text("precision"), c.source = r.text("source"), c.release = r.text("release");
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

double offline_closed(const RecServingCase& c, const Scenario& catalogue) { return offline_closed_at(c, catalogue, Level::mode); }

std::vector<Score> score(const std::vector<RecServingCase>& cases, const Scenario& catalogue, const ScoreOptions& options) {
  std::vector<Score> out;
  std::vector<std::string> keys;
  for (const auto& c : cases) out.push_back(describe(c, catalogue)), keys.push_back(c.usable() ? content(c) : "");
  simulate_once(keys, options, [&](size_t i) { return profile_of(cases[i], catalogue); }, [&](size_t i, const StepProfile& p) { fill(out[i], cases[i], p); }, out);
  return out;
}

std::vector<Vote> votes(const std::vector<RecServingCase>& cases, const std::vector<Score>& scores) {
  std::map<std::string, std::vector<size_t>> by;
  for (size_t i = 0; i < cases.size(); ++i)
    if (scores[i].counts()) by[cases[i].configuration()].push_back(i);
  std::vector<Vote> out;
  for (const auto& [name, list] : by) {
    const RecServingCase& c = cases[list.front()];
    std::vector<double> measured;
    Vote v{name, c.hardware, c.target, c.release, c.chips, c.server, scores[list.front()].predicted, 0, false};
    for (const size_t i : list) measured.push_back(scores[i].measured), v.calibrated_on = v.calibrated_on || scores[i].calibrated_on;
    v.measured = quantile(measured, 0.5);
    out.push_back(v);
  }
  return out;
}

}  // namespace capmix::step
