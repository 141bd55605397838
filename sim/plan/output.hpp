// What one producer makes, month by month: for everybody, for this buyer, and what of that is already spoken for.
//   chips of a month = units of the year / weights x realised x yield x ramp; ours at most x share, in whole chips with
//   the fraction carried on
// Nothing is made before `from`; the last year repeats. Output that nobody takes in its month goes to other buyers:
// it is not stocked for us. A month's output leaves at the month's end. Beside it, distributors' stock: built on
// speculation until the approvals are decided, it leaves while they are open (ours: the same share of it) and goes to
// other buyers at once when they refuse.
//
// Wanted is what other buyers want in twelve months and our open chips; supply is what is made in twelve months, from
// the month in question on, and the stock. wanted / supply is the scarcity:
//   price of an order = base x min(price_limit, max(1, scarcity) ^ elasticity), its own chips among the wanted
//   share of an order = min(share, ours / wanted) while scarcity exceeds 1
// Money buys fewer chips at that price, which lowers it: by hand in platforms/README.md. For the article's 950PR it ends at
// 1.38, x1.083: 369,000 chips at USD 15.2k.
// When approvals refuse, what distributors hold goes to the other buyers at once and stills their wants by as much for
// twelve months; a rival that needs those approvals too wants nothing any more.
// Not modelled: other buyers do not order less because of the price, nor hoard; the share of an order is set on its day.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/limits.hpp"
#include "plan/permit.hpp"

namespace capmix::plan {

// What one order asks for.
struct Request {
  const Offer* offer = nullptr;
  const Passage* passage = nullptr;
  Days lead;
  Usd price;
  Date begin;                     // no chip that was made before
  Date before = Date::never();    // at the dock before
  int64_t asked = 0;              // for the schedule, and for its share
  double part = 1;                // of what is ours, in a rationed market
};

// Chips of one month that an order takes.
struct Lot {
  size_t month = 0;
  bool stock = false;
  bool partly = false;            // not all days of the month were open to it
  Date docked;
  int64_t chips = 0;
};

class Output {
 public:
  // Months from the one of `first` to the one before `end`, the horizon. `base`: price of a chip. `passage`: the days
  // of the offers that sell it.
  Output(const Producer& producer, const Draw& draw, Date first, Date end, Usd base, const Passage& passage,
         const std::vector<ApprovalPlan>& approvals);

  // The first `wanted` chips that the request can get, in the order of the months. `limits` that depend on the day of the
  // dock count them; nullptr: none. Takes nothing yet.
  std::vector<Lot> find(const Request& request, int64_t wanted, Limits* limits) const;
  void take(const std::vector<Lot>& lots);
  // Our book: an order with what it took. `cancelled` chips of it leave the book on that day.
  void book(Date ordered, int64_t chips, const std::vector<Lot>& lots, Date cancelled, int64_t cancelled_chips, const Passage& passage);

  // Multiple of the price when `chips` more are ordered on `day`.
  double multiple(Date day, int64_t chips) const;
  // Part of our share that an order of `chips` on `day` gets: below 1 where it is rationed.
  double part(Date day, int64_t chips) const;
  std::vector<MarketMonth> market(Id<Producer> id) const;

 private:
  struct Month {
    Date first, last;             // its days
    double all = 0;               // made for everybody
    int64_t made = 0, left = 0;   // of that ours at most, and not taken yet
    int64_t partly = 0;           // taken by requests that a part of the month's days was open to: counted as of all such parts
    double stock = 0, leaves = 0, dumped = 0;  // on speculation at the beginning; sold in the month; to others on a refusal
    int64_t sold = 0, sold_left = 0;           // of `leaves` ours at most, and not taken yet
    double wants = 0, rivals = 0; // of others in twelve months, as of its first day; less what a refusal has given them
    bool stock_open = false;      // the stock may leave in it
    int64_t open = 0, firm = 0;   // our open chips at its beginning or ordered in it; those that may pass
  };
  void make(const Producer& producer, const Draw& draw, Date first, Date end);
  void compete(const Producer& producer, const Draw& draw, Usd base, const std::vector<ApprovalPlan>& approvals);
  void speculate(const Producer::Stock& stock, const Draw& draw, const Passage& passage);
  double twelve_months(size_t month) const;
  double supply(size_t month) const { return twelve_months(month) + months_[month].stock; }
  double multiple(size_t month, int64_t chips) const;
  size_t at(Date day) const;      // index of its month, within those of the horizon
  static int open_days(const Month& month, const Request& request);
  int64_t available(const Month& month, const Request& request, bool stock) const;

  std::vector<Month> months_;
  std::vector<double> later_;     // made in the twelve months after the horizon
  double share_ = 1, elasticity_ = 0, limit_ = 1;
  Days stock_lead_;
  Date end_;
};

}  // namespace capmix::plan
