// Logs of jobs as work of the fleet: each has pods of its own and a scheduler with a policy on them (scheduler.hpp).
//
// A log takes whole free pods of its chip, after the services and before anything is trained, until it has as many chips as it may;
// it keeps a pod until that retires, when the jobs on it wait again. Its jobs cost their arrivals, starts and ends on the fleet's clock, and
// nothing else; what they held is added up at the end. Not modelled: that services or campaigns use what a log leaves idle.
//
// What fails on its pods, outages.hpp says: a node that is struck is down until it is repaired, and its jobs wait again, without what they did
// since their last checkpoint, whose age is even between none and an interval. Not modelled: spares besides the log's own nodes.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/clock.hpp"
#include "fleet/ledger.hpp"
#include "fleet/pool.hpp"
#include "fleet/scheduler.hpp"
#include "model/profile.hpp"

namespace capmix::fleet {

class JobLogs {
 public:
  // All outlive it. Throws std::logic_error for a policy that there is none of.
  JobLogs(const Scenario& scenario, Pool& pool, const Months& months, engine::Clock& clock, const Draw& draw, const RateTable& table);
  void begin();                          // once, before the clock runs
  // Who wants to know of a pod that a log was given, and of how many of a log's jobs run.
  void tell(std::function<void(int, int64_t)> given, std::function<void(size_t, size_t, int64_t)> runs);
  void claim(int64_t now);               // pods that are free
  void retire(int pod, int64_t now);     // before it goes off
  // Failures. A node of a pod of a log goes down, or all: how many did. They are back; they are in the pool's count of what is down.
  int strike(int pod, int node, int64_t now);
  void repair(int pod, int chips, int64_t now);
  size_t running(size_t log) const { return logs_[log].scheduler ? logs_[log].scheduler->desk().running().size() : 0; }
  void restart(size_t log, size_t n, int64_t now);   // the n-th that runs starts again where it is
  void restart_on(int pod, int node, int64_t now);   // those on a node do
  double nodes_of(size_t log, size_t n) const;       // of the n-th that runs
  int waits_for(int kind) const;                     // the first log with jobs that wait and that may still have chips of the kind; -1: none
  const std::vector<MissingRate>& missing() const { return missing_; }  // gangs whose step is not known
  // At the end: what was held goes into the ledger, and facts.
  void write(Ledger& ledger, Facts& facts);

 private:
  struct Span {
    int pod = 0, slot = 0;               // of the pool; of the scheduler's cluster
    int64_t from = 0, to = 0;            // to: the horizon, unless it retires
  };
  // Moments at which a number of chips changes, and by how many.
  using Changes = std::vector<std::pair<double, int64_t>>;
  struct Struck {                        // in a month
    int64_t nodes = 0;
    double again = 0;                    // chip-seconds
  };
  struct State {
    std::unique_ptr<Scheduler> scheduler;
    std::vector<int> kinds, first, slots;   // of the pool; of each: first slot, and how many there are
    std::vector<char> taken;             // slots that a pod has
    std::vector<Span> spans;
    Changes down;                        // under repair
    std::vector<Struck> struck;          // by month
    int64_t chips = 0;                   // that it has
    uint64_t timer = 0;                  // the one that holds
    uint64_t strikes = 0;                // so far
  };
  void tick(size_t log, double now);
  void arm(size_t log);
  void give(size_t log, int pod, int64_t now);
  Span& span_of(int pod) { return logs_[static_cast<size_t>(pool_.pod(pod).log)].spans[static_cast<size_t>(span_of_[static_cast<size_t>(pod)])]; }
  double lost(size_t log);               // s of work at rate 1, of a job that is struck
  const JobLogWork& work(size_t log) const { return scenario_.logs[scenario_.logs.id_at(log)]; }
  int64_t chips_in(const State& state, int kind, int month) const;   // chip-seconds that it has

  const Scenario& scenario_;
  Pool& pool_;
  const Months& months_;
  engine::Clock& clock_;
  Draw chance_;                          // of a seed, at modes too
  std::vector<int> span_of_;             // by pod of the pool
  std::function<void(int, int64_t)> given_;
  std::function<void(size_t, size_t, int64_t)> runs_;
  std::vector<MissingRate> missing_;
  std::vector<State> logs_;              // in the scenario's order
};

}  // namespace capmix::fleet
