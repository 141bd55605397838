// How many nodes of one part are expected to be free from when on: a step function of time.
#pragma once

#include <cstddef>
#include <vector>

namespace capmix::fleet {

class Profile {
 public:
  // `free` from `now` on, for ever.
  void reset(double now, int free);
  // `nodes` fewer in [from, to); more, below 0. What lies before the last reset or forget does not count.
  void take(double from, double to, int nodes);
  void forget(double now);                             // what was before
  int least(double from, double to) const;             // of [from, to), at least at `from`
  // The first moment from `from` on at which `nodes` are free for so long; kForever: never.
  double hole(double from, double seconds, int nodes) const;

 private:
  struct Step {
    double at;
    int free;
  };
  size_t find(double t) const;                         // the step that holds t
  size_t split(double t);                              // a step begins at t; its index
  std::vector<Step> steps_;
};

}  // namespace capmix::fleet
