#include "cli/verbs.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "analysis/compare.hpp"
#include "analysis/render.hpp"
#include "cli/output.hpp"
#include "cli/runs.hpp"
#include "cli/version.hpp"
#include "engine/network.hpp"
#include "plan/plan.hpp"
#include "results/dump.hpp"
#include "results/store.hpp"
#include "scenario/scenario.hpp"
#include "study/plans.hpp"
#include "study/runner.hpp"

namespace capmix::cli {
namespace {

namespace fs = std::filesystem;

results::Manifest manifest(const study::Worlds& worlds) {
  results::Manifest m;
  m.version = version();
  m.commit = commit();
  if (!results::names_a_build(m.commit)) m.build = program_hash();
  const std::string simgrid = engine::simgrid_version();  // "SimGrid 3.32.0; settings"
  m.simgrid = simgrid.substr(0, simgrid.find(';'));
  m.settings = simgrid.substr(simgrid.find(';') + 2);
  m.command = command_line();
  m.seed = worlds.study().seed;
  m.inputs = worlds.base().inputs;
  for (const auto& s : worlds.scenarios)
    for (const auto& input : s->inputs)
      if (std::none_of(m.inputs.begin(), m.inputs.end(), [&](const auto& i) { return i.path == input.path; }))
        m.inputs.push_back(input);
  return m;
}

struct Compared {
  analysis::Comparison comparison;
  Ran ran;
};

}  // namespace

Ran run_study(const Common& c, const CompareOptions& o) {
  const auto worlds = study::load(o.study, overrides(c));
  if (!o.csv.empty()) probe_output(o.csv);
  study::RunOptions options;
  options.jobs = jobs(c);
  options.draws = o.draws.value_or(worlds.study().draws);
  options.sampling = study::sampling_of(o.sampling);
  options.mixes = o.mixes;
  options.outcomes = o.outcomes;
  options.cache_dir = cache_dir(c);
  options.db = o.out;
  if (options.db.empty()) {
    options.db = "results/" + worlds.study().id + ".db";
    std::error_code ignored;
    fs::create_directories("results", ignored);  // a failure shows when the file is probed
  }
  if (!o.csv.empty() && fs::weakly_canonical(o.csv) == fs::weakly_canonical(options.db))
    throw InputError(o.csv + ": the comparison and the results would be written to one file (give --csv or --out another name)");
  options.fresh = o.fresh;
  ProgressLine line(!c.quiet);
  options.progress = [&](const std::string& phase, int done, int total) { line.show(phase, done, total); };
  if (!c.quiet) options.estimate = [&](int runs, double seconds) { line.announce(runs, seconds); };
  Ran out{options.db, study::run(worlds, options, manifest(worlds))};
  line.clear();
  return out;
}

namespace {

Compared compare_study(const Common& c, const CompareOptions& o) {
  Compared out;
  out.ran = run_study(c, o);
  out.comparison = analysis::compare(out.ran.db);
  return out;
}

// "408 runs", "96 runs; 312 were there: --fresh runs all".
std::string runs_text(const study::RunReport& report) {
  std::string out = std::to_string(report.runs) + " runs";
  if (report.kept > 0) out += "; " + std::to_string(report.kept) + " were there: --fresh runs all";
  return out;
}

int finish(const Common& c, const CompareOptions& o, const Compared& done) {
  if (!o.csv.empty()) write_whole(o.csv, analysis::to_csv(done.comparison));
  print(c.json ? analysis::to_json(done.comparison) : analysis::render(done.comparison, terminal_width(), o.months));
  if (!c.quiet) std::fprintf(stderr, "results: %s (%s)\n", done.ran.db.c_str(), runs_text(done.ran.report).c_str());
  for (const auto& r : done.ran.report.retried) std::fprintf(stderr, "capmix: run tried twice: %s\n", r.c_str());
  for (const auto& f : done.ran.report.failures) std::fprintf(stderr, "capmix: run failed: %s\n", f.c_str());
  return done.ran.report.failures.empty() ? 0 : 1;
}

}  // namespace

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

int compare(const Common& c, const CompareOptions& o) { return finish(c, o, compare_study(c, o)); }

int run_one(const Common& c, CompareOptions o) {
  const auto worlds = study::load(o.study, overrides(c));
  if (o.mixes.empty()) o.mixes = {worlds.study().mixes.front().id};
  if (o.outcomes.empty()) o.outcomes = {worlds.study().outcomes.front().id};
  if (!o.draws) o.draws = 0;
  return finish(c, o, compare_study(c, o));
}

int facts(const Common&, const FactsOptions& o) {
  if (o.hash) print(results::hash(o.db) + "\n");
  else results::dump(o.db, std::cout);
  return 0;
}

}  // namespace capmix::cli
