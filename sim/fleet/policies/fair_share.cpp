// Fair share by tenant: whose jobs hold the fewest chips is next, with the first of its jobs in the order of the log (max-min over what
// runs, all tenants alike). If that does not fit it has a reservation as in EASY, and others may start beside it, the poorest tenant's
// first. Nobody is preempted, and nothing is remembered of what a tenant had before.
#include <algorithm>
#include <map>

#include "fleet/job_policy.hpp"
#include "fleet/keyed_line.hpp"
#include "fleet/reservation.hpp"

namespace capmix::fleet {
namespace {

constexpr double kShare = 0.999;

class FairShare : public JobPolicy {
 public:
  void decide(Desk& desk) override {
    for (const int j : desk.ended()) holds(desk, j, -desk.job(j).chips);
    for (const int j : desk.arrived()) add(desk, j);
    int head = next();
    while (head >= 0 && desk.start(head)) moved(desk, head), head = next();
    if (head < 0) return reserved_.drop();
    if (head != reserved_.job()) desk.says(head, {WaitFor::room});
    reserved_.make(desk, head);
    while (start_one_beside(desk)) {}
  }

  Wait why(const Desk& desk, int job) const override {
    if (job == reserved_.job()) return {WaitFor::room, -1, reserved_.at()};
    if (!desk.fits(job)) return {WaitFor::room};
    const bool same = reserved_.job() >= 0 && desk.job(reserved_.job()).tenant == desk.job(job).tenant;
    return {same ? WaitFor::reservation : WaitFor::share, reserved_.job(), reserved_.at()};
  }

 private:
  struct Tenant {
    KeyedLine line;
    double holds = 0;                                  // chips
  };
  void add(const Desk& desk, int j) {
    const int t = desk.job(j).tenant;
    Tenant& tenant = tenants_[t];
    if (tenant.line.empty()) waiting_.emplace(tenant.holds, t);
    tenant.line.add(j, j, desk.job(j).chips);
  }
  void moved(const Desk& desk, int j) {
    const int t = desk.job(j).tenant;
    Tenant& tenant = tenants_[t];
    tenant.line.remove(j, j, desk.job(j).chips);
    if (tenant.line.empty()) waiting_.erase({tenant.holds, t});
    holds(desk, j, desk.job(j).chips);
  }
  void holds(const Desk& desk, int j, double chips) {
    const int t = desk.job(j).tenant;
    Tenant& tenant = tenants_[t];
    if (!tenant.line.empty()) waiting_.erase({tenant.holds, t});
    // Shares of a chip do not add up to whole ones again.
    tenant.holds = std::max(0.0, tenant.holds + chips);
    if (tenant.holds < 1e-6) tenant.holds = 0;
    if (!tenant.line.empty()) waiting_.emplace(tenant.holds, t);
  }
  int next() const { return waiting_.empty() ? -1 : tenants_.at(waiting_.begin()->second).line.first(); }

  bool start_one_beside(Desk& desk) {
    for (const auto& [share, t] : waiting_) {
      KeyedLine::Place at = KeyedLine::kFront;
      while ((at = tenants_.at(t).line.next(at, std::max(kShare, static_cast<double>(desk.cluster().widest())))).second >= 0)
        if (at.second != reserved_.job() && reserved_.start_beside(desk, at.second)) return moved(desk, at.second), true;
    }
    return false;
  }

  std::map<int, Tenant> tenants_;
  std::set<std::pair<double, int>> waiting_;           // chips that it holds, tenant; with jobs in line
  Reservation reserved_;
};

[[maybe_unused]] const bool added = add_job_policy({"fair-share", "the tenant with the fewest chips first", [] { return std::unique_ptr<JobPolicy>(new FairShare); }});

}  // namespace
}  // namespace capmix::fleet
