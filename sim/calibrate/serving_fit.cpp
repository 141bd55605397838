#include "calibrate/serving_fit.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <stdexcept>

#include "base/statistics.hpp"
#include "calibrate/record.hpp"
#include "calibrate/solver.hpp"

namespace capmix::calibrate {
namespace {

using step::RecServingCase;
using Rows = std::vector<const RecServingCase*>;

Efficiency& efficiency_of(const RecServingCase& c, Scenario& s) { return s.efficiencies[c.chip.efficiency]; }

struct Shares { double gemm, gather; };

void put(Scenario& s, const RecServingCase& c, const Shares& x) {
  Efficiency& e = efficiency_of(c, s);
  e.serving_gemm = Uncertain<double>(x.gemm), e.gather = Uncertain<double>(x.gather);
}

// ln(predicted / measured) of one row; shares as Ceres sees them, in logarithms.
struct Residual {
  Scenario* scenario;   // a copy whose shares are changed for each evaluation
  const RecServingCase* row;
  bool operator()(double const* const* x, double* out) const {
    put(*scenario, *row, {std::exp(x[0][0]), std::exp(x[0][1])});
    *out = std::log(step::offline_closed(*row, *scenario) / row->measured);
    return std::isfinite(*out);
  }
};

Shares solve(const Scenario& catalogue, const Rows& rows) {
  Scenario s = catalogue;
  double x[2] = {std::log(0.7), std::log(0.4)};
  ceres::Problem problem;
  for (const auto* row : rows) {
    auto* cost = new ceres::DynamicNumericDiffCostFunction<Residual, ceres::CENTRAL>(new Residual{&s, row});
    cost->AddParameterBlock(2);
    cost->SetNumResiduals(1);
    problem.AddResidualBlock(cost, nullptr, x);
  }
  for (int i = 0; i < 2; ++i) problem.SetParameterLowerBound(x, i, std::log(0.05)), problem.SetParameterUpperBound(x, i, std::log(1.0));
  calibrate::solve(problem, 50, 1e-6);
  return {std::exp(x[0]), std::exp(x[1])};
}

// Server rates that the maker of the fitted chip registered for its own systems at two power limits: 510,000 and 400,000 a
// second at 99 %, 340,000 and 256,000 at 99.9 % (mlcommons/inference_results_v4.1 closed/NVIDIA/configs/dlrm-v2/Server).
constexpr double kLimit = 450;  // W
constexpr struct { const char* target; double share; } kLimited[] = {{"99", 400.0 / 510}, {"99.9", 256.0 / 340}};

// The exponent of the clock at which products slow down so far, as the mean of both targets in logarithms.
double power(const Scenario& catalogue, const Rows& rows, const Shares& shares) {
  Scenario s = catalogue;
  put(s, *rows.front(), shares);
  const auto excess = [&](double exponent) {
    efficiency_of(*rows.front(), s).serving_power = exponent;
    double sum = 0;
    for (const auto& [target, share] : kLimited) {
      RecServingCase full = **std::find_if(rows.begin(), rows.end(), [&, t = target](const RecServingCase* c) { return c->target == t; }), limited = full;
      limited.chip.tdp = Watts(kLimit);
      sum += std::log(step::offline_closed(limited, s) / step::offline_closed(full, s) / share);
    }
    return sum;
  };
  double low = 0, high = 3;
  while (high - low > 1e-6) (excess((low + high) / 2) > 0 ? low : high) = (low + high) / 2;
  return low;
}

bool both_targets(const Rows& rows) {
  const auto has = [&](const char* target) { return std::any_of(rows.begin(), rows.end(), [&](const RecServingCase* c) { return c->target == target; }); };
  return has("99") && has("99.9");
}

}  // namespace

ServingFit fit_serving(const Scenario& catalogue, const std::vector<step::RecServingCase>& cases) {
  Rows own;
  std::map<std::string, Rows> by_system, others;
  for (const auto& c : cases) {
    if (!c.usable() || c.suspect || c.server) continue;
    if (c.chip.id != kServingChip) others[c.configuration()].push_back(&c);
    else own.push_back(&c), by_system[c.system()].push_back(&c);
  }
  if (!both_targets(own)) throw std::invalid_argument(std::string("no offline rows of DLRM inference at both accuracy targets on the ") + kServingChip);
  const Shares all = solve(catalogue, own);
  ServingFit out;
  out.gemm = Uncertain<double>(all.gemm), out.gather = Uncertain<double>(all.gather);
  out.power = power(catalogue, own, all);
  for (const auto& [system, rows] : by_system) {
    if (!both_targets(rows)) continue;
    const Shares x = solve(catalogue, rows);
    out.gemm.low = std::min(out.gemm.low, x.gemm), out.gemm.high = std::max(out.gemm.high, x.gemm);
    out.gather.low = std::min(out.gather.low, x.gather), out.gather.high = std::max(out.gather.high, x.gather);
  }
  for (const auto* c : own) out.cases.push_back(c->id);
  Scenario fitted = catalogue;
  std::vector<double> errors;
  for (const auto& [name, rows] : others) {
    put(fitted, *rows.front(), all);
    efficiency_of(*rows.front(), fitted).serving_power = out.power;
    std::vector<double> measured;
    for (const auto* c : rows) measured.push_back(c->measured);
    errors.push_back(std::fabs(std::log(step::offline_closed(*rows.front(), fitted) / quantile(measured, 0.5))));
  }
  out.others = static_cast<int>(errors.size());
  out.trust = std::max(kLeastTrust, errors.empty() ? 0.5 : quantile(errors, 0.9));
  return out;
}

std::string with_serving(const std::string& text, const ServingFit& fit) {
  std::string out, section;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.front() == '[') section = line;
    const std::string key = line.substr(0, line.find(" = "));
    if (section != "[serving]" || line.find(" = ") == std::string::npos) out += line + "\n";
    else if (key == "gemm") out += "gemm = " + range(fit.gemm) + "\n";
    else if (key == "gather") out += "gather = " + range(fit.gather) + "\npower = " + digits(fit.power) + "\n";
    else if (key == "power" || key == "trust" || key == "calibrated_on" || key == "confidence" || key == "note") continue;
    else if (key == "source")
      out += "trust = " + digits(fit.trust) + "\ncalibrated_on = [\"mlperf-infer\"]\nsource = \"capmix calibrate on published measurements, tests/published\"\nconfidence = \"assumption\"\n"
             "note = \"gemm and gather fitted to " + std::to_string(fit.cases.size()) + " offline rows of DLRM inference on one chip, the " + kServingChip +
             ". Low and high: least and greatest of fits to one submitted system each. trust: 90th percentile of the error of " + std::to_string(fit.others) +
             " offline configurations on other chips. power: what products lose between 700 and 450 W, from the rates registered for both (mlcommons/inference_results_v4.1 closed/NVIDIA/configs/dlrm-v2/Server). memory and gemm_half: analyst estimates.\"\n";
    else out += line + "\n";
  }
  return out;
}

}  // namespace capmix::calibrate
