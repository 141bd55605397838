#include "fleet/ledger.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace capmix::fleet {

OwnerSeconds apportion(int64_t held, const OwnerShares& shares) {
  OwnerSeconds parts{};
  OwnerShares remainder{};
  double sum = 0;
  for (const double s : shares) sum += std::max(0.0, s);
  for (size_t i = 0; sum > 0 && i < kOwnerCount; ++i) {
    const double exact = static_cast<double>(held) * (std::max(0.0, shares[i]) / sum);
    parts[i] = static_cast<int64_t>(std::floor(exact));
    remainder[i] = exact - static_cast<double>(parts[i]);
  }
  if (!(sum > 0)) parts.back() = held;
  int64_t left = held - std::accumulate(parts.begin(), parts.end(), int64_t{0});
  for (; left > 0; --left) {
    size_t best = kOwnerCount - 1;
    for (size_t i = kOwnerCount - 1; i-- > 0;)
      if (remainder[i] > remainder[best]) best = i;
    ++parts[best];
    remainder[best] -= 1;
  }
  for (; left < 0; ++left) --*std::max_element(parts.begin(), parts.end());  // products that rounded up
  return parts;
}

OwnerShares busy(double goodput, double efficiency, double stall) {
  OwnerShares shares{};
  const double progress = goodput * std::min(1.0, efficiency);
  shares[static_cast<size_t>(Owner::failure)] = 1 - goodput;
  shares[static_cast<size_t>(Owner::porting)] = goodput - progress;
  shares[static_cast<size_t>(Owner::stall)] = progress * stall;
  shares[static_cast<size_t>(Owner::useful)] = progress - progress * stall;
  return shares;
}

Ledger::Ledger(const Scenario& scenario, const Months& months)
    : scenario_(scenario), months_(months), sites_(scenario.sites.size() + 1),
      workloads_(scenario.campaigns.size() + scenario.stages().size() + scenario.logs.size() + 1),
      rows_(static_cast<size_t>(months.count()) * scenario.chips.size() * sites_ * workloads_) {}

size_t Ledger::row(int month, const Account& account) const {
  const size_t site = account.site.valid() ? account.site.index + 1 : 0;
  const size_t place = (static_cast<size_t>(month) * scenario_.chips.size() + account.chip.index) * sites_ + site;
  return place * workloads_ + static_cast<size_t>(account.workload + 1);
}

void Ledger::add(int month, const Account& account, Owner owner, int64_t chip_seconds) {
  rows_[row(month, account)][static_cast<size_t>(owner)] += chip_seconds;
}

void Ledger::add(int month, const Account& account, int64_t held, const OwnerShares& shares) {
  const OwnerSeconds parts = apportion(held, shares);
  OwnerSeconds& into = rows_[row(month, account)];
  for (size_t i = 0; i < kOwnerCount; ++i) into[i] += parts[i];
}

void Ledger::span(int64_t from, int64_t to, const Account& account, Owner owner, int64_t chips) {
  from = std::max<int64_t>(from, 0);
  to = std::min(to, months_.horizon());
  while (from < to) {
    const int month = months_.of(from);
    const int64_t stop = std::min(to, months_.end(month));
    add(month, account, owner, chips * (stop - from));
    from = stop;
  }
}

int64_t Ledger::total() const {
  int64_t sum = 0;
  for (const auto& row : rows_) sum = std::accumulate(row.begin(), row.end(), sum);
  return sum;
}

std::vector<std::string> workload_names(const Scenario& scenario) {
  std::vector<std::string> out{""};
  for (const auto& c : scenario.campaigns) out.push_back(c.id);
  for (const auto& at : scenario.stages()) out.push_back(scenario.service(at.service).pool(at.stage));
  for (const auto& log : scenario.logs) out.push_back(log.id);
  return out;
}

std::vector<LedgerFact> Ledger::facts() const {
  std::vector<LedgerFact> out;
  const auto workloads = workload_names(scenario_);
  for (size_t r = 0; r < rows_.size(); ++r) {
    const size_t place = r / workloads_, chip = place / sites_ % scenario_.chips.size(), site = place % sites_;
    for (size_t i = 0; i < kOwnerCount; ++i) {
      if (rows_[r][i] == 0) continue;
      out.push_back({static_cast<int64_t>(place / sites_ / scenario_.chips.size()),
                     scenario_.chips[scenario_.chips.id_at(chip)].id,
                     site == 0 ? "" : scenario_.sites[scenario_.sites.id_at(site - 1)].id,
                     workloads[r % workloads_], kOwners[i], rows_[r][i]});
    }
  }
  return out;
}

std::string job_id(const Campaign& campaign, int number) {
  char text[16];
  std::snprintf(text, sizeof text, "-%04d", number);
  return campaign.id + text;
}

}  // namespace capmix::fleet
