#include "plan/plan.hpp"

#include <algorithm>
#include <cmath>

#include "plan/passes.hpp"

namespace capmix::plan {
namespace {

// Everything but what binds.
Plan supplied(const Scenario& scenario, const Sites& sites, const Mix& mix, const Outcome& outcome, const Draw& draw,
              const std::vector<Tranche>& earned) {
  Plan plan;
  plan.mix = mix.id;
  plan.outcome = outcome.id;
  approvals(scenario, outcome, draw, plan);
  sites.schedule(draw, plan);
  finance(scenario, mix, draw, earned, plan);
  supply(scenario, mix, draw, plan);
  placement(scenario, plan);
  porting(scenario, draw, plan);
  return plan;
}

// Equal to a millionth of the money.
bool settled(const std::vector<Tranche>& a, const std::vector<Tranche>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (std::fabs((a[i].money - b[i].money).value()) > 1e-6 * std::max(1.0, b[i].money.value())) return false;
  return true;
}

}  // namespace

Plan make(const Scenario& scenario, const Sites& sites, const Mix& mix, const Outcome& outcome, const Draw& draw, bool binding) {
  // The loop is causal: each pass settles at least one more quarter's money, so as many passes as quarters suffice.
  std::vector<Tranche> earned;
  for (size_t pass = 0;; ++pass) {
    Plan plan = supplied(scenario, sites, mix, outcome, draw, earned);
    if (scenario.study.loop) {
      earn(scenario, draw, plan);
      auto next = reinvested(scenario, mix, plan);
      if (!settled(earned, next) && pass < plan.loop.size() + 2) {
        earned = std::move(next);
        continue;
      }
    }
    if (binding) bottleneck(scenario, draw, plan);
    return plan;
  }
}

Plan make(const Scenario& scenario, const Mix& mix, const Outcome& outcome, const Draw& draw) {
  return make(scenario, Sites(scenario), mix, outcome, draw);
}

}  // namespace capmix::plan
