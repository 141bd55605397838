#include "cli/verbs.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "analysis/compare.hpp"
#include "analysis/render.hpp"
#include "cli/output.hpp"
#include "cli/report_page.hpp"
#include "cli/runs.hpp"
#include "cli/scores.hpp"
#include "plan/plan.hpp"
#include "results/dump.hpp"
#include "scenario/scenario.hpp"
#include "study/plans.hpp"
#include "study/runner.hpp"

namespace capmix::cli {

std::vector<std::string> overrides(const Common& c) {
  auto set = c.set;
  if (c.seed) set.push_back("study:seed=" + std::to_string(*c.seed));
  return set;
}

int jobs(const Common& c) { return c.jobs > 0 ? c.jobs : std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

// The user's cache directory, unless told otherwise; "" keeps none.
std::string cache_dir(const Common& c) {
  if (c.cache == "none") return "";
  if (!c.cache.empty()) return c.cache;
  if (const char* x = std::getenv("XDG_CACHE_HOME"); x != nullptr && *x != '\0') return std::string(x) + "/capmix/profiles";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return std::string(home) + "/.cache/capmix/profiles";
  return "";
}

int check(const Common& c, const CheckOptions& o) {
  Diagnostics problems;
  const auto summary = scenario::check(o.files, problems);
  if (!problems.ok()) throw InputError(problems);
  print(scenario::describe(summary, c.json));
  return 0;
}

int plan(const Common& c, const PlanOptions& o) {
  const auto worlds = study::load(o.study, overrides(c));
  const RunKey key = study::run_key(worlds, o.mix, o.outcome, o.draw);
  study::RunOptions options;
  options.draws = worlds.study().draws;
  const auto info = study::describe(worlds, options);
  if (o.draws > 0) {
    ProgressLine line(!c.quiet);
    const auto progress = [&](const std::string& phase, int done, int total) { line.show(phase, done, total); };
    const auto draws = study::draw_plans(worlds, {key.mix, key.outcome, o.draws, jobs(c), o.binding, progress});
    line.clear();
    print(c.json ? analysis::plan_draws_to_json(info, draws) : analysis::render_plan_draws(info, draws, terminal_width()));
    return 0;
  }
  const Scenario& scenario = *worlds.scenarios[study::outcome_index(worlds, key.outcome)];
  Facts facts;
  plan::record(study::make_plan(worlds, key), scenario, facts);
  if (c.json) print(analysis::plan_to_json(info, key, facts));
  else print(o.gantt ? analysis::render_gantt(info, key, facts, terminal_width()) : analysis::render_plan(info, key, facts, terminal_width()));
  return 0;
}

int compare(const Common& c, const CompareOptions& o) {
  const auto worlds = study::load(o.study, overrides(c));
  if (!o.report.empty()) probe_report(o.report);
  if (!o.scores.empty()) read_scores(o.scores);  // its problems now, not after the runs
  const auto done = run_all(c, o, worlds, {o.out, o.csv, o.report, "results/" + worlds.study().id}, o.draws.value_or(worlds.study().draws));
  if (!done.whole()) return done.status();
  const auto comparison = analysis::compare(done.db);
  if (!o.csv.empty()) write_whole(o.csv, analysis::to_csv(comparison));
  if (!o.report.empty()) write_report(c, done.db, o.report, {o.scores, "", {}, {}, &worlds});
  print(c.json ? analysis::to_json(comparison) : analysis::render(comparison, terminal_width(), o.months));
  return done.status();
}

int run_one(const Common& c, CompareOptions o) {
  const auto worlds = study::load(o.study, overrides(c));
  if (o.mixes.empty()) o.mixes = {worlds.study().mixes.front().id};
  if (o.outcomes.empty()) o.outcomes = {worlds.study().outcomes.front().id};
  if (!o.draws) o.draws = 0;
  return compare(c, o);
}

int facts(const Common&, const FactsOptions& o) {
  if (o.hash) print(results::hash(o.db) + "\n");
  else results::dump(o.db, std::cout);
  return 0;
}

}  // namespace capmix::cli
