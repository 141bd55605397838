// Elastic gangs, first in, first out: a job starts with as many chips as it can make use of and find, and with no fewer than its least.
// If not even those are free, jobs that run with more than their least give some back, the last to start first; when nobody waits, those
// that run with less than they can use get what is free, the first in the log first. Speed is taken as linear in chips. A job that says
// no least and no most is rigid. Not modelled: what a resize costs, and that a wider gang is less efficient.
#include <algorithm>
#include <cmath>

#include "fleet/job_policy.hpp"

namespace capmix::fleet {
namespace {

class Elastic : public JobPolicy {
 public:
  void decide(Desk& desk) override {
    for (const int j : desk.ended()) running_.erase(j);
    int first = desk.waiting().first();
    while (first >= 0 && (start(desk, first) || shrink(desk, first))) first = desk.waiting().first();
    if (first >= 0) return desk.says(first, {WaitFor::room});
    for (const int j : std::vector<int>(running_.begin(), running_.end())) grow(desk, j);
  }

  Wait why(const Desk& desk, int job) const override {
    const int first = desk.waiting().first();
    return job == first ? Wait{WaitFor::room} : Wait{WaitFor::turn, first};
  }

 private:
  static double least(const Desk& desk, int j) {
    const JobSpec& job = desk.job(j);
    return job.chips < 1 || job.least <= 0 ? job.chips : std::max(1.0, std::ceil(std::min(job.least, job.chips)));
  }
  static double most(const Desk& desk, int j) {
    const JobSpec& job = desk.job(j);
    return job.chips < 1 || job.most <= 0 ? job.chips : std::floor(std::max(job.most, job.chips));
  }

  bool start(Desk& desk, int j) {
    const double low = least(desk, j), high = most(desk, j);
    const double wide = low == high ? low : std::max(low, std::min(high, static_cast<double>(desk.cluster().widest())));
    desk.resize(j, wide);
    if (!desk.start(j)) return desk.resize(j, low), false;
    running_.insert(j);
    return true;
  }

  // Takes chips of others, one job after the other, each as many as it can spare, until the least fits.
  bool shrink(Desk& desk, int j) {
    double spare = static_cast<double>(desk.cluster().widest());
    std::vector<int> others(running_.begin(), running_.end());
    std::stable_sort(others.begin(), others.end(), [&](int a, int b) { return desk.since(a) != desk.since(b) ? desk.since(a) > desk.since(b) : a > b; });
    for (const int r : others) spare += desk.chips(r) - least(desk, r);
    if (spare < least(desk, j)) return false;
    for (const int r : others) {
      if (desk.chips(r) <= least(desk, r)) continue;
      desk.resize(r, least(desk, r));
      if (start(desk, j)) return true;
    }
    return false;
  }

  void grow(Desk& desk, int j) {
    const double high = most(desk, j);
    const double free = static_cast<double>(desk.cluster().widest());
    if (desk.chips(j) >= high || free < 1) return;
    desk.resize(j, std::min(high, desk.chips(j) + free));
  }

  std::set<int> running_;
};

[[maybe_unused]] const bool added = add_job_policy({"elastic", "first in, first out, gangs between their least and their most", [] { return std::unique_ptr<JobPolicy>(new Elastic); }});

}  // namespace
}  // namespace capmix::fleet
