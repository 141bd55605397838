#include "plan/plan.hpp"

#include "plan/passes.hpp"

namespace capmix::plan {

Plan make(const Scenario& scenario, const Mix& mix, const Outcome& outcome, const Draw& draw) {
  Plan plan;
  plan.mix = mix.id;
  plan.outcome = outcome.id;
  finance(scenario, mix, draw, plan);
  buildout(scenario, draw, plan);
  approvals(scenario, outcome, draw, plan);
  supply(scenario, mix, draw, plan);
  placement(scenario, plan);
  porting(scenario, draw, plan);
  bottleneck(scenario, draw, plan);
  return plan;
}

}  // namespace capmix::plan
