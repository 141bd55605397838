// Supply: money takes an offer, waits for its approvals, and gets what its producer makes for us. One approval's
// quota and one producer's output are shared in the order of the orders' dates; what the mix orders comes before
// what a redirect adds, and imports under a ratio after the domestic chips that unlock them. This buyer's share of the
// output accrues from the later of order and approval on, and only while all approvals are granted.
//
// A refusal gives all chips of the order up on its date, a quota those above it, a refusal after a grant those that are
// not at the dock by then; an order that is undecided for longer than the mix's patience, or else the rule's, is given up. The prepayment
// of what is given up that does not come back is lost, unless the refusal was known before the order. An option is
// exercised on its day if its offer is open then and the strike - the price of the study's order date - is not above
// the price of the day; its premium is part of what it pays, or lost. All other money that is kept from being spent is
// blocked: redirect.cpp moves it.
// Not modelled: orders that foresee a refusal, prices that fall, chips on their way when a permission is paused (they
// arrive) or refused (they do not).
#include <algorithm>
#include <cmath>

#include "plan/passes.hpp"
#include "plan/redirect.hpp"

namespace capmix::plan {
namespace {

class Orders {
 public:
  Orders(const Scenario& scenario, const Mix& mix, const Draw& draw, Market& market, Plan& plan) : s_(scenario), market_(market), plan_(plan), patience_(mix.patience) {
    if (!patience_ && s_.study.redirect.patience) patience_ = s_.study.redirect.patience->at(draw);
  }

  void order(const Tranche& t) {
    OrderPlan o;
    o.offer = s_.offers[t.offer].id;
    o.origin = t.loop ? "loop" : "mix";
    o.ordered = t.date;
    o.spend = t.money;
    if (t.option ? !exercise(t, o) : !buy(t, o)) return;
    const Fate f = fate(market_.passage(t.offer), o.ordered, patience_ ? &*patience_ : nullptr);
    const Date news = f.kind == Fate::Kind::granted ? f.begin : f.ends;
    if (news >= market_.end()) {
      o.status = "pending";
      o.outstanding = o.spend;
      enter(t.offer, std::move(o), {});
    } else if (f.kind == Fate::Kind::granted) {
      fulfil(t.offer, f, std::move(o));
    } else {
      give_up(t.offer, f, std::move(o));
    }
  }

  std::vector<Blocked> blocked;

 private:
  // Fixes price and chips; false, and the order is entered, when there is nothing to buy.
  bool buy(const Tranche& t, OrderPlan& o) {
    o.chips = o.ordered < market_.end() ? market_.affordable(t.offer, o.ordered, o.spend) : 0;
    o.price = market_.price(t.offer, o.ordered, o.chips);
    if (o.chips > 0) return true;
    o.status = "unused";
    o.stranded = o.spend;
    return enter(t.offer, std::move(o), {}), false;
  }

  bool exercise(const Tranche& t, OrderPlan& o) {
    const Usd strike = market_.price(t.offer, s_.study.order_date, 0), today = market_.price(t.offer, o.ordered, 0);
    const bool open = days_within(market_.passage(t.offer).open, o.ordered, o.ordered + Days{1}) > 0;
    if (o.ordered < market_.end() && open && strike <= today) {
      o.price = strike;
      o.chips = whole(o.spend / strike);
      return true;
    }
    o.status = "lapsed";
    o.price = strike;
    o.lost = o.spend * t.premium;
    if (o.ordered < market_.end()) {
      o.cancelled = o.ordered;
      block(t.offer, o.ordered, o.spend - o.lost, 0);
    } else {
      o.stranded = o.spend - o.lost;
    }
    return enter(t.offer, std::move(o), {}), false;
  }

  void fulfil(Id<Offer> id, const Fate& f, OrderPlan o) {
    o.decided = market_.passage(id).needed ? f.decided : o.ordered;
    o.allowed = std::min(o.chips, market_.limits().quota(s_.offers[id]));
    const Request request = market_.request(id, o.ordered, o.chips, o.price, f.begin, f.ends);
    const auto lots = deliver(market_, id, request, o);
    const bool reversed = f.ends < market_.end() && o.delivered() < o.allowed;
    if (reversed && o.allowed < o.chips) above(id, o);
    const Usd rest = std::max(Usd(0), o.spend - o.price * static_cast<double>(o.allowed));
    if (o.allowed < o.chips) {
      o.cancelled = std::max(o.ordered, o.decided);
      o.cancelled_chips = o.chips - o.allowed;
      block(id, o.cancelled, rest, o.cancelled_chips);
    } else {
      if (reversed) reverse(id, f, o);
      o.stranded += rest;  // change that buys no whole chip
    }
    enter(id, std::move(o), lots);
  }

