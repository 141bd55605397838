// The fleet simulation: months to years of one run on SimGrid. Pods come online as the plan says, gangs are
// placed, run and finish, recommendation demand is met or shed by the hour. It emits facts, not metrics.
//
// Time is whole simulated seconds from the start of the timeline. Every change is an event; between two events
// nothing changes, so a job costs two events and not one per step.
//
// What failures cost is in the rates in expectation (goodput.hpp), or a study plays them as events (outages.hpp).
//
// Not modelled: preemption, elastic gangs, the cost of moving a job or of turning a pod from training to serving, power caps below the plan's,
// the network between sites, idle power below full power.
#pragma once

#include "base/draw.hpp"
#include "model/facts.hpp"
#include "model/plan.hpp"
#include "model/profile.hpp"

namespace capmix::fleet {

// Facts of one run: fleet, training, serving, jobs, ledger, energy and missing rates. The plan's own facts
// (orders, dates, bottlenecks) are not written here. Call it once per process: a second SimGrid engine would
// start at the clock of the first. `coarse`: where failures are events, strikes on pods and gangs are taken in expectation (mean_failures.hpp).
Facts simulate(const Scenario& scenario, const Plan& plan, const RateTable& rates, const Draw& draw, bool coarse = false);

}  // namespace capmix::fleet
