// Recommendation serving: which pods serve, and what they serve of each hour's demand. Serving comes before
// training: whole pods that are free, or serve already, are chosen anew at every decision; running gangs are
// never preempted. Turning a pod from training to serving costs nothing in this version.
#pragma once

#include <map>
#include <vector>

#include "fleet/demand.hpp"
#include "fleet/ledger.hpp"
#include "fleet/rates.hpp"

namespace capmix::fleet {

class Serving {
 public:
  Serving(const Scenario& scenario, const Rates& rates, Pool& pool, const Months& months, const Draw& draw,
          const std::vector<LostRegion>& lost = {});
  // Serves [from, to), inside one month, with the pods chosen last. Demand is even inside an hour.
  void settle(int64_t from, int64_t to, int month, Ledger& ledger);
  // Chooses pods until their capacity covers (1 + headroom) x the peak hour of `month`, by comparative
  // advantage: least training value per request first (chips that cannot train have none), pods that serve
  // already before others, then the plan's order. Pods that are no longer needed become free.
  void decide(int month);
  void retire(int pod);               // before it goes off
  bool is_short() const;              // some service covers less than it wants
  // The first service that is short and has a rate on the kind; -1 for none. functional = true: it could use it
  // today; false: only its port is in the way.
  int waits_for(int kind, bool functional) const;
  void write(Facts& facts) const;

 private:
  struct Used {                       // of one kind by one service
    int64_t chips = 0;
    double capacity = 0;              // requests/s
  };
  struct Month {                      // of one service
    std::vector<double> served, shed; // by region, requests
    int64_t hours_short = 0;
    double low = -1, high = -1;       // capacity
  };
  struct State {
    DemandCurve curve;
    std::vector<Used> used;           // by kind
    double capacity = 0, target = 0;  // requests/s
    int64_t last_short = -1;          // hour
    std::vector<Month> months;
  };
  double pod_capacity(size_t service, const Pod& pod) const;
  void choose(size_t service);
  void add(State& state, size_t service, const Pod& pod, int sign);
  double serve_hours(State& state, int64_t from, int64_t to, Month& month, double& served) const;
  const Service& service(size_t s) const { return scenario_.services[scenario_.services.id_at(s)]; }

  const Scenario& scenario_;
  const Rates& rates_;
  Pool& pool_;
  const Months& months_;
  std::vector<State> states_;         // by service
  std::map<std::array<int, 3>, ServeChipMonth> chip_facts_;  // month, service, chip
};

}  // namespace capmix::fleet
