// Finance: the mix's money by day of order, as far as there is cash for it.
//
// Without a [finance] all of it is there on its day. With one, capex of a quarter is payout x profit + extra, in four
// equal parts a year; profit grows by the calendar year, and a shock that happens takes its share of it for the days
// that it lasts. The chips' share of the capex is at hand from the first day of its quarter and is kept until it is
// used. Tranches take it in the order of their dates; what is missing is ordered on the first day of a later quarter,
// and what the horizon does not pay for becomes an order that is "unfunded". What the loop earns pays for itself.
// A window moves what would be ordered within it to the day on which the last approval of the offer is granted: that
// money is taken up ahead of the cash.
// Options stay on their dates. Not modelled: orders that are paid on delivery, an option's premium before its date, money
// that a refusal gives back and that is spent again, interest.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "plan/passes.hpp"

namespace capmix::plan {
namespace {

struct Event {
  Date from, to;
  double profit = 0;  // share lost
};

// Shocks that happen in this world; lost demand goes to the plan.
std::vector<Event> events(const Finance& finance, const Draw& draw, Plan& plan) {
  std::vector<Event> out;
  for (const auto& shock : finance.shocks) {
    if (!draw.chance(shock.probability.at(draw), "finance:shock:" + shock.id)) continue;
    Event e;
    e.from = shock.date.at(draw);
    e.to = shock.lasts ? e.from + shock.lasts->at(draw) : Date::never();
    e.profit = shock.profit.at(draw);
    out.push_back(e);
    const double demand = shock.demand.at(draw);
    if (!shock.region.empty() && demand > 0) plan.lost_regions.push_back({shock.region, shock.id, e.from, e.to, demand});
  }
  return out;
}

// Share of the days [first, next) that lie in [from, to).
double overlap(Date from, Date to, Date first, Date next) {
  const double days = (std::min(to, next) - std::max(from, first)).n;
  return std::max(0.0, days) / (next - first).n;
}

std::vector<MoneyQuarter> budget(const Scenario& s, const Draw& draw, Plan& plan) {
  const Finance& f = *s.study.finance;
  const auto shocks = events(f, draw, plan);
  const Usd base = f.profit.at(draw), extra = f.extra.at(draw);
  const double growth = 1 + f.growth.at(draw), payout = f.payout.at(draw);
  std::vector<MoneyQuarter> out;
  for (const auto& q : quarters(s.study.timeline)) {
    MoneyQuarter m;
    m.quarter = q.first;
    m.profit = base * (std::pow(growth, q.first.year() - f.base_year) / 4 * q.part);
    for (const auto& e : shocks) m.profit = m.profit * (1 - e.profit * overlap(e.from, e.to, q.first, q.next));
    m.capex = m.profit * payout + extra * (q.part / 4);
    for (size_t i = 0; i < kCapexItemCount; ++i) m.items[i] = m.capex * f.split[i];
    m.chips = m.items[kChipsItem];
    out.push_back(m);
  }
  return out;
}

OrderPlan unfunded(const Scenario& s, const Draw& draw, const Tranche& t, Usd money) {
  const Offer& offer = s.offers[t.offer];
  OrderPlan o;
  o.offer = offer.id;
  o.origin = "mix";
  o.ordered = t.date;
  o.status = "unfunded";
  o.spend = o.stranded = money;
  o.price = offer.price.at(draw);
  return o;
}

// Splits tranches (by date) over the quarters whose cash pays for them.
std::vector<Tranche> fund(const Scenario& s, const Draw& draw, const std::vector<Tranche>& wanted, Plan& plan) {
  std::vector<Usd> cash;
  for (const auto& m : plan.money) cash.push_back(m.chips);
  std::vector<Tranche> out;
  for (const auto& t : wanted) {
    Usd due = t.money;
    const double change = 1e-12 * t.money.value();  // rounding
    std::vector<Tranche> parts;
    for (size_t q = 0; q < cash.size() && due.value() > change; ++q) {
      Tranche part = t;
      part.money = std::min(due, cash[q]);
      part.date = std::max(t.date, plan.money[q].quarter);
      if (part.money.value() <= 0) continue;
      cash[q] -= part.money, due -= part.money;
      if (!parts.empty() && parts.back().date == part.date) parts.back().money += part.money;
      else parts.push_back(part);
    }
    if (due.value() > change) plan.orders.push_back(unfunded(s, draw, t, due));
    out.insert(out.end(), parts.begin(), parts.end());
  }
  return out;
}

// The day on which all approvals of an offer are granted for the first time.
Date opening(const Offer& offer, const std::vector<ApprovalPlan>& approvals) {
  Date first = Date::never();
  for (const auto key : offer.approvals) {
    for (const auto& step : approvals[key.index].steps) {
      const bool open = std::all_of(offer.approvals.begin(), offer.approvals.end(), [&](Id<Approval> a) {
        return approvals[a.index].on(step.from) == ApprovalState::granted;
      });
      if (open) first = std::min(first, step.from);
    }
  }
  return first;
}

void pull_forward(const Scenario& s, const Mix& mix, const Plan& plan, std::vector<Tranche>& tranches) {
  for (auto& t : tranches) {
    const auto window = mix.window.find(t.offer);
    if (window == mix.window.end() || t.option) continue;
    const Date open = opening(s.offers[t.offer], plan.approvals);
    if (!open.is_never() && t.date > open && t.date <= open + window->second)
      t.date = std::min(t.date, std::max({open, s.study.order_date, s.offers[t.offer].opens}));
  }
}

}  // namespace

void finance(const Scenario& scenario, const Mix& mix, const Draw& draw, const std::vector<Tranche>& earned, Plan& plan) {
  auto tranches = mix.tranches;
  for (size_t i = 0; mix.tranches.empty() && i < mix.spend.size(); ++i)
    if (mix.spend[i].value() > 0) tranches.push_back({scenario.offers.id_at(i), mix.spend[i], scenario.study.order_date});
  const auto by_date = [&](std::vector<Tranche>& list) {
    for (auto& t : list) t.date = std::max(t.date, scenario.offers[t.offer].opens);
    std::stable_sort(list.begin(), list.end(), [&](const Tranche& a, const Tranche& b) {
      return std::tie(a.date, scenario.offers[a.offer].id) < std::tie(b.date, scenario.offers[b.offer].id);
    });
  };
  by_date(tranches);
  if (scenario.study.finance) {
    plan.money = budget(scenario, draw, plan);
    tranches = fund(scenario, draw, tranches, plan);
  }
  pull_forward(scenario, mix, plan, tranches);
  tranches.insert(tranches.end(), earned.begin(), earned.end());
  by_date(tranches);
  plan.tranches = std::move(tranches);
}

}  // namespace capmix::plan
