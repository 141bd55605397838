#include "calibrate/llm_fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <stdexcept>

#include "base/statistics.hpp"
#include "calibrate/record.hpp"
#include "calibrate/solver.hpp"

namespace capmix::calibrate {
namespace {

constexpr double kScale = 0.04;        // errors beyond this count linearly
constexpr double kPriorWeight = 0.05;
constexpr Seconds kLaunch{2e-6};       // of an operator captured in a graph: an assumption
constexpr double kPower = 0.44;        // ln(66 / 80) / ln(450 / 700): what the H100 is set up for at 450 W and at 700 W

// Start, bounds and the prior's standard deviation in ln. products: at most 78 % of the H100's 8-bit peak.
struct Value { const char* name; double start, low, high, spread; };
constexpr Value kValues[] = {{"products", 1.25, 0.5, 1.3, 0.1}, {"memory", 0.85, 0.4, 0.98, 0.1}, {"iteration", 4e-3, 1e-4, 3e-2, 0.7}, {"sequence", 15e-6, 1e-7, 2e-4, 0.7}};
constexpr int kCount = 4;
using Point = std::array<double, kCount>;  // logarithms

LlmFit as_fit(const double* x) {
  LlmFit f;
  f.products = std::exp(x[0]), f.memory = std::exp(x[1]), f.iteration = Seconds(std::exp(x[2])), f.sequence = Seconds(std::exp(x[3]));
  return f;
}

// One configuration of the chip that is fitted: its rows' median.
struct Configuration {
  step::LlmCase row;
  std::vector<double> measured, tpot;
  std::vector<std::string> ids;
};

double error(const Configuration& c, const Scenario& catalogue) { return std::log(step::predict_closed(c.row, catalogue) / c.row.measured); }

struct Residual {
  const Configuration* c;
  Scenario* catalogue;       // whose efficiency of that chip is overwritten; the fit runs in one thread
  Efficiency* efficiency;
  bool operator()(double const* const* x, double* out) const {
    apply(as_fit(x[0]), *efficiency);
    *out = error(*c, *catalogue);
    return std::isfinite(*out);
  }
};

struct Prior {
  bool operator()(double const* const* x, double* out) const {
    for (int i = 0; i < kCount; ++i) out[i] = kPriorWeight * (x[0][i] - std::log(kValues[i].start)) / kValues[i].spread;
    return true;
  }
};

Point solve(const std::vector<const Configuration*>& list, Scenario& catalogue, Efficiency& efficiency) {
  Point x;
  for (int i = 0; i < kCount; ++i) x[static_cast<size_t>(i)] = std::log(kValues[i].start);
  ceres::Problem problem;
  for (const auto* c : list) {
    auto* cost = new ceres::DynamicNumericDiffCostFunction<Residual, ceres::CENTRAL>(new Residual{c, &catalogue, &efficiency});
    cost->AddParameterBlock(kCount);
    cost->SetNumResiduals(1);
    problem.AddResidualBlock(cost, new ceres::SoftLOneLoss(kScale), x.data());
  }
  auto* prior = new ceres::DynamicNumericDiffCostFunction<Prior, ceres::CENTRAL>(new Prior);
  prior->AddParameterBlock(kCount);
  prior->SetNumResiduals(kCount);
  problem.AddResidualBlock(prior, nullptr, x.data());
  for (int i = 0; i < kCount; ++i) problem.SetParameterLowerBound(x.data(), i, std::log(kValues[i].low)), problem.SetParameterUpperBound(x.data(), i, std::log(kValues[i].high));
  calibrate::solve(problem, 60, 1e-7);
  return x;
}

std::vector<Configuration> configurations(const std::vector<step::LlmCase>& cases) {
  std::map<std::string, Configuration> found;
  for (const auto& c : cases) {
    if (!c.usable() || c.suspect || c.chip.id != kLlmFitted) continue;
    if (!c.offline() && c.tpot.value() <= 0) continue;
    Configuration& f = found[c.configuration()];
    f.row = c;
    f.measured.push_back(c.measured), f.tpot.push_back(c.tpot.value()), f.ids.push_back(c.id);
  }
  std::vector<Configuration> out;
  for (auto& [name, f] : found) {
    f.row.measured = quantile(f.measured, 0.5), f.row.tpot = Seconds(quantile(f.tpot, 0.5));
    out.push_back(std::move(f));
  }
  return out;
}

}  // namespace

void apply(const LlmFit& fit, Efficiency& e) {
  e.llm_products.mode = fit.products, e.llm_memory.mode = fit.memory;
  e.llm_iteration = fit.iteration, e.llm_sequence = fit.sequence;
  e.llm_launch = kLaunch, e.llm_power = kPower;
}

LlmFit fit_llm(const Scenario& given, const std::vector<step::LlmCase>& cases) {
  const auto all = configurations(cases);
  if (all.empty()) throw std::invalid_argument(std::string("no row of LLM serving on ") + kLlmFitted + " to fit");
  Scenario catalogue = given;
  Efficiency& efficiency = catalogue.efficiencies[all.front().row.chip.efficiency];
  std::vector<const Configuration*> list;
  for (const auto& c : all) list.push_back(&c);
  const Point best = solve(list, catalogue, efficiency);
  LlmFit fit = as_fit(best.data());
  fit.products_low = fit.products_high = fit.products, fit.memory_low = fit.memory_high = fit.memory;
  for (size_t leave = 0; all.size() > 1 && leave < all.size(); ++leave) {
    auto others = list;
    others.erase(others.begin() + static_cast<long>(leave));
    const LlmFit f = as_fit(solve(others, catalogue, efficiency).data());
    fit.products_low = std::min(fit.products_low, f.products), fit.products_high = std::max(fit.products_high, f.products);
    fit.memory_low = std::min(fit.memory_low, f.memory), fit.memory_high = std::max(fit.memory_high, f.memory);
  }
  apply(fit, efficiency);
  std::vector<double> errors;
  for (const auto& c : all) {
    errors.push_back(std::fabs(error(c, catalogue)));
    fit.cases.insert(fit.cases.end(), c.ids.begin(), c.ids.end());
  }
  std::sort(fit.cases.begin(), fit.cases.end());
  fit.median = quantile(errors, 0.5);
  return fit;
}

std::map<std::string, double> llm_trust(const std::vector<step::LlmCase>& cases, const std::vector<Score>& scores) {
  std::map<std::string, std::map<std::string, std::vector<double>>> sizes;  // by family, by configuration
  for (size_t i = 0; i < cases.size(); ++i)
    if (scores[i].counts() && !scores[i].calibrated_on) sizes[scores[i].chip_family][cases[i].configuration()].push_back(std::fabs(scores[i].log_error));
  std::map<std::string, double> out;
  for (const auto& [family, by] : sizes) {
    std::vector<double> votes;
    for (const auto& [name, list] : by) votes.push_back(quantile(list, 0.5));
    if (votes.size() >= kFewestHeld) out[family] = std::max(kLeastTrust, quantile(votes, 0.9));
  }
  return out;
}

std::string llm_table(const LlmFit& fit, bool fitted, double trust, const Efficiency& e) {
  std::string out = "[llm_serving]\n";
  out += "products = " + range({fit.products_low, fit.products, fit.products_high}) + "\nmemory = " + range({fit.memory_low, fit.memory, fit.memory_high}) + "\n";
  out += "power = " + digits(e.reference_watts > 0 ? kPower : 0) + "\nlaunch = \"" + digits(kLaunch.value() * 1e6) + " us\"\niteration = \"" + digits(fit.iteration.value() * 1e6) + " us\"\nsequence = \"" + digits(fit.sequence.value() * 1e6) + " us\"\n";
  out += "trust = " + digits(trust < 0 ? e.trust_llm : trust) + "\ncalibrated_on = [" + (fitted ? "\"mlperf-infer\"" : "") + "]\n";
  out += fitted ? "source = \"capmix calibrate on published measurements, tests/published/mlperf-serving\"\n" : "source = \"Transferred from Hopper\"\n";
  out += "confidence = \"assumption\"\n";
  if (fitted)
    out += "note = \"Fitted to " + std::to_string(fit.cases.size()) + " rows of the H100 SXM alone; low and high: fits that leave one configuration out. launch is an assumption. power: ln(66 / 80) / ln(450 / 700), the rates that the H100 is set up for at two power limits (mlcommons/inference_results_v4.1 closed/NVIDIA/configs/llama2-70b/Offline). products is at its bound. trust: 90th percentile of the error on rows of other chips of the family.\"\n";
  else
    out += std::string("note = \"The same shares as on the H100 SXM, whose rows alone were fitted; low and high are Hopper's, and too narrow. trust: ") +
           (trust < 0 ? "a guess." : "90th percentile of the error on the family's rows.") + "\"\n";
  return out;
}

}  // namespace capmix::calibrate
