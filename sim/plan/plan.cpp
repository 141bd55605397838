#include "plan/plan.hpp"

#include "plan/passes.hpp"

namespace capmix::plan {

Plan make(const Scenario& scenario, const Sites& sites, const Mix& mix, const Outcome& outcome, const Draw& draw, bool binding) {
  Plan plan;
  plan.mix = mix.id;
  plan.outcome = outcome.id;
  finance(scenario, mix, draw, plan);
  sites.schedule(draw, plan);
  approvals(scenario, outcome, draw, plan);
  supply(scenario, mix, draw, plan);
  placement(scenario, plan);
  porting(scenario, draw, plan);
  if (binding) bottleneck(scenario, draw, plan);
  return plan;
}

Plan make(const Scenario& scenario, const Mix& mix, const Outcome& outcome, const Draw& draw) {
  return make(scenario, Sites(scenario), mix, outcome, draw);
}

}  // namespace capmix::plan
