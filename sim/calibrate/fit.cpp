#include "calibrate/fit.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <stdexcept>

#include "calibrate/solver.hpp"
#include "step/iteration.hpp"

namespace capmix::calibrate {
namespace {

constexpr double kScale = 0.04;     // errors beyond this count linearly, not squared
constexpr double kPriorWeight = 0.05;
constexpr double kKinWeight = 0.2;
constexpr double kFactorSpread = 0.3;

template <Uncertain<double> Efficiency::* Field>
constexpr Knob uncertain(const char* name, double low, double high, double spread, double kin = 1) {
  return {name, [](const Efficiency& e) { return (e.*Field).mode; },
          [](Efficiency& e, double v) { (e.*Field).mode = v; }, low, high, spread, kin};
}
template <double Efficiency::* Field>
constexpr Knob plain(const char* name, double low, double high, double spread) {
  return {name, [](const Efficiency& e) { return e.*Field; }, [](Efficiency& e, double v) { e.*Field = v; }, low, high, spread, 1};
}
template <Seconds Efficiency::* Field>
constexpr Knob seconds(const char* name, double low, double high, double spread, double kin = 1) {
  return {name, [](const Efficiency& e) { return (e.*Field).value(); }, [](Efficiency& e, double v) { e.*Field = Seconds(v); }, low, high, spread, kin};
}

Seconds predict_with(const step::Case& c, const Chip& chip, const Node& node, const Efficiency& e, const Software& software) {
  static const Fabric fabric;
  const step::TrainingSetup setup{c.model, c.campaign, {{chip, node, e, software, c.chips}}, fabric, false, true};
  std::string why;
  const auto it = step::lay_out(setup, c.campaign.plans.front(), why);
  if (!it) throw std::invalid_argument(why);
  return it->step;
}

// Values as Ceres sees them: logarithms.
struct Residual {
  const step::Case* c;
  Chip chip;
  const Node* node;
  const Efficiency* efficiency;
  const Software* software;
  double weight;
  bool operator()(double const* const* values, double* out) const {
    Efficiency e = *efficiency;
    Software w = *software;
    for (size_t i = 0; i < knobs().size(); ++i) knobs()[i].set(e, std::exp(values[0][i]));
    w.factor = std::exp(values[1][0]);
    *out = weight * c->log_error(c->in_unit(predict_with(*c, chip, *node, e, w)));
    return std::isfinite(*out);
  }
};

// Two families of one design stay near each other where the measurements let them.
struct Kinship {
  bool operator()(double const* const* values, double* out) const {
    for (size_t i = 0; i < knobs().size(); ++i) out[i] = kKinWeight * knobs()[i].kin * (values[0][i] - values[1][i]) / knobs()[i].spread;
    return true;
  }
};

struct Prior {
  std::vector<double> at, spread;
  bool operator()(double const* const* values, double* out) const {
    for (size_t i = 0; i < at.size(); ++i) out[i] = kPriorWeight * (values[0][i] - at[i]) / spread[i];
    return true;
  }
};

// Bounds of a family's values, and the weak pull to where they start.
void add_prior(ceres::Problem& problem, std::vector<double>& values) {
  const int n = static_cast<int>(knobs().size());
  auto prior = std::make_unique<Prior>();
  for (int i = 0; i < n; ++i) {
    const Knob& k = knobs()[static_cast<size_t>(i)];
    prior->at.push_back(values[static_cast<size_t>(i)]), prior->spread.push_back(k.spread);
    problem.SetParameterLowerBound(values.data(), i, std::log(k.low));
    problem.SetParameterUpperBound(values.data(), i, std::log(k.high));
  }
  auto* cost = new ceres::DynamicNumericDiffCostFunction<Prior, ceres::FORWARD>(prior.release());
  cost->AddParameterBlock(n);
  cost->SetNumResiduals(n);
  problem.AddResidualBlock(cost, nullptr, values.data());
}

}  // namespace

const std::vector<Knob>& knobs() {
  static const std::vector<Knob> all{
      uncertain<&Efficiency::gemm>("gemm", 0.3, 0.98, 0.15),
      uncertain<&Efficiency::gemm8>("gemm8", 0.2, 0.98, 0.2),
      uncertain<&Efficiency::gemm4>("gemm4", 0.1, 0.98, 0.3),
      uncertain<&Efficiency::attention>("attention", 0.1, 0.98, 0.25),
      uncertain<&Efficiency::portable>("portable_attention", 0.1, 0.98, 0.25),
      plain<&Efficiency::power>("power", 0.01, 2, 0.7),
      plain<&Efficiency::interference>("interference", 0.005, 0.6, 0.7),
      plain<&Efficiency::hides>("hides", 0.05, 0.98, 0.5),
      uncertain<&Efficiency::memory>("memory", 0.2, 1.6, 0.25),
      uncertain<&Efficiency::collective>("collective", 0.2, 0.98, 0.25),
      uncertain<&Efficiency::scale_up>("scale_up", 0.2, 0.98, 0.25),
      uncertain<&Efficiency::grouped>("grouped", 0.1, 1.2, 0.4, 4),
      plain<&Efficiency::depth_half>("depth_half", 1, 3000, 0.7),
      seconds<&Efficiency::launch>("launch", 1e-7, 5e-5, 0.7),
      seconds<&Efficiency::routing>("routing", 1e-5, 1e-2, 0.7, 4),
      seconds<&Efficiency::iteration>("iteration", 1e-5, 1, 0.7),
      plain<&Efficiency::overlap>("overlap", 0.02, 0.98, 0.4),
  };
  return all;
}

Seconds predict(const step::Case& c, const Scenario& s) {
  const Node& node = s.nodes[c.node];
  const Chip chip = step::chip_of(c, s);
  return predict_with(c, chip, node, s.efficiencies[chip.efficiency], s.software[c.software]);
}

double error(const step::Case& c, const Scenario& s) { return c.log_error(c.in_unit(predict(c, s))); }

int fit(Scenario& s, const std::vector<const step::Case*>& cases, const FitOptions& options) {
  std::map<uint32_t, std::vector<double>> efficiencies, factors;
  std::map<std::string, int> sizes;
  for (const auto* c : cases) ++sizes[c->family()];
  ceres::Problem problem;
  const int n = static_cast<int>(knobs().size());
  for (const auto* c : cases) {
    const Chip chip = step::chip_of(*c, s);
    auto& values = efficiencies[chip.efficiency.index];
    auto& factor = factors[c->software.index];
    if (values.empty())
      for (const auto& k : knobs()) values.push_back(std::log(std::clamp(k.get(s.efficiencies[chip.efficiency]), k.low, k.high)));
    if (factor.empty()) factor.push_back(std::log(s.software[c->software].factor));
    // A family of many points counts more than one of few, but not in proportion.
    const double weight = std::pow(sizes[c->family()], -0.15);
    auto* cost = new ceres::DynamicNumericDiffCostFunction<Residual, ceres::FORWARD>(
        new Residual{c, chip, &s.nodes[c->node], &s.efficiencies[chip.efficiency], &s.software[c->software], weight});
    cost->AddParameterBlock(n);
    cost->AddParameterBlock(1);
    cost->SetNumResiduals(1);
    problem.AddResidualBlock(cost, new ceres::SoftLOneLoss(kScale), values.data(), factor.data());
  }
  for (auto& [index, values] : efficiencies) add_prior(problem, values);
  for (auto& [index, values] : efficiencies) {
    const auto kin = s.efficiencies.find(s.efficiencies[Id<Efficiency>{index}].kin);
    if (!kin.valid() || efficiencies.count(kin.index) == 0) continue;
    auto* cost = new ceres::DynamicNumericDiffCostFunction<Kinship, ceres::FORWARD>(new Kinship);
    cost->AddParameterBlock(n), cost->AddParameterBlock(n);
    cost->SetNumResiduals(n);
    problem.AddResidualBlock(cost, nullptr, values.data(), efficiencies[kin.index].data());
  }
  for (auto& [index, factor] : factors) {
    const Software& w = *(s.software.begin() + index);
    // The standard class of a stack is the yardstick of the others.
    if (w.standard || !options.factors) { problem.SetParameterBlockConstant(factor.data()); continue; }
    auto* cost = new ceres::DynamicNumericDiffCostFunction<Prior, ceres::FORWARD>(new Prior{{factor[0]}, {kFactorSpread}});
    cost->AddParameterBlock(1);
    cost->SetNumResiduals(1);
    problem.AddResidualBlock(cost, nullptr, factor.data());
  }
  const int iterations = solve(problem, 40, 1e-5);
  for (const auto& [index, values] : efficiencies)
    for (int i = 0; i < n; ++i) knobs()[static_cast<size_t>(i)].set(s.efficiencies[Id<Efficiency>{index}], std::exp(values[static_cast<size_t>(i)]));
  for (const auto& [index, factor] : factors) s.software[Id<Software>{index}].factor = std::exp(factor[0]);
  return iterations;
}

}  // namespace capmix::calibrate
