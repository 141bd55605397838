// What follows from the plan's dates alone, without work: the ledger before chips are online, chips by stage at
// each month's end, energy.
#pragma once

#include "base/draw.hpp"
#include "fleet/ledger.hpp"
#include "model/facts.hpp"
#include "model/plan.hpp"

namespace capmix::fleet {

// Accrual of a chip runs from its order (not before the start) to the horizon, its cancellation or retirement.
// Chips of the plan's pods, until they are online:
//   approval [ordered, approved), production [approved, delivered), power [delivered, powered), network [powered,
//   networked), installation [networked, online); a milestone that never comes holds them to the end.
// Ordered chips that never become pods within the horizon (OrderPlan: chips - delivered):
//   not allowed: approval until they are given up (without that date: until the decision);
//   allowed: approval until the decision, then production until they are given up or the horizon.
// Chips have no site until they are delivered to a hall.
void accrue_before_online(const Scenario& scenario, const Plan& plan, const Months& months, Ledger& ledger);

// A stage is reached in a month when its date is before the month's end; retired chips are not counted.
std::vector<FleetMonth> fleet_months(const Scenario& scenario, const Plan& plan, const Months& months);

// Energy = integral of node power (by the chips of the pod) x PUE while pods are online. Chips draw their
// node's full power whether they work or not: an upper bound, until inputs give an idle share.
std::vector<EnergyMonth> energy_months(const Scenario& scenario, const Plan& plan, const Months& months,
                                       const Draw& draw);

}  // namespace capmix::fleet
