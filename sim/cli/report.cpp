// capmix report: a results file as tables, and as a page.
#include <cstdio>
#include <filesystem>

#include "analysis/compare.hpp"
#include "analysis/render.hpp"
#include "analysis/report.hpp"
#include "cli/output.hpp"
#include "cli/report_page.hpp"
#include "cli/scores.hpp"
#include "cli/verbs.hpp"
#include "results/read.hpp"

#include <nlohmann/json.hpp>

namespace capmix::cli {

namespace fs = std::filesystem;

void probe_report(const std::string& path) {
  if (report_page().empty())
    throw InputError(path + ": this capmix was built without the page of the report. To get it, in the checkout: make report-ui, which needs node and npm, then "
                     "make build (or make test, which does both). Tables need no page: capmix report DB");
  probe_output(path);
}

void write_report(const std::string& db, const std::string& path, const std::string& scores, const std::string& sensitivity) {
  analysis::ReportExtras extras;
  if (!scores.empty()) extras.scores = read_scores(scores);
  if (!sensitivity.empty()) extras.tornados = read_tornados(sensitivity, results::read_info(db));
  write_whole(path, analysis::report_page(report_page(), analysis::report_document(db, extras)));
}

int report(const Common& c, const ReportOptions& o) {
  if (!o.html.empty()) {
    probe_report(o.html);
    if (fs::weakly_canonical(o.html) == fs::weakly_canonical(o.db))
      throw InputError(o.html + ": the report would replace the results file that it is made of (give --html another name)");
    write_report(o.db, o.html, o.scores, o.sensitivity);
    if (!c.quiet) std::fprintf(stderr, "report: %s\n", o.html.c_str());
    if (!c.json) return 0;
  }
  const auto comparison = analysis::compare(o.db);
  print(c.json ? analysis::to_json(comparison) : analysis::render(comparison, terminal_width(), o.months));
  return 0;
}

}  // namespace capmix::cli
