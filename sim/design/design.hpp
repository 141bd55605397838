// Points of sampling designs in the unit cube, from OpenTURNS. What a column is drawn by is its own seed, so a column that is added
// moves no number of another (in a Sobol' sequence: none of those before it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace capmix::design {

// n points of d coordinates, each in (0, 1); in a plain Sobol' sequence in [0, 1).
struct Points {
  size_t n = 0, d = 0;
  std::vector<double> values;  // point by point
  double at(size_t point, size_t column) const { return values[point * d + column]; }
};

// Latin hypercube (McKay, Beckman and Conover 1979): of each column, every n-th of (0, 1) holds one point, at a random place in it; which
// one is a random permutation of its own. As many columns as seeds.
Points latin_hypercube(size_t n, const std::vector<uint64_t>& seeds);

// The first n points of the Sobol' sequence, the origin included, so that the first point is 0; with the direction numbers of Bratley and
// Fox (1988) as Joe and Kuo (2003) extended them. At most kSobolColumns columns: throws std::invalid_argument beyond.
inline constexpr size_t kSobolColumns = 1111;
Points sobol(size_t n, size_t d);
// The same scrambled (Owen 1995): each binary digit of a column is flipped or not by its seed and the digits before it. That makes every
// point uniform and keeps every balance of the net, and the error of a mean falls as n^-3/2 where the integrand is smooth.
Points scrambled_sobol(size_t n, const std::vector<uint64_t>& seeds);

}  // namespace capmix::design