  // What a quota cuts off, as an order of its own: it is given up on another day than the rest will be.
  void above(Id<Offer> id, OrderPlan& o) {
    OrderPlan cut = o;
    cut.deliveries.clear();
    cut.converted = cut.outstanding = Usd(0);
    cut.chips = cut.cancelled_chips = o.chips - o.allowed;
    cut.allowed = 0;
    cut.spend = o.price * static_cast<double>(cut.chips);
    cut.status = "quota";
    cut.cancelled = std::max(o.ordered, o.decided);
    o.chips = o.allowed;
    o.spend -= cut.spend;
    block(id, cut.cancelled, cut.spend, cut.chips);
    enter(id, std::move(cut), {});
  }

  // Refused after a grant.
  void reverse(Id<Offer> id, const Fate& f, OrderPlan& o) {
    const Offer& offer = s_.offers[id];
    o.status = "reversed";
    o.cancelled = f.ends;
    o.cancelled_chips = o.allowed - o.delivered();
    market_.limits().use(offer, -o.cancelled_chips);
    o.lost = o.outstanding * (offer.prepaid * (1 - offer.refundable));
    block(id, f.ends, o.outstanding - o.lost, o.cancelled_chips);
    o.outstanding = Usd(0);
  }

  // Refused, or late.
  void give_up(Id<Offer> id, const Fate& f, OrderPlan o) {
    const Offer& offer = s_.offers[id];
    const bool refused = f.kind == Fate::Kind::refused;
    o.status = refused ? "refused" : "late";
    if (refused) o.decided = f.decided;
    o.cancelled = std::max(o.ordered, f.ends);
    o.cancelled_chips = o.chips;
    if (o.ordered < f.ends) o.lost = o.spend * (offer.prepaid * (1 - offer.refundable));
    block(id, o.cancelled, o.spend - o.lost, o.chips);
    enter(id, std::move(o), {});
  }

  // Of the order that is entered next.
  void block(Id<Offer> id, Date day, Usd money, int64_t chips) { blocked.push_back({plan_.orders.size(), id, day, money, chips}); }

  void enter(Id<Offer> id, OrderPlan o, const std::vector<Lot>& lots) {
    if (o.chips > 0) market_.book(id, o, lots);
    market_.limits().unlock(id, o.price, o.deliveries);
    plan_.orders.push_back(std::move(o));
  }

  const Scenario& s_;
  Market& market_;
  Plan& plan_;
  std::optional<Days> patience_;
};

// Price of the mix's first order of an offer; 0: none.
Usd paid(const Plan& plan, const std::string& offer) {
  for (const auto& o : plan.orders)
    if (o.origin == "mix" && o.offer == offer && o.chips > 0) return o.price;
  return Usd(0);
}

void record_unlocks(const Scenario& s, const Market& market, Plan& plan) {
  for (size_t i = 0; i < s.offers.size(); ++i) {
    const auto imported = s.offers.id_at(i);
    for (const auto a : s.offers[imported].approvals) {
      if (!s.approvals[a].ratio) continue;
      for (const auto domestic : s.approvals[a].ratio->domestic) {
        UnlockPlan u{s.approvals[a].id, s.offers[imported].id, s.offers[domestic].id, 0, 0};
        u.chips = market.unlocks(a, market.base(domestic), market.base(imported));
        const Usd in = paid(plan, u.imported), at_home = paid(plan, u.domestic);
        if (in.value() > 0 && at_home.value() > 0) u.paid = market.unlocks(a, at_home, in);
        plan.unlocks.push_back(std::move(u));
      }
    }
  }
}

}  // namespace

void supply(const Scenario& scenario, const Mix& mix, const Draw& draw, Plan& plan) {
  if (scenario.offers.empty()) return;
  Market market(scenario, draw, plan.approvals);
  Orders orders(scenario, mix, draw, market, plan);
  for (const bool rationed : {false, true})
    for (const auto& tranche : plan.tranches)
      if (market.limits().rationed(scenario.offers[tranche.offer]) == rationed) orders.order(tranche);
  redirect(scenario, mix, draw, std::move(orders.blocked), market, plan);
  plan.market = market.months();
  record_unlocks(scenario, market, plan);
}

}  // namespace capmix::plan
