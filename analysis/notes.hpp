// Parts of a rendered comparison that are no table of mixes with numbers alone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {

// The line over an outcome's table.
std::string outcome_line(const OutcomeResult& o);
// What "*" at a rank means, when a rank carries one; else "".
std::string condition_note(const Comparison& c, int width);
// An owner of the ledger as a header.
std::string short_owner(const std::string& owner);
// Ledgers with signs side by side, in chip-hours of one scale: the owners that show at that scale anywhere, and the sum.
class LedgerColumns {
 public:
  explicit LedgerColumns(const std::vector<OwnerSeconds>& ledgers);
  bool empty() const { return greatest_ == 0; }  // nothing differs
  std::string unit() const { return scaled_unit(scale_, "chip-hours"); }
  void add(TextTable& table) const;
  std::vector<std::string> cells(const OwnerSeconds& ledger) const;  // one per column

 private:
  int64_t greatest_ = 0;  // chip-seconds
  Scale scale_;
  std::vector<size_t> owners_;
};
// Headline metrics over draws, how stable the order of the mixes is, and who passes whom; sections without anything to say are left out.
std::string draws_tables(const Comparison& c, int width);
// Range in which the rates of a chip can be trusted, over its profiles; of gangs of one kind of chips alone, since that of a
// mixed gang is not one chip's.
struct Trust {
  double low = 1, high = 1;  // multiply the rate
  bool calibrated = true;    // all of them fitted on measurements
};
std::map<std::string, Trust> trust_by_chip(const std::vector<StepProfile>& profiles);
// Of every two outcomes of a mix: when they part, and what becomes of the chip-hours.
std::string outcome_table(const Comparison& c, int width);
// What binds in every quarter at modes: a letter per constraint, as many as it changes within it, and a legend.
std::string binding_table(const Comparison& c, int width);
// Whether intervals over draws hold the trust range of the rates.
std::string rates_note(const results::StudyInfo& info);
// Whether rates are among the inputs that are varied.
std::string rates_as_input(const results::StudyInfo& info);
// What was calibrated, which rates were missing, how well the inputs are known, which runs failed.
std::string notes(const Comparison& c, int width);

}  // namespace capmix::analysis
