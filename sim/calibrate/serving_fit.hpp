// The serving shares of a chip family, fitted on ONE chip's offline rows and transferred to every other chip: two values
// (matrix products, random rows) against two accuracy targets, which differ in their products and not in their rows.
#pragma once

#include <string>
#include <vector>

#include "step/rec_serving_cases.hpp"

namespace capmix::calibrate {

// Published on more systems than any other chip, and both its targets.
inline constexpr const char* kServingChip = "h100-sxm";

struct ServingFit {
  Uncertain<double> gemm, gather;   // low and high: least and greatest of fits to one submitted system each
  double power = 0;                 // exponent of the power limit in the rate of products
  double trust = 0;                 // 90th percentile of |ln error| of offline configurations on other chips, which the fit has not seen
  int others = 0;                   // how many of these
  std::vector<std::string> cases;   // ids that were fitted
};

// Throws std::invalid_argument when `cases` hold no offline rows of the chip at both targets.
ServingFit fit_serving(const Scenario& catalogue, const std::vector<step::RecServingCase>& cases);

// The table [serving] of an efficiency file's text with the fitted values and their provenance in it.
std::string with_serving(const std::string& text, const ServingFit& fit);

}  // namespace capmix::calibrate
