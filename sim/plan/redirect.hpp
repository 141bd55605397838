// Money that an approval, a quota, impatience or an option that lapses keeps from being spent goes to other offers.
#pragma once

#include "plan/market.hpp"

namespace capmix::plan {

// Of an order, neither converted nor lost.
struct Blocked {
  size_t order = 0;               // index in plan.orders
  Id<Offer> offer;
  Date date;
  Usd money;
  int64_t chips = 0;
};

// Gets the chips that an order is allowed, and fills in what comes of it. The caller enters it into the book.
std::vector<Lot> deliver(Market& market, Id<Offer> id, const Request& request, OrderPlan& order);

// Oldest first. Of the blocked money a share moves, after a delay, to the offers of the study's rule in their order,
// each up to what its quota leaves and its producer can still deliver to us by the horizon - with foresight of both.
// The rest is stranded. Appends orders and flows.
void redirect(const Scenario& scenario, const Mix& mix, const Draw& draw, std::vector<Blocked> blocked, Market& market, Plan& plan);

}  // namespace capmix::plan
