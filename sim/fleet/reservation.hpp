// When the first in line can start if nothing else does, and what may be used until then and beyond: the shadow time and the extra
// nodes of EASY (Lifka 1995), exact to the node and to the chips of one shared node.
#pragma once

#include <vector>

#include "fleet/desk.hpp"

namespace capmix::fleet {

// What would be free if some running jobs gave back what they hold.
class GivenBack {
 public:
  void reset(const Desk& desk);
  void add(const Desk& desk, const Placement& p);
  // Where a gang would lie then: whole nodes that it leaves over, and the shared node that its rest goes on, -1: none, with the chips
  // beyond that. False: there is no room. Of shares of a chip only whole chips are foreseen.
  struct Room {
    int part = -1, spare = 0;
    int node = -1, chips = 0;
  };
  bool room(const Desk& desk, int part, Width width, Room& out) const;
  bool room(const Desk& desk, int job, Room& out) const;   // in the part that suits it best
  bool empties(int node) const { return static_cast<size_t>(node) < empties_.size() && empties_[static_cast<size_t>(node)] != 0; }
  std::vector<char> take_empties() { return std::move(empties_); }

 private:
  std::vector<int> whole_, chips_;        // nodes by part; chips by shared node
  std::vector<char> empties_;             // shared nodes that nobody is on any more
  std::vector<int> touched_;              // shared nodes
  std::vector<std::pair<int, int>> shares_;  // shared chip, thousandths
};

// Running jobs to preempt so that a waiting one fits, asked in this order: as few of the first ones as make room, without those that turn
// out not to be needed. Empty: not even all do.
std::vector<int> victims_for(const Desk& desk, int job, const std::vector<int>& candidates);

class Reservation {
 public:
  // Of a waiting job that does not fit now. A running job that has outrun its estimate is expected to end at once.
  void make(const Desk& desk, int job);
  void drop() { job_ = -1; }
  int job() const { return job_; }
  double at() const { return at_; }
  // Whether the job can still start at `at` when this is placed now and ends then.
  bool allows(const Placement& p, double end) const;
  // Starts another where it is not in the way; false: it is, or there is no room. Of the nodes that it could share only the fullest is
  // tried.
  bool start_beside(Desk& desk, int job);
  // No gang that is wider than this can be placed now and stay beyond `at`.
  double narrow(const Desk& desk) const;

 private:
  void admit(const Desk& desk, const Placement& p, double end);   // that was placed, with its numbers
  int cost(const Placement& p) const;     // whole nodes that would have been free at `at`

  int job_ = -1;
  double at_ = kForever;
  GivenBack::Room room_;
  std::vector<char> empties_;             // by shared node: it will be whole and free at `at`, and is not kept for the job's rest
};

}  // namespace capmix::fleet
