// Who owns each accrued chip-second. Whole numbers only, so that the ledger sums to 100 % exactly.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "fleet/months.hpp"
#include "model/facts.hpp"
#include "model/study.hpp"

namespace capmix::fleet {

// In the order of kOwners.
enum class Owner { approval, production, power, network, installation, porting, queue, failure, stall, demand, useful };
inline constexpr size_t kOwnerCount = std::size(kOwners);
using OwnerShares = std::array<double, kOwnerCount>;
using OwnerSeconds = std::array<int64_t, kOwnerCount>;

// Splits `held` chip-seconds in proportion to the shares (what is below 0 counts as 0) into whole numbers that sum
// to `held` exactly: each part rounded down, then one more to the parts with the largest remainders (Hamilton's
// method); equal remainders go to the later owner, so to useful first. Without any share all of it is useful.
OwnerSeconds apportion(int64_t held, const OwnerShares& shares);

// Shares of time that was held by a gang or was busy serving. `goodput`: what failures leave; `efficiency`: of
// the port's stage, relative to production; `stall`: share of a mature step in communication and bubbles.
//   failure = 1 - goodput; porting = goodput (1 - efficiency); the rest is stalled or useful.
// A port at efficiency e <= 1 stretches every part of the mature step alike; what it adds belongs to porting.
OwnerShares busy(double goodput, double efficiency, double stall);

// Whose time: a chip kind at a site (invalid: not at a site yet) for a workload (-1: none).
struct Account {
  Id<Chip> chip;
  Id<Site> site;
  int workload = -1;  // campaigns of the scenario first, then services' stages, then logs of jobs
};

inline int account_of_stage(const Scenario& scenario, size_t stage) { return static_cast<int>(scenario.campaigns.size() + stage); }
inline int account_of_log(const Scenario& scenario, size_t log) { return static_cast<int>(scenario.campaigns.size() + scenario.stages().size() + log); }

// Names of the workloads of accounts, from that of -1 on: "", campaigns, services' pools, logs.
std::vector<std::string> workload_names(const Scenario& scenario);

class Ledger {
 public:
  Ledger(const Scenario& scenario, const Months& months);
  void add(int month, const Account& account, Owner owner, int64_t chip_seconds);
  void add(int month, const Account& account, int64_t held, const OwnerShares& shares);
  // `chips` over [from, to), clipped to the horizon and cut at month boundaries.
  void span(int64_t from, int64_t to, const Account& account, Owner owner, int64_t chips);
  int64_t total() const;
  // Rows that are not zero, by month, chip, site, workload, owner in the scenario's order.
  std::vector<LedgerFact> facts() const;

 private:
  size_t row(int month, const Account& account) const;
  const Scenario& scenario_;
  const Months& months_;
  size_t sites_, workloads_;
  std::vector<OwnerSeconds> rows_;  // month x chip x (no site, sites) x (no workload, workloads)
};

// The id of a campaign's n-th job, from 1 on.
std::string job_id(const Campaign& campaign, int number);

}  // namespace capmix::fleet
