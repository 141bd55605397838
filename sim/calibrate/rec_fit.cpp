#include "calibrate/rec_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "base/statistics.hpp"
#include "calibrate/record.hpp"
#include "calibrate/solver.hpp"

namespace capmix::calibrate {
namespace {

constexpr double kScale = 0.04;        // errors beyond this count linearly, as in fit.cpp
constexpr double kPriorWeight = 0.05;
constexpr double kWide = 0.35;         // of a value that is taken over, either way
constexpr double kOwnTrust = 0.25, kOthersTrust = 0.35;  // half-widths: the bar of this work; wider where nothing was fitted

struct Value {
  double (*get)(const Efficiency::Recommender&);
  void (*set)(Efficiency::Recommender&, double);
  double low, high, spread;
};
using Recommender = Efficiency::Recommender;
const std::array<Value, 3> kValues{{
    {[](const Recommender& r) { return r.gather.mode; }, [](Recommender& r, double v) { r.gather = {v}; }, 0.2, 0.98, 0.25},
    {[](const Recommender& r) { return r.update.mode; }, [](Recommender& r, double v) { r.update = {v}; }, 0.2, 0.98, 0.25},
    {[](const Recommender& r) { return r.iteration.value(); }, [](Recommender& r, double v) { r.iteration = Seconds(v); }, 2e-5, 5e-3, 0.7},
}};

Recommender at(const Recommender& start, const double* logs) {
  Recommender out = start;
  for (size_t i = 0; i < kValues.size(); ++i) kValues[i].set(out, std::exp(logs[i]));
  return out;
}

double error(const step::RecCase& c, const Scenario& s, const Efficiency& e, const Recommender& values) {
  Efficiency own = e;
  own.recommender = values;
  return c.log_error(c.in_unit(step::predict(c, s, own)));
}

// Rows of one configuration are one vote.
struct Residual {
  const step::RecCase* c;
  const Scenario* s;
  const Efficiency* e;
  double weight;
  bool operator()(const double* logs, double* out) const {
    *out = weight * error(*c, *s, *e, at(Recommender{}, logs));
    return std::isfinite(*out);
  }
};

struct Prior {
  std::array<double, 3> start;
  bool operator()(const double* logs, double* out) const {
    for (size_t i = 0; i < kValues.size(); ++i) out[i] = kPriorWeight * (logs[i] - start[i]) / kValues[i].spread;
    return true;
  }
};

const Efficiency& efficiency_of(const step::RecCase& c, const Scenario& s) { return s.efficiencies[s.chips[s.nodes[c.node].chip].efficiency]; }

Uncertain<double> wide(double mode) { return {mode * (1 - kWide), mode, std::min(1.0, mode * (1 + kWide))}; }

}  // namespace

std::vector<const step::RecCase*> rec_fit_for(const std::vector<step::RecCase>& cases, const Scenario& s) {
  std::vector<const step::RecCase*> out;
  for (const auto& c : cases)
    if (c.usable() && !c.suspect && c.group == "mlperf-train" && s.chips[s.nodes[c.node].chip].id == kRecChip && c.chips <= kRecChips) out.push_back(&c);
  return out;
}

RecFit fit_recommender(const Scenario& s, const std::vector<const step::RecCase*>& cases) {
  if (cases.empty()) throw std::invalid_argument("no measurement to fit recommender training on");
  const Efficiency& e = efficiency_of(*cases.front(), s);
  const Recommender begin;  // never its own result
  RecFit out{e.id, begin, 0, static_cast<int>(cases.size()), 0};
  std::array<double, 3> logs{}, start{};
  ceres::Problem problem;
  for (const auto* c : cases) {
    const auto same = std::count_if(cases.begin(), cases.end(), [&](const auto* o) { return o->configuration() == c->configuration(); });
    problem.AddResidualBlock(new ceres::NumericDiffCostFunction<Residual, ceres::FORWARD, 1, 3>(new Residual{c, &s, &e, 1 / std::sqrt(static_cast<double>(same))}),
                             new ceres::SoftLOneLoss(kScale), logs.data());
  }
  for (size_t i = 0; i < kValues.size(); ++i) {
    const Value& v = kValues[i];
    logs[i] = start[i] = std::log(std::clamp(v.get(begin), v.low, v.high));
    problem.SetParameterLowerBound(logs.data(), static_cast<int>(i), std::log(v.low));
    problem.SetParameterUpperBound(logs.data(), static_cast<int>(i), std::log(v.high));
  }
  problem.AddResidualBlock(new ceres::NumericDiffCostFunction<Prior, ceres::FORWARD, 3, 3>(new Prior{start}), nullptr, logs.data());
  out.iterations = solve(problem, 40, 1e-6);
  out.values = at(begin, logs.data());
  std::vector<double> errors;
  std::set<std::string> groups;
  for (const auto* c : cases) errors.push_back(std::fabs(error(*c, s, e, out.values))), groups.insert(c->group), out.values.reach = std::max(out.values.reach, c->chips);
  out.error = quantile(errors, 0.5);
  out.values.calibrated_on.assign(groups.begin(), groups.end());
  return out;
}

std::string with_recommender(const std::string& file, const RecFit& fit, bool own) {
  const Recommender& v = fit.values;
  std::string groups;
  for (const auto& g : v.calibrated_on) groups += (groups.empty() ? "\"" : ", \"") + g + "\"";
  std::ostringstream t;
  t << "[recommender]\ngather = " << range(wide(v.gather.mode)) << "\nupdate = " << range(wide(v.update.mode)) << "\nall_to_all = " << range(v.all_to_all)
    << "\niteration = \"" << digits(1e6 * v.iteration.value()) << " us\"\ntrust = " << digits(own ? kOwnTrust : kOthersTrust) << "\nreach = " << (own ? v.reach : 0)
    << "\ncalibrated_on = [" << (own ? groups : "") << "]\n";
  if (own) t << "source = \"capmix calibrate on published measurements, tests/published/dlrm-training\"\nconfidence = \"assumption\"\nnote = \"gather, update and iteration fitted to "
             << fit.rows << " measurements of " << kRecChip << " on at most " << kRecChips << " chips; all_to_all is a guess.\"\n";
  else t << "source = \"As fitted for the family " << fit.family << "\"\nconfidence = \"assumption\"\nnote = \"Taken over: no measurement of this family is in the fit.\"\n";
  return with_table(file, t.str());
}

}  // namespace capmix::calibrate
