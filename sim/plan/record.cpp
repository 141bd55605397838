// The plan as facts, flattened for the database.
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

// "critical, delayed"
std::string note_of(const TaskPlan& t) {
  std::string out;
  for (const auto& [is, word] : {std::pair{t.critical, "critical"}, {t.delayed, "delayed"}, {t.reworked, "reworked"}})
    if (is) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

void record_dates(const Plan& plan, const Scenario& s, std::vector<DateFact>& out) {
  for (const auto& t : plan.tasks) {
    const HallPlan& h = plan.halls[static_cast<size_t>(t.hall)];
    const Hall& hall = s.sites[h.site].halls[static_cast<size_t>(h.hall)];
    const std::string subject = s.sites[h.site].id + "/" + hall.id + "/" + hall.tasks[static_cast<size_t>(t.task)].id, note = note_of(t);
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

std::string quarter_name(Date d) {
  return std::to_string(d.year()) + "-Q" + std::to_string((d.month() - 1) / 3 + 1);
}

}  // namespace

void record(const Plan& plan, const Scenario& scenario, Facts& facts) {
  record_orders(plan, facts);
  record_dates(plan, scenario, facts.of<DateFact>());
  for (const auto& b : plan.bottlenecks)
    for (const auto& [binding, share] : b.binding)
      facts.of<BottleneckFact>().push_back({quarter_name(b.quarter), binding, share, b.capacity});
}

}  // namespace capmix::plan
