// Fit of the efficiencies of language-model serving to published rows of one chip, and their transfer to every family.
//
// Four values: the rate of products relative to training's, the share of the memory bandwidth, the host's time per
// iteration and per sequence. Rows of an offline scenario give a rate; rows under an objective give a rate at a time per
// token, through Little's law a second point of the same curve. Robust least squares in logarithms (Ceres), a weak prior,
// one vote per configuration. The fit starts from constants, never from its own result, so it gives the same bytes again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "step/llm_cases.hpp"

namespace capmix::calibrate {

struct LlmFit {
  double products = 0, memory = 0;
  Seconds iteration, sequence;
  double products_low = 0, products_high = 0, memory_low = 0, memory_high = 0;  // over fits that leave one configuration out
  std::vector<std::string> cases;       // ids of the rows that were fitted
  double median = 0;                    // of |ln(predicted / measured)| over their configurations
};

// The chip whose rows are fitted; every other row is a prediction.
inline constexpr const char* kLlmFitted = "h100-sxm";

// Rows of kLlmFitted among the cases, suspect ones apart. Throws std::invalid_argument when there are none.
LlmFit fit_llm(const Scenario& catalogue, const std::vector<step::LlmCase>& cases);
// The values put into a family's efficiency, the same shares on every chip.
void apply(const LlmFit& fit, Efficiency& efficiency);

// Half-widths of the trust range by chip family: 90th percentile of |ln(predicted / measured)| over the configurations that
// were not fitted, all scenarios; absent where there are fewer than kFewestHeld.
std::map<std::string, double> llm_trust(const std::vector<step::LlmCase>& cases, const std::vector<Score>& scores);

// The table [llm_serving] of a family's file. `fitted`: the family of kLlmFitted; the others say that they take it over.
// `trust` below 0: none was measured, and the family keeps what it has.
std::string llm_table(const LlmFit& fit, bool fitted, double trust, const Efficiency& efficiency);

}  // namespace capmix::calibrate
