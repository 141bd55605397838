// Bottleneck: a flow network per month, whose min-cut names what binds at the month's end. The unit is model
// FLOP/s of the study's reference campaign: a chip counts for its dense peak at the campaign's precision times its
// attained share of it on large products (at the mode); chips that cannot train, or not at that precision, do not
// appear.
//
// An offer at a site is one chain from the source to the demand, the part of its planned chips (money / price) that
// the plan places at that site; planned chips that are nowhere placed go along in proportion:
//   money -> order -> approval -> arrival (production, delivery or installation) -> power -> network -> port -> demand
// A step that lets everything through that reached it is unbounded; one that holds chips back has as capacity the
// chips that passed it early enough to be online at the month's end if nothing after it had held them back. Latency
// is thus charged to what limits the flow through it: while output is short, chips in transit or being installed
// count for production; while an approval that was granted does not stand, chips that are not made yet count for it.
// A hall's power and network are split between chips as executed. The port lets through its efficiency of all planned
// chips of the chain. Chips that stand at the start have a chain of their own: fleet -> port.
// Demand is unbounded unless every campaign has a finite number of runs.
//
// capacity = max-flow. share of a constraint = planned potential (chips x weight) of the chains that the cut nearest
// to the source severs there, over that of all severed chains: by potential, because a constraint that lets nothing
// through has no capacity to be measured by. A bought chain that runs whole is limited by money. Chips that stand at the
// start and whose port is mature are limited by nothing: they are left out of the shares.
//
// A chain is a path, so its first step of least capacity stands for all of it in the network. Everything that
// depends on a pod is counted once, into the month from whose end on it holds.
#include <algorithm>
#include <cmath>
#include <map>

#include "graph/flow.hpp"
#include "plan/buildout.hpp"
#include "plan/passes.hpp"
#include "plan/permit.hpp"

namespace capmix::plan {
namespace {

constexpr double kDust = 1e-12;  // relative; capacities that are nearer than this are equal

struct Chain {
  double potential = 0;
  double least = 0;                  // capacity of the step that holds back most, the first of equals
  const std::string* by = nullptr;   // its name

