// Linear programs, by the dual simplex method of COIN-OR CLP. The same program gives the same solution: one thread, no clock.
#pragma once

#include <vector>

namespace capmix::solve {

// Maximise gain . x under low <= A x <= high and 0 <= x <= most. Infinite bounds: std::numeric_limits<double>::infinity().
struct LinearProgram {
  struct Entry {
    int row = 0, column = 0;
    double value = 0;
  };
  std::vector<double> gain, most;   // by column
  std::vector<double> low, high;    // by row
  std::vector<Entry> entries;       // of A; no place twice

  int column(double gain_of, double most_of);  // its number
  int row(double low_of, double high_of);
};

struct LinearAnswer {
  bool optimal = false;             // false: no x is allowed, or the gain has no bound
  double value = 0;
  std::vector<double> x;
};

LinearAnswer solve(const LinearProgram& program);

}  // namespace capmix::solve
