// Fit of the few values that recommender training has of its own (Efficiency::recommender) to measurements of one kind of
// chip on one node: everything else that its step takes was fitted on training of language models and stays. All other
// chips and all larger gangs are predictions.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model/study.hpp"
#include "step/rec_cases.hpp"

namespace capmix::calibrate {

// The chip whose rows are fitted, on at most as many chips as one node has.
inline constexpr const char* kRecChip = "h100-sxm";
inline constexpr int kRecChips = 8;

// The rows that a fit sees: MLPerf's model on kRecChip, at most kRecChips of them, not suspect.
std::vector<const step::RecCase*> rec_fit_for(const std::vector<step::RecCase>& cases, const Scenario& catalogue);

struct RecFit {
  std::string family;            // of chips whose values are fitted
  Efficiency::Recommender values;
  double error = 0;              // median |ln(predicted / measured)| of the fitted rows, by closed form
  int rows = 0, iterations = 0;
};
// Starts from the defaults of Efficiency::Recommender, never from its own result; a weak prior holds the values near them,
// since four configurations of one chip do not say how a step divides. Robust least squares (Ceres), one thread: the same
// cases give the same digits. The catalogue stays.
RecFit fit_recommender(const Scenario& catalogue, const std::vector<const step::RecCase*>& cases);

// The text of an efficiency's file with its table [recommender] put in, or replaced. A family of its own was fitted, the
// others take the values over, with a wide interval and trust.
std::string with_recommender(const std::string& file, const RecFit& fit, bool own);

}  // namespace capmix::calibrate
