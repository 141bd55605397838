// Compares mixes over the same worlds: for every outcome and mix, each metric at modes, its spread over draws,
// and its paired difference to the first mix; and a rank by the objective.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/metrics.hpp"
#include "analysis/overtaking.hpp"
#include "analysis/ranking.hpp"
#include "analysis/runs.hpp"
#include "analysis/statistics.hpp"
#include "model/profile.hpp"
#include "results/info.hpp"

namespace capmix::analysis {

// One metric of one mix in one outcome. NaN where there is no such run.
struct Spread {
  std::string id, unit;
  double modes = 0;                            // the run at modes, which is no draw
  double p10 = 0, p50 = 0, p90 = 0, mean = 0;  // over draws; quantiles as statistics.hpp
  // Over the draws that both mixes have: mean of (this - first mix in the same world), 90 % interval.
  double diff = 0, diff_low = 0, diff_high = 0;
  // Variance of that difference if both were drawn apart, over that of the pairs: so many times fewer draws are needed. inf: every pair
  // differs by the same; NaN: fewer than two pairs, a value that is not finite, or neither varies.
  double pairing = 0;
};

struct MixResult {
  std::string mix, name;
  int draws = 0;           // runs besides the one at modes
  bool at_modes = false;   // there is a run at modes
  bool meets = false;      // at modes: the share of the demand is served
  int rank = 0;            // at modes, from 1; equal mixes share a rank; 0: no run at modes
  int leads = 0;           // draws in which no other mix is better
  std::vector<Spread> spreads{};
  std::vector<RecMonth> recommended{};  // at modes, by month; empty without a service
  std::vector<Binding> binding{};  // at modes, by month
  OwnerSeconds ledger{};           // at modes
  OwnerSeconds less_first{};       // at modes: `ledger` less that of the first mix; 0 where either has no such run
  const Spread& operator[](const std::string& id) const;  // throws std::out_of_range
};

// Over the draws that every mix has: who does most in the mean, of those that serve the demand at most 5 points less often than the mix that
// most often does (the default of decide).
struct DrawLead {
  size_t first = 0;              // place in the study's order; of equal ones the first
  // The others that may lead, less the first in the same draws, 90 %: greatest first.
  std::vector<std::pair<size_t, Interval>> behind{};
  double work = 0;               // of the first, mean
};

struct OutcomeResult {
  std::string outcome, name;
  int draws = 0;                 // draws that every mix has, in which leads are counted
  std::optional<DrawLead> lead{};  // none without draws
  std::vector<MixResult> mixes{};  // in the study's order
  Stability order{};               // of the mixes over those draws, by better()
  // Every mix against every other, for all work since the start and by month, where it happens at modes or in one of those draws;
  // pairs of mixes that have no common run are left out.
  std::vector<Overtaking> overtakings{};
};

// The first time at which two runs part; none where they never do.
struct FirstDifference {
  std::optional<Date> online;          // day: chips online, by chip and site
  std::optional<int> trained, served;  // month: model FLOP trained; requests served
};
FirstDifference first_difference(const Metrics& a, const Metrics& b);

// Two outcomes of one mix at modes.
struct OutcomePair {
  std::string mix, outcome, base;      // ids
  FirstDifference first;
  OwnerSeconds less{};                 // ledger of `outcome` less that of `base`
};

// What a reader must know besides the numbers.
struct Notes {
  std::vector<StepProfile> profiles;
  std::map<std::string, int64_t> confidence;  // input facts per confidence
  std::vector<std::string> failures;          // "article/refused/3: why"
  std::string quick{};                        // how far quick runs are from full ones, in words; "": they are full
};

struct Comparison {
  results::StudyInfo info;
  std::vector<OutcomeResult> outcomes;
  std::vector<OutcomePair> pairs;      // every two outcomes, by mix; the one that stands first in the study is the base
  std::map<std::string, int> missing;  // "workload on chip: reason" -> runs that met it
  Notes notes;
};

// Ranking. A mix that serves the asked share of the demand over the whole horizon comes before one that does
// not; among equals in this, more reference tokens come first. A difference below
// 1e-9 of the tokens is rounding, not a lead.
bool better(const Metrics& a, const Metrics& b);
bool ahead(double a, double b);  // by more than that

Comparison compare(const results::StudyInfo& info, const RunSet& runs, Notes notes = {});
Comparison compare(const results::StudyInfo& info, const std::vector<std::pair<RunKey, Metrics>>& runs, Notes notes = {});
Comparison compare(const results::StudyInfo& info, const std::vector<std::pair<RunKey, Facts>>& runs, Notes notes = {});
// What a results file says besides its runs.
Notes read_notes(const std::string& path);
// From a results file, one run in memory at a time. Throws InputError as results/read.hpp does.
Comparison compare(const std::string& path);

}  // namespace capmix::analysis
