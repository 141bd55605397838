// Many worlds at once, in parts if need be: `sweep` and `merge`.
#include <cstdio>

#include "analysis/sweep.hpp"
#include "base/diagnostic.hpp"
#include "cli/output.hpp"
#include "cli/runs.hpp"
#include "cli/verbs.hpp"
#include "results/merge.hpp"
#include "study/runner.hpp"
#include "study/sweep.hpp"

namespace capmix::cli {

int sweep(const Common& c, const SweepOptions& o) {
  const auto axes = study::axes(o.vary, o.sampled > 0);
  const auto plain = study::load(o.study, overrides(c));
  if (!o.metric.empty()) metric_unit(study::describe(plain, {}), o.metric);  // a metric that is none is said before anything runs
  const auto points = o.sampled > 0 ? study::sampled(axes, o.sampled, plain.study().seed) : study::grid(axes);
  const auto worlds = study::sweep(o.study, overrides(c), o.outcomes, axes, points);
  RunFiles files{o.out, o.csv, "", "results/" + plain.study().id + "-sweep"};
  const auto done = run_all(c, o, worlds, files, o.draws.value_or(0));
  if (!done.whole()) return done.status();
  const auto table = analysis::sweep(done.db, o.metric);
  if (!o.csv.empty()) write_whole(o.csv, analysis::sweep_to_csv(table));
  print(c.json ? analysis::sweep_to_json(table) : analysis::render_sweep(table, terminal_width()));
  return done.status();
}

int merge(const Common& c, const MergeOptions& o) {
  const auto done = results::merge(o.files, o.out, o.partial);
  std::string text = o.out + ": " + std::to_string(done.runs) + " runs of " + std::to_string(o.files.size()) + " files";
  if (done.failed > 0) text += ", " + std::to_string(done.failed) + " of them failed";
  if (done.twice > 0) text += ", " + std::to_string(done.twice) + " of them stood in two files alike";
  if (!done.missing.empty()) text += ", " + std::to_string(done.missing.size()) + " missing";
  for (const auto& shard : done.absent) text += " (shard " + shard + ")";
  if (!c.quiet) print(text + "\n");
  return done.failed > 0 || !done.missing.empty() ? 1 : 0;
}

}  // namespace capmix::cli
