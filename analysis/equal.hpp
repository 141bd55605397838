// Where two answers are equal: the value of one input at which a difference is 0, for each value of another input. Pure, but for what it asks.
//
// The difference is asked for at a few places of the first input, evenly spread, until its sign changes between two neighbours; there it is taken to
// be monotone, and halved. A sign that changes and changes back between two places is not seen; more places find it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "results/info.hpp"

namespace capmix::analysis {

// Many points at once, so that runs can be made side by side: difference at each (x, y). NaN: there is none.
struct AskedPoint {
  double x = 0, y = 0;
};
using Difference = std::function<std::vector<double>(const std::vector<AskedPoint>&)>;

struct EqualOptions {
  double low = 0, high = 1;            // of x
  size_t places = 5;                   // at least 2
  double tolerance = 1e-3;             // of high - low: how exactly x is found
};

struct EqualAt {
  double y = 0;
  // Where the difference is 0, ascending; empty: its sign is the same at all places. Where the difference jumps over 0, the place of the jump.
  std::vector<double> x;
  double at_low = 0, at_high = 0;      // differences at the ends
};

// For each y. Asks `places` x ys points at once, then, for all changes of sign together, one point each per halving. Throws std::invalid_argument for options
// that make no sense.
std::vector<EqualAt> equal_surface(const Difference& difference, const std::vector<double>& ys, const EqualOptions& options);

// The surface for people: an input has a name, a unit and what its numbers mean.
struct EqualSurface {
  std::string outcome, first, second;  // names of the mixes or worlds: first less second
  std::string x_name, y_name;
  std::string metric;
  EqualOptions options;
  std::vector<EqualAt> rows;
  size_t asked = 0;                    // points
  int draws = 0;                       // that each difference is the mean of; 0: at modes
};
std::string render_equal(const results::StudyInfo& info, const EqualSurface& s, int width = 100);
std::string equal_to_json(const results::StudyInfo& info, const EqualSurface& s);

}  // namespace capmix::analysis
