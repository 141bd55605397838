// Training campaigns: jobs wait, start as gangs, run at today's rate, finish. A started job keeps its chips to
// its end, unless they retire or its port is functional no more (rolled back, abandoned): then it waits again with what
// is left to do, for these chips or others.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fleet/ledger.hpp"
#include "fleet/policy.hpp"
#include "fleet/rates.hpp"

namespace capmix::fleet {

struct Job {
  int campaign = 0;
  int number = 1;                  // 1, 2, ... inside the campaign
  int64_t submitted = 0, started = -1, finished = -1;
  double done = 0;                 // tokens, until `settled`
  int64_t settled = 0;             // while it runs: work until then is credited
  const Way* way = nullptr;        // while it runs
  std::vector<std::vector<Holding>> held;  // by group of the way
  double speed = 0;                // tokens/s
  int64_t ends = kNever;           // whole second, rounded up
  std::string chips;               // "h200-sxm x 4096", of the last start
};

class Training {
 public:
  // `wake` asks for an event at a second after now.
  Training(const Scenario& scenario, const Rates& rates, Pool& pool, const Months& months, Ledger& ledger,
           const Policy& policy, std::function<void(int64_t)> wake);
  // Credits the work and chip time of all running jobs until now; at least at every month's start, and before
  // rates change.
  void settle(int64_t now);
  void finish(int64_t now);            // jobs that end by now
  void vacate(int pod, int64_t now);   // its jobs wait again
  void change_speeds(int64_t now);     // after Rates::set_day
  void start(int64_t now);           // what the policy says
  // The first campaign, by priority and file order, that waits for chips of the kind, -1 for none:
  // functional = true: it could run there today; false: only its port is in the way.
  int waits_for(int kind, bool functional) const;
  void write(Facts& facts) const;

 private:
  const Campaign& campaign(int c) const {
    return scenario_.campaigns[scenario_.campaigns.id_at(static_cast<size_t>(c))];
  }
  void submit(int64_t now);
  void add_job(int campaign, int64_t submitted);
  Request request(int campaign) const;
  int64_t ready(const Option& option, int64_t now) const;
  void launch(int job, const Option& option, int64_t now);
  void set_speed(int job, int64_t now);
  void release(int job, int64_t now);
  void wait_again(int job, int64_t now);
  void expect_end(int job, int64_t end);
  void settle(Job& job, int64_t now);
  void credit(const Job& job, double tokens, int64_t seconds);
  std::string reason(int campaign) const;

  const Scenario& scenario_;
  const Rates& rates_;
  Pool& pool_;
  const Months& months_;
  Ledger& ledger_;
  const Policy& policy_;
  std::function<void(int64_t)> wake_;
  std::vector<int> by_priority_;             // campaigns
  std::vector<Job> jobs_;                    // in the order of submission
  std::vector<std::vector<int>> waiting_;    // by campaign, jobs by number
  std::vector<int> submitted_;               // by campaign, jobs so far
  std::set<std::pair<int64_t, int>> running_;  // end, job
  std::vector<std::map<std::pair<int64_t, int>, int64_t>> releases_;  // by kind: end, job; chips
  std::vector<std::vector<std::pair<int64_t, int64_t>>> arrivals_;    // by kind, ascending: online date, chips
  std::map<std::array<int, 3>, TrainMonth> facts_;  // month, campaign, chip
};

}  // namespace capmix::fleet
