// Which inputs move an output, as text and as JSON: what the runs of a design said. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "results/info.hpp"

namespace capmix::analysis {

struct Range {
  double value = 0, low = 0, high = 0;
};

struct MovedInput {
  std::string name, confidence, source;  // confidence: the lowest of what is in it
  size_t streams = 0;                  // numbers that it moves
  double low = 0, high = 0;            // output with it at the low and the high quantile
  double mean = 0, absolute = 0, deviation = 0, absolute_error = 0;  // elementary effects: mu, mu*, sigma, standard error of mu*
  Range first, total;                  // Sobol' indices
};

struct Sensitivity {
  std::string outcome, output, unit;   // output in words: "work of `a`", "`a` less `b`"
  double low_at = 0.1, high_at = 0.9;  // quantiles of the tornado
  double base = 0;                     // output with everything at its median
  double mean = 0, variance = 0;       // over the points of the Sobol' design
  int trajectories = 0, pairs = 0;     // of the designs; 0: not made
  double confidence = 0.9;             // of the intervals of the indices
  std::vector<MovedInput> inputs;
};

// What is wrong with indices from too few pairs, in words: an interval wider than kWidest, with the pairs that would do (its width goes as
// 1 / sqrt(pairs)); indices below 0 with all of their interval, and first orders above the total beyond both intervals, which none can be. Empty: nothing.
inline constexpr double kWidest = 0.3;
std::vector<std::string> index_warnings(const Sensitivity& s);

// By total index, else by mu*, else by swing, greatest first.
void sort_inputs(Sensitivity& s);
std::string render_sensitivity(const results::StudyInfo& info, const std::vector<Sensitivity>& all, int width = 100);
std::string sensitivity_to_json(const results::StudyInfo& info, const std::vector<Sensitivity>& all);

}  // namespace capmix::analysis
