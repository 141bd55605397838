// A results file as one JSON document, and the page that shows it. Pure: base, model, results. The document holds quantiles
// over draws and never the draws themselves, so its size does not grow with them. Its members are described in
// report-ui/README.md and typed in report-ui/src/document.ts; `schema` counts changes that a page would not understand.
// What is not a number (NaN, "not by the horizon") is null.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/decide.hpp"
#include "analysis/error_summary.hpp"
#include "analysis/evidence.hpp"
#include "analysis/json.hpp"
#include "analysis/report_series.hpp"
#include "analysis/sensitivity.hpp"
#include "results/info.hpp"

namespace capmix::analysis {

inline constexpr int kReportSchema = 2;
// What the document takes the place of in a page; exactly once in it.
inline constexpr const char* kReportPlaceholder = "@@CAPMIX_DOCUMENT@@";

// How far one output moves when one input goes from its low to its high value and all others stay.
struct TornadoBar {
  std::string input, confidence;           // "chips/x: memory.bandwidth"
  std::string low_value, high_value;       // of the input: "P10", "USD 20k"
  double low = 0, high = 0;                // of the output
};
struct Tornado {
  std::string outcome;                     // id
  std::string output, unit;                // of what moves, in words
  double base = 0;                         // of it, with every input at its median
  std::vector<TornadoBar> bars;            // widest first
};

// Widest bar first.
Tornado tornado_of(const Sensitivity& s);

// What a report may show besides the results file, and how it decides.
struct ReportExtras {
  std::optional<ErrorSummary> errors;      // of predictions beside measurements
  std::vector<Tornado> tornados;
  std::optional<Evidence> evidence;        // which inputs the choice rests on
  DecideOptions decide;
  std::optional<Decision> decided;         // what is shown instead of deciding by `decide` between what is read
};

// The runs of a results file, read once, as far as a report needs them: of the mixes and outcomes that are asked for.
struct ReportRuns {
  std::string db;
  results::StudyInfo info;
  std::map<std::pair<std::string, std::string>, World> worlds;  // mix, outcome
  std::vector<std::pair<RunKey, Metrics>> runs;
  DecisionRuns decided;
};
// Throws InputError as results/read.hpp does, and when the file holds no complete run.
ReportRuns read_report_runs(const std::string& db, const DecideOptions& options = {});

// What `capmix decide` says of the same runs; none, and a reason, of a sweep, whose points are no outcomes to weigh, and where no outcome has a run
// of every mix.
struct MaybeDecision {
  std::optional<Decision> decision;
  std::string reason;
};
MaybeDecision decide(const ReportRuns& runs, const DecideOptions& options);

Json report_document(const ReportRuns& runs, const ReportExtras& extras = {});
Json report_document(const std::string& db, const ReportExtras& extras = {});

// The page with the document in its place; no text in it can end the element that it stands in. Throws
// std::runtime_error when the page has not exactly one place for it.
std::string report_page(const std::string& page, const Json& document);

}  // namespace capmix::analysis
