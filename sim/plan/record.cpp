// The plan as facts, flattened for the database.
#include <algorithm>
#include <map>

#include "plan/plan.hpp"
#include "plan/quarters.hpp"

namespace capmix::plan {
namespace {

void record_orders(const Plan& plan, Facts& facts) {
  for (const auto& o : plan.orders) {
    OrderFact f;
    f.position = static_cast<int64_t>(&o - plan.orders.data());
    f.offer = o.offer;
    f.origin = o.origin;
    f.ordered = o.ordered.text();
    f.decided = o.decided.text();
    f.cancelled = o.cancelled.text();
    f.status = o.status;
    f.spend = o.spend.value();
    f.price = o.price.value();
    f.converted = o.converted.value();
    f.redirected = o.redirected.value();
    f.lost = o.lost.value();
    f.outstanding = o.outstanding.value();
    f.stranded = o.stranded.value();
    f.chips = o.chips;
    f.allowed = o.allowed;
    f.delivered = o.delivered();
    f.cancelled_chips = o.cancelled_chips;
    facts.of<OrderFact>().push_back(std::move(f));
  }
}

void record_dates(const Plan& plan, const Scenario& s, std::vector<DateFact>& out) {
  for (const auto& t : plan.tasks) {
    const HallPlan& h = plan.halls[static_cast<size_t>(t.hall)];
    const Hall& hall = s.sites[h.site].halls[static_cast<size_t>(h.hall)];
    const std::string subject = s.sites[h.site].id + "/" + hall.id + "/" + hall.tasks[static_cast<size_t>(t.task)].id, note = t.critical ? "critical" : "";
    out.push_back({"task-start", subject, t.start.text(), t.slack.n, note});
    out.push_back({"task-end", subject, t.end.text(), t.slack.n, note});
  }
  for (const auto& a : plan.approvals)
    out.push_back({"approval", a.approval, a.decided.text(), a.quota, a.granted ? "granted" : "refused"});
  for (const auto& p : plan.ports)
    for (const auto& step : p.steps)
      out.push_back({"port", p.stack + "/" + p.family + "/" + step.stage, step.date.text(), step.efficiency,
                     step.functional ? "functional" : ""});
  for (const auto& h : plan.halls) {
    const Site& site = s.sites[h.site];
    const std::string subject = site.id + "/" + site.halls[static_cast<size_t>(h.hall)].id;
    for (const auto& [date, watts] : h.power) out.push_back({"hall-power", subject, date.text(), watts.value(), ""});
    out.push_back({"hall-network", subject, h.network.text(), 0, ""});
  }
}

void record_money(const Plan& plan, Facts& facts) {
  std::map<std::string, double> ordered;
  for (const auto& t : plan.tranches) ordered[quarter_name(t.date)] += t.money.value();
  for (const auto& m : plan.money) {
    const std::string quarter = quarter_name(m.quarter);
    const auto add = [&](const char* item, double usd) { facts.of<MoneyFact>().push_back({quarter, item, usd}); };
    add("profit", m.profit.value());
    add("capex", m.capex.value());
    for (size_t i = 0; i < kCapexItemCount; ++i) add(kCapexItems[i], m.items[i].value());
    add("ordered", ordered[quarter]);
  }
  for (const auto& r : plan.lost_regions)
    facts.of<LostRegionFact>().push_back({r.region, r.why, r.from.text(), r.to.text(), r.share});
  for (const auto& q : plan.loop)
    facts.of<LoopFact>().push_back({quarter_name(q.quarter), q.paid.text(), q.capacity.value(), q.sold.value(), q.revenue.value(),
                                    q.rent.value(), q.extra.value(), q.gain, q.damped, plan.loop_delay});
}

// Chips between dock and power, by offer.
void record_waiting(const Plan& plan, const Scenario& s, std::vector<WaitingFact>& out) {
  const Date start = s.study.timeline.start(), end = s.study.timeline.end();
  std::map<std::string, std::map<Date, int64_t>> changes;
  for (const auto& pod : plan.pods) {
    const Date from = std::max(start, pod.delivered), to = std::min(end, pod.powered);
    if (from >= to) continue;
    changes[pod.offer][from] += pod.chips;
    changes[pod.offer][to] -= pod.chips;
  }
  for (const auto& [offer, change] : changes) {
    WaitingFact f;
    f.offer = offer;
    int64_t waiting = 0;
    Date last = start;
    for (const auto& [day, chips] : change) {
      f.chip_months += static_cast<double>(waiting) * (day - last).n / kDaysPerMonth;
      waiting += chips, last = day;
      if (waiting > f.peak) f.peak = waiting, f.peak_on = day.text();
    }
    out.push_back(std::move(f));
  }
}

}  // namespace

void record(const Plan& plan, const Scenario& scenario, Facts& facts) {
  record_orders(plan, facts);
  record_dates(plan, scenario, facts.of<DateFact>());
  record_money(plan, facts);
  record_waiting(plan, scenario, facts.of<WaitingFact>());
  for (const auto& b : plan.bottlenecks)
    for (const auto& [binding, share] : b.binding)
      facts.of<BottleneckFact>().push_back({quarter_name(b.quarter), binding, share, b.capacity});
}

}  // namespace capmix::plan
