// How many chips approvals let pass: quotas that hold once, quotas a calendar year, and ratios.
//   ratio: value (or chips) of imports at the dock by the end of a month
//          <= that of domestic chips at the dock by then / per_import
// A month is the month of the dock. What a redirect adds of domestic chips unlocks nothing: imports come first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "model/plan.hpp"

namespace capmix::plan {

inline constexpr int64_t kNoLimit = int64_t{1} << 50;  // more chips than any plan has; products of it do not overflow

// Whole chips, kNoLimit at most. A sum of parts, or money that was computed as chips x price, may lack the last bit.
inline int64_t whole(double chips) {
  return chips < static_cast<double>(kNoLimit) ? static_cast<int64_t>(std::floor(std::max(0.0, chips) * (1 + 1e-12))) : kNoLimit;
}

class Limits {
 public:
  Limits(const Scenario& scenario, const std::vector<ApprovalPlan>& approvals, const Draw& draw);

  // Of the quotas that hold once: what is left for an offer, and a use of it.
  int64_t quota(const Offer& offer) const;
  void use(const Offer& offer, int64_t chips);

  // Those that depend on the day of the dock: is there one; room for more chips on a day; chips that come.
  bool timed(const Offer& offer) const;
  bool rationed(const Offer& offer) const;  // by a ratio
  int64_t room(const Offer& offer, Usd price, Date docked) const;
  void import(const Offer& offer, Usd price, Date docked, int64_t chips);
  // Domestic chips at the dock.
  void unlock(Id<Offer> offer, Usd price, const std::vector<Delivery>& deliveries);
  // Chips of an import that one domestic chip unlocks; infinite without a ratio.
  double unlocks(Id<Approval> approval, Usd domestic, Usd imported) const;

 private:
  struct Limit {
    int64_t left = kNoLimit;            // of a quota that holds once
    int64_t yearly = kNoLimit;
    std::vector<int64_t> used;          // by calendar year of the horizon
    double per_import = 0;              // 0: no ratio
    bool by_value = true;
    std::vector<double> unlocked, imported;  // by the end of each month of the horizon
  };
  size_t month(Date docked) const;      // the last one holds what comes after the horizon
  size_t year(Date docked) const;

  const Scenario& s_;
  std::vector<Limit> limits_;           // by approval
};

}  // namespace capmix::plan
