// How well a count tells its rate.
#pragma once

namespace capmix {

struct Interval {
  double low = 0, high = 0;
  bool holds(double x) const { return low <= x && x <= high; }
};

// The exact interval of the mean of a Poisson count of which `events` were seen, at that confidence (Garwood 1936): with
// alpha = 1 - confidence and P(a, x) the lower regularised gamma function,
//   P(events, low) = alpha / 2,   P(events + 1, high) = 1 - alpha / 2;
// the same as chi-squared quantiles, chi2(alpha / 2; 2 k) / 2 and chi2(1 - alpha / 2; 2 k + 2) / 2. low is 0 for 0 events.
Interval poisson_interval(double events, double confidence);

// The counts between which a Poisson variable of this mean falls with at least `confidence`: its quantiles at alpha / 2 and
// 1 - alpha / 2, whole numbers.
Interval poisson_range(double mean, double confidence);

// The standard normal quantile, 0 < u < 1.
double normal_quantile(double u);

}  // namespace capmix
