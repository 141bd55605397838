// Dates without simulation: what one draw, one mix and one outcome make of the build-out, the supply
// and the ports. Yielded by the room `plan`, read by fleet, results and analysis.
#pragma once

#include <array>
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
  std::string origin;             // "mix"; "loop": on top of the mix's money; "redirected from <offer>"
  Date ordered;
  Date decided = Date::never();   // when all approvals are in, or the refusal came
  // "delivered", "partly delivered", "production" (limited by output), "quota", "ratio", "refused", "reversed" (refused
  // after a grant), "late" (given up undecided), "lapsed" (an option that is not exercised), "pending", "unused",
  // "unfunded" (the money never came)
  std::string status;
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
  bool granted = false;           // at the first decision, or the one that the outcome forces
  Date decided;                   // the day of that decision
  double quota = -1;              // units; -1: none
  std::vector<ApprovalStep> steps;  // ascending, no two with one day; the first one stands before everything
  ApprovalState on(Date day) const;
};

// One producer's month, at its beginning. Chips; a double counts parts of chips too.
struct MarketMonth {
  Id<Producer> producer;
  Date month;                     // first day
  int64_t wanted = 0, firm = 0;   // our open chips; those of them that may pass now
  double rivals = 0;              // what others want in twelve months
  double made = 0;                // in this month, for everybody
  double stock = 0;               // on speculation
  double backlog = 0;             // firm, and what others wanted so far and did not get
  double price = 1;               // multiple of the price for one more chip
  double lead = 0;                // months until one more chip leaves the producer; NaN: nothing is made
};

// What keeps a redirect from taking more of an offer: nothing but its money, output, a quota, an approval, or the
// horizon, which ends before it could order.
enum class Ceiling { money, output, quota, approval, horizon };
enum class FlowKind { blocked, moved, converted, stranded };

// Money that was blocked at `from`, on its way. The flows of one kind sum up to a statement by date.
struct MoneyFlow {
  FlowKind kind = FlowKind::blocked;
  Date date;
  Id<Offer> from, to;             // to: of moved and converted
  Usd money;
  int64_t chips = 0;
  Usd price;                      // of a chip
  Ceiling ceiling = Ceiling::money;  // of moved; a target that can take nothing has a flow of 0
  int64_t left = 0;               // of moved: chips that `to` could still have delivered to us by the horizon
};

// Under a ratio, how many of `imported` one chip of `domestic` at the dock unlocks.
struct UnlockPlan {
  std::string approval, imported, domestic;
  double chips = 0;               // at the prices without scarcity
  double paid = 0;                // at those of the mix's first orders; 0: it does not order both
};

struct PortStep {
  std::string stage;
  Date date;                      // from this day on
  double efficiency = 0;          // relative to production = 1
  bool functional = false;        // real work may run
  std::string cause{}, source{};  // what brought it about ("stage tuned ends", "incident missing operator"), and who says so
};

// A stage or a component as it is worked on.
struct PortWork {
  std::string id;
  Date ready;                     // what it waits for is there
  Date start, end;                // never(): not in any horizon. start > ready: no people were free
  Days work;                      // drawn, with what is done again; without stalls
  double engineers = 0;
  std::string after{};            // what it waited for last: "component collectives", "stage tuned", "team"; "": its own date
};

// An incident as drawn, or as a log has it.
struct PortSetback {
  std::string id, stage, effect;  // effect: kIncidentEffects, "retry", "abandon", or "open" (of a log)
  Date from, until;               // until: work goes on, or the efficiency is back
  double factor = 1;              // slow: on the efficiency
  std::string source{};
};

// Old and new stack side by side.
struct PortDual {
  Date from, until;               // both never(): no cut-over
  double share = 0;               // mean share of the ported chips' time
  Usd chip_month{};               // what a chip costs a month; 0: not said
};

struct PortPlan {
  std::string stack, family;
  std::vector<PortStep> steps;    // ascending; before the first one nothing runs
  bool replayed = false;
  std::vector<PortWork> work{};   // one per stage, in the port's order; none when replayed
  std::vector<PortSetback> setbacks{};  // ascending
  PortDual dual{Date::never(), Date::never(), 0};
  Date functional() const;        // the first day of real work, or never()
};

// Components of a stack that a port in use needs, each done once.
struct PortStackPlan {
  std::string stack;
  std::vector<PortWork> components;
};

// The min-cut of one month: which constraints bind, and how much each carries of the cut.
struct BottleneckPlan {
  Date month;                     // first day, or that of the horizon
  double capacity = 0;            // max-flow, model FLOP/s of the study's reference workload
  std::vector<std::pair<std::string, double>> binding;  // name ("approval cn-permission (h200)"), share; descending
};

// What the buyer has to spend in a quarter. Without a [finance] in the study there are none.
struct MoneyQuarter {
  Date quarter;                   // first day
  Usd profit, capex, chips;       // of the quarter; chips: what orders may take
  std::array<Usd, kCapexItemCount> items{};  // the capex, by kCapexItems
};

// What the fleet earns in a quarter beyond what it earned at the start, and what that buys later. Only with a [loop].
struct LoopQuarter {
  Date quarter;                   // first day
  FlopRate capacity;              // mean of the quarter: BF16 peak x port efficiency of the chips online
  FlopRate sold;                  // of that, left over by own services and sold
  Usd revenue, rent;              // rent: part of the revenue
  Usd extra;                      // for chips, on the day `paid`
  Date paid;
  double gain = 0;                // a quarter: money for chips that comes back per money of the chips that earned it
  double damped = 0;              // growth a quarter that this gain gives with the plan's delay; without one, the gain itself
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
  std::vector<LoopQuarter> loop;
  double loop_delay = 0;          // quarters from earning to the chips that it buys being online
  std::vector<Tranche> tranches;  // the mix's money as it is ordered: by date, then by offer's id
  std::vector<TaskPlan> tasks;
  std::vector<HallPlan> halls;
  std::vector<ApprovalPlan> approvals;
  std::vector<OrderPlan> orders;
  std::vector<MarketMonth> market;   // by producer that some offer names, then month
  std::vector<MoneyFlow> flows;      // by blocked order, then as it goes
  std::vector<UnlockPlan> unlocks;
  std::vector<PodPlan> pods;
  std::vector<PortPlan> ports;   // one per (stack, family) in use that is not native; without stages: never functional
  std::vector<PortStackPlan> port_stacks;  // by stack
  std::vector<BottleneckPlan> bottlenecks;

  // Efficiency of `family` on `stack` on a day, 0 before it is functional; native stacks have no port and give 1.
  double port_efficiency(const std::string& stack, const std::string& family, Date day) const;
};

}  // namespace capmix
