// The few statistics that comparisons need. Pure.
#pragma once

#include <vector>

namespace capmix::analysis {

// Quantile by linear interpolation between order statistics (Hyndman & Fan 1996, type 7): at position
// (n - 1) p, counted from 0. Infinite values ("not by the horizon") sort last. NaN when there are no values or
// one of them is NaN.
double quantile(std::vector<double> values, double p);

// NaN when there are no values.
double mean(const std::vector<double>& values);

struct Interval {
  double mean = 0, low = 0, high = 0;
};

// Mean of paired differences and its two-sided Student interval: mean -+ t(n-1) s / sqrt(n), which takes the
// differences as near enough to normal. One pair has no interval (NaN); a difference that is not finite makes
// all three NaN.
Interval paired_interval(const std::vector<double>& differences, double confidence);

}  // namespace capmix::analysis
