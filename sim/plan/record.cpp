// The plan as facts, flattened for the database.
#include <map>
#include <tuple>

#include "plan/plan.hpp"

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

void record_online(const Plan& plan, const Scenario& s, std::vector<OnlineChange>& out) {
  std::map<std::tuple<Date, Id<Chip>, Id<Site>>, int64_t> changes;
  for (const auto& pod : plan.pods) {
    if (pod.online.is_never() || pod.online >= pod.retires) continue;
    changes[{pod.online, pod.chip, pod.site}] += pod.chips;
    if (!pod.retires.is_never()) changes[{pod.retires, pod.chip, pod.site}] -= pod.chips;
  }
  for (const auto& [key, chips] : changes) {
    const auto& [date, chip, site] = key;
    if (chips != 0 && date < s.study.timeline.end()) out.push_back({date.text(), s.chips[chip].id, s.sites[site].id, chips});
  }
}

}  // namespace

void record(const Plan& plan, const Scenario& scenario, Facts& facts) {
  record_orders(plan, facts);
  record_dates(plan, scenario, facts.of<DateFact>());
  for (const auto& b : plan.bottlenecks)
    for (const auto& [binding, share] : b.binding)
      facts.of<BottleneckFact>().push_back({b.month.text().substr(0, 7), binding, share, b.capacity});
  record_online(plan, scenario, facts.of<OnlineChange>());
}

}  // namespace capmix::plan
