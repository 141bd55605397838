// Supply: money takes an offer, waits for its approvals, and gets what its producer makes for us. One approval's
// quota and one producer's output are shared in the order of the orders' dates; what the mix orders comes before
// what a redirect adds. This buyer's share of the output accrues from the later of order and approval on.
//
// A refusal gives all chips of the order up on its date, a quota those above it; the prepayment of a refused order
// that does not come back is lost, unless the refusal was known before the order. Of the other blocked money a
// share moves, after a delay, to the offers of the redirect rule in their order, each up to what its quota leaves
// and its producer can still deliver by the horizon - with foresight of both. The rest is stranded.
// Not modelled: late approvals do not move money, reversals, prices that rise with scarcity.
#include <algorithm>
#include <cmath>
#include <limits>

#include "plan/output.hpp"
#include "plan/passes.hpp"
#include "plan/permit.hpp"

namespace capmix::plan {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

// Whole chips that money buys. Money that was computed as chips x price may lack the last bit.
int64_t affordable(Usd money, Usd price) {
  return price.value() > 0 ? static_cast<int64_t>(std::floor(money / price * (1 + 1e-12))) : 0;
}

struct Blocked {
  size_t order = 0;  // index in plan.orders
  Id<Offer> offer;
  Date date;
  Usd money;         // neither converted nor lost
};

class Market {
 public:
  Market(const Scenario& scenario, const Mix& mix, const Draw& draw, Plan& plan) : s_(scenario), mix_(mix), draw_(draw), plan_(plan) {
    for (const auto& p : s_.producers) outputs_.emplace_back(p, draw, s_.study.order_date, end());
    for (const auto& a : plan.approvals) quota_.push_back(a.quota < 0 ? kNoLimit : static_cast<int64_t>(a.quota));
  }

  void order(const Tranche& tranche) {
    const Id<Offer> id = tranche.offer;
    const Usd spend = tranche.money;
    const Offer& offer = s_.offers[id];
    OrderPlan o = draft(offer, tranche.date, spend);
    o.origin = tranche.loop ? "loop" : "mix";
    const Permit p = permit(offer, plan_.approvals);
    if (o.chips == 0 || o.ordered >= end()) {
      o.status = "unused";
      o.stranded = spend;
    } else if (p.needed && p.decided >= end()) {
      o.status = "pending";
      o.outstanding = spend;
    } else if (!p.granted) {
      refuse(offer, p, o);
      block(id, o, spend - o.lost);
    } else {
      fulfil(offer, p, o);
      settle(id, o);
    }
    plan_.orders.push_back(std::move(o));
  }

  // Oldest decision first; offers in the order of the rule.
  void redirect() {
    const Redirect& rule = s_.study.redirect;
    const double share = rule.share.at(draw_);
    const Days delay = rule.delay.at(draw_);
    std::stable_sort(blocked_.begin(), blocked_.end(), [](const Blocked& a, const Blocked& b) { return a.date < b.date; });
    for (const auto& b : blocked_) {
      const Usd may_move = b.money * share;
      Usd moved;
      for (const auto to : rule.to)
        if (to != b.offer && std::count(mix_.never.begin(), mix_.never.end(), to) == 0) moved += move(b, to, may_move - moved, b.date + delay);
      OrderPlan& from = plan_.orders[b.order];
      from.redirected = moved;
      from.stranded = b.money - moved;
    }
  }

 private:
  Date end() const { return s_.study.timeline.end(); }
  Output& output(const Offer& offer) { return outputs_[offer.producer.index]; }

  OrderPlan draft(const Offer& offer, Date ordered, Usd spend) const {
    OrderPlan o;
    o.offer = offer.id;
    o.ordered = ordered;
    o.spend = spend;
    o.price = offer.price.at(draw_);
    o.chips = affordable(spend, o.price);
    return o;
  }

  int64_t quota(const Offer& offer) const {
    int64_t least = kNoLimit;
    for (const auto a : offer.approvals) least = std::min(least, quota_[a.index]);
    return least;
  }

  void refuse(const Offer& offer, const Permit& p, OrderPlan& o) const {
    o.status = "refused";
    o.decided = p.decided;
    o.cancelled = std::max(o.ordered, p.decided);
    o.cancelled_chips = o.chips;
    if (o.ordered < p.decided) o.lost = o.spend * (offer.prepaid * (1 - offer.refundable));
  }

  void fulfil(const Offer& offer, const Permit& p, OrderPlan& o) {
    o.decided = p.needed ? p.decided : o.ordered;
    o.allowed = std::min(o.chips, quota(offer));
    for (const auto a : offer.approvals)
      if (quota_[a.index] != kNoLimit) quota_[a.index] -= o.allowed;
    const auto taken = output(offer).take(o.allowed, std::max(o.ordered, o.decided), offer.lead_time.at(draw_));
    o.deliveries = taken.deliveries;
    const int64_t delivered = o.delivered();
    o.converted = o.price * static_cast<double>(delivered);
    o.outstanding = o.price * static_cast<double>(o.allowed - delivered);
    o.status = delivered == o.chips                  ? "delivered"
               : delivered == o.allowed              ? "quota"
               : delivered + taken.late == o.allowed ? "partly delivered"
                                                     : "production";
  }

  // Above the quota money is blocked; without one only change is left that buys no whole chip.
  void settle(Id<Offer> id, OrderPlan& o) {
    const Usd rest = std::max(Usd(0), o.spend - o.price * static_cast<double>(o.allowed));
    if (o.allowed == o.chips) {
      o.stranded = rest;
      return;
    }
    o.cancelled = std::max(o.ordered, o.decided);
    o.cancelled_chips = o.chips - o.allowed;
    block(id, o, rest);
  }

  void block(Id<Offer> id, const OrderPlan& o, Usd money) {
    blocked_.push_back({plan_.orders.size(), id, o.cancelled, money});
  }

  // Orders from `to` for at most `money`, not before `day`; returns the money that moved.
  Usd move(const Blocked& from, Id<Offer> to, Usd money, Date day) {
    const Offer& offer = s_.offers[to];
    const Permit p = permit(offer, plan_.approvals);
    if (!p.granted) return Usd(0);
    OrderPlan o = draft(offer, std::max(day, offer.opens), money);
    const Date begin = p.needed ? std::max(o.ordered, p.decided) : o.ordered;
    o.chips = std::min({o.chips, quota(offer), output(offer).deliverable(begin, offer.lead_time.at(draw_))});
    if (o.chips <= 0) return Usd(0);
    o.spend = o.price * static_cast<double>(o.chips);
    o.origin = "redirected from " + s_.offers[from.offer].id;
    fulfil(offer, p, o);
    plan_.orders.push_back(o);
    return o.spend;
  }

  const Scenario& s_;
  const Mix& mix_;
  const Draw& draw_;
  Plan& plan_;
  std::vector<Output> outputs_;   // by producer
  std::vector<int64_t> quota_;    // by approval, not used yet
  std::vector<Blocked> blocked_;
};

}  // namespace

void supply(const Scenario& scenario, const Mix& mix, const Draw& draw, Plan& plan) {
  Market market(scenario, mix, draw, plan);
  for (const auto& tranche : plan.tranches) market.order(tranche);
  market.redirect();
}

}  // namespace capmix::plan
