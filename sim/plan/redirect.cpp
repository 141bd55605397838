#include "plan/redirect.hpp"

#include <algorithm>

namespace capmix::plan {
namespace {

class Mover {
 public:
  Mover(const Scenario& s, const Mix& mix, const Draw& draw, Market& market, Plan& plan)
      : s_(s), mix_(mix), market_(market), plan_(plan), share_(s.study.redirect.share.at(draw)), delay_(s.study.redirect.delay.at(draw)) {}

  void move(const Blocked& b) {
    plan_.flows.push_back({FlowKind::blocked, b.date, b.offer, {}, b.money, b.chips, plan_.orders[b.order].price});
    const Date day = b.date + delay_;
    const Usd may_move = b.money * share_;
    Usd moved;
    for (const auto to : s_.study.redirect.to)
      if (to != b.offer && std::count(mix_.never.begin(), mix_.never.end(), to) == 0) moved += order(b, to, may_move - moved, day);
    OrderPlan& from = plan_.orders[b.order];
    from.redirected = moved;
    from.stranded += b.money - moved;
    if (moved < b.money) plan_.flows.push_back({FlowKind::stranded, std::min(day, Date(s_.study.timeline.end().day() - 1)), b.offer, {}, b.money - moved, 0, {}});
  }

 private:
  // Orders from `to` for at most `money`, not before `day`; returns the money that moved.
  Usd order(const Blocked& b, Id<Offer> to, Usd money, Date day) {
    OrderPlan o;
    o.offer = s_.offers[to].id;
    o.origin = "redirected from " + s_.offers[b.offer].id;
    o.ordered = std::max(day, s_.offers[to].opens);
    MoneyFlow flow{FlowKind::moved, o.ordered, b.offer, to, {}, 0, {}};
    const bool in_time = o.ordered < market_.end();
    const int64_t asked = in_time ? market_.affordable(to, o.ordered, money) : 0;
    if (in_time && asked == 0) return Usd(0);
    if (in_time) place(to, asked, o, flow);
    else flow.ceiling = Ceiling::horizon;
    plan_.flows.push_back(flow);
    for (const auto& d : o.deliveries)
      plan_.flows.push_back({FlowKind::converted, d.date, b.offer, to, o.price * static_cast<double>(d.chips), d.chips, o.price});
    if (o.chips > 0) plan_.orders.push_back(o);
    return o.spend;
  }

  void place(Id<Offer> to, int64_t asked, OrderPlan& o, MoneyFlow& flow) {
    const Fate f = fate(market_.passage(to), o.ordered, nullptr);
    if (f.kind == Fate::Kind::refused || f.begin >= market_.end()) return void(flow.ceiling = Ceiling::approval);
    Request request = market_.request(to, o.ordered, asked, market_.price(to, o.ordered, asked), f.begin, std::min(market_.end(), f.ends));
    const int64_t made = market_.deliverable(to, request, asked), quota = market_.limits().quota(*request.offer);
    o.chips = o.allowed = std::min({asked, made, quota});
    flow.ceiling = o.chips == asked ? Ceiling::money : o.chips == quota ? Ceiling::quota : Ceiling::output;
    // Fewer chips than were asked for raise the price less; what was asked for has decided the share.
    o.price = request.price = market_.price(to, o.ordered, o.chips);
    o.spend = o.price * static_cast<double>(o.chips);
    o.decided = market_.passage(to).needed ? f.decided : o.ordered;
    if (o.chips > 0) market_.book(to, o, deliver(market_, to, request, o));
    flow.money = o.spend, flow.chips = o.chips, flow.price = o.price;
    request.part = 1;
    request.asked = kNoLimit;
    flow.left = std::min(market_.deliverable(to, request, kNoLimit), market_.limits().quota(*request.offer));
  }

  const Scenario& s_;
  const Mix& mix_;
  Market& market_;
  Plan& plan_;
  double share_;
  Days delay_;
};

}  // namespace

std::vector<Lot> deliver(Market& market, Id<Offer> id, const Request& request, OrderPlan& o) {
  const int64_t unlimited = market.timed(id) ? market.deliverable(id, request, o.allowed, false) : 0;
  auto lots = market.get(id, request, o.allowed);
  int64_t taken = 0;
  for (const auto& lot : lots) {
    taken += lot.chips;
    if (lot.docked < market.end()) o.deliveries.push_back({lot.docked, lot.chips});
  }
  // Stock and output of one month have leads of their own.
  std::stable_sort(o.deliveries.begin(), o.deliveries.end(), [](const Delivery& a, const Delivery& b) { return a.date < b.date; });
  const int64_t delivered = o.delivered();
  o.converted = o.price * static_cast<double>(delivered);
  o.outstanding = o.price * static_cast<double>(o.allowed - delivered);
  o.status = delivered == o.chips      ? "delivered"
             : delivered == o.allowed  ? "quota"
             : unlimited > delivered   ? market.limits().rationed(*request.offer) ? "ratio" : "quota"
             : taken == o.allowed      ? "partly delivered"
                                       : "production";
  market.limits().use(*request.offer, o.allowed);
  return lots;
}

void redirect(const Scenario& scenario, const Mix& mix, const Draw& draw, std::vector<Blocked> blocked, Market& market, Plan& plan) {
  std::stable_sort(blocked.begin(), blocked.end(), [](const Blocked& a, const Blocked& b) { return a.date < b.date; });
  Mover mover(scenario, mix, draw, market, plan);
  for (const auto& b : blocked) mover.move(b);
}

}  // namespace capmix::plan
