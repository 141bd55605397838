// What an answer rests on: from the draws of a comparison and the numbers that its inputs took in them, which inputs the choice between mixes depends
// on, and what it would be worth to know one of them before choosing. Needs no further runs. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/decision.hpp"
#include "analysis/json.hpp"
#include "results/info.hpp"

namespace capmix::analysis {

// Spearman's rank correlation, ties at their mean rank; NaN when one does not vary.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b);

// Expected value of partial perfect information about one input, from given draws (Strong and Oakley 2013): worlds in bins of equal number by the
// input's value, as group_information does it. That is too high by chance, since each bin's best is chosen in hindsight; so the same with the input's
// values shuffled is taken off.
struct InputWorth {
  double raw = 0, by_chance = 0;       // by_chance: mean over shuffles
  double worth = 0;                    // raw less by_chance, at least 0
  double beyond = 0;                   // share of shuffles that gave less than `raw`
};
std::vector<double> shuffled_worths(const Table2& gains, size_t bins, int shuffles, uint64_t seed, const Allowed& allowed = {});
InputWorth input_worth(const Table2& gains, const std::vector<double>& input, size_t bins, const std::vector<double>& by_chance, const Allowed& allowed = {});
InputWorth input_worth(const Table2& gains, const std::vector<double>& input, size_t bins, int shuffles, uint64_t seed, const Allowed& allowed = {});
size_t bins_for(size_t worlds);        // 2 to 10, some twenty worlds in each

struct EvidenceInput {
  std::string name, confidence, source; // confidence: the lowest of its inputs
  std::vector<double> values;          // by world: a quantile of its range
};
struct EvidenceRow {
  std::string name, confidence, source;
  double with_gain = 0, with_lead = 0; // rank correlation with the chosen mix's gain; with its lead over the second best
  InputWorth worth;
  bool clear = false;                  // of chance, and worth `least`
};
struct Evidence {
  std::string outcome, chosen, second; // names of mixes: by expected gain
  size_t worlds = 0;
  double all = 0;                      // value of knowing everything
  double expected = 0;                 // gain of the chosen mix
  // An input is clear of chance if its raw worth is above `threshold`, which the greatest of as many inputs without any influence reaches in one of 20
  // cases (Bonferroni over the inputs that vary), and worth knowing from `least` on, 0.05 % of the expected gain: less is no reason for another choice.
  size_t varying = 0;                  // inputs that vary
  double threshold = 0, least = 0;
  double told_from = 0;                // worth from which on an input is clear: `least`, or what so few worlds tell from chance
  double lead_by_chance = 0;           // rank correlation with the lead that the farthest of such inputs goes beyond in one of 20; from 1 on so few worlds tell nothing
  std::vector<EvidenceRow> rows;       // the clear ones by worth, then by correlation with the lead, greatest first
};
// Quantile of rank correlations without any relation: mean 0, deviation 1 / sqrt(worlds - 1), as good as normal.
double correlation_by_chance(size_t inputs, size_t worlds);
// `gains`: [mix][world], one outcome. Throws std::invalid_argument with fewer than ten worlds or two mixes.
Evidence evidence(const std::vector<std::string>& mixes, const Table2& gains, const std::vector<EvidenceInput>& inputs, const Allowed& allowed = {});

std::string render_evidence(const results::StudyInfo& info, const Evidence& e, int width = 100);
Json evidence_json(const results::StudyInfo& info, const Evidence& e);
std::string evidence_to_json(const results::StudyInfo& info, const Evidence& e);

}  // namespace capmix::analysis
