#include "fleet/stock.hpp"

#include <algorithm>
#include <map>

namespace capmix::fleet {
namespace {

bool placed(const PodPlan& pod) { return pod.site.valid() && !pod.powered.is_never(); }

Watts node_power(const Scenario& scenario, const PodPlan& pod) {
  const Node& node = scenario.nodes[pod.node];
  return node.power * (static_cast<double>(pod.chips) / std::max(1, node.chips));
}

void accrue_pod(const PodPlan& pod, const Months& months, Ledger& ledger) {
  const std::pair<Owner, Date> stages[] = {{Owner::approval, pod.approved},
                                           {Owner::production, pod.delivered},
                                           {Owner::power, pod.powered},
                                           {Owner::network, pod.networked},
                                           {Owner::installation, pod.online}};
  const int64_t end = months.clipped(pod.retires);
  int64_t from = months.clipped(pod.ordered);
  for (const auto& [owner, until] : stages) {
    const bool delivered = owner != Owner::approval && owner != Owner::production;
    const Account account{pod.chip, delivered && placed(pod) ? pod.site : Id<Site>{}, -1};
    const int64_t to = std::min(end, months.clipped(until));
    ledger.span(from, to, account, owner, pod.chips);
    from = std::max(from, to);
  }
}

void accrue_order(const Scenario& scenario, const OrderPlan& order, const Months& months, Ledger& ledger) {
  const auto offer = scenario.offers.find(order.offer);
  if (!offer.valid()) return;
  const Account account{scenario.nodes[scenario.offers[offer].node].chip, {}, -1};
  const int64_t missing = order.chips - order.delivered();
  const int64_t refused = std::clamp<int64_t>(order.chips - order.allowed, 0, missing), late = missing - refused;
  const int64_t given_up = std::clamp<int64_t>(order.cancelled_chips - refused, 0, late);
  const int64_t from = months.clipped(order.ordered), decided = std::max(from, months.clipped(order.decided));
  const int64_t cancelled = std::max(from, months.clipped(order.cancelled));
  ledger.span(from, order.cancelled.is_never() ? decided : cancelled, account, Owner::approval, refused);
  ledger.span(from, decided, account, Owner::approval, late - given_up);
  ledger.span(decided, months.horizon(), account, Owner::production, late - given_up);
  ledger.span(from, std::min(decided, cancelled), account, Owner::approval, given_up);
  ledger.span(decided, cancelled, account, Owner::production, given_up);
}

}  // namespace

void accrue_before_online(const Scenario& scenario, const Plan& plan, const Months& months, Ledger& ledger) {
  for (const auto& pod : plan.pods)  // chips that come after the horizon are outstanding in their order
    if (months.second(pod.delivered) < months.horizon()) accrue_pod(pod, months, ledger);
  for (const auto& order : plan.orders) accrue_order(scenario, order, months, ledger);
}

std::vector<FleetMonth> fleet_months(const Scenario& scenario, const Plan& plan, const Months& months) {
  std::map<std::array<int64_t, 3>, FleetMonth> rows;  // month, chip, site + 1
  for (const auto& pod : plan.pods) {
    for (int m = 0; m < months.count(); ++m) {
      const auto reached = [&](Date d) { return months.second(d) < months.end(m); };
      if (!reached(pod.delivered) || reached(pod.retires)) continue;
      const int64_t site = placed(pod) ? pod.site.index + 1 : 0;
      FleetMonth& row = rows[{m, pod.chip.index, site}];
      row.month = m, row.chip = scenario.chips[pod.chip].id, row.site = site == 0 ? "" : scenario.sites[pod.site].id;
      row.delivered += pod.chips;
      if (placed(pod) && reached(pod.powered)) row.powered += pod.chips;
      if (!placed(pod) || !reached(pod.online)) continue;
      row.online += pod.chips;
      row.it_watts += node_power(scenario, pod).value();
    }
  }
  std::vector<FleetMonth> out;
  for (auto& [key, row] : rows) out.push_back(std::move(row));
  return out;
}

std::vector<EnergyMonth> energy_months(const Scenario& scenario, const Plan& plan, const Months& months,
                                       const Draw& draw) {
  struct Used {
    Joules all, domestic;  // domestic: by chips of the platform's home, where the site has a price for them
  };
  std::map<std::pair<int, uint32_t>, Used> used;
  for (const auto& pod : plan.pods) {
    if (!placed(pod)) continue;
    const Site& site = scenario.sites[pod.site];
    const bool domestic = site.domestic_energy_price && scenario.chips[pod.chip].country == scenario.home;
    int64_t from = months.clipped(pod.online);
    const int64_t end = months.clipped(pod.retires);
    while (from < end) {
      const int m = months.of(from);
      const int64_t to = std::min(end, months.end(m));
      const Seconds online(static_cast<double>(to - from));
      const Joules energy = node_power(scenario, pod) * online * site.pue;
      Used& u = used[{m, pod.site.index}];
      u.all += energy;
      if (domestic) u.domestic += energy;
      from = to;
    }
  }
  std::vector<EnergyMonth> out;
  for (const auto& [key, energy] : used) {
    const Site& site = scenario.sites[scenario.sites.id_at(key.second)];
    Usd cost = (energy.all - energy.domestic) * site.energy_price.at(draw);
    if (site.domestic_energy_price) cost += energy.domestic * site.domestic_energy_price->at(draw);
    out.push_back({key.first, site.id, energy.all.value(), cost.value()});
  }
  return out;
}

}  // namespace capmix::fleet
