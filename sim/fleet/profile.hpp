// How many nodes of one part are expected to be free from when on: a step function of time.
#pragma once

#include <cstddef>
#include <vector>

#include "model/jobs.hpp"

namespace capmix::fleet {

class Profile {
 public:
  // What some job has taken already: it is asked as if it had not.
  struct Own {
    double from = 0, to = 0;
    int nodes = 0;
  };
  // `free` from `now` on, for ever.
  void reset(double now, int free);
  // `nodes` fewer in [from, to); more, below 0. What lies before the last reset or forget does not count.
  void take(double from, double to, int nodes);
  void forget(double now);                             // what was before
  int least(double from, double to, const Own& own) const;  // of [from, to), which is not empty
  // The first moment from `from` on at which `nodes` are free for so long; kForever: never.
  double hole(double from, double seconds, int nodes, const Own& own) const;

 private:
  double until(size_t i) const { return i + 1 < at_.size() ? at_[i + 1] : kForever; }
  size_t find(double t) const;                         // the step that holds t
  size_t split(double t);                              // a step begins at t; its index
  void erase(size_t first, size_t last);
  std::vector<double> at_;                             // of each step, and what is free from then on: apart, since searches run over one of them
  std::vector<int> free_;
};

}  // namespace capmix::fleet
