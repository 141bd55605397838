// What a policy sees of jobs and cluster, and what it may do. Work is rate x time: a job that is preempted, resized or placed
// elsewhere keeps what it has done.
#pragma once

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "fleet/cluster.hpp"
#include "fleet/line.hpp"
#include "model/gang_rates.hpp"
#include "model/jobs.hpp"

namespace capmix::fleet {

// Why a job waits: `job` is the one that it waits behind, or that has the reservation until `until`.
struct Wait {
  WaitFor what = WaitFor::nothing;
  int job = -1;
  double until = kForever;
};

struct DeskOptions {
  double spine = 1;      // rate of a gang that spans pods, of a job whose work is not known
  double restart = 0;    // s of work that a preempted job does again
  TenantTerms tenants{};
  std::vector<std::vector<GangRates>> gangs{};  // by the work of a job, and by part: rates of those that are known
  double over(const JobSpec& job, int part, double chips, int pods) const {
    if (pods < 2) return 1;
    return job.work < 0 || gangs.empty() ? spine : gangs[static_cast<size_t>(job.work)][static_cast<size_t>(part)].over(chips, pods);
  }
};

class Desk {
 public:
  double now() const { return now_; }
  const Cluster& cluster() const { return cluster_; }
  size_t jobs() const { return jobs_.size(); }
  const JobSpec& job(int j) const { return jobs_[static_cast<size_t>(j)]; }
  Width width(int j) const { return state(j).width; }           // of the gang as it is told, or as it was resized
  JobState state_of(int j) const { return outcomes_[static_cast<size_t>(j)].state; }
  const TenantTerms& tenants() const { return options_.tenants; }
  const Line& waiting() const { return waiting_; }
  const std::vector<int>& arrived() const { return arrived_; }  // since it was last decided; ascending. Those that lost a node too
  const std::vector<int>& ended() const { return ended_; }      // finished since then, or lost a node: those arrive again
  bool freed() const { return freed_; }                         // since then something was given back
  bool surprised() const { return surprised_; }                 // and not when it was expected
  // Running jobs by when they are expected to end. One that has outrun its estimate stands in the past.
  const std::set<std::pair<double, int>>& expected_ends() const { return expected_; }
  const Placement& placement(int j) const { return state(j).placement; }
  const std::vector<int>& running() const { return active_; }      // jobs that have chips, in no order that means anything
  double since(int j) const { return state(j).since; }             // its last start
  double expected_end(int j) const { return state(j).expected; }
  // s on its gang at rate 1 that are left: as far as its user knows, and in truth.
  double expected(int j) const;
  double left(int j) const;
  double attained(int j) const;                                 // chip-seconds that it has held
  double again() const { return again_; }                       // chip-seconds of all jobs whose work is, or will be, done again
  // Of its gang inside one pod of a part; 0: it cannot run there.
  double speed(int j, int part) const;
  // Chips that it holds, or will: those it was told with, unless it was resized.
  double chips(int j) const { return state(j).chips; }
  double rate(int j, const Placement& p) const;   // linear in the chips of an elastic gang

  // Where it would lie now: in the part that suits it best of those that have room, and that `allowed` lets it have.
  template <class Allowed>
  std::optional<Placement> place(int j, Allowed&& allowed) const {
    for (const int part : cluster_.order(width(j))) {
      if (speed(j, part) <= 0 || !cluster_.fits(width(j), part)) continue;
      Placement p = cluster_.find(width(j), part);
      if (allowed(p)) return p;
    }
    return std::nullopt;
  }
  bool fits(int j) const { return place(j, [](const Placement&) { return true; }).has_value(); }
  bool start(int j);                      // false: there is no room
  const Placement& start(int j, Placement p);
  void preempt(int j);
  // Another width from now on, of a job that waits, or that runs and may be put elsewhere. False: there is no room, and all is as it was.
  bool resize(int j, double chips);
  void says(int j, const Wait& why);      // it waits for something else from now on
  void wake(double at);                   // decide again then
  const Wait& said(int j) const { return state(j).wait; }

 protected:
  struct State {
    Width width;
    double chips = 0;
    double done = 0;                      // s at rate 1, until it was last placed
    double since = 0, rate = 1;           // while it runs
    double ends = kForever, expected = kForever;
    Placement placement;
    Wait wait;
    double wait_since = 0;
    size_t place = 0;                     // among those that run
  };
  Desk(Cluster cluster, std::vector<JobSpec> jobs, const DeskOptions& options);
  State& state(int j) { return states_[static_cast<size_t>(j)]; }
  const State& state(int j) const { return states_[static_cast<size_t>(j)]; }
  void queue(int j);
  void set_back(int j, double lost);      // the same without waiting
  void interrupt(int j, double lost);     // waits again; s of work at rate 1 that it does again
  void stop(int j);                       // gives back what it has

  Cluster cluster_;
  std::vector<JobSpec> jobs_;
  DeskOptions options_;
  std::vector<State> states_;
  std::vector<JobOutcome> outcomes_;
  std::vector<std::set<int>> on_pod_;     // running jobs by pod
  Line waiting_;
  std::vector<int> arrived_, ended_;
  std::set<std::pair<double, int>> expected_, ends_;
  double now_ = 0, wake_ = kForever, again_ = 0;
  std::vector<int> active_;
  bool freed_ = false, surprised_ = false;
};

}  // namespace capmix::fleet
