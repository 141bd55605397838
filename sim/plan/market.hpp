// What all orders of a plan share: producers' output, prices, approvals' days and limits.
#pragma once

#include <memory>
#include <vector>

#include "plan/output.hpp"

namespace capmix::plan {

class Market {
 public:
  Market(const Scenario& scenario, const Draw& draw, const std::vector<ApprovalPlan>& approvals);

  const Offer& offer(Id<Offer> id) const { return s_.offers[id]; }
  const Passage& passage(Id<Offer> id) const { return goods_[id.index].passage; }
  Limits& limits() { return limits_; }
  bool timed(Id<Offer> id) const { return goods_[id.index].timed; }  // has limits that depend on the day of the dock
  Date end() const { return s_.study.timeline.end(); }

  Usd base(Id<Offer> id) const { return goods_[id.index].price; }  // of a chip, without scarcity
  // Of a chip when `chips` are ordered on `day`, after what is in the book by then.
  Usd price(Id<Offer> id, Date day, int64_t chips) const;
  // Whole chips that `money` buys at the price that they themselves bring about.
  int64_t affordable(Id<Offer> id, Date day, Usd money) const;

  // The request of an order of `asked` chips on `day` that may be met from `begin` on, by chips at the dock before `before`.
  Request request(Id<Offer> id, Date day, int64_t asked, Usd price, Date begin, Date before) const;
  // How many of `wanted` chips the request can get by the horizon; on demand as if there were no limits that depend on the
  // day of the dock. Takes nothing.
  int64_t deliverable(Id<Offer> id, const Request& request, int64_t wanted, bool limited = true) const;
  // Gets them, up to `wanted`, and counts those that depend on the day of the dock.
  std::vector<Lot> get(Id<Offer> id, const Request& request, int64_t wanted);
  // Enters an order as it is now, with what it took, into the book.
  void book(Id<Offer> id, const OrderPlan& order, const std::vector<Lot>& lots);

  // Chips of an import that one domestic chip unlocks, at these prices.
  double unlocks(Id<Approval> a, Usd domestic, Usd imported) const { return limits_.unlocks(a, domestic, imported); }
  std::vector<MarketMonth> months() const;

 private:
  struct Good {                   // by offer; drawn once
    Usd price;
    Days lead;
    Passage passage;
    bool timed = false;
  };
  Output& output(Id<Offer> id) { return *outputs_[s_.offers[id].producer.index]; }
  const Output& output(Id<Offer> id) const { return *outputs_[s_.offers[id].producer.index]; }

  const Scenario& s_;
  Limits limits_;
  std::vector<Good> goods_;
  std::vector<std::unique_ptr<Output>> outputs_;  // by producer; none for one that nothing is offered of
};

}  // namespace capmix::plan
