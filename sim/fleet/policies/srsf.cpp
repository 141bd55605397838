// Shortest remaining service first (Gu et al. 2019, Tiresias, where it is known how long jobs run): service is chips times the time that
// is left, as far as it is known. The first in line that does not fit takes the chips of running jobs that have more left than it has, those
// with most first, if that makes room for it. Others start where they fit. Nobody has a reservation: a gang with much to do can wait for as
// long as smaller ones come.
#include <algorithm>

#include "fleet/job_policy.hpp"
#include "fleet/keyed_line.hpp"
#include "fleet/reservation.hpp"

namespace capmix::fleet {
namespace {

constexpr double kShare = 0.999;

class Srsf : public JobPolicy {
 public:
  void decide(Desk& desk) override {
    key_.resize(desk.jobs());
    for (const int j : desk.arrived()) add(desk, j);
    bool tried = !desk.freed() && line_.first() == blocked_;   // nothing has changed for it
    KeyedLine::Place at = KeyedLine::kFront;
    while ((at = line_.next(at, std::max(kShare, static_cast<double>(tried ? desk.cluster().widest() : desk.cluster().chips())))).second >= 0) {
      const int j = at.second;
      if (desk.start(j)) {
        remove(desk, j);
      } else if (!tried && make_room(desk, j)) {
        at = KeyedLine::kFront;                                // those that it displaced may fit elsewhere
      } else if (!tried) {
        tried = true, blocked_ = j;
        desk.says(j, {WaitFor::room});
      }
    }
    if (!tried) blocked_ = -1;
  }

  Wait why(const Desk& desk, int job) const override { return job == blocked_ || !desk.fits(job) ? Wait{WaitFor::room} : Wait{WaitFor::turn, line_.first()}; }

 private:
  double& key(int j) { return key_[static_cast<size_t>(j)]; }
  void add(const Desk& desk, int j) {
    key(j) = desk.expected(j) * desk.job(j).chips;
    line_.add(j, key(j), desk.job(j).chips);
  }
  void remove(const Desk& desk, int j) { line_.remove(j, key(j), desk.job(j).chips); }

  bool make_room(Desk& desk, int j) {
    std::vector<KeyedLine::Place> more;
    for (const auto& [end, r] : desk.expected_ends()) {
      const double left = desk.expected(r) * desk.job(r).chips;
      if (left > key(j)) more.emplace_back(-left, r);
    }
    std::sort(more.begin(), more.end());
    std::vector<int> longer;
    for (const auto& [left, r] : more) longer.push_back(r);
    for (const int v : victims_for(desk, j, longer)) desk.preempt(v), add(desk, v);
    if (!desk.start(j)) return false;
    remove(desk, j);
    return true;
  }

  KeyedLine line_;
  std::vector<double> key_;                            // of those in line: chip-seconds left
  int blocked_ = -1;                                   // the first in line for whom there was no room to be made
};

[[maybe_unused]] const bool added = add_job_policy({"srsf", "shortest remaining service first, preemptive", [] { return std::unique_ptr<JobPolicy>(new Srsf); }});

}  // namespace
}  // namespace capmix::fleet
