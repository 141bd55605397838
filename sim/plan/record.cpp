// The plan as facts, flattened for the database.
#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/unit.hpp"
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

void record_market(const Plan& plan, const Scenario& s, std::vector<MarketFact>& out) {
  for (const auto& m : plan.market)
    out.push_back({s.study.timeline.month(m.month), s.producers[m.producer].id, m.wanted, m.firm, m.rivals, m.made, m.stock, m.backlog, m.price, m.lead});
}

void record_flows(const Plan& plan, const Scenario& s, std::vector<MoneyFlowFact>& out) {
  constexpr const char* kinds[] = {"blocked", "moved", "converted", "stranded"};
  constexpr const char* ceilings[] = {"money", "production ", "quota", "approval", "horizon"};
  for (const auto& f : plan.flows) {
    MoneyFlowFact row{kinds[static_cast<int>(f.kind)], f.date.text(), s.offers[f.from].id, "", f.money.value(), f.price.value(), f.chips, f.left, ""};
    if (f.to.valid()) row.target = s.offers[f.to].id;
    if (f.kind == FlowKind::moved) row.ceiling = ceilings[static_cast<int>(f.ceiling)];
    if (f.kind == FlowKind::moved && f.ceiling == Ceiling::output) row.ceiling += s.producers[s.offers[f.to].producer].id;
    out.push_back(std::move(row));
  }
}

void record_approvals(const Plan& plan, std::vector<DateFact>& out) {
  for (const auto& a : plan.approvals) {
    out.push_back({"approval", a.approval, a.decided.text(), a.quota, a.granted ? "granted" : "refused"});
    for (const auto& step : a.steps)
      out.push_back({"approval-step", a.approval, step.from.text(), step.recorded ? 1.0 : 0.0, std::string(text(step.state)) + (step.note.empty() ? "" : ": " + step.note)});
  }
  for (const auto& u : plan.unlocks) {
    out.push_back({"ratio", u.approval, "", u.chips, u.imported + " for each " + u.domestic});
    if (u.paid > 0) out.push_back({"ratio-paid", u.approval, "", u.paid, u.imported + " for each " + u.domestic});
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
  if (p.dual.share > 0) {
    const double months = dual_months(plan, s, p);
    const std::string cost = p.dual.chip_month.value() > 0 ? ", " + money(p.dual.chip_month * months) : "";
    out.push_back({"port-dual", port, p.dual.from.text(), months,
                   "until " + p.dual.until.text() + ", " + std::to_string(static_cast<int>(std::lround(100 * p.dual.share))) + " % of the time of its chips" + cost});
  }
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
  record_approvals(plan, out);
  for (const auto& p : plan.ports) record_port(plan, s, p, out);
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
  record_market(plan, scenario, facts.of<MarketFact>());
  record_flows(plan, scenario, facts.of<MoneyFlowFact>());
  record_work(plan, scenario, facts.of<PortWorkFact>());
  record_money(plan, facts);
  record_waiting(plan, scenario, facts.of<WaitingFact>());
  for (const auto& b : plan.bottlenecks)
    for (const auto& [binding, share] : b.binding)
      facts.of<BottleneckFact>().push_back({b.month.text().substr(0, 7), binding, share, b.capacity});
  record_online(plan, scenario, facts.of<OnlineChange>());
}

}  // namespace capmix::plan
