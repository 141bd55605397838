// Services: which pods serve in which stage, and what they serve of each hour's demand. Serving comes before
// training: whole pods that are free, or serve already, are chosen anew at every decision; running gangs are
// never preempted. Turning a pod from training to serving costs nothing in this version.
//
// Every request passes through all stages of its service, so that the narrowest one sets what is served; the rest is
// shed, by region in proportion to its arrivals. A stage that learns follows behind: samples that it cannot take wait.
// What a pool does not need in an hour may be lent (lending.hpp). Nodes under repair serve nothing: a stage has what is left on the
// mean of each hour, so that a strike costs no event of the service. Pods are chosen as if all their nodes were up.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "fleet/backlog.hpp"
#include "fleet/demand.hpp"
#include "fleet/ledger.hpp"
#include "fleet/lending.hpp"
#include "fleet/rates.hpp"

namespace capmix::fleet {

class Serving {
 public:
  Serving(const Scenario& scenario, const Rates& rates, Pool& pool, const Months& months, Ledger& ledger, const Draw& draw,
          const std::vector<LostRegion>& lost = {});
  // Serves [from, to), inside one month, with the pods chosen last. Demand is even inside an hour.
  void settle(int64_t from, int64_t to, int month);
  // Chooses pods until the capacity of every stage covers (1 + headroom) x the peak hour of `month`, or its mean where
  // the stage learns. Services of higher priority choose before others. Of those of one priority the stage that is covered
  // least chooses next, by comparative advantage: least training value per request first (chips that cannot train have
  // none), pods that serve in it already before others, then the plan's order. Pods that are no longer needed become free.
  void decide(int month, int64_t now);
  void retire(int pod, int64_t now);  // before it goes off
  void breaks(int pod, int chips, int64_t now);  // of a pod that serves go down; less than 0: are repaired
  bool is_short() const;              // some stage covers less than it wants
  // Of the stages that are short and have a rate on the kind, the one of highest priority that is covered least; -1 for none. functional = true: it could use it
  // today; false: only its port is in the way.
  int waits_for(int kind, bool functional) const;
  void write(Facts& facts) const;

 private:
  struct Used {                       // of one kind by one stage
    int64_t chips = 0;
    double capacity = 0;              // requests/s
  };
  struct Broken {                     // of one kind in one stage
    int64_t chips = 0, since = 0;     // now, and from when on
    std::vector<int64_t> hours;       // chip-seconds that are not settled yet
    int64_t seconds = 0;              // of these, of the time that is being settled
    double mean = 0;                  // chips, of the part of an hour that is being settled
    void advance(int64_t now, const Months& months);
  };
  struct Learned {                    // in a month, in requests whose samples they are
    double arrived = 0, learned = 0, waiting = 0;
    double lag = 0, lag_max = 0, seconds = 0;  // lag x seconds; seconds
    Bytes bytes;                      // of one sync
    Seconds transfer;
  };
  struct Rankable {                   // as of the month's last decision
    std::vector<double> capacity;     // requests/s of all chips that are online, by kind
    double peak = 0;                  // requests/s that are planned for
  };
  struct StageState {
    StageRef at;
    std::string pool;                 // its name
    bool learns = false;
    std::vector<Used> used;           // by kind
    double capacity = 0, target = 0;  // requests/s
    std::vector<std::array<double, 3>> months;  // least and greatest capacity, requests/s (-1: none yet); seconds x use
    std::vector<int64_t> lent, out;   // by kind: chip-seconds of the time that is being settled; chips lent right now
    std::vector<double> passed;       // by kind, requests of the time that is being settled
    double rest = 0;                  // requests/s of what is neither lent nor broken right now
    std::vector<Broken> broken;       // by kind
    double covered() const { return capacity / target; }
    std::vector<Learned> learned;     // by month
    std::vector<Rankable> rankable;   // by month; a stage that ranks
    Backlog backlog;
  };
  struct Month {                      // of one service
    std::vector<double> served, shed; // by region, requests
    std::vector<std::array<double, 24>> shed_hours;  // by region and UTC hour of the day, requests; empty: none
    int64_t hours_short = 0;
    double low = -1, high = -1;       // capacity
  };
  struct State {                      // of one service
    DemandCurve curve;
    size_t first = 0, stages = 0;     // in stages_
    int64_t last_short = -1;          // hour
    int64_t back_at = 0;              // second at which chips that an unexpected crowd called back are there
    std::vector<Month> months;
  };
  struct Candidates;                  // pods that a stage may choose, best first
  // Of its narrowest stage that answers: all of it, or what is not lent right now.
  double capacity(const State& state, double StageState::*part = &StageState::capacity) const;
  Candidates candidates(size_t stage) const;
  void choose(const std::vector<size_t>& stages);
  void add(StageState& stage, size_t s, const Pod& pod, int sign);
  double answer(State& state, int64_t hour, double seconds, double most, Month& month) const;
  double spare(const State& state, const StageState& stage, int64_t hour) const;
  static double kept(const StageState& stage, size_t kind);  // requests/s of what is neither lent nor broken right now
  static void leave(StageState& stage);                      // sets what is left
  void break_hour(State& state, int64_t hour, int64_t from, int64_t to);
  void recount_broken(int64_t now);
  int64_t lend(State& state, int64_t hour, int64_t from, int64_t to, int month);
  void pass(State& state, int64_t hour, int64_t from, int64_t to, int month);
  double learn(StageState& stage, double requests, int64_t from, int64_t to, int month);
  void synchronise(const State& state, StageState& stage, int month);
  void settle_stage(size_t stage, int64_t from, int64_t to, int month);
  void write_stages(Facts& facts) const;

  const Scenario& scenario_;
  const Rates& rates_;
  Pool& pool_;
  const Months& months_;
  Ledger& ledger_;
  Lending lending_;
  std::vector<State> states_;         // by service
  std::vector<StageState> stages_;    // in the scenario's order
  std::vector<int> taken_;            // by pod, the stage that a decision gives it to; -1: none
  std::vector<std::vector<size_t>> by_priority_;  // stages of the services of one priority, highest first
  std::map<std::array<int, 3>, ServeChipMonth> chip_facts_;  // month, stage, chip
};

}  // namespace capmix::fleet
