// Which kinds can do which work, and how fast on a day: profile x port x goodput.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/draw.hpp"
#include "fleet/goodput.hpp"
#include "fleet/pool.hpp"
#include "model/facts.hpp"
#include "model/profile.hpp"

namespace capmix::fleet {

// Chips of one kind in a gang.
struct Group {
  int kind = 0;
  int chips = 0;          // that the campaign asks for; whole nodes are held
  double share = 1;       // of the batch
};

// How a gang lives with failures that strike it one by one: seconds.
struct Care {
  double cycle = 0;       // from one checkpoint to the next, its stall included
  double flush = 0;       // until one counts
  double restart = 0;     // loading and warm-up: of each recovery, after new processes
};

// One way to run a campaign: a kind for each of its parts.
struct Way {
  const StepProfile* profile = nullptr;
  std::vector<Group> groups{};
  double goodput = 1;     // of running time: what checkpoints and slow nodes leave, and where failures are no events, failures
  double expected = 1;    // what failures leave in expectation, events or not
  Care care{};
  double undone = 0, recovery = 0;  // shares of running time, where strikes on gangs are taken in expectation
};

// How a kind serves.
struct Cell {
  const StepProfile* profile = nullptr;  // none: it does not serve
  int chips = 1;
};

class Rates {
 public:
  // `means`: where failures are events, a gang's speed has their expected loss by the models of its nodes, infants at their mean.
  Rates(const Scenario& scenario, const Plan& plan, const RateTable& table, const Pool& pool, const Draw& draw,
        const FailureModel& failures = {}, bool means = false);
  // All ways of a campaign, in the order of the kinds. A job of several parts stays at one site, unless the plan
  // gives no site all its parts: then parts at different sites are ways too, at the rate in the fabric of the
  // first part's site (the network between the sites is not modelled).
  const std::vector<Way>& ways(size_t campaign) const { return ways_[campaign]; }
  const Cell& cell(size_t service, int kind) const { return cells_[service][static_cast<size_t>(kind)]; }

  // From this day on.
  void set_day(Date day);
  // Efficiency of the port that a campaign or service needs on a kind; 0: not functional.
  double training_efficiency(size_t campaign, int kind) const { return training_[campaign][static_cast<size_t>(kind)]; }
  double serving_efficiency(size_t service, int kind) const { return serving_[service][static_cast<size_t>(kind)]; }
  // Requests per second that `chips` of a kind serve together on this day: whole cells only, chips that are left over serve nothing.
  double capacity(size_t service, int kind, int chips) const;
  // Capacity-weighted mean over the groups, sum of batch share x efficiency: the step of a gang whose batch is
  // spread by what each group can do takes 1 / that. One group: its efficiency. 0 if any port is not functional.
  double efficiency(size_t campaign, const Way& way) const;
  // Tokens per second while it runs; where failures are no events, their expected loss is in it.
  double speed(size_t campaign, const Way& way) const;
  // The same with the expected loss to failures in any case.
  double expected_speed(size_t campaign, const Way& way) const;
  // Best model FLOP/s that one chip of the kind gives to any campaign today.
  double training_value(int kind) const;

  // Some workload has a rate on the kind, and none of their ports is functional today.
  bool unported(int kind) const;

  const std::vector<MissingRate>& missing() const { return missing_; }

 private:
  void find_ways(size_t campaign, const RateTable& table);
  void find_cells(size_t stage, const RateTable& table);
  std::vector<std::vector<int>> choices(const Campaign& campaign) const;
  const StepProfile* find(const RateTable& table, const RateKey& key, const std::string& chips);
  bool distinct(const std::vector<int>& kinds) const;
  bool eligible(const CampaignPart& part, int kind) const;
  double goodput_of(const Way& way) const;
  void care_for(Way& way, const Draw& draw) const;
  double mean_factor(int kind, const FailureCause& cause, const Draw& draw) const;

  const Scenario& scenario_;
  const Plan& plan_;
  const Pool& pool_;
  FailureModel failures_;
  bool means_;
  std::vector<Seconds> interruption_;            // by chip, drawn
  std::vector<std::vector<Way>> ways_;           // by campaign
  std::vector<StageRef> stages_;
  std::vector<std::vector<Cell>> cells_;         // by stage, kind
  std::vector<std::vector<double>> training_, serving_;  // port efficiency by workload, kind
  std::vector<MissingRate> missing_;             // one per workload and chip
};

}  // namespace capmix::fleet
