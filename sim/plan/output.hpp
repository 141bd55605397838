// What one producer makes for this buyer, month by month, and what of it is already spoken for.
//   chips of a month = units of the year / weights x realised x share, in whole chips with the fraction carried on
// Nothing is made before `from`; the last year repeats. Output that nobody takes in its month goes to other buyers:
// it is not stocked for us. A month's output leaves at the month's end.
#pragma once

#include <cstdint>
#include <vector>

#include "model/plan.hpp"

namespace capmix::plan {

class Output {
 public:
  // Months from the one of `first` to the one before `end`, the horizon.
  Output(const Producer& producer, const Draw& draw, Date first, Date end);

  struct Taken {
    std::vector<Delivery> deliveries;  // at the dock before the horizon, ascending
    int64_t late = 0;                  // made before the horizon, at the dock only after it
  };
  // Takes up to `wanted` chips from the output since `begin`, docked `lead` after their month's end.
  Taken take(int64_t wanted, Date begin, Days lead);
  // How many take() could dock before the horizon.
  int64_t deliverable(Date begin, Days lead) const;

 private:
  struct Month {
    Date first, last;       // its days
    int64_t made = 0;       // for us
    int64_t left = 0;       // not taken yet
  };
  // Of the month's output what is left and made on or after `begin`, as days of the month go.
  static int64_t available(const Month& month, Date begin);
  std::vector<Month> months_;
  Date end_;
};

}  // namespace capmix::plan
