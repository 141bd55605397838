// The passes of plan::make, one file each, in the order in which they need each other. Each fills its own part of
// the plan and reads what the passes before it have filled.
#pragma once

#include "model/plan.hpp"

namespace capmix::plan {

// halls, tasks: Sites::schedule (buildout.hpp).
// approvals, in the order of scenario.approvals.
void approvals(const Scenario& scenario, const Outcome& outcome, const Draw& draw, Plan& plan);
// money, tranches, lost_regions: what may be spent when; `earned` comes on top of the mix's money. Orders that are never
// funded go to plan.orders. Needs approvals.
void finance(const Scenario& scenario, const Mix& mix, const Draw& draw, const std::vector<Tranche>& earned, Plan& plan);
// orders, market, flows, unlocks: deliveries under approvals, quotas and output; what is blocked moves to other offers.
// Needs tranches, approvals.
void supply(const Scenario& scenario, const Mix& mix, const Draw& draw, Plan& plan);
// pods: the fleet that stands there, and deliveries into halls. Needs halls and orders.
void placement(const Scenario& scenario, Plan& plan);
// ports: drawn, or replayed from the scenario's log.
void porting(const Scenario& scenario, const Draw& draw, Plan& plan);
// bottlenecks: the min-cut of each month. Needs all the others.
void bottleneck(const Scenario& scenario, const Draw& draw, Plan& plan);

// loop: what the pods earn, by quarter. Needs money, orders, pods and ports.
void earn(const Scenario& scenario, const Draw& draw, Plan& plan);
// What the revenue of plan.loop buys, spread over the mix's own shares, by date.
std::vector<Tranche> reinvested(const Scenario& scenario, const Mix& mix, const Plan& plan);

}  // namespace capmix::plan
