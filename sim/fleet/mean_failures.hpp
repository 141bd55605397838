// Failures of pods in expectation, for quick runs of a study that plays them as events: of each pod so many nodes are down, all the time that it
// is online, as are on the mean, and its gangs work at what renewal and reward leave them (rates.hpp). Both by the failure models of the events,
// infants at their mean over the pod's time. Outages of sites are rare, and stay events.
//
// Left out: that strikes come in bunches, gangs that wait for a node, strikes that take no node (gangs pay for them, nobody counts them), and
// whose work was struck. A study with logs of jobs plays its failures in full, and so does one of whose nodes a cause takes more than a rack.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "base/draw.hpp"
#include "fleet/pool.hpp"
#include "model/facts.hpp"

namespace capmix::fleet {

// Whether quick runs of the scenario take strikes on pods and gangs in expectation.
bool takes_means(const Scenario& scenario);
// No cause of a pod, counted by chip or node, takes more than a rack.
bool has_mean(const Failures& failures);
// A pod's time online, in seconds since it was installed.
struct Ages {
  double from = 0, until = 0;
};
Ages ages_of(const Pod& pod, const Plan& plan, const Months& months);
// The mean of a cause's age factor over some ages: 1 + (f - 1) d (exp(-a / d) - exp(-b / d)) / (b - a).
double mean_age_factor(const FailureCause& cause, double f, const Ages& ages);

class MeanFailures {
 public:
  // All outlive it.
  MeanFailures(const Scenario& scenario, const Plan& plan, const Pool& pool, const Months& months, const Draw& draw)
      : scenario_(scenario), plan_(plan), pool_(pool), months_(months), draw_(draw), carried_(pool.kinds().size()) {}
  // Nodes of a pod that comes online which are down on the mean: with x the sum over causes of rate x nodes taken x mean repair, a share of
  // x / (1 + x), since what is down is not struck. Parts of nodes are carried over to the next pod of the kind.
  int down(int pod);
  // Strikes that took nodes of those pods, by month, cause and chip: whole ones, whose sums to any month are rounded.
  void write(Facts& facts) const;

 private:
  double units(const FailureCause& cause, const Pod& pod) const;
  double taken(const FailureCause& cause, const Pod& pod) const;  // nodes
  const Scenario& scenario_;
  const Plan& plan_;
  const Pool& pool_;
  const Months& months_;
  const Draw& draw_;
  std::vector<double> carried_;  // by kind, nodes
  std::map<std::tuple<uint32_t, size_t, uint32_t>, std::vector<double>> strikes_;  // model, cause, chip: by month
};

}  // namespace capmix::fleet
