// capmix value: what one more unit of each constraint is worth to one mix in one outcome.
#include <cmath>

#include "analysis/metrics.hpp"
#include "analysis/value.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "study/value.hpp"

namespace capmix::cli {
std::string metric_unit(const results::StudyInfo& info, const std::string& metric) {
  std::vector<std::string> known;
  for (const auto& m : analysis::reduce(info, {}, Facts()).values) {
    if (m.id == metric) return m.unit;
    known.push_back(m.id);
  }
  throw InputError("unknown metric \"" + metric + "\"" + did_you_mean(metric, known) + " (the metrics are listed in analysis/README.md)");
}

int value(const Common& c, const ValueOptions& o) {
  const auto worlds = study::load(o.study, overrides(c));
  study::ValueOptions options;
  const RunKey key = study::run_key(worlds, o.mix, o.outcome);
  options.mix = key.mix, options.outcome = key.outcome;
  options.draws = o.draws.value_or(worlds.study().draws);
  options.jobs = jobs(c);
  const auto info = study::describe(worlds, {});
  const std::string metric = o.metric.empty() ? analysis::kObjective : o.metric, unit = metric_unit(info, metric);
  options.objective = [&](const RunKey& key, const Facts& facts) { return analysis::reduce(info, key, facts)[metric]; };
  ProgressLine line(!c.quiet);
  options.progress = [&](const std::string& phase, int done, int total) { line.show(phase, done, total); };
  const auto rates = study::collect_rates(worlds, cache_dir(c), options.jobs, options.progress);
  auto report = study::value(worlds, rates, options);
  line.clear();
  report.metric = metric, report.unit = unit;
  print(c.json ? analysis::values_to_json(info, report) : analysis::render_values(info, report, terminal_width()));
  return 0;
}

}  // namespace capmix::cli
