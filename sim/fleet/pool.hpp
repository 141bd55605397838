// Pods that are online, and which of their chips are free, in a gang or serving.
#pragma once

#include <cstdint>
#include <vector>

#include "fleet/months.hpp"
#include "model/plan.hpp"

namespace capmix::fleet {

// A kind: all pods with the same node at the same site. The unit of choice of gangs and services.
struct Kind {
  Id<Node> node;
  Id<Chip> chip;
  Id<Site> site;
  int node_chips = 1;
  std::vector<int> pods;   // in the plan's order
  int64_t chips = 0;       // of all pods, whenever they are online
  int64_t idle = 0;        // online, neither in a gang nor serving nor a log's nor down
  int64_t usable = 0;      // of these, in whole free nodes
  int64_t down = 0;        // under repair, not a log's
  int64_t idle_seconds = 0, down_seconds = 0;   // chip-seconds, until `Pool::advance`, since they were taken out
};

struct Pod {
  int plan = 0;            // index in Plan::pods
  int kind = 0;
  int chips = 0;
  int64_t online = 0, end = 0;  // seconds: online in [online, end)
  bool on = false;
  int service = -1;        // index of the service that has the whole pod
  int log = -1;            // of the log of jobs that has it
  int free = 0;            // chips in no gang and not down
  int down = 0;            // chips of nodes under repair
  bool whole() const { return free + down == chips; }   // in no gang
};

// Chips of one pod that a gang holds: whole nodes.
struct Holding {
  int pod = 0;
  int chips = 0;
};

inline int chips_of(const std::vector<Holding>& held) {
  int n = 0;
  for (const auto& h : held) n += h.chips;
  return n;
}

class Pool {
 public:
  // Pods of the plan that are online before the horizon.
  Pool(const Scenario& scenario, const Plan& plan, const Months& months);
  const std::vector<Kind>& kinds() const { return kinds_; }
  const std::vector<Pod>& pods() const { return pods_; }
  const Kind& kind(int k) const { return kinds_[static_cast<size_t>(k)]; }
  const Pod& pod(int p) const { return pods_[static_cast<size_t>(p)]; }

  // Counts chip-seconds until now; before anything changes.
  void advance(int64_t now);
  int64_t take_idle_seconds(int kind);         // since the last time
  int64_t take_down_seconds(int kind);

  void switch_on(int pod);
  void switch_off(int pod);                    // free and not serving by then
  void serve(int pod, int service);            // a wholly free pod; -1 gives it back
  void run_log(int pod, int log);              // a wholly free pod, until it goes off
  // At least `chips` chips of a kind in whole free nodes; usable >= chips. The pods with the fewest free chips
  // first, then in order: whole pods stay free for serving.
  std::vector<Holding> take(int kind, int chips);
  void give_back(const std::vector<Holding>& holdings);
  // Chips of whole nodes go down and come back: free ones, or ones that a gang has just lost.
  void break_free(int pod, int chips);
  void break_held(int pod, int chips);
  void repair(int pod, int chips);

 private:
  template <class Change> void change(int pod, Change&& how);  // keeps idle and usable of the kind right
  std::vector<Kind> kinds_;
  std::vector<Pod> pods_;
  int64_t now_ = 0;
};

}  // namespace capmix::fleet
