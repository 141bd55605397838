// capmix crossover: the same fleet in halls that open early and late, and the curve by hand beside the runs.
#include "analysis/crossover.hpp"

#include <algorithm>
#include <stdexcept>

#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "engine/workers.hpp"
#include "results/codec.hpp"
#include "study/runner.hpp"

namespace capmix::cli {
namespace {

// Mean months from the study's start until a chip is online, each weighted with its BF16 peak; chips that are not by the
// horizon do not count, and those that stand at the start count from there.
analysis::Opening opening(const Plan& plan, const Scenario& s) {
  const Timeline& span = s.study.timeline;
  double weight = 0, sum = 0;
  for (const auto& pod : plan.pods) {
    if (pod.online >= span.end()) continue;
    const auto& peaks = s.chips[pod.chip].peak;
    const auto peak = peaks.find(Precision::bf16);
    const double w = pod.chips * (peak == peaks.end() ? 0 : peak->second.value());
    weight += w, sum += w * std::max(0.0, (pod.online - span.start()).n) / kDaysPerMonth;
  }
  if (weight <= 0)
    throw InputError("mix " + plan.mix + " in outcome " + plan.outcome + " has no chip online by the horizon (nothing to compare)");
  return {sum / weight, weight};
}

// Runs at modes, in the order of `keys`.
std::vector<Facts> simulate(const study::Worlds& worlds, const Common& c, const std::vector<RunKey>& keys) {
  ProgressLine line(!c.quiet);
  const auto progress = [&](const std::string& phase, int done, int total) { line.show(phase, done, total); };
  const auto rates = study::collect_rates(worlds, cache_dir(c), jobs(c), progress);
  engine::Workers workers(jobs(c), [&](int i) {
    return results::pack(study::simulate(worlds, rates, keys[static_cast<size_t>(i)]));
  });
  std::vector<Facts> out(keys.size());
  std::string failures;
  int done = 0;
  workers.run(keys.size(), [&](const engine::TaskResult& r) {
    if (r.ok) out[static_cast<size_t>(r.task)] = results::unpack(r.bytes);
    else failures += keys[static_cast<size_t>(r.task)].text() + ": " + r.bytes + "\n";
    progress("runs", ++done, static_cast<int>(keys.size()));
  });
  line.clear();
  if (!failures.empty()) throw std::runtime_error("run failed: " + failures);
  return out;
}

}  // namespace

int crossover(const Common& c, const CrossoverOptions& o) {
  const auto worlds = study::load(o.study, overrides(c));
  const auto& study = worlds.study();
  const size_t mix = study::mix_index(worlds, o.mix), early = study::outcome_index(worlds, o.fast);
  if (o.slow.empty() && worlds.outcomes() < 2) throw InputError("the study has 1 outcome (a crossover compares two)");
  const size_t late = o.slow.empty() ? 1 : study::outcome_index(worlds, o.slow);
  const std::string fast = study.outcomes[early].id, slow = study.outcomes[late].id;
  if (fast == slow) throw InputError("--fast and --slow are both \"" + fast + "\" (a crossover compares two outcomes)");
  auto mixes = study.mixes;  // the one that is asked about first
  std::stable_partition(mixes.begin(), mixes.end(), [&](const Mix& m) { return m.id == study.mixes[mix].id; });
  std::vector<RunKey> keys;
  for (const auto& m : mixes) keys.push_back({m.id, fast, -1}), keys.push_back({m.id, slow, -1});

  const auto opens_fast = opening(study::make_plan(worlds, keys[0]), *worlds.scenarios[early]);
  const auto opens_slow = opening(study::make_plan(worlds, keys[1]), *worlds.scenarios[late]);
  if (opens_fast.months > opens_slow.months)
    throw InputError("in outcome \"" + fast + "\" chips come online later than in \"" + slow + "\" (give them to --slow and --fast)");
  auto facts = simulate(worlds, c, keys);
  std::vector<analysis::BuildRuns> runs;
  for (size_t i = 0; i < mixes.size(); ++i)
    runs.push_back({mixes[i].id, mixes[i].name, std::move(facts[2 * i]), std::move(facts[2 * i + 1])});
  const auto info = study::describe(worlds, {});
  auto x = analysis::crossover(info, runs, opens_fast, opens_slow);
  x.fast_name = worlds.outcome(early).name, x.slow_name = worlds.outcome(late).name;
  print(c.json ? analysis::crossover_to_json(info, x) : analysis::render_crossover(info, x, terminal_width()));
  return 0;
}

}  // namespace capmix::cli
