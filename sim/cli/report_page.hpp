// The page of the HTML report, as `make report-ui` built it and the build put it into this binary.
#pragma once

#include <string>

namespace capmix::cli {

std::string report_page();  // "": it was not built
// Throws InputError, with what to do, when there is no page or `path` could not be written later.
void probe_report(const std::string& path);
// The report of a results file, whole or not at all; with files that `validate --csv` and `sensitivity --json` wrote, where they
// are not "". Throws InputError as analysis/report.hpp does.
void write_report(const std::string& db, const std::string& path, const std::string& scores, const std::string& sensitivity = "");

}  // namespace capmix::cli
