// Reduces the facts of one run to metrics: named numbers with a unit. Formulas are documented in README.md of
// this folder, one row per metric. Two runs of one study have the same metrics in the same order, whatever
// happened in them.
//   NaN: does not apply (a share of nothing).  inf: not by the horizon, or divided by no work at all.
#pragma once

#include <string>
#include <vector>

#include "analysis/ledger.hpp"
#include "model/facts.hpp"
#include "results/info.hpp"

namespace capmix::analysis {

struct Metric {
  std::string id;    // "train.reference_tokens", "fleet.online.2026"
  std::string unit;  // "tokens", "chips", "%" (0..100), "FLOP/s", "requests/s", "USD", "days", "month", ...
  double value = 0;
};

// The constraint that carries most of a month's cut.
struct Binding {
  std::string month, name;  // month: "2026-01"
  double share = 0;         // of the cut, 0..1
};

// Recommendation in a month. NaN where the study has none of it.
struct RecMonth {
  double served = 0;                 // requests/s inside the objective, mean
  double staleness = 0;              // seconds, mean: age of the newest sample that a serving copy has learned
  double scale = 0, flop = 0;        // the largest ranking model that all chips could serve to the whole demand: its depth
                                     // relative to the study's, and forward FLOP per candidate
};

struct Metrics {
  std::vector<Metric> values;
  std::vector<Binding> binding;      // by month, ascending
  std::vector<double> trained, served;  // by month of the horizon: model FLOP of training; requests
  std::vector<RecMonth> recommended; // by month; empty without a service
  std::vector<OnlineChange> online;  // ascending by date, chip, site, each once
  OwnerSeconds ledger{};
  std::vector<MissingRate> missing;  // rates that the run needed and did not find
  // NaN when there is no such metric.
  double operator[](const std::string& id) const;
};

// The objective: training tokens of the reference model by the horizon, subject to the share of every service's demand that
// is served (1 when each reached it over the whole horizon, else 0).
inline constexpr const char* kObjective = "train.reference_tokens";
inline constexpr const char* kCondition = "serve.met";
// Unit of a metric that is a flag. Its mean over draws is the share of those that have it; quantiles it has none.
inline constexpr const char* kFlag = "0 or 1";

// Throws std::runtime_error for facts that no study of this description can leave: a chip that it does not
// list, an owner that the ledger does not know, a month outside the horizon.
Metrics reduce(const results::StudyInfo& info, const RunKey& key, const Facts& facts);

// "2026-Q1", of a month "2026-01".
std::string quarter_of(const std::string& month);
// Years touched by the horizon: 2026, 2027, 2028.
std::vector<int> years(const results::StudyInfo& info);
// Suppliers of the study's chips, each once, in the order of the chips.
std::vector<std::string> suppliers(const results::StudyInfo& info);

}  // namespace capmix::analysis
