#include "cli/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>

#include "analysis/metrics.hpp"
#include "base/diagnostic.hpp"
#include "cli/output.hpp"
#include "cli/version.hpp"
#include "engine/network.hpp"
#include "results/read.hpp"
#include "results/store.hpp"

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

// "3/8" into 3 and 8.
void read_shard(const std::string& text, study::RunOptions& options) {
  const size_t slash = text.find('/');
  const auto whole = [&](size_t from, size_t to, int& n) {
    const auto [end, error] = std::from_chars(text.data() + from, text.data() + to, n);
    return error == std::errc() && end == text.data() + to;
  };
  const bool read = slash != std::string::npos && whole(0, slash, options.shard) && whole(slash + 1, text.size(), options.shards);
  if (!read || options.shard < 1 || options.shard > options.shards)
    throw InputError("--shard: error: is \"" + text + "\" (expected K/N, such as 3/8 for the third of eight parts)");
}

// Only powers of two of its first points fill the cube evenly.
void check_power(int draws) {
  int below = 1;
  while (below <= draws / 2) below *= 2;
  if (draws > 0 && draws != below)
    throw InputError(fmt::format("--sampling sobol: error: of {} draws (expected a power of two, the nearest are {} and {}: --draws)", draws, below, int64_t{2} * below));
}

// "408 runs", "96 runs; 312 were there: --fresh runs all".
std::string runs_text(const study::RunReport& report) {
  std::string out = std::to_string(report.runs) + " runs";
  if (report.kept > 0) out += "; " + std::to_string(report.kept) + " were there: --fresh runs all";
  return out;
}

// Runs of the study, evenly from first to last.
std::vector<RunKey> sample(const std::vector<RunKey>& runs) {
  constexpr size_t kRuns = 24;
  std::vector<RunKey> out;
  for (size_t i = 0; i < std::min(kRuns, runs.size()); ++i) out.push_back(runs[i * runs.size() / std::min(kRuns, runs.size())]);
  return out;
}

// How far quick runs are from full ones, on a sample: of each headline metric the mean difference, with its sign, and the largest.
std::string quick_gap(const study::Worlds& worlds, const study::RunOptions& options) {
  const auto info = study::describe(worlds, options);
  const auto keys = sample(info.runs());
  const auto full = study::simulate_full(worlds, options, keys);
  std::map<RunKey, analysis::Metrics> quick;
  for (const auto& [key, facts] : results::read_runs(options.db, {keys.begin(), keys.end()})) quick[key] = analysis::reduce(info, key, facts);
  constexpr double kRounding = 1e-9;
  std::string text;
  bool equal = true;
  for (const char* id : {analysis::kObjective, "rec.served", "cost.usd_per_ttoken", "ledger.useful"}) {
    double sum = 0, most = 0;
    int runs = 0;
    for (size_t i = 0; i < keys.size(); ++i) {
      const auto at = quick.find(keys[i]);
      const double a = at == quick.end() ? NAN : at->second[id], b = analysis::reduce(info, keys[i], full[i])[id];
      if (!std::isfinite(a) || !std::isfinite(b) || b == 0) continue;
      sum += a / b - 1, most = std::max(most, std::fabs(a / b - 1)), ++runs;
    }
    if (runs == 0) continue;
    equal = equal && most < kRounding;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", id, most < kRounding ? "no difference beyond rounding" : fmt::format("{:+.2g} % in the mean, {:.2g} % at most", 100 * sum / runs, 100 * most));
  }
  if (text.empty()) text = "nothing to compare";
  else if (equal) text = "no difference beyond rounding";
  const bool means = std::any_of(worlds.scenarios.begin(), worlds.scenarios.end(), [](const auto& s) { return study::coarse_failures(*s); });
  return fmt::format("Quick: steps by closed form{}. Against {} full runs: {}.", means ? ", strikes on pods and gangs in expectation" : "", keys.size(), text);
}

}  // namespace

std::pair<std::string, std::vector<RunKey>> known_gap(const std::string& db) {
  std::error_code ignored;
  if (!fs::exists(db, ignored)) return {};
  try {
    return {results::read_gap(db), results::read_info(db).runs()};
  } catch (const std::exception&) {
    return {};  // run() says what is wrong with the file
  }
}

Ran run_all(const Common& c, const CompareOptions& o, const study::Worlds& worlds, const RunFiles& files, int draws) {
  study::RunOptions options;
  options.jobs = jobs(c), options.draws = draws, options.fresh = o.fresh, options.quick = o.quick;
  options.sampling = study::sampling_of(o.sampling);
  if (options.sampling == study::Sampling::sobol) check_power(draws);
  options.mixes = o.mixes, options.outcomes = o.outcomes, options.held = files.held;
  options.cache_dir = cache_dir(c);
  if (!o.shard.empty()) read_shard(o.shard, options);
  options.db = files.out;
  if (options.db.empty()) {
    options.db = files.otherwise + (options.shards > 1 ? ".shard-" + std::to_string(options.shard) + "-of-" + std::to_string(options.shards) : "") + ".db";
    std::error_code ignored;
    fs::create_directories(fs::path(options.db).parent_path(), ignored);  // a failure shows when the file is probed
  }
  if (!files.csv.empty()) {
    probe_output(files.csv);
    if (fs::weakly_canonical(files.csv) == fs::weakly_canonical(options.db))
      throw InputError(files.csv + ": the table and the results would be written to one file (give --csv or --out another name)");
    if (options.shards > 1) throw InputError("--csv: error: a shard has no table of its own (capmix merge joins shards)");
  }
  if (!files.report.empty()) {
    if (fs::weakly_canonical(files.report) == fs::weakly_canonical(options.db))
      throw InputError(files.report + ": the report and the results would be written to one file (give --report or --out another name)");
    if (!files.csv.empty() && fs::weakly_canonical(files.report) == fs::weakly_canonical(files.csv))
      throw InputError(files.report + ": the report and the table would be written to one file (give --report or --csv another name)");
    if (options.shards > 1) throw InputError("--report: error: a shard has no report of its own (capmix merge joins shards)");
  }
  ProgressLine line(!c.quiet);
  options.progress = [&](const std::string& phase, int done, int total) { line.show(phase, done, total); };
  if (!c.quiet) options.estimate = [&](int runs, double seconds) { line.announce(runs, seconds); };
  Ran out;
  const auto [gap, of] = options.quick && files.gap ? known_gap(options.db) : std::pair<std::string, std::vector<RunKey>>();
  out.report = study::run(worlds, options, manifest(worlds));
  if (options.quick && options.shards == 1 && files.gap) {
    const bool stands = out.report.runs == 0 && !gap.empty() && of == study::describe(worlds, options).runs();  // full runs may take longer than quick ones did
    results::Store(options.db).gap(stands ? gap : quick_gap(worlds, options));
  }
  line.clear();
  out.db = options.db, out.shards = options.shards;
  if (!c.quiet) std::fprintf(stderr, "results: %s (%s)\n", out.db.c_str(), runs_text(out.report).c_str());
  for (const auto& r : out.report.retried) std::fprintf(stderr, "capmix: run tried twice: %s\n", r.c_str());
  for (const auto& f : out.report.failures) std::fprintf(stderr, "capmix: run failed: %s\n", f.c_str());
  return out;
}

}  // namespace capmix::cli
