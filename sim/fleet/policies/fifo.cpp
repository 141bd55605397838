// First in, first out: the first in line starts as soon as there is room for it, and nobody before it.
#include "fleet/job_policy.hpp"

namespace capmix::fleet {
namespace {

class Fifo : public JobPolicy {
 public:
  void decide(Desk& desk) override {
    int first = desk.waiting().first();
    while (first >= 0 && desk.start(first)) first = desk.waiting().first();
    if (first >= 0) desk.says(first, {WaitFor::room});
  }
  Wait why(const Desk& desk, int job) const override {
    const int first = desk.waiting().first();
    return job == first ? Wait{WaitFor::room} : Wait{WaitFor::turn, first};
  }
};

[[maybe_unused]] const bool added = add_job_policy({"fifo", "first in, first out", [] { return std::unique_ptr<JobPolicy>(new Fifo); }});

}  // namespace
}  // namespace capmix::fleet
