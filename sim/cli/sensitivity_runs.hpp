// Which inputs move the answer, and which ones the choice rests on: what `capmix sensitivity` prints and a report shows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analysis/decide.hpp"
#include "analysis/evidence.hpp"
#include "analysis/sensitivity.hpp"
#include "cli/verbs.hpp"
#include "study/runner.hpp"

namespace capmix::cli {

// A study with the rates that its runs read, collected once.
struct RatedStudy {
  study::Worlds worlds;
  std::vector<RateTable> rates;
};
RatedStudy with_rates(const Common& c, study::Worlds worlds);

struct MovedAsk {
  size_t outcome = 0;
  std::vector<size_t> mixes;           // the mix, and the one that it is set against; places in the study
  std::string metric;                  // "": the objective
  std::vector<std::string> vary;       // inputs by the beginning of their path, or groups by name; empty: all
  bool each = false;                   // every input by itself
  double low = 0.1, high = 0.9;        // quantiles, one at a time
  int trajectories = 0, pairs = 0;     // of Morris and of Sobol'; 0: none
};
// One for the metric of the mix, and one for its lead over the other. Throws InputError for an unknown metric, and as study::factors() does.
std::vector<analysis::Sensitivity> moved(const Common& c, const RatedStudy& s, const MovedAsk& ask);

inline constexpr size_t kEvidenceDraws = 10;  // fewer say nothing of an input
struct EvidenceAsk {
  std::string file;                    // of the results, for errors
  std::vector<std::pair<size_t, double>> outcomes;  // places in the study, and their weights
  std::vector<std::string> vary;
  analysis::Allowed allowed;           // mixes that may be chosen, in the order of `info`; empty: all
};
// Over all outcomes that a decision weighs, by its weights, between the mixes that may be chosen. The heaviest outcome comes first: its ranges are told.
EvidenceAsk evidence_ask(const std::string& file, const analysis::Decision& d, const study::Worlds& worlds);
// Over the draws that every mix has in every outcome that is asked for: a draw's gain is the weighted mean over them, since its inputs are the same
// in all. `runs`: of results of this study and its seed. Throws InputError when there are fewer than two mixes or too few draws.
analysis::Evidence evidence(const Common& c, RatedStudy s, const results::StudyInfo& info, const analysis::WorldRuns& runs, const EvidenceAsk& ask);

// Throws InputError when the results took rates otherwise (as predicted, or drawn) than the study does.
void must_draw_rates_alike(const study::Worlds& worlds, const results::StudyInfo& info, const std::string& db);
// Throws InputError when the results are not of this study, seed and inputs, naming the file (or the input that was set) that differs.
void must_be_of(const study::Worlds& worlds, const std::string& db);

}  // namespace capmix::cli
