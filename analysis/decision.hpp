// Decisions under uncertainty, on plain numbers. A table has a row per decision (mix) and a column per state (an outcome, or a world);
// more is better. Weights are probabilities of the columns: not negative, and scaled here so that they sum to 1. Pure.
//
// `allowed`: decisions that may be chosen, one flag per row; empty: all. Those that may not still get their numbers, against the best of
// those that may: their regret can be negative.
#pragma once

#include <cstddef>
#include <vector>

namespace capmix::analysis {

using Table2 = std::vector<std::vector<double>>;  // [decision][state]
using Allowed = std::vector<bool>;

// Weights that sum to 1. Throws std::invalid_argument when one is negative or not finite, or all are 0.
std::vector<double> normalised(std::vector<double> weights);

// Sum of weight x value.
double expected(const std::vector<double>& values, const std::vector<double>& weights);

// Conditional value at risk of a gain: the mean of the worst share (1 - level) of the worlds; of the world on the edge only the part that
// fits counts (Rockafellar and Uryasev 2002). 0 <= level < 1; at 0 it is the mean. Throws std::invalid_argument for another level.
double cvar(const std::vector<double>& values, const std::vector<double>& weights, double level);

// The best that is allowed, less one's own, in each state (Savage 1951).
Table2 regret(const Table2& gains, const Allowed& allowed = {});

// Row of the greatest (least) score among those allowed; the first of equal ones.
size_t argmax(const std::vector<double>& scores, const Allowed& allowed = {});
size_t argmin(const std::vector<double>& scores, const Allowed& allowed = {});

// What it is worth to know the state before one decides: sum of w x best in the state, less the best expected gain (Raiffa and Schlaifer 1961).
double perfect_information(const Table2& gains, const std::vector<double>& weights, const Allowed& allowed = {});

// The same of knowing only which group the state is in: group[s] is any number.
double group_information(const Table2& gains, const std::vector<double>& weights, const std::vector<int>& group, const Allowed& allowed = {});

// What a signal is worth that one sees before deciding: by Bayes' rule on likelihood[signal][state], whose columns sum to 1. Never negative.
double signal_information(const Table2& gains, const std::vector<double>& weights, const Table2& likelihood, const Allowed& allowed = {});

// A yes-or-no signal of whether the state is one of `event`: yes with probability `sensitivity` if it is, and no with probability
// `specificity` if it is not.
Table2 test_of(const std::vector<bool>& event, double sensitivity, double specificity);

// Places of points that no other one beats: less cost and no less gain, or more gain at no more cost; by cost, ascending. A point that is not
// finite is on no frontier; of equal points the first is.
std::vector<size_t> frontier(const std::vector<double>& costs, const std::vector<double>& gains);

}  // namespace capmix::analysis
