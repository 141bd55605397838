// Arithmetic of ledgers. Whole chip-seconds, so that every sum and every difference is exact. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <vector>

#include "model/facts.hpp"

namespace capmix::analysis {

// Chip-seconds by owner, in the order of kOwners.
using OwnerSeconds = std::array<int64_t, std::size(kOwners)>;

// Throws std::runtime_error for an owner that the ledger does not know.
OwnerSeconds by_owner(const std::vector<LedgerFact>& ledger);
OwnerSeconds difference(const OwnerSeconds& of, const OwnerSeconds& base);
int64_t total(const OwnerSeconds& owners);

// `of` less `base`, itself a ledger: rows by month, chip, site, workload and owner, ascending, with signed
// chip-seconds; rows that cancel are left out. Its sum is the difference of what the two accrued, and by_owner() of it
// the difference of their owners. For two mixes, two outcomes, or a replay and its counterfactual.
std::vector<LedgerFact> ledger_difference(const std::vector<LedgerFact>& of, const std::vector<LedgerFact>& base);

}  // namespace capmix::analysis
