// When the first in line can start if nothing else does, and what may be used until then and beyond: the shadow time and the extra
// nodes of EASY (Lifka 1995), exact to the node and to the chips of one shared node.
#pragma once

#include <vector>

#include "fleet/desk.hpp"

namespace capmix::fleet {

class Reservation {
 public:
  // Of a waiting job that does not fit now. A running job that has outrun its estimate is expected to end at once. Of shares
  // of a chip only whole chips are foreseen, which may be later than it must be and never too early.
  void make(const Desk& desk, int job);
  void drop() { job_ = -1; }
  int job() const { return job_; }
  double at() const { return at_; }
  // Whether the job can still start at `at` when this is placed now and ends then.
  bool allows(const Desk& desk, const Placement& p, double end) const;
  void admit(const Desk& desk, const Placement& p, double end);   // that was placed, with its numbers
  // No gang that is wider than this can be placed now and stay beyond `at`.
  double narrow(const Desk& desk) const;

 private:
  int cost(const Placement& p) const;     // whole nodes that would have been free at `at`
  void hand_back(const Desk& desk, const Placement& p);
  bool enough(const Desk& desk, int part, Width width);

  int job_ = -1, part_ = -1;
  double at_ = kForever;
  int spare_ = 0;                         // whole nodes beyond what the job takes
  int node_ = -1, room_ = 0;              // the shared node that its rest lies on, -1: none, and chips beyond that
  std::vector<char> empties_;             // by shared node: it will be whole and free at `at`
  // While it is made: what will have been given back.
  std::vector<int> whole_, chips_;        // nodes by part; chips by shared node
  std::vector<int> touched_;              // shared nodes
  std::vector<std::pair<int, int>> shares_;  // shared chip, thousandths
};

}  // namespace capmix::fleet
