// From runs to a decision: which mix to choose by the study's objective, if outcomes have these weights, and what it would be worth to know more.
//
// A world is an outcome with a draw; the outcome's weight is shared equally by the draws that all mixes have (or is that of its run at modes).
// The gain of a mix in an outcome is its mean over them. Regret is counted between those means: it is the regret of not knowing the outcome;
// draws are never known before a mix is chosen.
// The objective's condition counts as a chance constraint (Charnes and Cooper 1959): a mix may be chosen if the probability with which it serves
// the demand is at most `slack` below that of the mix which most often does.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/cost.hpp"
#include "analysis/decision.hpp"
#include "analysis/json.hpp"
#include "analysis/metrics.hpp"
#include "analysis/pairs.hpp"
#include "analysis/statistics.hpp"
#include "analysis/weights.hpp"

namespace capmix::analysis {

// Of one run, what a decision needs.
struct WorldRun {
  double gain = 0;                     // the objective
  bool meets = false;
  double domestic_from = 0;            // month from which half of the useful work is on domestic chips; inf: never; NaN: no home
  Cost cost;
  OwnerSeconds ledger{};
  std::map<std::string, double> received{};  // chips that were delivered to it, by supplier; those that stood there before are not in it
};
using WorldRuns = std::map<RunKey, WorldRun>;
WorldRun world_run(const results::StudyInfo& info, const Facts& facts, const Metrics& metrics, const CostOptions& cost);
WorldRun world_run(const results::StudyInfo& info, const RunKey& key, const Facts& facts, const CostOptions& cost);

// How each approval came out in a world, the same for every mix: [outcome, draw][approval] = "granted", "refused", ...
using ApprovalStates = std::map<std::pair<std::string, int>, std::map<std::string, std::string>>;

struct AskedSignal {
  std::string outcome;                 // id
  double sensitivity = 1, specificity = 1;
};

struct DecideOptions {
  double level = 0.9;                  // of the CVaR
  double slack = 0.05;
  std::vector<std::string> mixes, outcomes;  // ids of those to decide between; empty: all
  std::map<std::string, double> weights;  // probabilities of outcomes that are said; see weights_of()
  CostOptions cost;
  std::vector<AskedSignal> signals;
  std::vector<MixPair> pairs;          // to set side by side, beside those that differ by a supplier or by how their money is bound
};

struct DecidedMix {
  std::string id, name;
  std::vector<double> gain, regret;    // by outcome
  double meets = 0;                    // probability
  double leads = 0;                    // probability that no mix that may be chosen does more; ties count for each
  bool allowed = true;                 // may be chosen
  double expected = 0, cvar = 0;       // of the gain over worlds
  double expected_regret = 0, worst_regret = 0;  // over outcomes; worst: whatever their weights
  double domestic_p10 = 0, domestic_p50 = 0, domestic_p90 = 0;  // months, nearest rank over worlds; inf: never; NaN: no home
  Cost cost;                           // means; per_ttoken(): of means
  std::vector<double> ledger_hours;    // means, chip-hours by owner
  std::map<std::string, double> received;  // means, chips by supplier
};

// One mix less another on the same worlds.
struct MixDifference {
  MixPair pair;
  Interval gain;                       // 90 %, over draws of the weighted mean over outcomes; NaN without draws in all weighted outcomes
  double cvar = 0, expected_regret = 0, worst_regret = 0, present = 0;
  std::vector<double> ledger_hours;    // by owner
};

struct Knowing {
  std::string what;
  double perfect = 0;                  // gain
  double signal_90 = 0, signal_80 = 0; // by a signal that is right so often either way; NaN: not asked
};

struct Decision {
  results::StudyInfo info;             // its outcomes: those that are decided between
  DecideOptions options;
  std::vector<double> weights;         // by outcome, sum 1
  std::string basis;                   // where they come from, in words
  size_t worlds = 0;                   // that have a weight
  std::vector<int> draws;              // by outcome; 0: the run at modes
  std::vector<std::string> left_out;   // outcomes without runs of every mix
  std::vector<DecidedMix> mixes;
  size_t by_expected = 0, by_cvar = 0, by_regret = 0;  // places of the choices; of equal ones the first; the other two are the first where that is level, within 0.05 % of its work
  // The other mixes that may be chosen, less the choice by expected work, on the same worlds: by gain, greatest first.
  std::vector<std::pair<size_t, Interval>> behind;
  double outcome_known = 0, world_known = 0;           // value of knowing the outcome; outcome and draw
  std::vector<Knowing> knowing;        // each outcome, each approval within an outcome that draws it and has a weight
  std::vector<std::pair<AskedSignal, double>> signals;
  std::vector<size_t> cost_gain, cost_cvar, gain_cvar; // frontiers: cost against expected gain, against CVaR; gain against CVaR
  std::vector<MixDifference> suppliers, pairs;
  std::vector<std::string> no_pair;    // suppliers of which no two mixes tell what they add
  std::vector<std::string> headline;   // the decision in a few sentences
};

// The same decision as it shows some of its mixes alone, in the order of `places`; what was decided between stays all of them. The choices must be
// among them.
Decision of_mixes(const Decision& d, const std::vector<size_t>& places);

// Throws InputError for a weight, signal, pair or choice of an unknown outcome or mix, for weights that are none, and when an outcome that is given a
// weight has no run of every mix.
Decision decide(const results::StudyInfo& info, const WorldRuns& runs, const ApprovalStates& approvals, const DecideOptions& options);
// The runs of a results file as they are read, one in memory at a time; done() after the last.
struct DecisionRuns {
  WorldRuns runs;
  ApprovalStates approvals;
  void add(const results::StudyInfo& info, const RunKey& key, const Facts& facts, const Metrics& metrics, const CostOptions& cost);
  void done();
};
// From a results file.
Decision decide(const std::string& path, const DecideOptions& options);

// Leaves of a study's mixes and outcomes those that the options ask for. Throws InputError for an unknown one.
void choose(results::StudyInfo& info, const DecideOptions& options);

// Places of all mixes, in their order; of more than twenty of the twelve that tables show: the choices, then those with most expected work.
std::vector<size_t> leading_mixes(const Decision& d);

// The choices, how sure the first is, what tells it from those that are level with it, and what it would be worth to know more: what Decision::headline holds.
std::vector<std::string> decision_headline(const Decision& d);
// Whether what is added lowers regret, or only adds porting, in words.
std::string verdict(const Decision& d, const MixDifference& x);
std::string render_decision(const Decision& d, int width = 100);
Json decision_json(const Decision& d);
std::string decision_to_json(const Decision& d);

}  // namespace capmix::analysis
