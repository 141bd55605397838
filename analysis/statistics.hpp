// The few statistics that comparisons need. Pure.
#pragma once

#include <vector>

#include "base/statistics.hpp"

namespace capmix::analysis {

using capmix::mean;
using capmix::quantile;

struct Interval {
  double mean = 0, low = 0, high = 0;
};

// Mean of paired differences and its two-sided Student interval: mean -+ t(n-1) s / sqrt(n), which takes the
// differences as near enough to normal. One pair has no interval (NaN); a difference that is not finite makes
// all three NaN.
Interval paired_interval(const std::vector<double>& differences, double confidence);

// A share of a work that is no reason for another choice.
inline constexpr double kHardly = 5e-4;

// Whether a difference to a value of that size is none: its interval holds 0 or it is rounding (1e-9 of the size); without an interval, when
// it is below 0.05 % of the size.
bool is_level(const Interval& difference, double size);

// Quantile of a duration of which some are still running (Kaplan and Meier 1958): the least time by which the product of
// (1 - ended / at risk) over the times of ends has fallen to 1 - p. `running`: how long each of those has run so far; one
// that stops being watched on the day of an end was at risk of it. inf: not reached. NaN when nothing has ended.
double running_quantile(const std::vector<double>& ended, const std::vector<double>& running, double p);

}  // namespace capmix::analysis
