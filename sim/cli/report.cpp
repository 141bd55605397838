// capmix report: a results file as tables, and as a page.
#include <cstdio>
#include <filesystem>

#include "analysis/compare.hpp"
#include "analysis/render.hpp"
#include "analysis/report.hpp"
#include "cli/cases.hpp"
#include "cli/output.hpp"
#include "cli/report_page.hpp"
#include "cli/scores.hpp"
#include "cli/sensitivity_runs.hpp"
#include "results/read.hpp"

#include <nlohmann/json.hpp>

namespace capmix::cli {

namespace fs = std::filesystem;

namespace {

// Of the scores, or of those that ship; none where neither is there.
std::optional<analysis::ErrorSummary> errors(const std::string& scores) {
  if (!scores.empty()) return analysis::summarise(read_scores(scores));
  const std::string shipped = catalogue_or_shipped("") + "/" + analysis::kErrorSummaryFile;
  if (!fs::exists(shipped)) return {};
  return analysis::read_error_summary(read_file(shipped), shipped);
}

// Which inputs move the chosen mix and its lead, in the outcome with the greatest weight, and which ones the choice rests on, over all that weigh.
void add_study(const Common& c, const analysis::ReportRuns& read, const study::Worlds& worlds, analysis::ReportExtras& extras) {
  const analysis::MaybeDecision decided = extras.decided ? analysis::MaybeDecision{extras.decided, ""} : analysis::decide(read, extras.decide);
  if (!decided.decision) return;
  const auto& d = *decided.decision;
  const size_t heaviest = static_cast<size_t>(std::max_element(d.weights.begin(), d.weights.end()) - d.weights.begin());
  const auto s = with_rates(c, worlds);
  const auto place = [&](size_t mix) { return study::mix_index(worlds, d.mixes[mix].id); };
  MovedAsk ask;
  ask.outcome = study::outcome_index(worlds, d.info.outcomes[heaviest].id), ask.mixes = {place(d.by_expected)};
  if (!d.behind.empty()) ask.mixes.push_back(place(d.behind.front().first));
  const auto note = [&](const char* what, const std::exception& e) { if (!c.quiet) std::fprintf(stderr, "capmix: the report is without %s: %s\n", what, e.what()); };
  if (extras.tornados.empty()) try {
    for (const auto& x : moved(c, s, ask)) extras.tornados.push_back(analysis::tornado_of(x));
  } catch (const std::exception& e) {
    note("a sensitivity", e);
  }
  for (size_t o = 0; o < d.weights.size(); ++o)
    if (d.weights[o] > 0 && d.draws[o] < static_cast<int>(kEvidenceDraws)) return;
  if (d.mixes.size() < 2) return;
  try {
    extras.evidence = evidence(c, s, d.info, read.decided.runs, evidence_ask(read.db, d, worlds));
  } catch (const std::exception& e) {
    note("what the choice rests on", e);
  }
}

}  // namespace

void probe_report(const std::string& path) {
  if (report_page().empty())
    throw InputError(path + ": this capmix was built without the page of the report. To get it, in the checkout: make report-ui, which needs node and npm, then "
                     "make build (or make test, which does both). Tables need no page: capmix report DB");
  probe_output(path);
}

void must_not_replace(const std::string& path, const std::string& db) {
  if (fs::weakly_canonical(path) == fs::weakly_canonical(db)) throw InputError(path + ": the report would replace the results file that it is made of (give it another name)");
}

void write_report(const Common& c, const std::string& db, const std::string& path, const ReportWith& with) {
  analysis::ReportExtras extras;
  extras.errors = errors(with.scores);
  extras.decide = with.decide, extras.decided = with.decided;
  if (!with.sensitivity.empty()) extras.tornados = read_tornados(with.sensitivity, results::read_info(db));
  const auto read = analysis::read_report_runs(db, with.decide);
  if (with.worlds != nullptr) add_study(c, read, *with.worlds, extras);
  write_whole(path, analysis::report_page(report_page(), analysis::report_document(read, extras)));
  if (!c.quiet) std::fprintf(stderr, "report: %s\n", path.c_str());
}

int report(const Common& c, const ReportOptions& o) {
  if (!o.html.empty()) {
    probe_report(o.html);
    must_not_replace(o.html, o.db);
    ReportWith with{o.scores, o.sensitivity, {}, {}, nullptr};
    std::optional<study::Worlds> worlds;
    if (!o.study.empty()) {
      worlds = study::load(o.study, overrides(c));
      must_be_of(*worlds, o.db);
      with.worlds = &*worlds;
    }
    write_report(c, o.db, o.html, with);
    if (!c.json) return 0;
  }
  const auto comparison = analysis::compare(o.db);
  print(c.json ? analysis::to_json(comparison) : analysis::render(comparison, terminal_width(), o.months));
  return 0;
}

}  // namespace capmix::cli
