#include "plan/market.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::plan {
namespace {

int64_t whole(Usd money, Usd price) { return price.value() > 0 ? plan::whole(money / price) : 0; }

}  // namespace

Market::Market(const Scenario& scenario, const Draw& draw, const std::vector<ApprovalPlan>& approvals)
    : s_(scenario), limits_(scenario, approvals, draw), outputs_(scenario.producers.size()) {
  for (const auto& offer : s_.offers)
    goods_.push_back({offer.price.at(draw), offer.lead_time.at(draw), plan::passage(offer, approvals), limits_.timed(offer)});
  // Several offers of one producer: the first by id stands for all where the others' buyers are concerned.
  std::vector<Id<Offer>> order;
  for (size_t i = 0; i < s_.offers.size(); ++i) order.push_back(s_.offers.id_at(i));
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return s_.offers[a].id < s_.offers[b].id; });
  const Date first = std::min(s_.study.order_date, s_.study.timeline.start());
  for (const auto id : order) {
    const Id<Producer> producer = s_.offers[id].producer;
    const Good& good = goods_[id.index];
    auto& output = outputs_[producer.index];
    if (!output) output = std::make_unique<Output>(s_.producers[producer], draw, first, end(), good.price, good.passage, approvals);
  }
}

Usd Market::price(Id<Offer> id, Date day, int64_t chips) const { return goods_[id.index].price * output(id).multiple(day, chips); }

// Money for n chips grows with n, so the last n that it covers is found by halving.
int64_t Market::affordable(Id<Offer> id, Date day, Usd money) const {
  int64_t none = whole(money, goods_[id.index].price) + 1, some = 0;
  const auto covered = [&](int64_t n) { return whole(money, price(id, day, n)) >= n; };
  if (none == 1 || covered(none - 1)) return none - 1;
  while (none - some > 1) {
    const int64_t middle = some + (none - some) / 2;
    (covered(middle) ? some : none) = middle;
  }
  return some;
}

Request Market::request(Id<Offer> id, Date day, int64_t asked, Usd price, Date begin, Date before) const {
  Request c;
  c.offer = &s_.offers[id];
  c.passage = &goods_[id.index].passage;
  c.lead = goods_[id.index].lead;
  c.price = price;
  c.begin = begin;
  c.before = before;
  c.asked = asked;
  c.part = output(id).part(day, asked);
  return c;
}

int64_t Market::deliverable(Id<Offer> id, const Request& request, int64_t wanted, bool limited) const {
  int64_t chips = 0;
  const auto count = [&](const std::vector<Lot>& lots) {
    for (const auto& lot : lots) chips += lot.docked < end() ? lot.chips : 0;
    return chips;
  };
  if (!limited || !goods_[id.index].timed) return count(output(id).find(request, wanted, nullptr));
  Limits trial = limits_;
  return count(output(id).find(request, wanted, &trial));
}

std::vector<Lot> Market::get(Id<Offer> id, const Request& request, int64_t wanted) {
  auto lots = output(id).find(request, wanted, goods_[id.index].timed ? &limits_ : nullptr);
  output(id).take(lots);
  return lots;
}

void Market::book(Id<Offer> id, const OrderPlan& order, const std::vector<Lot>& lots) {
  output(id).book(order.ordered, order.chips, lots, order.cancelled, order.cancelled_chips, passage(id));
}

std::vector<MarketMonth> Market::months() const {
  std::vector<MarketMonth> out;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (!outputs_[i]) continue;
    const auto months = outputs_[i]->market(s_.producers.id_at(i));
    out.insert(out.end(), months.begin(), months.end());
  }
  return out;
}

}  // namespace capmix::plan
