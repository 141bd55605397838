#include "analysis/ledger.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <stdexcept>
#include <tuple>

namespace capmix::analysis {

OwnerSeconds by_owner(const std::vector<LedgerFact>& ledger) {
  OwnerSeconds out{};
  for (const auto& row : ledger) {
    const auto at = std::find(std::begin(kOwners), std::end(kOwners), row.owner);
    if (at == std::end(kOwners)) throw std::runtime_error("the ledger has no owner \"" + row.owner + "\"");
    out[static_cast<size_t>(at - std::begin(kOwners))] += row.chip_seconds;
  }
  return out;
}

OwnerSeconds difference(const OwnerSeconds& of, const OwnerSeconds& base) {
  OwnerSeconds out = of;
  for (size_t i = 0; i < out.size(); ++i) out[i] -= base[i];
  return out;
}

int64_t total(const OwnerSeconds& owners) { return std::accumulate(owners.begin(), owners.end(), int64_t{0}); }

std::vector<LedgerFact> ledger_difference(const std::vector<LedgerFact>& of, const std::vector<LedgerFact>& base) {
  std::map<std::tuple<int64_t, std::string, std::string, std::string, std::string>, int64_t> rows;
  const auto add = [&](const std::vector<LedgerFact>& ledger, int64_t sign) {
    for (const auto& l : ledger) rows[{l.month, l.chip, l.site, l.workload, l.owner}] += sign * l.chip_seconds;
  };
  add(of, 1), add(base, -1);
  std::vector<LedgerFact> out;
  for (const auto& [key, seconds] : rows) {
    if (seconds == 0) continue;
    const auto& [month, chip, site, workload, owner] = key;
    out.push_back({month, chip, site, workload, owner, seconds});
  }
  return out;
}

}  // namespace capmix::analysis
