// How far predictions lie from published measurements: errors by family and by class, apart for what the values were
// fitted on and what they never saw; order over plans; scaling. Pure. An error is |ln(predicted / measured)|, printed
// in per cent; suspect rows and rows that could not be scored are counted and left out of everything else.
#pragma once

#include <string>
#include <vector>

#include "model/score.hpp"

namespace capmix::analysis {

struct ErrorStats {
  int n = 0;
  double median = 0, p90 = 0;   // of |ln(predicted / measured)|; quantiles as statistics.hpp; NaN when n is 0
  double bias = 0;              // mean of ln(predicted / measured) of the step's time: positive when too slow
  double in_range = 0;          // share whose trust range holds the measurement
};
ErrorStats error_stats(const std::vector<const Score*>& scores);

struct ErrorRow {
  std::string name;
  ErrorStats fitted, predicted; // calibrated on, and not
  ErrorStats all;
};

// Order over plans: measurements of one family (group x model x hardware x precision), by rate per chip. Repeated
// measurements of one plan on as many chips count once, at their geometric mean.
struct PlanOrder {
  std::string family;
  int plans = 0;                // distinct parallel plans
  int points = 0;
  double correlation = 0;       // Spearman's, ties at their mean rank
};

// A curve's largest over its smallest point: rate per chip predicted against measured.
struct ScalingError {
  std::string curve;
  int from = 0, to = 0;         // chips
  double error = 0;             // ln of (predicted ratio / measured ratio) of the step's efficiency per chip
};

// One vote for each configuration (Score::vote): repeated submissions of one system are no more evidence than one of them.
struct VoteStats {
  int rows = 0, n = 0;          // measurements; configurations
  double median = 0, p90 = 0;   // of |predicted / measured - 1|, a configuration's ratio being the median of its rows'; NaN when n is 0
};
struct VoteRow {
  std::string name;             // class of work
  VoteStats fitted, predicted;  // a row of the configuration was calibrated on; none was
};

// Rate under an objective as a share of the same system's offline rate: predicted less measured, in absolute terms.
struct ShareStats {
  int n = 0, within = 0;        // configurations; of these within kPoints
  double median = 0;            // of |difference|; NaN when n is 0
};
inline constexpr double kPoints = 0.10;
struct ShareRow {
  std::string name;             // class of work
  ShareStats all, predicted;    // predicted: neither configuration has a row that was calibrated on
};

struct Validation {
  int rows = 0, scored = 0, suspect = 0, unscored = 0;
  std::vector<ErrorRow> families;    // group, workload, hardware
  std::vector<ErrorRow> classes;     // class of work, then class of work by chip family
  std::vector<VoteRow> votes;        // classes whose rows have votes
  std::vector<ShareRow> shares;      // classes whose rows are shares of an offline rate
  std::vector<PlanOrder> orders;     // training: families of at least six plans
  double order_median = 0;           // NaN when there is none
  std::vector<ScalingError> scaling; // training; worst first
  double scaling_median = 0, scaling_worst = 0;
};

Validation validate(const std::vector<Score>& scores);

// Spearman's rank correlation; ties take the mean of their ranks. NaN for fewer than two values or when one side is
// constant.
double spearman(const std::vector<double>& a, const std::vector<double>& b);

// Per case: prediction, measurement, ratio, trust range, and reason or assumptions; then the statistics.
std::string render_scores(const std::vector<Score>& scores, int width = 100);
std::string render_validation(const Validation& v, int width = 100);
std::string validation_to_json(const Validation& v, const std::vector<Score>& scores);
// case_id,predicted,measured,unit,ratio,low,high,calibrated_on,in_range,reason,class,vote,offline_vote,chip,suspect - one row per score.
std::string scores_to_csv(const std::vector<Score>& scores);

}  // namespace capmix::analysis
