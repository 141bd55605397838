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

}  // namespace capmix::analysis
