// Dates without simulation: what one draw, one mix and one outcome make of the build-out, the supply
// and the ports. Yielded by the room `plan`, read by fleet, results and analysis.
#pragma once

#include <string>
#include <vector>

#include "model/study.hpp"

namespace capmix {

struct TaskPlan {
  int hall = 0, task = 0; // indices in plan.halls, and in the hall's tasks
  Date start, end;
  Days slack;             // to the end of its hall and of those that wait for its crew; 0 on the critical path
  bool critical = false;
  bool delayed = false, reworked = false;  // what was drawn of its risk and rework
};

struct HallPlan {
  Id<Site> site;
  int hall = 0;                             // index in site.halls
  std::vector<std::pair<Date, Watts>> power;  // steps: from this date on, so much power in all; ascending
  Date network;                             // fabric ready
  Days install, burn_in;                    // per pod, after chips, power and network are there
};

// Chips that came or will come together: the unit that is online or not. At most one pod of the
// site's fabric; the last pod of an order may be smaller.
struct PodPlan {
  std::string id;                 // "hb2-h1/h200-0007"
  Id<Chip> chip;
  Id<Node> node;
  Id<Site> site;
  int hall = 0;
  int chips = 0;
  std::string offer;              // id, or "existing:<id>"
  // ordered <= approved <= delivered; placed in a hall: powered, networked; then online. never() where it
  // does not happen inside any horizon (no hall with free power: powered is never).
  Date ordered, approved, delivered, powered, networked, installed, online;
  Date retires = Date::never();
};

struct Delivery {
  Date date;
  int64_t chips = 0;
};

// Money that took an offer, and what became of it.
struct OrderPlan {
  std::string offer;
  std::string origin;             // "mix", or "redirected from <offer>"
  Date ordered;
  Date decided = Date::never();   // when all approvals are in, or the refusal came
  std::string status;             // "delivered", "refused", "quota", "production" (limited by output), "partly delivered", "unused"
  Usd spend;                      // ordered for
  Usd price;                      // per chip, as drawn
  int64_t chips = 0;              // ordered
  int64_t allowed = 0;            // by approvals and quota
  std::vector<Delivery> deliveries;  // by the horizon; ascending
  Date cancelled = Date::never(); // when the chips that will not come were given up
  int64_t cancelled_chips = 0;
  Usd converted;                  // money of chips delivered by the horizon
  Usd redirected;                 // money that left for other offers
  Usd lost;                       // prepayment that does not come back
  int64_t delivered() const { int64_t n = 0; for (const auto& d : deliveries) n += d.chips; return n; }
  // spend - converted - redirected - lost: outstanding (still due after the horizon) or stranded (returned,
  // and no offer could take it).
  Usd outstanding, stranded;
};

// From this day on an approval is in this state, until the next step.
struct ApprovalStep {
  Date from;
  ApprovalState state = ApprovalState::pending;
  bool recorded = false;          // in the history of the input; else drawn or forced
  std::string note{};             // why, where the input says so
};

struct ApprovalPlan {
  std::string approval;
  bool granted = false;           // at the first decision
  Date decided;                   // the day of that decision
  double quota = -1;              // units; -1: none
  std::vector<ApprovalStep> steps;  // ascending, no two with one day; the first one stands before everything
  ApprovalState on(Date day) const;
};

struct PortStep {
  std::string stage;
  Date date;                      // from this day on
  double efficiency = 0;          // relative to production = 1
  bool functional = false;        // real work may run
  std::string cause{}, source{};  // what brought it about ("stage tuned ends", "incident missing operator"), and who says so
};

struct PortPlan {
  std::string stack, family;
  std::vector<PortStep> steps;    // ascending; before the first one nothing runs
  bool replayed = false;
};

// The min-cut of one quarter: which constraints bind, and how much each carries of the cut.
struct BottleneckPlan {
  Date quarter;                   // first day
  double capacity = 0;            // max-flow, model FLOP/s of the study's reference workload
  std::vector<std::pair<std::string, double>> binding;  // name ("approval cn-permission (h200)"), share; descending
};

// What the buyer has to spend in a quarter. Without a [finance] in the study there are none.
struct MoneyQuarter {
  Date quarter;                   // first day
  Usd profit, capex, chips;       // of the quarter; chips: what orders may take
};

// Users of a region that are lost from a day on, to another.
struct LostRegion {
  std::string region, why;
  Date from, to = Date::never();
  double share = 1;               // of the region's requests
};

struct Plan {
  std::string mix, outcome;
  std::vector<MoneyQuarter> money;
  std::vector<LostRegion> lost_regions;
  std::vector<Tranche> tranches;  // the mix's money as it is ordered: by date, then by offer's id
  std::vector<TaskPlan> tasks;
  std::vector<HallPlan> halls;
  std::vector<ApprovalPlan> approvals;
  std::vector<OrderPlan> orders;
  std::vector<PodPlan> pods;
  std::vector<PortPlan> ports;   // one per (stack, family) in use that is not native; without stages: never functional
  std::vector<BottleneckPlan> bottlenecks;

  // Efficiency of `family` on `stack` on a day, 0 before it is functional; native stacks have no port and give 1.
  double port_efficiency(const std::string& stack, const std::string& family, Date day) const;
};

}  // namespace capmix
