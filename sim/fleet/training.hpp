// Training campaigns: jobs wait, start as gangs, run at today's rate, finish. A started job keeps its chips to
// its end, unless they retire or its port is functional no more (rolled back, abandoned): then it waits again with what
// is left to do, for these chips or others.
//
// Where a study plays failures as events, a strike takes a gang back to its last checkpoint. A free node of the kind takes the place of one
// that is lost; without one, the lowest gang of a lower priority writes a checkpoint and gives up its nodes, or one that is itself short
// and narrower, or came later. Where there is none either, and where no spare may, the gang keeps its other nodes and waits. Not
// modelled: gangs that go on with fewer nodes, and checkpoints that a change of rates takes along (at most one interval a change).
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "fleet/ledger.hpp"
#include "fleet/policy.hpp"
#include "fleet/rates.hpp"
#include "fleet/turn.hpp"

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
  int64_t woken = kNever;          // the next second at which it is looked at
  int64_t ready = 0;               // it recovers until then
  double owed = 0;                 // s of recovery at its next start
  std::vector<int> missing;        // by group of the way: nodes that it waits for
  int64_t no_spare = 0;            // and may not have before
  int64_t found = 0;               // when it is known what has failed
  double resume = 0;               // s from then to new processes
  size_t place = 0;                // among those that run
  bool waits() const { return std::any_of(missing.begin(), missing.end(), [](int n) { return n > 0; }); }
  std::string chips;               // "h200-sxm x 4096", of the last start
};

// A failure as a gang meets it.
struct Hit {
  double detect = 0, resume = 0;   // s: until it is known; from then to new processes
  bool hot = true;                 // a spare may take over
  int64_t repaired = 0;            // when what it took is back
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

  // Failures as events. Each returns the chip-seconds of work that are lost.
  int nodes_on(int pod) const;         // of a pod, in gangs
  // Node `node` of those, counted gang by gang, goes down. `campaign`: whose it was.
  int64_t lose_node(int pod, int node, const Hit& hit, int64_t now, int& campaign);
  // All gangs on it wait again: campaigns, and what they lost.
  std::vector<std::pair<int, int64_t>> lose_pod(int pod, const Hit& hit, int64_t now);
  size_t running() const { return active_.size(); }
  int kind_of(size_t n) const { return jobs_[static_cast<size_t>(active_[n])].way->groups.front().kind; }   // of the n-th that runs
  double nodes_of(size_t n) const;     // of the n-th that runs, those that it should have
  // The n-th that runs starts again where it is; `node` of a pod: the gang on it.
  int64_t restart(size_t n, const Hit& hit, int64_t now, int& campaign);
  int64_t restart_on(int pod, int node, const Hit& hit, int64_t now, int& campaign);
  // A node is under repair until then, and back: gangs that wait for one take it. True: somebody who waits could start now.
  void expect_repair(int kind, int64_t at, int chips) { repairs_[static_cast<size_t>(kind)].emplace(at, chips); }
  bool repaired(int kind, int64_t at, int chips, int64_t now);
  // The first campaign, by its turn, that waits for chips of the kind, -1 for none:
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
  void wake_for(int job);
  void release(int job, int64_t now);
  void wait_again(int job, int64_t now);
  void expect_end(int job, int64_t end);
  void settle(Job& job, int64_t now);
  void credit(const Job& job, double tokens, int64_t seconds);
  void credit(const Job& job, int month, double tokens, int64_t seconds);
  void credit_failure(Job& job, int64_t until, int64_t TrainMonth::*as);
  int64_t lose_work(int job, int64_t now);
  int64_t hit(int job, const Hit& hit, int64_t now);
  std::pair<int, size_t> holder(int pod, int node) const;   // job, group
  void hold(int job, size_t group, const std::vector<Holding>& chips);
  bool fill(int job, int64_t now);
  bool take_from_lower(int job, int kind, int64_t now);
  using Rank = std::tuple<int, int, int>;                   // priority, chips, - job: the lowest gives up its nodes first
  Rank rank(int job) const { const Campaign& c = campaign(jobs_[static_cast<size_t>(job)].campaign); return {c.priority, c.chips(), -job}; }
  void fill(int64_t now);
  void note_shortages(const View& view);
  std::string reason(int campaign) const;

  const Scenario& scenario_;
  const Rates& rates_;
  Pool& pool_;
  const Months& months_;
  Ledger& ledger_;
  const Policy& policy_;
  std::function<void(int64_t)> wake_;
  std::vector<int> by_turn_;                 // campaigns
  Turn turn(int campaign) const;
  std::vector<Job> jobs_;                    // in the order of submission
  std::vector<std::vector<int>> waiting_;    // by campaign, jobs by number
  std::vector<int> submitted_;               // by campaign, jobs so far
  std::set<std::pair<int64_t, int>> running_;  // end, job
  std::vector<std::map<std::pair<int64_t, int>, int64_t>> releases_;  // by kind: end, job; chips
  std::vector<std::vector<std::pair<int64_t, int64_t>>> arrivals_;    // by kind, ascending: online date, chips
  std::map<std::array<int, 3>, TrainMonth> facts_;  // month, campaign, chip
  std::vector<int> active_;                         // jobs that have chips
  struct Part { int job; size_t group; int chips; };
  std::vector<std::vector<Part>> on_pod_;           // who has chips of a pod, by pod
  std::vector<std::set<Rank>> by_rank_;             // of these, by kind
  std::vector<int> short_;                          // that wait for nodes, by when they lost them
  std::vector<std::multiset<std::pair<int64_t, int>>> repairs_;   // by kind: when they are through, chips
  std::vector<int64_t> shortage_;                   // by kind: free chips with which somebody who waits might start
  std::set<std::pair<int64_t, int>> wakes_;         // asked for: second, job
};

}  // namespace capmix::fleet
