// Where two answers are equal: the value of one input at which a difference is 0, for each value of another input. Pure, but for what it asks.
//
// The difference is asked for at a few places of the first input, evenly spread; where its sign changes between two neighbours it is halved down to a
// tolerance. A difference of runs need not be monotone (whole pods and gangs: its sign may go to and fro), so a few more points about what was found
// are asked for, and where the signs of all that was asked do not change just once, the answer is the band in which they do and not a number.
// A sign that changes and changes back between all of these is not seen; more places find it.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
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
  // Where the difference is 0, ascending: each change of sign that is known within the tolerance. Where the difference jumps over 0, the place of the jump.
  std::vector<double> x;
  double at_low = 0, at_high = 0;      // differences at the ends
  // Changes of sign between neighbours of all points that were asked (neighbouring points that are 0 count once, whatever lies about them), and the
  // band from the first to the last. 0: the sign is the same everywhere; 1: `x` is it; more: it goes to and fro in the band, outside of which it is
  // that of the ends at all points.
  size_t changes = 0;
  double from = std::numeric_limits<double>::quiet_NaN(), to = from;
};

inline constexpr size_t kProbes = 8;   // about each place that is found: evenly spread over half the distance of two places to each side

// For each y. Asks `places` x ys points at once; then, for all changes of sign together, one point each per halving; then the probes, inside [low, high].
// Throws std::invalid_argument for options that make no sense.
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
