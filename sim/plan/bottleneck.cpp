// Bottleneck: a flow network per quarter, whose min-cut names what binds at the quarter's end. The unit is model
// FLOP/s of the study's reference campaign: a chip counts for its dense peak at the campaign's precision times its
// attained share of it on large products (at the mode); chips that cannot train, or not at that precision, do not
// appear.
//
// An offer at a site is one chain from the source to the demand, the part of its planned chips (money / price) that
// the plan places at that site; planned chips that are nowhere placed go along in proportion:
//   money -> order -> approval -> arrival (production, delivery or installation) -> power -> network -> port -> demand
// A step that lets everything through that reached it is unbounded; one that holds chips back has as capacity the
// chips that passed it early enough to be online at the quarter's end if nothing after it had held them back. Latency
// is thus charged to what limits the flow through it: while output is short, chips in transit or being installed
// count for production. A hall's power and network are split between chips as executed. The port lets through its
// efficiency of all planned chips of the chain. Chips that stand at the start have a chain of their own: fleet -> port.
// Demand is unbounded unless every campaign has a finite number of runs.
//
// capacity = max-flow. share of a constraint = planned potential (chips x weight) of the chains that the cut nearest
// to the source severs there, over that of all severed chains: by potential, because a constraint that lets nothing
// through has no capacity to be measured by. A chain that stands whole and running has no constraint but money; it is
// left out of the shares unless there is nothing else.
#include <algorithm>
#include <cmath>
#include <map>

#include "graph/flow.hpp"
#include "plan/passes.hpp"
#include "plan/permit.hpp"

