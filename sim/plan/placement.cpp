// Placement: deliveries become pods, and pods find a hall. The chips of one order are collected until they fill a
// pod of the smallest fabric, so that a pod fits any site; the order's last delivery flushes the rest, down to one
// node that is not full. Pods are placed in the order of their delivery (then offer, then number), each whole in
// the hall in which it is online first, by node power; ties go to the lesser site and hall id. A pod that fits no
// hall whole leaves as many whole nodes as fit where most do, and the rest tries again. A pod's place is final.
// Not modelled: transport between halls, space and cooling apart from power, chips that wait for a full pod are
// not used.
#include <algorithm>
#include <optional>
#include <tuple>

#include "plan/passes.hpp"
#include "plan/power_room.hpp"

namespace capmix::plan {
namespace {

int64_t nodes_of(int64_t chips, int per_node) { return (chips + per_node - 1) / per_node; }

std::string numbered(const std::string& offer, int number) {
  std::string digits = std::to_string(number);
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  return offer + "-" + digits;
}

// Whole days of a duration, as dates count them.
int whole(Days n) { return (Date(0) + n).day(); }

// Chips of one order that became a pod on a day.
struct PodLot {
  Date delivered;
  Id<Offer> offer;   // of Scenario, sorted by id
  size_t order = 0;  // index in plan.orders
  int chips = 0;
};

class Yard {
 public:
  Yard(const Scenario& scenario, Plan& plan) : s_(scenario), plan_(plan), numbers_(scenario.offers.size(), 0) {
    for (const auto& hall : plan.halls) {
      std::vector<std::pair<Date, Watts>> standing;
      for (const auto& e : s_.existing)
        if (e.site == hall.site && e.hall == hall.hall) standing.emplace_back(e.retires, power(e.node, e.chips));
      rooms_.emplace_back(hall, standing);
      order_.push_back(order_.size());
      install_.push_back(whole(hall.install));
      burn_in_.push_back(whole(hall.burn_in));
    }
    const auto name = [&](size_t h) {
      const Site& site = s_.sites[plan_.halls[h].site];
      return std::tie(site.id, site.halls[static_cast<size_t>(plan_.halls[h].hall)].id);
    };
    std::sort(order_.begin(), order_.end(), [&](size_t a, size_t b) { return name(a) < name(b); });
  }

  // Takes a pod as delivered: chips, dates and offer (by its id and as a reference). It gets its hall, or no site when nothing fits.
  void place(PodPlan pod, Id<Offer> offer) {
    auto slot = best(pod);
    while (!slot) {
      PodPlan part = pod;
      if (!shrink(part)) break;
      const auto part_slot = best(part);
      if (!part_slot) break;
      pod.chips -= part.chips;
      settle(std::move(part), offer, part_slot);
      if (pod.chips == 0) return;
      slot = best(pod);
    }
    settle(std::move(pod), offer, slot);
  }

 private:
  struct Slot {
    size_t hall = 0;
    Date powered, networked, installed, online;
  };

  Watts power(Id<Node> node, int64_t chips) const {
    return s_.nodes[node].power * static_cast<double>(nodes_of(chips, s_.nodes[node].chips));
  }

  std::optional<Slot> best(const PodPlan& pod) const {
    const Watts watts = power(pod.node, pod.chips);
    std::optional<Slot> found;
    for (const size_t h : order_) {
      const Date powered = rooms_[h].first_day(pod.delivered, watts);
      const Date networked = std::max(powered, plan_.halls[h].network);
      const Date installed(networked.day() + install_[h]), online(installed.day() + burn_in_[h]);
      if (!online.is_never() && (!found || online < found->online)) found = Slot{h, powered, networked, installed, online};
    }
    return found;
  }

  // To the whole nodes that fit into the hall with most power left; false when that is none.
  bool shrink(PodPlan& pod) const {
    double most = 0;
    for (const auto& room : rooms_) most = std::max(most, room.in_the_end() / s_.nodes[pod.node].power);
    const int fit = static_cast<int>(most + PowerRoom::kRounding) * s_.nodes[pod.node].chips;
    if (fit > 0) pod.chips = std::min(pod.chips, fit);
    return fit > 0;
  }

