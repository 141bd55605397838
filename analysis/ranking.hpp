// How stable an order of mixes is over draws. Pure.
#pragma once

#include <vector>

namespace capmix::analysis {

// Ranks by draw and mix: [draw][mix], from 1, equal mixes share a rank (1 + how many are better).
using Ranks = std::vector<std::vector<int>>;

struct Stability {
  std::vector<double> first;               // by mix: share of draws in which none is better
  std::vector<double> mean_rank;           // by mix
  std::vector<std::vector<double>> beats;  // [i][j]: share of draws in which i is strictly better than j
  double tau = 0;                          // mean over draws of Kendall's tau-b between the order at modes and that of the draw; NaN: none
  double concordance = 0;                  // Kendall's W over the draws: 1 all alike, 0 no order at all; NaN without draws or for one mix
};
// `modes`: ranks at modes; empty: no such runs, or not of every mix.
Stability stability(const Ranks& draws, const std::vector<int>& modes);

// Kendall's tau-b (1945) of two rankings, which allows for ties: (concordant - discordant) / sqrt((n0 - ties in a) (n0 - ties in b)).
// NaN when one of them has a single rank throughout.
double kendall_tau(const std::vector<int>& a, const std::vector<int>& b);

}  // namespace capmix::analysis
