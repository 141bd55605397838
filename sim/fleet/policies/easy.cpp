// First in, first out with EASY backfill (Lifka 1995): the first in line has a reservation at the earliest moment at which it fits, by
// what users asked for; another may start before it if it ends by then, or uses what is left over then.
#include <algorithm>

#include "fleet/job_policy.hpp"
#include "fleet/reservation.hpp"

namespace capmix::fleet {
namespace {

constexpr double kShare = 0.999;

class Easy : public JobPolicy {
 public:
  void decide(Desk& desk) override {
    int head = desk.waiting().first();
    while (head >= 0 && desk.start(head)) head = desk.waiting().first();
    if (head < 0) return reserved_.drop();
    const bool other = head != reserved_.job();
    if (other) desk.says(head, {WaitFor::room});
    // A job that ends when it was expected changes nothing of what is reserved.
    if (other || desk.surprised() || reserved_.at() <= desk.now()) reserved_.make(desk, head);
    if (other || desk.freed()) return backfill(desk, head + 1);
    for (const int j : desk.arrived())
      if (desk.waiting().has(j) && j != head) reserved_.start_beside(desk, j);
  }

  Wait why(const Desk& desk, int job) const override {
    if (job == reserved_.job()) return {WaitFor::room, -1, reserved_.at()};
    return desk.fits(job) ? Wait{WaitFor::reservation, reserved_.job(), reserved_.at()} : Wait{WaitFor::room};
  }

 private:
  void backfill(Desk& desk, int from) {
    while (true) {
      const double widest = static_cast<double>(desk.cluster().widest());
      // A share of a chip may fit where no whole chip does.
      const int j = desk.waiting().first(from, std::max(widest, kShare), reserved_.at() - desk.now(), std::max(reserved_.narrow(desk), kShare));
      if (j < 0) return;
      reserved_.start_beside(desk, j);
      from = j + 1;
    }
  }

  Reservation reserved_;
};

[[maybe_unused]] const bool added = add_job_policy({"easy", "first in, first out with EASY backfill", [] { return std::unique_ptr<JobPolicy>(new Easy); }});

}  // namespace
}  // namespace capmix::fleet
