#include "study/runner.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "engine/workers.hpp"
#include "fleet/fleet.hpp"
#include "plan/plan.hpp"
#include "results/codec.hpp"
#include "results/read.hpp"

namespace capmix::study {
namespace {

// Indices of `wanted` in the study's list, in the study's order; all when nothing is named.
template <class List>
std::vector<size_t> pick(const List& list, const std::vector<std::string>& wanted, const char* kind) {
  std::vector<std::string> ids;
  for (const auto& x : list) ids.push_back(x.id);
  for (const auto& w : wanted) {
    if (std::count(ids.begin(), ids.end(), w) > 0) continue;
    std::string known;
    for (const auto& id : ids) known += (known.empty() ? "" : ", ") + id;
    throw InputError("unknown " + std::string(kind) + " \"" + w + "\" (the study has " + known + ")" + did_you_mean(w, ids));
  }
  std::vector<size_t> out;
  for (size_t i = 0; i < ids.size(); ++i)
    if (wanted.empty() || std::count(wanted.begin(), wanted.end(), ids[i]) > 0) out.push_back(i);
  return out;
}

struct Place {  // where a run stands in the study
  size_t outcome, mix;
};

Place place_of(const Worlds& worlds, const RunKey& key) {
  return {outcome_index(worlds, key.outcome), mix_index(worlds, key.mix)};
}

std::vector<RunKey> matrix(const Worlds& worlds, const RunOptions& options) {
  const auto& study = worlds.study();
  std::vector<RunKey> runs;
  for (const size_t o : pick(study.outcomes, options.outcomes, "outcome"))
    for (const size_t m : pick(study.mixes, options.mixes, "mix"))
      for (int d = -1; d < options.draws; ++d) runs.push_back({study.mixes[m].id, study.outcomes[o].id, d});
  return runs;
}

// Places of the runs that are still to be done.
std::vector<int> left(const std::vector<RunKey>& runs, const std::set<RunKey>& complete) {
  std::vector<int> out;
  for (size_t i = 0; i < runs.size(); ++i)
    if (complete.count(runs[i]) == 0) out.push_back(static_cast<int>(i));
  return out;
}

// What a run takes, of one process, and how long the rest will.
class Pace {
 public:
  Pace(const RunOptions& options, double before, size_t runs)
      : options_(options), runs_(static_cast<int>(runs)), processes_(std::clamp(static_cast<int>(runs), 1, std::max(1, options.jobs))) {
    if (before > 0) say(before, runs_);
  }
  void done(int runs) {
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count() * processes_ / runs;
    if (runs >= 2 * processes_ && seconds_ * runs >= kEnough * processes_) say(seconds_, runs_ - runs);
  }
  double seconds() const { return seconds_; }

 private:
  static constexpr double kEnough = 1;  // s of wall time from which the first runs say what the others take
  void say(double seconds, int runs) {
    if (!said_ && options_.estimate && runs > 0) options_.estimate(runs, seconds * runs / processes_);
    said_ = true;
  }
  const RunOptions& options_;
  int runs_, processes_;
  bool said_ = false;
  double seconds_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

std::vector<StepProfile> distinct_profiles(const std::vector<RateTable>& tables) {
  std::map<std::string, StepProfile> by_content;
  for (const auto& table : tables)
    for (const auto& [key, profile] : table.rates) by_content.emplace(profile.key, profile);
  std::vector<StepProfile> out;
  for (auto& [key, profile] : by_content) out.push_back(std::move(profile));
  return out;
}

}  // namespace

Plan make_plan(const Worlds& worlds, const RunKey& key) {
  const auto [o, m] = place_of(worlds, key);
  const Scenario& s = *worlds.scenarios[o];
  return plan::make(s, s.study.mixes[m], s.study.outcomes[o], draw_of(worlds, key.draw));
}

Facts simulate(const Worlds& worlds, const std::vector<RateTable>& rates, const RunKey& key) {
  const size_t o = place_of(worlds, key).outcome;
  const Scenario& s = *worlds.scenarios[o];
  const Plan plan = make_plan(worlds, key);
  Facts facts = fleet::simulate(s, plan, rates[o], draw_of(worlds, key.draw));
  plan::record(plan, s, facts);
  return facts;
}

RunReport run(const Worlds& studied, const RunOptions& options, results::Manifest manifest) {
  Worlds worlds = studied;
  worlds.columns = columns(worlds, options.sampling, options.draws);
  const auto runs = matrix(worlds, options);
  results::Store::probe(options.db);
  const auto rates = collect_rates(worlds, options.cache_dir, options.jobs, options.progress);

  const double before = results::read_seconds(options.db);

  // Processes first, then the database: they must not inherit an open one.
  engine::Workers workers(options.jobs, [&](int i) {
    return results::pack(simulate(worlds, rates, runs[static_cast<size_t>(i)]));
  });
  results::Store store(options.db);
  store.begin(describe(worlds, options), manifest, distinct_profiles(rates), worlds.base().facts);

  const auto open = left(runs, options.fresh ? std::set<RunKey>() : store.complete());
  RunReport report;
  report.kept = static_cast<int>(runs.size() - open.size());
  Pace pace(options, before, open.size());
  try {
    workers.run(open, [&](engine::TaskResult r) {
      const RunKey& key = runs[static_cast<size_t>(r.task)];
      if (r.ok) {
        store.write(key, results::unpack(r.bytes));
      } else {
        store.write_failed(key, r.bytes);
        report.failures.push_back(key.text() + ": " + r.bytes);
      }
      if (!r.ended.empty()) report.retried.push_back(key.text() + ": " + r.ended);
      pace.done(++report.runs);
      options.progress("runs", report.kept + report.runs, static_cast<int>(runs.size()));
    });
  } catch (const engine::Interrupted&) {
    throw std::runtime_error("interrupted: " + options.db + " holds " + std::to_string(report.kept + report.runs) + " of " +
                             std::to_string(runs.size()) + " runs; the same command goes on from there");
  }
  if (report.runs > 0) store.took(pace.seconds());
  std::sort(report.failures.begin(), report.failures.end());
  std::sort(report.retried.begin(), report.retried.end());
  return report;
}

}  // namespace capmix::study
