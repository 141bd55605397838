#include "study/lean.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace capmix::study {
namespace {

template <class Row, class Keep>
void keep(Facts& facts, const Keep& wanted) {
  auto& rows = facts.of<Row>();
  rows.erase(std::remove_if(rows.begin(), rows.end(), [&](const Row& row) { return !wanted(row); }), rows.end());
}

template <class... Row>
void drop(Facts& facts) {
  (facts.of<Row>().clear(), ...);
}

void sum_ledger(Facts& facts) {
  std::map<std::tuple<int64_t, std::string, std::string>, int64_t> sums;
  for (const auto& row : facts.of<LedgerFact>()) sums[{row.month, row.chip, row.owner}] += row.chip_seconds;
  auto& rows = facts.of<LedgerFact>();
  rows.clear();
  for (const auto& [key, seconds] : sums) rows.push_back({std::get<0>(key), std::get<1>(key), "", "", std::get<2>(key), seconds});
}

void sum_outages(Facts& facts) {
  std::map<std::tuple<int64_t, std::string>, OutageMonth> sums;
  for (const auto& row : facts.of<OutageMonth>()) {
    OutageMonth& sum = sums[{row.month, row.chip}];
    sum.month = row.month, sum.chip = row.chip;
    sum.strikes += row.strikes, sum.nodes += row.nodes, sum.lost += row.lost, sum.repair += row.repair;
  }
  auto& rows = facts.of<OutageMonth>();
  rows.clear();
  for (auto& [key, sum] : sums) rows.push_back(std::move(sum));
}

}  // namespace

Facts lean(Facts facts, const std::string& reference) {
  keep<JobFact>(facts, [&](const JobFact& j) { return j.campaign == reference && j.finished >= 0; });
  keep<DateFact>(facts, [](const DateFact& d) { return d.kind == "approval"; });
  sum_ledger(facts);
  sum_outages(facts);
  drop<StageMonth, ShedHour, OnlineChange, MarketFact, MoneyFlowFact, PortWorkFact, WaitingFact>(facts);
  return facts;
}

}  // namespace capmix::study
