// Serving chips that the hour does not need, lent to training that can grow and shrink (campaigns that borrow) and taken
// back in time: what is lent in an hour leaves the peak of that hour, and of those that begin before the chips could be
// back, covered with the service's headroom.
//
// A crowd that nobody expected calls chips back, and they come when the stated time has passed: Serving says which.
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
  // Whole gangs out of `chips` of a kind of stage `s` over [from, to), a part of one hour. Returns the chips that were lent,
  // whose time the caller no longer accounts for.
  int64_t lend(size_t s, int kind, int64_t chips, int64_t from, int64_t to, int month, Seconds take_back);
  // Chips that were lent in the part of an hour before.
  int64_t lent(size_t s, int kind) const;
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
  struct Lent {
    int campaign = -1;           // whose gangs they are
    int64_t gangs = 0, chips = 0;
    double owed = 0;             // seconds of a whole gang, of loading and leaving that no part of an hour has paid
  };
  std::map<std::pair<size_t, int>, Lent> lent_;            // stage, kind: in the part of an hour before
  std::map<std::array<int, 3>, TrainMonth> months_facts_;  // month, campaign, chip
};

}  // namespace capmix::fleet
