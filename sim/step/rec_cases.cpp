#include "step/rec_cases.hpp"

#include <cmath>
#include <map>
#include <stdexcept>

#include "base/statistics.hpp"
#include "base/unit.hpp"
#include "engine/workers.hpp"
#include "step/cache.hpp"
#include "step/case_row.hpp"

namespace capmix::step {
namespace {

constexpr int kMostBatch = 1 << 26;

void assume(RecCase& c, const std::string& what) { c.assumed += (c.assumed.empty() ? "" : "; ") + what; }

// "fp16-mixed" and "amp" run products in 16 bits, "tf32/fp32" and "fp32/tf32" in TF32 on chips that have it.
Precision precision_of(const std::string& name, const Chip& chip) {
  const std::string p = plain(name);
  if (p == "fp16mixed" || p == "amp" || p == "fp16") return Precision::fp16;
  if (p.rfind("bf16", 0) == 0) return Precision::bf16;
  const bool tf32 = chip.peak.count(Precision::tf32) > 0;
  if (p.find("tf32") != std::string::npos && tf32) return Precision::tf32;
  if (p == "fp32") return Precision::fp32;
  throw std::invalid_argument("precision is \"" + name + "\"" + (p.find("tf32") != std::string::npos ? ", of which " + chip.id + " has no rate in the catalogue" : " (expected fp16-mixed, amp, bf16, tf32 or fp32)"));
}

void read_options(const Row& r, RecCase& c) {
  c.options.check_memory = false;
  c.options.wire = bytes_of(c.precision) > 2 ? 4 : 2;
  const bool sgd = r.notes("optimizer SGD"), adagrad = r.notes("Adagrad") || c.id.rfind("MLPT", 0) == 0;
  c.options.optimizer = sgd ? RecOptimizer::sgd : RecOptimizer::adagrad;
  if (!sgd && !adagrad) c.options.optimizer = RecOptimizer::sgd, assume(c, "optimizer SGD, as these examples used");
}

void fill(const Row& r, const Scenario& catalogue, RecCase& c) {
  const std::string metric = r.text("metric");
  c.in_ms = metric == "iteration_time_ms";
  if (!c.in_ms && metric != "samples_per_s") throw std::invalid_argument("metric " + metric + " is neither samples_per_s nor iteration_time_ms");
  if (!r.has("value")) throw std::invalid_argument("value is blank");
  c.measured = r.positive("value");
  const Node* node = by_alias(catalogue.nodes, c.hardware, lower);
  if (node == nullptr) throw std::invalid_argument("no such hardware in the catalogue: \"" + c.hardware + "\"");
  const RecModel* model = by_alias(catalogue.recommenders, c.model_name, lower);
  if (model == nullptr) throw std::invalid_argument("no such recommender in the catalogue: \"" + c.model_name + "\"");
  const Chip& chip = catalogue.chips[node->chip];
  c.precision = precision_of(c.precision_name, chip);
  c.nic = ByteRate(r.positive("nic_gbps_per_gpu") * 1e9 / 8);
  c.batch = r.required("global_batch", kMostBatch);
  const int chips = r.required("gpus", 1 << 18);
  if (c.batch < chips) r.refuse("global_batch", "at least one sample for each of " + std::to_string(chips) + " chips");
  if (c.nic.value() <= 0 && chips > chip.scale_up_domain) assume(c, "network " + std::to_string(std::lround(chip.nic.value() * 8 / 1e9)) + " Gbit/s per chip");
  c.software = catalogue.software.find(software_on(catalogue, chip.stack).id);
  read_options(r, c);
  c.model = catalogue.recommenders.find(model->id), c.node = catalogue.nodes.find(node->id), c.chips = chips;
}

RecTrainingSetup setup_of(const RecCase& c, const Scenario& catalogue, const Chip& chip, const Efficiency& e, const Fabric& fabric) {
  static const Software plain_software;
  const Software& software = c.software.valid() ? catalogue.software[c.software] : plain_software;
  return {catalogue.recommenders[c.model], c.batch, c.precision, {chip, catalogue.nodes[c.node], e, software, c.chips}, fabric, c.options};
}

Score describe(const RecCase& c, const Scenario& catalogue) {
  Score s;
  s.case_id = c.id, s.group = c.group, s.workload = c.workload, s.hardware = c.hardware, s.precision = c.precision_name;
  s.unit = c.unit, s.suspect = c.suspect, s.reason = c.reason, s.assumed = c.assumed, s.measured = c.measured;
  if (!c.usable()) return s;
  s.family = c.group + " | " + c.model_name + " | " + c.hardware + " | " + c.precision_name;
  s.curve = s.family, s.vote = c.configuration();
  // The bar is MLPerf's model; the other tables time frameworks with costs of their own.
  s.work_class = catalogue.recommenders[c.model].id == "dlrm-dcnv2" ? "DLRM training" : "DLRM training, other frameworks", s.chips = c.chips;
  s.chip_family = catalogue.efficiencies[catalogue.chips[catalogue.nodes[c.node].chip].efficiency].id;
  return s;
}

void fill(Score& s, const RecCase& c, const StepProfile& p) {
  if (!p.feasible) return void(s.reason = p.reason);
  s.plan = p.plan;
  s.predicted = c.in_unit(p.step);
  s.ratio = s.predicted / s.measured;
  s.log_error = c.log_error(s.predicted);
  s.rate = c.batch / (p.step.value() * std::exp(-s.log_error)) / c.chips;
  // Trust multiplies the rate; a time is its inverse.
  s.low = c.in_ms ? s.predicted / p.trust_high : s.predicted * p.trust_low;
  s.high = c.in_ms ? s.predicted / p.trust_low : s.predicted * p.trust_high;
  s.in_range = s.low <= s.measured && s.measured <= s.high;
  Bytes need;
  for (const auto& m : p.memory) need += m.bytes;
  if (need > p.capacity) s.reason += (s.reason.empty() ? "" : "; ") + ("by our memory model a chip needs " + si(need.value(), "B") + " of " + si(p.capacity.value(), "B"));
}

}  // namespace

std::string RecCase::configuration() const {
  return model_name + " | " + hardware + " x " + std::to_string(chips) + " | batch " + std::to_string(batch) + " | " + precision_name;
}

double RecCase::log_error(double predicted) const { return in_ms ? std::log(predicted / measured) : -std::log(predicted / measured); }

std::vector<RecCase> read_rec_cases(const import::CsvTable& table, const Scenario& catalogue, Diagnostics& problems) {
  for (const char* name : {"case_id", "hw", "gpus", "model", "precision", "global_batch", "metric", "value", "workload"})
    if (table.column(name) < 0) problems.add({table.file, 1, 0}, std::string("has no column \"") + name + "\"");
  std::vector<RecCase> out;
  if (!problems.ok()) return out;
  for (const auto& line : table.rows) {
    const Row r(table, line);
    if (r.text("workload") != "train-recsys") continue;
    RecCase c;
    c.id = r.text("case_id"), c.group = r.text("group"), c.workload = r.text("workload"), c.hardware = r.text("hw");
    c.precision_name = r.text("precision"), c.model_name = r.text("model"), c.unit = r.text("unit");
    c.suspect = r.has("suspect");
    if (c.suspect) c.reason = r.text("suspect");
    const size_t fields = line.fields.size(), columns = table.header.size();
    try {
      if (fields != columns)  // it cannot be said which column a value belongs to
        throw std::invalid_argument("the row has " + std::to_string(fields) + " fields (expected " + std::to_string(columns) + ", as in the header)");
      fill(r, catalogue, c);
    } catch (const std::invalid_argument& e) {
      c.reason += (c.reason.empty() ? "" : "; ") + std::string(e.what()), c.chips = 0;
    }
    out.push_back(std::move(c));
  }
  return out;
}

Chip chip_of(const RecCase& c, const Scenario& catalogue) {
  Chip chip = catalogue.chips[catalogue.nodes[c.node].chip];
  if (c.nic.value() > 0) chip.nic = c.nic;
  return chip;
}

Seconds predict(const RecCase& c, const Scenario& catalogue, const Efficiency& e) {
  const Chip chip = chip_of(c, catalogue);
  const Fabric fabric;
  std::string why;
  const auto it = lay_out(setup_of(c, catalogue, chip, e, fabric), why);
  if (!it) throw std::invalid_argument(why);
  return it->step();
}

std::vector<Score> score(const std::vector<RecCase>& cases, const Scenario& catalogue, const ScoreOptions& options) {
  std::vector<Score> out;
  std::map<std::string, std::vector<size_t>> same;  // cases that differ in nothing but their measurement
  for (size_t i = 0; i < cases.size(); ++i) {
    const RecCase& c = cases[i];
    out.push_back(describe(c, catalogue));
    if (!c.usable()) continue;
    out.back().calibrated_on = options.fitted.count(c.id) > 0;
    same[c.configuration() + " | " + std::to_string(chip_of(c, catalogue).nic.value()) + " | " + std::to_string(static_cast<int>(c.options.optimizer))].push_back(i);
  }
  std::vector<const std::vector<size_t>*> tasks;
  for (const auto& [key, list] : same) tasks.push_back(&list);
  const Fabric fabric;
  engine::Workers workers(options.jobs, [&](int task) {
    const RecCase& c = cases[tasks[static_cast<size_t>(task)]->front()];
    const Chip chip = chip_of(c, catalogue);
    return to_json(train_rec(setup_of(c, catalogue, chip, catalogue.efficiencies[chip.efficiency], fabric)));
  });
  int done = 0;
  workers.run(tasks.size(), [&](engine::TaskResult r) {
    for (const size_t i : *tasks[static_cast<size_t>(r.task)]) {
      if (r.ok) fill(out[i], cases[i], from_json(r.bytes));
      else out[i].reason = "the simulation failed: " + r.bytes;
    }
    options.progress(++done, static_cast<int>(tasks.size()));
  });
  return out;
}

std::vector<RecVote> votes(const std::vector<RecCase>& cases, const std::vector<Score>& scores) {
  std::map<std::string, std::vector<size_t>> by;
  for (size_t i = 0; i < cases.size(); ++i)
    if (scores[i].counts()) by[cases[i].configuration()].push_back(i);
  std::vector<RecVote> out;
  for (const auto& [configuration, rows] : by) {
    RecVote v{configuration, static_cast<int>(rows.size()), false, 0};
    std::vector<double> errors;
    for (const size_t i : rows) errors.push_back(scores[i].log_error), v.fitted = v.fitted || scores[i].calibrated_on;
    v.error = quantile(errors, 0.5);
    out.push_back(std::move(v));
  }
  return out;
}

}  // namespace capmix::step
