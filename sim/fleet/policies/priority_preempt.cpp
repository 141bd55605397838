// By priority, then in the order of the log. The first in line that does not fit takes the chips of running jobs of lower priority, the
// lowest first and of those the last to start, if that makes room for it; they keep what they have done, and wait again. If it does not, it has
// a reservation as in EASY, and those behind it may start beside it.
#include <algorithm>
#include <tuple>

#include "fleet/job_policy.hpp"
#include "fleet/keyed_line.hpp"
#include "fleet/reservation.hpp"

namespace capmix::fleet {
namespace {

constexpr double kShare = 0.999;

class PriorityPreempt : public JobPolicy {
 public:
  void decide(Desk& desk) override {
    for (const int j : desk.ended()) running_.erase(key(desk, j));
    for (const int j : desk.arrived()) line_.add(j, -desk.job(j).priority, desk.job(j).chips);
    int head = line_.first();
    while (head >= 0 && (start(desk, head) || make_room(desk, head))) head = line_.first();
    if (head < 0) return reserved_.drop();
    if (head != reserved_.job()) desk.says(head, {WaitFor::room});
    reserved_.make(desk, head);
    KeyedLine::Place at{-desk.job(head).priority, head};
    while ((at = line_.next(at, std::max(kShare, static_cast<double>(desk.cluster().widest())))).second >= 0)
      if (reserved_.start_beside(desk, at.second)) moved(desk, at.second);
  }

  Wait why(const Desk& desk, int job) const override {
    if (job == reserved_.job()) return {WaitFor::room, -1, reserved_.at()};
    return desk.fits(job) ? Wait{WaitFor::reservation, reserved_.job(), reserved_.at()} : Wait{WaitFor::turn, reserved_.job()};
  }

 private:
  using Key = std::tuple<double, double, int>;         // priority, - start, job
  static Key key(const Desk& desk, int j) { return {desk.job(j).priority, -desk.since(j), j}; }

  void moved(const Desk& desk, int j) {
    line_.remove(j, -desk.job(j).priority, desk.job(j).chips);
    running_.insert(key(desk, j));
  }
  bool start(Desk& desk, int j) {
    if (!desk.start(j)) return false;
    moved(desk, j);
    return true;
  }

  bool make_room(Desk& desk, int j) {
    std::vector<int> lower;
    for (auto it = running_.begin(); it != running_.end() && std::get<0>(*it) < desk.job(j).priority; ++it) lower.push_back(std::get<2>(*it));
    const auto victims = victims_for(desk, j, lower);
    for (const int v : victims) {
      running_.erase(key(desk, v));
      desk.preempt(v);
      line_.add(v, -desk.job(v).priority, desk.job(v).chips);
    }
    if (victims.empty()) return false;
    return start(desk, j);
  }

  KeyedLine line_;
  std::set<Key> running_;
  Reservation reserved_;
};

[[maybe_unused]] const bool added = add_job_policy({"priority-preempt", "by priority, which takes chips from lower ones", [] { return std::unique_ptr<JobPolicy>(new PriorityPreempt); }});

}  // namespace
}  // namespace capmix::fleet
