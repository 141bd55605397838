// Which inputs move an output: designs of points, and what the outputs at those points say. The points are in the unit cube and the outputs
// come from anywhere: a formula of a test and a fleet of a study go the same way.
//
// A factor is one column or several that are moved together (all tasks of a site). Every column belongs to one factor: factor_of[column],
// numbered from 0 without gaps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "design/design.hpp"

namespace capmix::design {

// One at a time: the middle of the cube, then for each factor all of its columns at `low` and at `high`. 2 k + 1 points.
Points one_at_a_time(const std::vector<size_t>& factor_of, double low, double high);

struct Swing {
  double base = 0, low = 0, high = 0;  // outputs
};
std::vector<Swing> swings(const std::vector<double>& outputs);  // by factor, in its order

// Morris (1991): trajectories of k + 1 points on a grid of `levels` (even) in each column, from a random place, one factor after the other in
// random order up or down by levels / (2 (levels - 1)) of the cube; the grid lies in [low, high]. trajectories x (k + 1) points.
struct Trajectories {
  Points points;
  std::vector<size_t> moved;           // by point: the factor that was moved to get there; of the first of a trajectory k
  std::vector<double> step;            // by point: how far, with its sign, as a share of [low, high]; 0 for the first
  size_t factors = 0;
};
Trajectories morris(size_t trajectories, const std::vector<size_t>& factor_of, int levels, uint64_t seed, double low = 0, double high = 1);

// Elementary effects: change of the output per [low, high].
struct Effect {
  double mean = 0, absolute = 0, deviation = 0;  // mu, mu* (Campolongo and others 2007), sigma
  double absolute_error = 0;           // standard error of mu*
};
std::vector<Effect> elementary_effects(const Trajectories& design, const std::vector<double>& outputs);

// Saltelli (2002, 2010): two matrices A and B of n points, and for each factor A with its columns from B: n (k + 2) points in this order. From one
// Sobol' sequence of twice as many columns, scrambled by the seed of each column, or from a Latin hypercube when it has too few.
struct Pairs {
  Points points;
  size_t n = 0, factors = 0;
  // Of a point: whose row of A or B its columns of this factor are from: r, or n + r for B. For what is moved besides columns.
  size_t source(size_t point, size_t factor) const;
};
// `more` factors have no column: what else is moved is their caller's, by source().
Pairs saltelli(size_t n, const std::vector<size_t>& factor_of, const std::vector<uint64_t>& seeds, size_t more = 0);

enum class Estimator { saltelli, martinez };

struct SobolIndex {
  double value = 0, low = 0, high = 0; // two-sided interval
};
struct SobolIndices {
  std::vector<SobolIndex> first, total;  // by factor; all NaN when the outputs do not vary
  double mean = 0, variance = 0;       // of the outputs of A and B
};
// First-order and total indices, by OpenTURNS; intervals are the percentiles of the same estimates over rows drawn with replacement. The outputs stand in the order of saltelli()'s points. Throws
// std::invalid_argument when they are not so many, or fewer than two rows.
SobolIndices sobol_indices(const std::vector<double>& outputs, size_t n, size_t factors, Estimator estimator, double confidence = 0.9, size_t bootstrap = 500,
                           uint64_t seed = 1);

}  // namespace capmix::design
