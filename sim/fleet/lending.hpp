// Serving chips that the hour does not need, lent to training that can grow and shrink (campaigns that borrow) and taken
// back in time: what is lent in an hour leaves the peak of that hour, and of those that begin before the chips could be
// back, covered with the service's headroom.
//
// A campaign borrows whole gangs of one kind. A gang loads when it comes and writes its state when it goes: each
// costs the stated time, in which it holds its chips and does no work. Not modelled: which pods they are (a kind is at one site),
// and failures other than by the gang's goodput.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "fleet/ledger.hpp"
#include "fleet/rates.hpp"

namespace capmix::fleet {

class Lending {
 public:
  Lending(const Scenario& scenario, const Rates& rates, const Pool& pool, const Months& months, Ledger& ledger);
  bool wanted() const { return !borrowers_.empty(); }
  // Of `chips` of a kind that stage `s` holds, `spare` (0 to 1) are not needed over [from, to), a part of one hour.
  // Returns the chip-seconds that were lent, which the caller no longer accounts for.
  int64_t lend(size_t s, int kind, int64_t chips, double spare, int64_t from, int64_t to, int month, Seconds take_back);
  void write(Facts& facts) const;

 private:
  struct Borrower {
    int campaign = 0;
    int finished = 0;            // runs
    double done = 0;             // tokens of the run that is on
    int64_t started = -1;        // of the run that is on
    std::vector<JobFact> jobs;   // finished
    bool open(const Campaign& c) const { return c.runs == 0 || finished < c.runs; }
  };
  const Campaign& campaign(const Borrower& b) const { return scenario_.campaigns[scenario_.campaigns.id_at(static_cast<size_t>(b.campaign))]; }
  const Way* way(const Borrower& b, int kind) const;  // on that kind alone, with its port functional
  Borrower* next(int kind, int64_t now, const Way*& how);
  void credit(Borrower& b, const Way& way, int kind, int64_t lent, double work, double share, int64_t from, int64_t to, int month);
  JobFact fact_of_run(const Borrower& b, const std::string& state) const;

  const Scenario& scenario_;
  const Rates& rates_;
  const Pool& pool_;
  const Months& months_;
  Ledger& ledger_;
  std::vector<Borrower> borrowers_;                        // highest priority first
  std::map<std::pair<size_t, int>, int64_t> gangs_;        // stage, kind: lent in the hour before
  std::map<std::array<int, 3>, TrainMonth> months_facts_;  // month, campaign, chip
};

}  // namespace capmix::fleet
