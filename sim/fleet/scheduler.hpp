// Runs a log of jobs on a cluster under a policy. It has no clock of its own: who drives it asks when the next thing happens and
// calls then, so that the same scheduler runs on SimGrid's clock beside failures and deliveries, and alone. An arrival, a start and an end
// are all that a job costs; nothing per chip, nothing per step.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fleet/desk.hpp"
#include "fleet/job_policy.hpp"

namespace capmix::fleet {

class Scheduler : private Desk {
 public:
  // `jobs` by submit, none in the past of one before; run, estimate and submit finite and not negative, chips above 0. A job that is
  // wider than every part is refused when it comes.
  Scheduler(std::vector<ClusterPart> parts, std::vector<JobSpec> jobs, std::unique_ptr<JobPolicy> policy, const DeskOptions& options = {});

  double next() const;             // when the next thing happens; kForever: nothing more does
  void tick(double now);           // all that is due by then; now is next()
  // Between two ticks, at `now`, which is not after next(); tick(now) follows. A node of a pod goes down: the nodes are counted in the order of
  // the jobs that have them whole, shared ones, free ones, those that are down. Its jobs wait again and do `lost` s of work at rate 1 again.
  // False: it was down already.
  bool node_down(double now, int pod, int node, double lost);
  void node_up(double now, int pod);   // one that was down
  // A running job starts again where it is, and does `lost` s of work at rate 1 again.
  void set_back(double now, int job, double lost);
  // Why a job waits, in words, after the last tick; "" when it does not wait.
  std::string why(int job) const;
  Wait reason(int job) const { return policy_->why(*this, job); }
  JobState state_of(int job) const { return Desk::state_of(job); }
  Schedule take();                 // what became of the jobs; call it once, at the end
  const Desk& desk() const { return *this; }

 private:
  void hear(double now);
  void finish(int j);
  void arrive(int j);
  void note();

  std::unique_ptr<JobPolicy> policy_;
  bool told_ = false;              // of nodes, since the last tick
  size_t coming_ = 0;
  std::vector<BusyMoment> busy_;
  int64_t events_ = 0;
};

// Without SimGrid: ticks up to and including `until`.
void run_alone(Scheduler& scheduler, double until = kForever);

}  // namespace capmix::fleet
