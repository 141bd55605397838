// The passes of plan::make, one file each, in the order in which they need each other. Each fills its own part of
// the plan and reads what the passes before it have filled.
#pragma once

#include "model/plan.hpp"

namespace capmix::plan {

// money, tranches, lost_regions: what may be spent when.
void finance(const Scenario& scenario, const Mix& mix, const Draw& draw, Plan& plan);
// halls, tasks: the dates of each hall's build-out.
void buildout(const Scenario& scenario, const Draw& draw, Plan& plan);
// approvals, in the order of scenario.approvals.
void approvals(const Scenario& scenario, const Outcome& outcome, const Draw& draw, Plan& plan);
// orders: deliveries under approvals, quotas and output; what is blocked moves to other offers. Needs tranches, approvals.
void supply(const Scenario& scenario, const Mix& mix, const Draw& draw, Plan& plan);
// pods: the fleet that stands there, and deliveries into halls. Needs halls and orders.
void placement(const Scenario& scenario, Plan& plan);
// ports: drawn, or replayed from the scenario's log.
void porting(const Scenario& scenario, const Draw& draw, Plan& plan);
// bottlenecks: the min-cut of each quarter. Needs all the others.
void bottleneck(const Scenario& scenario, const Draw& draw, Plan& plan);

}  // namespace capmix::plan