  Chain(double chips, const std::string& first) : potential(chips), least(chips), by(&first) {}
  void step(const std::string& name, double capacity) {
    if (capacity < least * (1 - kDust)) least = capacity, by = &name;
  }
  bool operator==(const Chain&) const = default;
};

// Chips that passed each step early enough to be online at a month's end.
struct Passed {
  int64_t here = 0;                  // delivered, whatever comes after
  int64_t arrived = 0, powered = 0, networked = 0;
};

// Pods of one offer at one site.
struct Group {
  Id<Offer> offer;                   // invalid: standing fleet
  Id<Chip> chip;
  int64_t chips = 0;
  std::vector<Passed> passed;        // by month
};

// What the orders of an offer ask for and may have, as of a day.
struct Ordered {
  int64_t planned = 0, ordered = 0, allowed = 0;
  bool rationed = false;             // by a limit of an approval that depends on the day of the dock
  int64_t made = 0;                  // early enough to be at the dock a lead time later
  Date begin = Date::never();        // of the first output that it could have had
};

// Names of the constraints of an offer.
struct Names {
  std::string order, production, delivery, installation;
  std::vector<std::string> approvals{}, quotas{};  // as offer.approvals
};

const std::string kMoney = "money", kDemand = "demand", kPower = "power", kNetwork = "network", kRunning;

// Potential of the chains by what severs them, as shares; a running fleet (no name) is left out.
std::vector<std::pair<std::string, double>> shares(const std::vector<Chain>& chains, const std::vector<const std::string*>& constraint) {
  std::map<std::string, double> severed;
  double sum = 0;
  for (size_t i = 0; i < chains.size(); ++i) {
    if (constraint[i]->empty() || chains[i].potential <= 0) continue;
    severed[*constraint[i]] += chains[i].potential;
    sum += chains[i].potential;
  }
  std::vector<std::pair<std::string, double>> out;
  for (const auto& [name, potential] : severed) out.emplace_back(name, potential / sum);
  if (out.empty()) out.emplace_back(kMoney, 1.0);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

BottleneckPlan solve(const std::vector<Chain>& chains, double demand) {
  enum { source, gathered, sink, first };
  std::vector<graph::FlowEdge> edges;  // of chain i: 2 i is its step, 2 i + 1 leads on
  int next = first;
  for (const auto& chain : chains) {
    edges.push_back({source, next, chain.least});
    edges.push_back({next++, gathered, graph::kUnbounded});
  }
  edges.push_back({gathered, sink, demand});
  const auto flow = graph::max_flow(next, edges, source, sink);

  // A chain that its own step does not sever is severed by the demand.
  std::vector<const std::string*> constraint(chains.size(), &kDemand);
  for (const int e : flow.cut)
    if (const auto chain = static_cast<size_t>(e) / 2; chain < chains.size()) constraint[chain] = chains[chain].by;
  BottleneckPlan out;
  out.capacity = flow.value;
  out.binding = shares(chains, constraint);
  return out;
}

class Networks {
 public:
  Networks(const Scenario& s, const Draw& draw, const Plan& plan)
      : s_(s), plan_(plan), reference_(s.campaigns[s.study.reference]), first_hall_(first_halls(s)) {
    const Timeline& t = s.study.timeline;
    for (int m = 0; m < t.months(); ++m) lasts_.push_back(std::min(t.month_start(m + 1), t.end()) + Days{-1});
    for (const auto& o : s.offers) {
      leads_.push_back(o.lead_time.at(draw));
      Names n{"order (" + o.id + ")", "production " + s.producers[o.producer].id + " (" + o.id + ")", "delivery (" + o.id + ")",
              "installation (" + o.id + ")", {}};
      for (const auto a : o.approvals) n.approvals.push_back("approval " + s.approvals[a].id + " (" + o.id + ")");
      for (const auto a : o.approvals) n.quotas.push_back((s.approvals[a].ratio ? "ratio " : "quota ") + s.approvals[a].id + " (" + o.id + ")");
      names_.push_back(std::move(n));
    }
    for (const auto& c : s.chips) {
      weights_.push_back(weigh(c));
      ports_.push_back("port " + c.stack + "/" + reference_.family);
    }
    sort_orders();
    group();
  }

  size_t months() const { return lasts_.size(); }
  std::vector<Chain> chains(size_t month) const;
  double demand() const;

 private:
  void sort_orders();
  void group();
  void count(const PodPlan& pod, Group& g) const;
  double weigh(const Chip& chip) const;
  double weight(Id<Chip> chip) const { return weights_[chip.index]; }
  Ordered ordered(Id<Offer> offer, Date day) const;
  size_t closed(const Offer& offer, Date day) const;
  size_t rationing(const Offer& offer) const;
  const std::string& approval(Id<Offer> offer, Date day) const;
  const std::string& arrival(Id<Offer> offer, const Ordered& o, const Passed& all, Date day) const;
  void port(Id<Chip> chip, Date day, Chain& chain) const;
  Chain offered(const Group& g, const Passed& n, const Ordered& o, const Passed& all, Date day) const;

  const Scenario& s_;
  const Plan& plan_;
  const Campaign& reference_;
  std::vector<size_t> first_hall_;             // in the plan, by site
  std::vector<Date> lasts_;                    // last day of each month inside the horizon
  std::vector<Days> leads_;                    // by offer
  std::vector<Names> names_;                   // by offer
  std::vector<double> weights_;                // by chip: model FLOP/s
  std::vector<std::string> ports_;             // by chip: name of its port
  std::vector<std::vector<const OrderPlan*>> orders_;  // by offer
  std::vector<int64_t> placed_;                // chips of all pods, by offer
  std::vector<Group> groups_;
};

void Networks::sort_orders() {
  orders_.resize(s_.offers.size());
  for (const auto& o : plan_.orders)
    if (const auto id = s_.offers.find(o.offer); id.valid()) orders_[id.index].push_back(&o);
}

// Adds a pod to the months from which on it has passed each step: the day on which it would be online if nothing
// after the step had held it back. A pod that no hall takes installs at once: it waits for power.
void Networks::count(const PodPlan& pod, Group& g) const {
  Days install, burn_in;
  if (pod.site.valid() && g.offer.valid()) {
    const HallPlan& hall = plan_.halls[first_hall_[pod.site.index] + static_cast<size_t>(pod.hall)];
    install = hall.install;
    burn_in = hall.burn_in;
  }
  const auto from = [&](Date day, int64_t Passed::*step, int64_t chips) {
    const auto at = static_cast<size_t>(std::lower_bound(lasts_.begin(), lasts_.end(), day) - lasts_.begin());
    if (at < lasts_.size()) g.passed[at].*step += chips;
  };
  from(pod.delivered, &Passed::here, pod.chips);
  from(pod.delivered + install + burn_in, &Passed::arrived, pod.chips);
  from(pod.powered + install + burn_in, &Passed::powered, pod.chips);
  const Date online = pod.networked + install + burn_in;
  from(online, &Passed::networked, pod.chips);
  if (online < pod.retires) from(pod.retires, &Passed::networked, -pod.chips);
  g.chips += pod.chips;
}

// By offer and site; an offer that is planned and has no pod gets a group without any.
void Networks::group() {
  std::map<std::pair<std::string, std::string>, Group> groups;
  const auto group_of = [&](const std::string& offer, const std::string& site, Id<Chip> chip) -> Group& {
    const auto [it, fresh] = groups.try_emplace({offer, site});
    if (fresh) it->second = {s_.offers.find(offer), chip, 0, std::vector<Passed>(lasts_.size())};
    return it->second;
  };
  placed_.resize(s_.offers.size());
  const PodPlan* last = nullptr;
  Group* g = nullptr;
  for (const auto& pod : plan_.pods) {
    if (!last || pod.site != last->site || pod.offer != last->offer) g = &group_of(pod.offer, pod.site.valid() ? s_.sites[pod.site].id : "", pod.chip);
    last = &pod;
    count(pod, *g);
    if (g->offer.valid()) placed_[g->offer.index] += pod.chips;
  }
  for (const auto& order : plan_.orders) {
    const auto id = s_.offers.find(order.offer);
    if (order.chips > 0 && placed_[id.index] == 0) group_of(order.offer, "", s_.nodes[s_.offers[id].node].chip);
  }
  for (auto& [key, group] : groups) {
    for (size_t m = 1; m < group.passed.size(); ++m) {
      Passed& now = group.passed[m];
      const Passed& before = group.passed[m - 1];
      now.here += before.here, now.arrived += before.arrived, now.powered += before.powered, now.networked += before.networked;
    }
    groups_.push_back(std::move(group));
  }
}

double Networks::weigh(const Chip& chip) const {
  const auto peak = chip.peak.find(reference_.precision);
  if (!chip.trains || peak == chip.peak.end() || !chip.efficiency.valid()) return 0;
  return peak->second.value() * s_.efficiencies[chip.efficiency].gemm.mode;
}

// All gangs of all runs side by side, on the best chips that may join them.
double Networks::demand() const {
  double sum = 0;
  for (const auto& campaign : s_.campaigns) {
    if (campaign.runs == 0) return graph::kUnbounded;
    for (const auto& part : campaign.parts) {
      double best = 0;
      for (const auto id : part.any_of) best = std::max(best, weight(id));
      if (part.any_of.empty())
        for (size_t i = 0; i < s_.chips.size(); ++i) best = std::max(best, weight(s_.chips.id_at(i)));
      sum += campaign.runs * part.chips * best;
    }
  }
  return sum;
}

std::vector<Chain> Networks::chains(size_t month) const {
  const Date day = lasts_[month];
  std::vector<Ordered> ordered_by_offer;
  for (size_t i = 0; i < s_.offers.size(); ++i) ordered_by_offer.push_back(ordered(s_.offers.id_at(i), day));
  std::vector<Passed> all(s_.offers.size());
  for (const auto& g : groups_) {
    if (!g.offer.valid()) continue;
    all[g.offer.index].here += g.passed[month].here;
    all[g.offer.index].arrived += g.passed[month].arrived;
  }
  std::vector<Chain> out;
  for (const auto& g : groups_) {
    if (weight(g.chip) <= 0) continue;
    if (g.offer.valid()) {
      out.push_back(offered(g, g.passed[month], ordered_by_offer[g.offer.index], all[g.offer.index], day));
    } else {
      out.emplace_back(static_cast<double>(g.passed[month].networked) * weight(g.chip), kRunning);
      port(g.chip, day, out.back());
    }
  }
  return out;
}

void Networks::port(Id<Chip> chip, Date day, Chain& chain) const {
  const double efficiency = plan_.port_efficiency(s_.chips[chip].stack, reference_.family, day);
  if (efficiency < 1) chain.step(ports_[chip.index], chain.potential * efficiency);
}

Ordered Networks::ordered(Id<Offer> id, Date day) const {
  Ordered out;
  const Date docked = day + leads_[id.index];
  for (const OrderPlan* o : orders_[id.index]) {
    if (o->origin != "mix" && o->ordered > day) continue;
    // Money that has moved to another offer counts there, not twice.
    const int64_t moved = o->cancelled <= day && o->spend.value() > 0 ? std::llround(static_cast<double>(o->chips) * (o->redirected / o->spend)) : 0;
    out.planned += o->chips - moved;
    if (o->ordered > day) continue;
    out.ordered += o->chips - moved;
    if (o->decided <= day) out.allowed += o->allowed;
    if (o->allowed == 0) continue;
    out.rationed = out.rationed || o->status == "ratio" || (o->status == "quota" && o->delivered() < o->allowed);
    out.begin = std::min(out.begin, std::max(o->ordered, o->decided));
    for (const auto& d : o->deliveries) out.made += d.date <= docked ? d.chips : 0;
  }
  return out;
}

// Place in the offer's list of the first approval that does not stand on a day; the list's size when all do.
size_t Networks::closed(const Offer& offer, Date day) const {
  const auto stands = [&](Id<Approval> a) { return plan_.approvals[a.index].on(day) == ApprovalState::granted; };
  return static_cast<size_t>(std::find_if_not(offer.approvals.begin(), offer.approvals.end(), stands) - offer.approvals.begin());
}

// The first approval with a ratio or a yearly quota.
size_t Networks::rationing(const Offer& offer) const {
  const auto rations = [&](Id<Approval> a) { return s_.approvals[a].ratio || s_.approvals[a].yearly; };
  return static_cast<size_t>(std::find_if(offer.approvals.begin(), offer.approvals.end(), rations) - offer.approvals.begin());
}

// The key that holds chips back: the one that is not turned, or the least quota.
const std::string& Networks::approval(Id<Offer> id, Date day) const {
  const Offer& offer = s_.offers[id];
  const Permit p = permit(offer, plan_.approvals);
  const bool open = p.granted && p.decided <= day;
  size_t by = offer.approvals.size();
  double least = graph::kUnbounded;
  for (size_t i = 0; i < offer.approvals.size(); ++i) {
    const double quota = plan_.approvals[offer.approvals[i].index].quota;
    if (by == offer.approvals.size() && offer.approvals[i] == p.by) by = i;
    if (open && quota >= 0 && quota < least) least = quota, by = i;
  }
  const Names& names = names_[id.index];
  return by == offer.approvals.size() ? names.order : open ? names.quotas[by] : names.approvals[by];
}

// What keeps allowed chips from being there. Output is at fault unless it has already made them all, or no chip
// made since the order and the approval could be docked by now.
const std::string& Networks::arrival(Id<Offer> id, const Ordered& o, const Passed& all, Date day) const {
  const Names& names = names_[id.index];
  if (all.here >= o.allowed) return names.installation;
  if (o.made >= o.allowed || o.begin + leads_[id.index] > day) return names.delivery;
  if (const size_t by = closed(s_.offers[id], day); by < names.approvals.size()) return names.approvals[by];
  if (const size_t by = rationing(s_.offers[id]); o.rationed && by < names.quotas.size()) return names.quotas[by];
  return names.production;
}

Chain Networks::offered(const Group& g, const Passed& n, const Ordered& o, const Passed& all, Date day) const {
  const Names& names = names_[g.offer.index];
  const int64_t placed = placed_[g.offer.index];
  const double w = weight(g.chip), part = placed == 0 ? w : w * (static_cast<double>(g.chips) / static_cast<double>(placed));
  Chain chain(static_cast<double>(o.planned) * part, kMoney);
  if (o.ordered < o.planned) chain.step(names.order, static_cast<double>(o.ordered) * part);
  if (o.allowed != o.ordered) chain.step(approval(g.offer, day), static_cast<double>(o.allowed) * part);
  if (all.arrived < o.allowed) chain.step(arrival(g.offer, o, all, day), static_cast<double>(n.arrived) * w);
  if (n.powered < n.arrived) chain.step(kPower, static_cast<double>(n.powered) * w);
  if (n.networked < n.powered) chain.step(kNetwork, static_cast<double>(n.networked) * w);
  port(g.chip, day, chain);
  return chain;
}

}  // namespace

void bottleneck(const Scenario& scenario, const Draw& draw, Plan& plan) {
  if (!scenario.study.reference.valid()) return;
  const Networks networks(scenario, draw, plan);
  const double demand = networks.demand();
  std::vector<Chain> before;
  for (size_t m = 0; m < networks.months(); ++m) {
    auto chains = networks.chains(m);
    const bool same = m > 0 && chains == before;  // as in the month before: nothing to solve
    plan.bottlenecks.push_back(same ? plan.bottlenecks.back() : solve(chains, demand));
    plan.bottlenecks.back().month = scenario.study.timeline.month_start(static_cast<int>(m));
    before = std::move(chains);
  }
}

}  // namespace capmix::plan
