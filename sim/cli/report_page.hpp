// The page of the HTML report, as `make report-ui` built it and the build put it into this binary.
#pragma once

#include <optional>
#include <string>

#include "analysis/decide.hpp"
#include "cli/verbs.hpp"
#include "study/worlds.hpp"

namespace capmix::cli {

std::string report_page();  // "": it was not built
// Throws InputError, with what to do, when there is no page or `path` could not be written later.
void probe_report(const std::string& path);
// Throws InputError when the report would be written over the results file that it is made of.
void must_not_replace(const std::string& path, const std::string& db);

// What a report shows besides its results file.
struct ReportWith {
  std::string scores;                  // that `validate --csv` wrote; "": the summary that ships with the platforms
  std::string sensitivity;             // that `sensitivity --json` printed; "": none
  analysis::DecideOptions decide{};
  std::optional<analysis::Decision> decided{};  // shown instead of deciding again; `decide` then names its mixes
  // Of the results: also which inputs move the choice (one at a time, some 120 runs), and which ones it rests on, from ten draws on. Null: neither.
  const study::Worlds* worlds = nullptr;
};
// The report of a results file, whole or not at all. Throws InputError as analysis/report.hpp does.
void write_report(const Common& c, const std::string& db, const std::string& path, const ReportWith& with = {});

}  // namespace capmix::cli
