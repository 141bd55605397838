#include "study/drawn_rates.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/poisson.hpp"
#include "fleet/fleet.hpp"

namespace capmix::study {
namespace {

const double kNineOfTen = normal_quantile(0.95);  // a normal number lies within -+ this in nine of ten cases

}  // namespace

Stream rate_stream(const std::string& chip) { return Stream("rate of " + chip); }

std::vector<std::string> drawn_chips(const Scenario& s) {
  std::vector<std::string> out;
  if (!s.study.draw_rates) return out;
  std::set<size_t> chips;
  for (const auto& offer : s.offers) chips.insert(s.nodes[offer.node].chip.index);
  for (const auto& fleet : s.existing) chips.insert(s.nodes[fleet.node].chip.index);
  for (const size_t c : chips) out.push_back(s.chips[s.chips.id_at(c)].id);
  return out;
}

double rate_factor(const Scenario& s, const RateKey& key, const StepProfile& p, const Draw& draw) {
  const double low = std::min(p.trust_low, 1.0), high = std::max(p.trust_high, 1.0);
  if (!p.feasible || low <= 0 || draw.modes() || low == high) return 1;
  const auto of_chip = [&](const std::string& chip) {
    const double z = normal_quantile(draw.uniform(rate_stream(chip).hash())) / kNineOfTen;
    return std::pow(z < 0 ? low : high, std::fabs(z));
  };
  double sum = 0;
  if (p.groups.empty()) {  // a profile by hand names no chips
    for (const auto& node : key.nodes) sum += of_chip(s.chips[s.nodes[s.nodes.find(node)].chip].id) / static_cast<double>(key.nodes.size());
    return sum;
  }
  if (p.groups.size() == 1) return of_chip(p.groups.front().chip);
  double shares = 0;
  for (const auto& g : p.groups) sum += g.batch_share * of_chip(g.chip), shares += g.batch_share;
  return sum / shares;
}

StepProfile at_rate(StepProfile p, double factor) {
  if (factor == 1) return p;
  p.step = p.step / factor;
  for (auto& part : p.parts) part.time = part.time / factor;
  p.energy = p.energy / factor;
  p.mfu *= factor;
  return p;
}

RateTable drawn_rates(const Scenario& s, const Plan& plan, const RateTable& table, const Draw& draw) {
  std::set<std::string> here;
  for (const auto& pod : plan.pods) here.insert(s.nodes[pod.node].id);
  RateTable out = table;
  for (auto& [key, profile] : out.rates) {
    if (!std::all_of(key.nodes.begin(), key.nodes.end(), [&](const auto& n) { return here.count(n) > 0; })) continue;
    const double factor = rate_factor(s, key, profile, draw);
    profile = at_rate(std::move(profile), factor);
  }
  return out;
}

Facts simulate_fleet(const Scenario& s, const Plan& plan, const RateTable& table, const Draw& draw, bool coarse) {
  if (!s.study.draw_rates || draw.modes()) return fleet::simulate(s, plan, table, draw, coarse);
  return fleet::simulate(s, plan, drawn_rates(s, plan, table, draw), draw, coarse);
}

}  // namespace capmix::study