namespace capmix::plan {
namespace {

struct Step {
  std::string name;
  double capacity = graph::kUnbounded;
};

struct Chain {
  double potential = 0;
  std::vector<Step> steps;  // the first one is bounded by the potential
};

// One pod's way: the days on which it would be online if nothing after the step had held it back.
struct Way {
  int chips = 0;
  Date delivered, arrived, powered, networked, retires;
};

// Pods of one offer at one site.
struct Group {
  Id<Offer> offer;          // invalid: standing fleet
  Id<Chip> chip;
  std::vector<Way> pods;
  int64_t chips = 0;
};

// Chips of a group that passed each step early enough.
struct Passed {
  int64_t here = 0;         // delivered, whatever comes after
  int64_t arrived = 0, powered = 0, networked = 0;
};

Passed passed(const Group& g, Date day) {
  Passed n;
  for (const auto& pod : g.pods) {
    if (pod.delivered <= day) n.here += pod.chips;
    if (pod.arrived <= day) n.arrived += pod.chips;
    if (pod.powered <= day) n.powered += pod.chips;
    if (pod.networked <= day) n.networked += pod.chips;
  }
  return n;
}

// Potential of the chains by what severs them, as shares; a running fleet (no name) is left out.
std::vector<std::pair<std::string, double>> shares(const std::vector<Chain>& chains, const std::vector<std::string>& constraint) {
  std::map<std::string, double> severed;
  double sum = 0;
  for (size_t i = 0; i < chains.size(); ++i) {
    if (constraint[i].empty() || chains[i].potential <= 0) continue;
    severed[constraint[i]] += chains[i].potential;
    sum += chains[i].potential;
  }
  std::vector<std::pair<std::string, double>> out;
  for (const auto& [name, potential] : severed) out.emplace_back(name, potential / sum);
  if (out.empty()) out.emplace_back("money", 1.0);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

BottleneckPlan solve(Date quarter, const std::vector<Chain>& chains, double demand) {
  enum { source, gathered, sink, first };
  std::vector<graph::FlowEdge> edges{{gathered, sink, demand}};
  std::vector<std::pair<size_t, const Step*>> owner{{0, nullptr}};  // by edge: chain and step
  int next = first;
  for (size_t i = 0; i < chains.size(); ++i) {
    int at = source;
    for (const auto& step : chains[i].steps) {
      const int to = &step == &chains[i].steps.back() ? static_cast<int>(gathered) : next++;
      edges.push_back({at, to, step.capacity});
      owner.emplace_back(i, &step);
      at = to;
    }
  }
  const auto flow = graph::max_flow(next, edges, source, sink);

  // A chain that its own steps do not sever is severed by the demand.
  std::vector<std::string> constraint(chains.size(), "demand");
  for (const int e : flow.cut)
    if (const auto [chain, step] = owner[static_cast<size_t>(e)]; step) constraint[chain] = step->name;
  BottleneckPlan out;
  out.quarter = quarter;
  out.capacity = flow.value;
  out.binding = shares(chains, constraint);
  return out;
}

class Networks {
 public:
  Networks(const Scenario& s, const Draw& draw, const Plan& plan) : s_(s), plan_(plan), reference_(s.campaigns[s.study.reference]) {
    for (const auto& o : s.offers) leads_.push_back(o.lead_time.at(draw));
    size_t halls = 0;
    for (const auto& site : s.sites) {
      first_hall_.push_back(halls);
      halls += site.halls.size();
    }
    group();
  }

  BottleneckPlan cut(Date quarter, Date last) const {
    std::vector<Passed> all(s_.offers.size());  // by offer
    std::vector<Passed> each;                   // by group
    for (const auto& g : groups_) {
      each.push_back(passed(g, last));
      if (!g.offer.valid()) continue;
      all[g.offer.index].here += each.back().here;
      all[g.offer.index].arrived += each.back().arrived;
    }
    std::vector<Chain> chains;
    for (size_t i = 0; i < groups_.size(); ++i) {
      const Group& g = groups_[i];
      if (weight(g.chip) <= 0) continue;
      chains.push_back(g.offer.valid() ? offered(g, each[i], all[g.offer.index], last) : standing(g, last));
    }
    return solve(quarter, chains, demand());
  }

 private:
  void group();
  double weight(Id<Chip> chip) const;
  double demand() const;
  Chain standing(const Group& g, Date day) const;
  Chain offered(const Group& g, const Passed& n, const Passed& all, Date day) const;
  Step approval(const Offer& offer, int64_t ordered, int64_t allowed, Date day) const;
  Step arrival(Id<Offer> offer, int64_t allowed, const Passed& n, const Passed& all, Date day) const;
  Step port(Id<Chip> chip, double potential, Date day) const;
  Way way(const PodPlan& pod) const;

  const Scenario& s_;
  const Plan& plan_;
  const Campaign& reference_;
  std::vector<Days> leads_;                    // by offer
  std::vector<size_t> first_hall_;             // in the plan, by site
  std::vector<Group> groups_;
  std::map<std::string, int64_t> placed_;      // chips of all pods, by offer
};

Way Networks::way(const PodPlan& pod) const {
  Days install, burn_in;  // none for a pod that no hall takes: it waits for power
  if (pod.site.valid()) {
    const HallPlan& hall = plan_.halls[first_hall_[pod.site.index] + static_cast<size_t>(pod.hall)];
    install = hall.install;
    burn_in = hall.burn_in;
  }
  if (!s_.offers.find(pod.offer).valid()) install = burn_in = Days{};
  const auto online = [&](Date passed) { return passed + install + burn_in; };
  return {pod.chips, pod.delivered, online(pod.delivered), online(pod.powered), online(pod.networked), pod.retires};
}

// By offer and site; an offer that is planned and has no pod gets a group without any.
void Networks::group() {
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const auto& pod : plan_.pods) {
    Group& g = groups[{pod.offer, pod.site.valid() ? s_.sites[pod.site].id : ""}];
    g.chip = pod.chip;
    g.offer = s_.offers.find(pod.offer);
    g.pods.push_back(way(pod));
    g.chips += pod.chips;
    placed_[pod.offer] += pod.chips;
  }
  for (const auto& order : plan_.orders) {
    if (order.chips == 0 || placed_.count(order.offer)) continue;
    Group& g = groups[{order.offer, ""}];
    g.offer = s_.offers.find(order.offer);
    g.chip = s_.nodes[s_.offers[g.offer].node].chip;
  }
  for (auto& [key, g] : groups) groups_.push_back(std::move(g));
}

double Networks::weight(Id<Chip> id) const {
  const Chip& chip = s_.chips[id];
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

Step Networks::port(Id<Chip> chip, double potential, Date day) const {
  const std::string& stack = s_.chips[chip].stack;
  const double efficiency = plan_.port_efficiency(stack, reference_.family, day);
  return {"port " + stack + "/" + reference_.family, efficiency < 1 ? potential * efficiency : graph::kUnbounded};
}

Chain Networks::standing(const Group& g, Date day) const {
  int64_t chips = 0;
  for (const auto& pod : g.pods)
    if (pod.networked <= day && day < pod.retires) chips += pod.chips;
  const double potential = static_cast<double>(chips) * weight(g.chip);
  return {potential, {{"", potential}, port(g.chip, potential, day)}};
}

Step Networks::approval(const Offer& offer, int64_t ordered, int64_t allowed, Date day) const {
  if (allowed == ordered) return {};
  const Permit p = permit(offer, plan_.approvals);
  Id<Approval> by = p.by;
  if (p.granted && p.decided <= day) {  // the quota that is least
    double least = graph::kUnbounded;
    for (const auto a : offer.approvals) {
      const double quota = plan_.approvals[a.index].quota;
      if (quota >= 0 && quota < least) least = quota, by = a;
    }
  }
  return {"approval " + s_.approvals[by].id + " (" + offer.id + ")", static_cast<double>(allowed)};
}

// What keeps allowed chips from being there. Output is at fault unless it has already made them all, or no chip
// made since the order and the approval could be docked by now.
Step Networks::arrival(Id<Offer> id, int64_t allowed, const Passed& n, const Passed& all, Date day) const {
  if (all.arrived >= allowed) return {};
  const Offer& offer = s_.offers[id];
  const Days lead = leads_[id.index];
  int64_t made = 0;
  Date begin = Date::never();
  for (const auto& o : plan_.orders) {
    if (o.offer != offer.id || o.ordered > day || o.allowed == 0) continue;
    begin = std::min(begin, std::max(o.ordered, o.decided));
    for (const auto& d : o.deliveries) made += d.date <= day + lead ? d.chips : 0;
  }
  const double capacity = static_cast<double>(n.arrived);
  if (all.here >= allowed) return {"installation (" + offer.id + ")", capacity};
  if (made >= allowed || begin + lead > day) return {"delivery (" + offer.id + ")", capacity};
  return {"production " + s_.producers[offer.producer].id + " (" + offer.id + ")", capacity};
}

Chain Networks::offered(const Group& g, const Passed& n, const Passed& all, Date day) const {
  const Offer& offer = s_.offers[g.offer];
  int64_t planned = 0, ordered = 0, allowed = 0;
  for (const auto& o : plan_.orders) {
    if (o.offer != offer.id || (o.origin != "mix" && o.ordered > day)) continue;
    // Money that has moved to another offer counts there, not twice.
    const int64_t moved = o.cancelled <= day && o.spend.value() > 0 ? std::llround(static_cast<double>(o.chips) * (o.redirected / o.spend)) : 0;
    planned += o.chips - moved;
    if (o.ordered > day) continue;
    ordered += o.chips - moved;
    if (o.decided <= day) allowed += o.allowed;
  }
  const auto placed = placed_.find(offer.id);
  const double part = placed == placed_.end() ? 1.0 : static_cast<double>(g.chips) / static_cast<double>(placed->second);
  const double w = weight(g.chip), potential = static_cast<double>(planned) * part * w;

  Chain chain{potential, {{"money", potential}}};
  if (ordered < planned) chain.steps.push_back({"order (" + offer.id + ")", static_cast<double>(ordered) * part * w});
  Step step = approval(offer, ordered, allowed, day);
  step.capacity *= part * w;
  chain.steps.push_back(step);
  step = arrival(g.offer, allowed, n, all, day);
  step.capacity *= w;
  chain.steps.push_back(step);
  if (n.powered < n.arrived) chain.steps.push_back({"power", static_cast<double>(n.powered) * w});
  if (n.networked < n.powered) chain.steps.push_back({"network", static_cast<double>(n.networked) * w});
  chain.steps.push_back(port(g.chip, potential, day));
  return chain;
}

}  // namespace

void bottleneck(const Scenario& scenario, const Draw& draw, Plan& plan) {
  if (!scenario.study.reference.valid()) return;
  const Networks networks(scenario, draw, plan);
  const Date start = scenario.study.timeline.start(), end = scenario.study.timeline.end();
  Date quarter = start;
  while (quarter < end) {
    const int month = (quarter.month() - 1) / 3 * 3 + 4;
    const Date next = month > 12 ? Date::of(quarter.year() + 1, 1, 1) : Date::of(quarter.year(), month, 1);
    const Date last(std::min(next, end).day() - 1);
    plan.bottlenecks.push_back(networks.cut(quarter, last));
    quarter = next;
  }
}

}  // namespace capmix::plan
