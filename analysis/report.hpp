// A results file as one JSON document, and the page that shows it. Pure: base, model, results. The document holds quantiles
// over draws and never the draws themselves, so its size does not grow with them. Its members are described in
// report-ui/README.md and typed in report-ui/src/document.ts; `schema` counts changes that a page would not understand.
// What is not a number (NaN, "not by the horizon") is null.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "analysis/json.hpp"
#include "analysis/validation.hpp"
#include "results/info.hpp"

namespace capmix::analysis {

inline constexpr int kReportSchema = 1;
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

// What a report may show besides the results file.
struct ReportExtras {
  std::vector<Score> scores;               // predictions beside measurements; empty: none are shown
  std::vector<Tornado> tornados;
};

// Throws InputError as results/read.hpp does, and when the file holds no complete run.
Json report_document(const std::string& db, const ReportExtras& extras = {});

// The page with the document in its place; no text in it can end the element that it stands in. Throws
// std::runtime_error when the page has not exactly one place for it.
std::string report_page(const std::string& page, const Json& document);

}  // namespace capmix::analysis
