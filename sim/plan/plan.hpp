// Dates without simulation: what one decision (mix) meets in one world (outcome and draw). Pure: equal arguments,
// equal plan. The world - approvals, durations, outputs, prices, ports - is drawn by the paths of the inputs and
// never depends on the mix. What each pass assumes stands at the head of its file.
#pragma once

#include "model/facts.hpp"
#include "model/plan.hpp"
#include "plan/buildout.hpp"

namespace capmix::plan {

// `mix.spend` follows scenario.offers. Throws graph::CycleError when a hall's tasks form a cycle (the reader
// refuses such files). With a [loop] the plan is made again until what it earns has settled.
Plan make(const Scenario& scenario, const Mix& mix, const Outcome& outcome, const Draw& draw);
// The same for many draws: `sites` of that scenario; without the bottlenecks where `binding` is false.
Plan make(const Scenario& scenario, const Sites& sites, const Mix& mix, const Outcome& outcome, const Draw& draw, bool binding = true);

// Growth rate of a loop that returns `gain` per time after `delay`: the real root of lambda = gain exp(-lambda delay),
// W(gain delay) / delay with Lambert's W; the gain itself without a delay. In one over the unit of `delay`.
double loop_growth(double gain, double delay);

// Adds the plan's facts (orders, dates, what binds, chips online, market, blocked money, work on ports, money, lost
// regions, loop, waiting chips) to `facts`. Subjects: "site/hall/task", "site/hall", "approval", "stack/family/stage";
// months: "2026-01", quarters: "2026-Q1".
void record(const Plan& plan, const Scenario& scenario, Facts& facts);

}  // namespace capmix::plan
