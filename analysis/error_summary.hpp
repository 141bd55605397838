// Errors of predictions by class of work, small enough to travel with the program: what is left of the scores of `capmix validate` in a
// report, and in platforms/calibration/errors.json, which `capmix validate --summary` writes. Pure.
#pragma once

#include <string>
#include <vector>

#include "analysis/json.hpp"
#include "analysis/validation.hpp"

namespace capmix::analysis {

// Where the summary of the shipped tables stands below platforms/.
inline constexpr const char* kErrorSummaryFile = "calibration/errors.json";

struct ClassErrors {
  std::string name;                    // "dense", "dense on hopper"
  ErrorStats all, fitted, predicted;   // of what counts: all, calibrated on, not
  ErrorStats suspect;                  // of rows that their table does not believe, which count nowhere else
};

struct WorstCase {
  std::string case_id, work_class, unit;
  double predicted = 0, measured = 0;  // in `unit`
  double low = 0, high = 0;            // of the prediction
  bool calibrated_on = false, in_range = false;
  double ratio = 0;                    // predicted / measured
};

struct ErrorSummary {
  int rows = 0, scored = 0, suspect = 0, unscored = 0;
  std::vector<ClassErrors> classes;    // by name; a class of suspect rows alone is there too
  std::vector<WorstCase> worst;        // the kWorstCases that count and lie farthest off, farthest first
};
inline constexpr size_t kWorstCases = 20;

ErrorSummary summarise(const std::vector<Score>& scores);

// Members as the struct's; an error statistic has n, median, p90 and in_range. `digits`: so many significant ones of numbers; 0: all.
Json error_summary_json(const ErrorSummary& s, int digits = 0);
// The same as a file: a line for each class and case, three digits of each number, since builds differ beyond.
std::string error_summary_text(const ErrorSummary& s);
// Throws InputError, naming `path`, for a text that is none of these.
ErrorSummary read_error_summary(const std::string& text, const std::string& path);

}  // namespace capmix::analysis
