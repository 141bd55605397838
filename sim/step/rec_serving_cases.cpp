#include "step/rec_serving_cases.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "base/statistics.hpp"
#include "engine/workers.hpp"
#include "step/case_row.hpp"
#include "step/rec_batch.hpp"
#include "step/rec_serving.hpp"

namespace capmix::step {
namespace {

constexpr int kMostChips = 1 << 20;
constexpr int kOfflineBatch = 1024;  // samples
// MLPerf's DLRM-v2, see the header.
constexpr double kCandidates = 270, kFewest = 100, kMost = 700, kObjective = 60, kPercentile = 0.99;

void assume(RecServingCase& c, const std::string& what) { c.assumed += (c.assumed.empty() ? "" : "; ") + what; }

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
  const Node* node = by_alias(catalogue.nodes, c.hardware, lower);
  if (node == nullptr) throw std::invalid_argument("no such hardware in the catalogue: \"" + c.hardware + "\"");
  c.node = catalogue.nodes.find(node->id);
  const RecModel* model = by_alias(catalogue.recommenders, c.model_name, plain);
  if (model == nullptr) throw std::invalid_argument("no such recommender in the catalogue: \"" + c.model_name + "\"");
  c.model = *model;
  c.chips = r.required("gpus", kMostChips);
  read_benchmark(r, c);
  read_precision(catalogue.chips[node->chip], c);
}

const Chip& chip_of(const RecServingCase& c, const Scenario& catalogue) { return catalogue.chips[catalogue.nodes[c.node].chip]; }
const Efficiency& efficiency_of(const RecServingCase& c, const Scenario& catalogue) { return catalogue.efficiencies[chip_of(c, catalogue).efficiency]; }

const Software kEngine;
const Fabric kNoFabric;

ServingSetup setup_of(const RecServingCase& c, const Scenario& catalogue) {
  return {c.model, c.stage, c.id, {chip_of(c, catalogue), catalogue.nodes[c.node], efficiency_of(c, catalogue), kEngine, 1}, kNoFabric};
}

double offline_closed_at(const RecServingCase& c, const Scenario& catalogue, Level level) {
  const ServingSetup s = setup_of(c, catalogue);
  const RowHomes homes = place_rows(s);
  if (!homes.reason.empty()) throw std::invalid_argument(homes.reason);
  const RecBatch b = RecCell(s, homes, level).batch(kOfflineBatch, kOfflineBatch * c.stage.candidates.mode);
  return c.chips * kOfflineBatch / b.slowest().value();
}

struct Predicted {
  double per_chip = 0, low = 1, high = 1;  // samples/s; trust range, relative
  std::string plan, reason;
};

Predicted predict(const RecServingCase& c, const Scenario& catalogue) {
  const ServingSetup s = setup_of(c, catalogue);
  Predicted out;
  if (c.server) {
    const StepProfile p = serve(s);
    out = {p.rate(), p.trust_low, p.trust_high, p.plan, p.reason};
    return out;
  }
  out.reason = place_rows(s).reason;
  if (!out.reason.empty()) return out;
  const double mode = offline_closed(c, catalogue), trust = std::exp(efficiency_of(c, catalogue).trust_serving);
  out.per_chip = offline_rate(s), out.plan = "batches of 1,024 samples";
  out.low = offline_closed_at(c, catalogue, Level::low) / mode / trust, out.high = offline_closed_at(c, catalogue, Level::high) / mode * trust;
  return out;
}

std::string packed(const Predicted& p) {
  const double numbers[] = {p.per_chip, p.low, p.high};
  std::string out(reinterpret_cast<const char*>(numbers), sizeof numbers);
  return out + p.plan + '\n' + p.reason;
}

Predicted unpacked(const std::string& bytes) {
  double numbers[3];
  std::memcpy(numbers, bytes.data(), sizeof numbers);
  const size_t end = bytes.find('\n', sizeof numbers);
  return {numbers[0], numbers[1], numbers[2], bytes.substr(sizeof numbers, end - sizeof numbers), bytes.substr(end + 1)};
}

// Everything that a chip's rate depends on besides the catalogue.
std::string content(const RecServingCase& c) {
  const ServiceStage& s = c.stage;
  std::string out = std::to_string(c.node.index) + " " + c.model.id + " " + text(s.precision) + (c.server ? " server" : " offline");
  for (const double x : {s.candidates.mode, s.spread.low, s.spread.mode, s.spread.high, s.objective.value(), s.percentile}) out += " " + std::to_string(x);
  return out;
}

Score describe(const RecServingCase& c, const Scenario& catalogue) {
  Score s;
  s.case_id = c.id, s.group = c.group, s.workload = "infer-recsys", s.hardware = c.hardware, s.precision = c.precision;
  s.unit = c.unit, s.suspect = c.suspect, s.reason = c.reason, s.assumed = c.assumed, s.measured = c.measured;
  if (!c.usable()) return s;
  s.family = c.group + " | " + c.model_name + " | " + c.hardware + " | " + c.target;
  s.curve = s.family + " | " + c.release + (c.server ? " server" : " offline");
  s.vote = c.configuration(), s.base = c.server ? c.configuration(false) : "";
  s.work_class = c.server ? "DLRM inference, server" : "DLRM inference, offline", s.chip_family = efficiency_of(c, catalogue).id, s.chips = c.chips;
  if (c.suspect) s.reason = "marked as suspect in its table: not counted";
  return s;
}

void fill(Score& s, const RecServingCase& c, const Predicted& p) {
  s.plan = p.plan;
  if (!p.reason.empty()) return void(s.reason = p.reason);
  s.predicted = p.per_chip * c.chips;
  s.ratio = s.predicted / s.measured;
  s.log_error = -std::log(s.ratio);
  s.rate = s.measured / c.chips;
  s.low = s.predicted * p.low, s.high = s.predicted * p.high;
  s.in_range = s.low <= s.measured && s.measured <= s.high;
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
  for (const char* column : {"case_id", "hw", "gpus", "model", "workload", "metric", "value"})
    if (table.column(column) < 0) problems.add({table.file, 1, 0}, std::string("the header lacks the column \"") + column + "\"");
  if (!problems.ok()) return out;
  for (const auto& row : table.rows) {
    const Row r(table, row);
    if (r.text("workload") != "infer-recsys") continue;
    RecServingCase c;
    c.id = r.text("case_id"), c.group = r.text("group"), c.hardware = r.text("hw"), c.precision = r.text("precision"), c.source = r.text("source");
    c.model_name = r.text("model"), c.unit = r.text("unit"), c.release = r.text("release");
    c.suspect = r.has("suspect");
    const size_t fields = row.fields.size(), columns = table.header.size();
    try {
      if (fields != columns)  // it cannot be said which column a value belongs to
        throw std::invalid_argument("the row has " + std::to_string(fields) + " fields (expected " + std::to_string(columns) + ", as in the header)");
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
  std::vector<size_t> firsts;                      // a case of each content
  std::map<std::string, std::vector<size_t>> same; // cases by content
  for (size_t i = 0; i < cases.size(); ++i) {
    out.push_back(describe(cases[i], catalogue));
    if (!cases[i].usable()) continue;
    auto& list = same[content(cases[i])];
    if (list.empty()) firsts.push_back(i);
    list.push_back(i);
  }
  engine::Workers workers(options.jobs, [&](int task) { return packed(predict(cases[firsts[static_cast<size_t>(task)]], catalogue)); });
  int done = 0;
  workers.run(firsts.size(), [&](const engine::TaskResult& r) {
    for (const size_t i : same.at(content(cases[firsts[static_cast<size_t>(r.task)]]))) {
      if (r.ok) fill(out[i], cases[i], unpacked(r.bytes));
      else out[i].reason = "the simulation failed: " + r.bytes;
      out[i].calibrated_on = options.fitted.count(cases[i].id) > 0;
    }
    options.progress(++done, static_cast<int>(firsts.size()));
  });
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
