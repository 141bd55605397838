// capmix validate: predictions beside published measurements, each with its trust range.
#include <cstdio>
#include <filesystem>

#include "analysis/error_summary.hpp"
#include "analysis/validation.hpp"
#include "calibrate/record.hpp"
#include "cli/cases.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "step/published.hpp"

namespace capmix::cli {
int validate(const Common& c, const ValidateOptions& o) {
  if (o.check && o.summary.empty()) throw InputError("--check is of a --summary");
  if (!o.csv.empty()) probe_output(o.csv);
  if (!o.summary.empty() && !o.check) probe_output(o.summary);
  const Scenario catalogue = load_catalogue(o.catalogue);
  const auto cases = load_cases(case_files(o.cases), catalogue, import::Uneven::kept);
  step::ScoreOptions options;
  options.jobs = jobs(c);
  if (const auto list = catalogue_or_shipped(o.catalogue) + "/calibration/cases.txt"; std::filesystem::exists(list))
    options.fitted = calibrate::read_case_list(read_file(list));
  ProgressLine line(!c.quiet);
  std::vector<Score> scores;
  const auto add = [&](const char* what, const auto& list) {
    options.progress = [&](int done, int total) { line.show(what, done, total); };
    for (auto& s : step::score(list, catalogue, options)) scores.push_back(std::move(s));
  };
  add("training", cases.training);
  add("recommender training", cases.rec_training);
  add("recommender serving", cases.rec_serving);
  add("LLM serving", cases.llm_serving);
  line.clear();
  if (!o.csv.empty()) write_whole(o.csv, analysis::scores_to_csv(scores));
  const std::string errors = o.summary.empty() ? "" : analysis::error_summary_text(analysis::summarise(scores));
  if (!o.summary.empty() && !o.check) write_whole(o.summary, errors);
  if (o.check) {
    const bool same = std::filesystem::exists(o.summary) && read_file(o.summary) == errors;
    if (!same) std::fprintf(stderr, "capmix: %s is not what these cases give: capmix validate --summary writes it\n", o.summary.c_str());
    return same ? 0 : 1;
  }
  const auto summary = analysis::validate(scores);
  if (c.json) print(analysis::validation_to_json(summary, scores));
  else print(analysis::render_scores(scores, terminal_width()) + "\n" + analysis::render_validation(summary, terminal_width()));
  return 0;
}

}  // namespace capmix::cli
