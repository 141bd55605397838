// The plan as facts, flattened for the database.
#include <algorithm>
#include <cmath>

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

// Chip-months that a cut-over costs at most: all chips of the stack online in its time do that work.
double dual_months(const Plan& plan, const Scenario& s, const PortPlan& port) {
  double days = 0;
  for (const auto& pod : plan.pods) {
    if (s.chips[pod.chip].stack != port.stack) continue;
    const Date from = std::max(pod.online, port.dual.from), until = std::min(pod.retires, port.dual.until);
    if (from < until) days += pod.chips * (until - from).n;
  }
  return days / kDaysPerMonth * port.dual.share;
}

void record_port(const Plan& plan, const Scenario& s, const PortPlan& p, std::vector<DateFact>& out) {
  const std::string port = p.stack + "/" + p.family;
  for (const auto& step : p.steps) {
    std::string note = step.functional ? "functional" : "";
    if (step.cause.rfind("stage ", 0) != 0 && !step.cause.empty()) note += (note.empty() ? "" : "; ") + step.cause;
    out.push_back({"port", port + "/" + step.stage, step.date.text(), step.efficiency, note});
  }
  for (const auto& b : p.setbacks)
    out.push_back({"port-setback", port + "/" + b.stage, b.from.text(), b.until.is_never() ? -1 : (b.until - b.from).n, b.effect + ": " + b.id});
  if (p.dual.share > 0)
    out.push_back({"port-dual", port, p.dual.from.text(), dual_months(plan, s, p),
                   "until " + p.dual.until.text() + ", " + std::to_string(static_cast<int>(std::lround(100 * p.dual.share))) + " % of the time of its chips"});
}

void record_work(const Plan& plan, const Scenario& s, std::vector<PortWorkFact>& out) {
  const auto add = [&](const std::string& stack, const std::string& family, const PortWork& w) {
    const auto shared = std::find_if(s.port_stacks.begin(), s.port_stacks.end(), [&](const auto& x) { return x.stack == stack; });
    const double effort = w.engineers * w.work.n / kDaysPerMonth;  // engineer-months
    const double rate = shared == s.port_stacks.end() ? 0 : shared->engineer_cost.value() / 12;
    out.push_back({stack, family, w.id, w.ready.text(), w.start.text(), w.end.text(), w.after, w.engineers, effort, effort * rate});
  };
  for (const auto& stack : plan.port_stacks)
    for (const auto& w : stack.components) add(stack.stack, "", w);
  for (const auto& port : plan.ports)
    for (const auto& w : port.work) add(port.stack, port.family, w);
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
  for (const auto& p : plan.ports) record_port(plan, s, p, out);
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
  record_work(plan, scenario, facts.of<PortWorkFact>());
  for (const auto& b : plan.bottlenecks)
    for (const auto& [binding, share] : b.binding)
      facts.of<BottleneckFact>().push_back({quarter_name(b.quarter), binding, share, b.capacity});
}

}  // namespace capmix::plan