  void settle(PodPlan pod, Id<Offer> offer, const std::optional<Slot>& slot) {
    const std::string id = numbered(pod.offer, ++numbers_[offer.index]);
    if (slot) {
      const HallPlan& hall = plan_.halls[slot->hall];
      rooms_[slot->hall].reserve(slot->powered, power(pod.node, pod.chips));
      pod.site = hall.site;
      pod.hall = hall.hall;
      pod.powered = slot->powered;
      pod.networked = slot->networked;
      pod.installed = slot->installed;
      pod.online = slot->online;
      const Site& site = s_.sites[hall.site];
      pod.id = site.id + "-" + site.halls[static_cast<size_t>(hall.hall)].id + "/" + id;
    } else {
      pod.powered = pod.networked = pod.installed = pod.online = Date::never();
      pod.id = "unplaced/" + id;
    }
    plan_.pods.push_back(std::move(pod));
  }

  const Scenario& s_;
  Plan& plan_;
  std::vector<PowerRoom> rooms_;   // by hall of the plan
  std::vector<size_t> order_;      // halls by site and hall id
  std::vector<int> install_, burn_in_;  // by hall, days
  std::vector<int> numbers_;       // by offer
};

// Most chips of a pod of `node`, in every site's fabric.
int64_t pod_chips(const Scenario& s, const Node& node) {
  int nodes = 0;
  for (const auto& site : s.sites) {
    const int n = site.fabric.valid() ? s.fabrics[site.fabric].pod_nodes : 1;
    nodes = nodes == 0 ? n : std::min(nodes, n);
  }
  return std::max<int64_t>(1, int64_t{std::max(nodes, 1)} * node.chips);
}

void stand(const Scenario& s, Plan& plan) {
  for (const auto& e : s.existing) {
    const Site& site = s.sites[e.site];
    const int64_t most = int64_t{s.fabrics[site.fabric].pod_nodes} * s.nodes[e.node].chips;
    int number = 0;
    for (int64_t left = e.chips; left > 0; left -= most) {
      PodPlan pod;
      pod.offer = "existing:" + e.id;
      pod.id = site.id + "-" + site.halls[static_cast<size_t>(e.hall)].id + "/" + numbered(pod.offer, ++number);
      pod.node = e.node;
      pod.chip = s.nodes[e.node].chip;
      pod.site = e.site;
      pod.hall = e.hall;
      pod.chips = static_cast<int>(std::min(left, most));
      pod.ordered = pod.approved = pod.delivered = pod.powered = pod.networked = pod.installed = pod.online = e.since;
      pod.retires = e.retires;
      plan.pods.push_back(std::move(pod));
    }
  }
}

// Appends the pods of one order, each on the day on which it is complete.
void collect(const Scenario& s, const Plan& plan, size_t index, std::vector<PodLot>& lots) {
  const OrderPlan& order = plan.orders[index];
  const Id<Offer> offer = s.offers.find(order.offer);
  const int64_t most = pod_chips(s, s.nodes[s.offers[offer].node]);
  int64_t waiting = 0;
  for (size_t i = 0; i < order.deliveries.size(); ++i) {
    const bool last = i + 1 == order.deliveries.size();
    waiting += order.deliveries[i].chips;
    while (waiting >= most || (last && waiting > 0)) {
      const int64_t chips = std::min(waiting, most);
      lots.push_back({order.deliveries[i].date, offer, index, static_cast<int>(chips)});
      waiting -= chips;
    }
  }
}

PodPlan pod_of(const Scenario& s, const Plan& plan, const PodLot& lot) {
  const OrderPlan& order = plan.orders[lot.order];
  PodPlan pod;
  pod.offer = order.offer;
  pod.node = s.offers[lot.offer].node;
  pod.chip = s.nodes[pod.node].chip;
  pod.chips = lot.chips;
  pod.ordered = order.ordered;
  pod.approved = std::max(order.ordered, order.decided);
  pod.delivered = lot.delivered;
  return pod;
}

}  // namespace

void placement(const Scenario& scenario, Plan& plan) {
  stand(scenario, plan);
  std::vector<PodLot> lots;
  for (size_t i = 0; i < plan.orders.size(); ++i) collect(scenario, plan, i, lots);
  std::stable_sort(lots.begin(), lots.end(), [](const PodLot& a, const PodLot& b) {
    return std::tie(a.delivered, a.offer) < std::tie(b.delivered, b.offer);
  });
  Yard yard(scenario, plan);
  plan.pods.reserve(plan.pods.size() + lots.size());
  for (const auto& lot : lots) yard.place(pod_of(scenario, plan, lot), lot.offer);
}

}  // namespace capmix::plan
