#include "step/rec_cases.hpp"

#include <cmath>
#include <map>
#include <stdexcept>

#include "base/statistics.hpp"
#include "base/unit.hpp"
#include "step/case_row.hpp"
#include "step/memory.hpp"

namespace capmix::step {
namespace {

constexpr int kMostBatch = 1 << 26;

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
  const Node& node = in_catalogue(node_called(c.hardware, catalogue), "hardware", c.hardware);
  const RecModel& model = in_catalogue(by_alias(catalogue.recommenders, c.model_name, lower), "recommender", c.model_name);
  const Chip& chip = catalogue.chips[node.chip];
  c.precision = precision_of(c.precision_name, chip);
  c.nic = ByteRate(r.positive("nic_gbps_per_gpu") * 1e9 / 8);
  c.batch = r.required("global_batch", kMostBatch);
  const int chips = r.required("gpus", 1 << 18);
  if (c.batch < chips) r.refuse("global_batch", "at least one sample for each of " + std::to_string(chips) + " chips");
  if (c.nic.value() <= 0 && chips > chip.scale_up_domain) assume(c, "network " + std::to_string(std::lround(chip.nic.value() * 8 / 1e9)) + " Gbit/s per chip");
  c.software = catalogue.software.find(software_on(catalogue, chip.stack).id);
  read_options(r, c);
  c.model = catalogue.recommenders.find(model.id), c.node = catalogue.nodes.find(node.id), c.chips = chips;
}

RecTrainingSetup setup_of(const RecCase& c, const Scenario& catalogue, const Chip& chip, const Efficiency& e, const Fabric& fabric) {
  static const Software plain_software;
  const Software& software = c.software.valid() ? catalogue.software[c.software] : plain_software;
  return {catalogue.recommenders[c.model], c.batch, c.precision, {chip, catalogue.nodes[c.node], e, software, c.chips}, fabric, c.options};
}

Score describe(const RecCase& c, const Scenario& catalogue) {
  Score s = described(c);
  s.workload = c.workload, s.precision = c.precision_name;
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
  set_prediction(s, c.in_unit(p.step), p, c.in_ms);
  s.rate = c.batch / (p.step.value() * std::exp(-s.log_error)) / c.chips;
  const Bytes need = total(p.memory);
  if (need > p.capacity) s.reason += (s.reason.empty() ? "" : "; ") + ("by our memory model a chip needs " + si(need.value(), "B") + " of " + si(p.capacity.value(), "B"));
}

}  // namespace

std::string RecCase::configuration() const {
  return model_name + " | " + hardware + " x " + std::to_string(chips) + " | batch " + std::to_string(batch) + " | " + precision_name;
}

double RecCase::log_error(double predicted) const { return in_ms ? std::log(predicted / measured) : -std::log(predicted / measured); }

std::vector<RecCase> read_rec_cases(const import::CsvTable& table, const Scenario& catalogue, Diagnostics& problems) {
  has_columns(table, {"case_id", "hw", "gpus", "model", "precision", "global_batch", "metric", "value", "workload"}, problems);
  std::vector<RecCase> out;
  if (!problems.ok()) return out;
  for (const auto& line : table.rows) {
    const Row r(table, line);
    if (r.text("workload") != "train-recsys") continue;
    RecCase c;
    read_names(r, c);
    c.workload = r.text("workload"), c.precision_name = r.text("precision");
    if (c.suspect) c.reason = r.text("suspect");
    try {
      r.check_width();
      fill(r, catalogue, c);
    } catch (const std::invalid_argument& e) {
      c.reason += (c.reason.empty() ? "" : "; ") + std::string(e.what()), c.chips = 0;
    }
    out.push_back(std::move(c));
  }
  return out;
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
  std::vector<std::string> keys;
  for (const auto& c : cases) {
    out.push_back(describe(c, catalogue));
    keys.push_back(c.usable() ? c.configuration() + " | " + std::to_string(chip_of(c, catalogue).nic.value()) + " | " + std::to_string(static_cast<int>(c.options.optimizer)) : "");
  }
  const Fabric fabric;
  const auto work = [&](size_t i) {
    const Chip chip = chip_of(cases[i], catalogue);
    return train_rec(setup_of(cases[i], catalogue, chip, catalogue.efficiencies[chip.efficiency], fabric));
  };
  simulate_once(keys, options, work, [&](size_t i, const StepProfile& p) { fill(out[i], cases[i], p); }, out);
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
