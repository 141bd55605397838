// The two statistics that more than one room needs. Pure.
#pragma once

#include <vector>

namespace capmix {

// Quantile by linear interpolation between order statistics (Hyndman & Fan 1996, type 7): at position
// (n - 1) p, counted from 0. Infinite values ("not by the horizon") sort last. NaN when there are no values or
// one of them is NaN.
double quantile(std::vector<double> values, double p);

// NaN when there are no values.
double mean(const std::vector<double>& values);

}  // namespace capmix
