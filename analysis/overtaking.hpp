// When one fleet passes another, in months from the study's start. Pure.
//
// b passes a at the moment from which it is ahead and never behind again, and only if it is ahead at the end: one that falls back has not
// passed. One that was never behind has nothing to pass.
#pragma once

#include <string>
#include <vector>

#include "base/calendar.hpp"

namespace capmix::analysis {

// What is compared: all work since the start, by straight lines inside a month; or the work of each month.
enum class Work { cumulative, monthly };

// `a`, `b`: work by month, equally long. 2.5: in the middle of the third month (cumulative), or from its begin on (monthly: whole
// numbers). Infinite: it does not pass by the end. Differences below 1e-9 are rounding and count as level.
double passes(const std::vector<double>& a, const std::vector<double>& b, Work work);

// That moment as a day of the calendar; never() when infinite.
Date day_of_month(const Timeline& timeline, double months);

// Over the draws that all mixes have; P10, P50 and P90 are the moments by which it has happened in that share of them (nearest
// rank), so that P50 is a date where half of them have one, and else infinite.
struct Overtaking {
  std::string passed, passing;         // ids of mixes
  Work work = Work::cumulative;
  double modes = 0;                    // months; NaN: no such run
  double share = 0;                    // of the draws, 0..1; NaN without draws
  double p10 = 0, p50 = 0, p90 = 0;    // months; NaN without draws
  bool happens() const;                // at modes or in some draw
};
Overtaking overtaking(std::string passed, std::string passing, Work work, double modes, const std::vector<double>& draws);

}  // namespace capmix::analysis
