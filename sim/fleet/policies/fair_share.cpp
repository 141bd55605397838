// Fair share by tenant, as clusters run it (Slurm's multifactor priority and its limits by association). Next is a job of the tenant that has
// least for its weight: first by what it has had, in chip-seconds that count half after each half-life, then by the chips that it holds;
// without a half-life nothing is remembered, and what runs decides. Of a tenant's jobs the first in the order of the log is next that its
// quota has room for; who waits for a quota keeps nobody else up. If the next does not fit it has a reservation as in EASY, and others may
// start beside it, the poorest tenant's first. Nobody is preempted. Not modelled: accounts within accounts, and a factor for age or size.
#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "fleet/job_policy.hpp"
#include "fleet/keyed_line.hpp"
#include "fleet/reservation.hpp"

namespace capmix::fleet {
namespace {

constexpr double kShare = 0.999;
constexpr double kNone = 1e-6;      // chips; shares of a chip do not add up to whole ones again

class FairShare : public JobPolicy {
 public:
  void decide(Desk& desk) override {
    remember(desk);
    for (const int j : desk.ended()) holds(desk, j, -desk.job(j).chips);
    for (const int j : desk.arrived()) add(desk, j);
    int head = next(desk);
    while (head >= 0 && desk.start(head)) moved(desk, head), head = next(desk);
    if (head < 0) {
      reserved_.drop();
    } else {
      if (head != reserved_.job()) desk.says(head, {WaitFor::room});
      reserved_.make(desk, head);
      while (start_one_beside(desk)) {}
    }
    tell(desk);
  }

  Wait why(const Desk& desk, int job) const override {
    const int t = desk.job(job).tenant;
    if (desk.job(job).chips > room(desk, t)) return {WaitFor::quota};
    if (job == reserved_.job()) return {WaitFor::room, -1, reserved_.at()};
    if (!desk.fits(job)) return {WaitFor::room};
    const bool same = reserved_.job() >= 0 && desk.job(reserved_.job()).tenant == t;
    return {same ? WaitFor::reservation : WaitFor::share, reserved_.job(), reserved_.at()};
  }

 private:
  using Place = std::tuple<double, double, int>;       // what it has had and what it holds, for its weight; tenant
  struct Tenant {
    KeyedLine line;
    double had = 0;                                    // chip-seconds, with what has faded
    double holds = 0;                                  // chips
    bool listed = false, changed = false;              // its place is in `waiting_`; what it holds has changed
    Place place;
  };

  // Chips that its quota leaves it.
  double room(const Desk& desk, int t) const { return desk.tenants()[t].quota - tenants_.at(t).holds + kNone; }
  int first(const Desk& desk, int t) const {
    const KeyedLine& line = tenants_.at(t).line;
    return desk.tenants()[t].quota == kForever ? line.first() : line.next(KeyedLine::kFront, room(desk, t)).second;
  }
  // Who has a job that may be next has a place.
  void list(const Desk& desk, int t, Tenant& tenant) {
    if (tenant.listed) waiting_.erase(tenant.place);
    tenant.listed = first(desk, t) >= 0;
    if (!tenant.listed) return;
    const double weight = desk.tenants()[t].weight;
    tenant.place = {tenant.had / weight, tenant.holds / weight, t};
    waiting_.insert(tenant.place);
  }

  void remember(const Desk& desk) {
    const double half = desk.tenants().half_life, passed = desk.now() - seen_;
    seen_ = desk.now();
    if (half <= 0 || passed <= 0) return;
    const double left = std::exp2(-passed / half), of_running = half / std::log(2.0) * (1 - left);
    for (auto& [t, tenant] : tenants_) {
      tenant.had = tenant.had * left + tenant.holds * of_running;
      list(desk, t, tenant);
    }
  }
  void add(const Desk& desk, int j) {
    const int t = desk.job(j).tenant;
    Tenant& tenant = tenants_[t];
    tenant.line.add(j, j, desk.job(j).chips);
    list(desk, t, tenant);
  }
  void moved(const Desk& desk, int j) {
    Tenant& tenant = tenants_[desk.job(j).tenant];
    tenant.line.remove(j, j, desk.job(j).chips);
    holds(desk, j, desk.job(j).chips);
  }
  void holds(const Desk& desk, int j, double chips) {
    const int t = desk.job(j).tenant;
    Tenant& tenant = tenants_[t];
    tenant.holds = std::max(0.0, tenant.holds + chips), tenant.changed = true;
    if (tenant.holds < kNone) tenant.holds = 0;
    list(desk, t, tenant);
  }
  int next(const Desk& desk) const { return waiting_.empty() ? -1 : first(desk, std::get<int>(*waiting_.begin())); }

  // Of the first one's tenant only who leaves it its room in the quota.
  bool start_one_beside(Desk& desk) {
    const double widest = std::max(kShare, static_cast<double>(desk.cluster().widest()));
    for (const auto& place : waiting_) {
      const int t = std::get<int>(place), head = reserved_.job();
      const double most = std::min(widest, room(desk, t) - (desk.job(head).tenant == t ? desk.job(head).chips : 0));
      KeyedLine::Place at = KeyedLine::kFront;
      while ((at = tenants_.at(t).line.next(at, most)).second >= 0)
        if (at.second != head && reserved_.start_beside(desk, at.second)) return moved(desk, at.second), true;
    }
    return false;
  }

  // Whose quota has filled or has room again: its jobs wait for something else.
  void tell(Desk& desk) {
    for (auto& [t, tenant] : tenants_) {
      if (!std::exchange(tenant.changed, false) || desk.tenants()[t].quota == kForever) continue;
      for (const auto& [key, j] : tenant.line.all())
        if ((desk.said(j).what == WaitFor::quota) != (desk.job(j).chips > room(desk, t))) desk.says(j, why(desk, j));
    }
  }

  std::map<int, Tenant> tenants_;
  std::set<Place> waiting_;
  Reservation reserved_;
  double seen_ = 0;
};

[[maybe_unused]] const bool added = add_job_policy({"fair-share", "the tenant with least for its weight first, within quotas", [] { return std::unique_ptr<JobPolicy>(new FairShare); }});

}  // namespace
}  // namespace capmix::fleet
