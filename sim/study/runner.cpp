#include "study/runner.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "engine/workers.hpp"
#include "fleet/mean_failures.hpp"
#include "plan/plan.hpp"
#include "results/codec.hpp"
#include "results/read.hpp"
#include "study/drawn_rates.hpp"
#include "study/lean.hpp"

namespace capmix::study {
namespace {

// Throws InputError for an id that the study does not have.
template <class List>
void check_known(const List& list, const std::vector<std::string>& wanted, const char* kind) {
  std::vector<std::string> ids;
  for (const auto& x : list) ids.push_back(x.id);
  for (const auto& w : wanted) {
    if (std::count(ids.begin(), ids.end(), w) > 0) continue;
    std::string known;
    for (const auto& id : ids) known += (known.empty() ? "" : ", ") + id;
    throw InputError("unknown " + std::string(kind) + " \"" + w + "\" (the study has " + known + ")" + did_you_mean(w, ids));
  }
}

struct Place {  // where a run stands in the study
  size_t outcome, mix;
};

Place place_of(const Worlds& worlds, const RunKey& key) {
  return {outcome_index(worlds, key.outcome), mix_index(worlds, key.mix)};
}

// Places of the shard's runs.
std::vector<int> of_shard(size_t runs, const RunOptions& options) {
  std::vector<int> out;
  for (size_t i = static_cast<size_t>(options.shard - 1); i < runs; i += static_cast<size_t>(options.shards)) out.push_back(static_cast<int>(i));
  return out;
}

// Those that are still to be done.
std::vector<int> left(const std::vector<RunKey>& runs, std::vector<int> places, const std::set<RunKey>& complete) {
  places.erase(std::remove_if(places.begin(), places.end(), [&](int i) { return complete.count(runs[static_cast<size_t>(i)]) > 0; }), places.end());
  return places;
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
  return plan::make(s, s.study.mixes[m], worlds.outcome(o), draw_of(worlds, key.draw));
}

Facts simulate(const Worlds& worlds, const std::vector<RateTable>& rates, const RunKey& key, bool coarse) {
  const size_t o = place_of(worlds, key).outcome;
  const Scenario& s = *worlds.scenarios[o];
  const Plan plan = make_plan(worlds, key);
  Facts facts = simulate_fleet(s, plan, rates[o], draw_of(worlds, key.draw), coarse);
  plan::record(plan, s, facts);
  return facts;
}

bool coarse_failures(const Scenario& scenario) { return fleet::takes_means(scenario); }

std::vector<Facts> simulate_full(const Worlds& studied, const RunOptions& options, const std::vector<RunKey>& keys) {
  Worlds worlds = studied;
  worlds.columns = columns(worlds, options.sampling, options.draws);
  const auto rates = collect_rates(worlds, options.cache_dir, options.jobs, options.progress);
  engine::Workers workers(options.jobs, [&](int i) { return results::pack(simulate(worlds, rates, keys[static_cast<size_t>(i)])); });
  std::vector<Facts> out(keys.size());
  std::string failures;
  workers.run(keys.size(), [&](engine::TaskResult r) {
    const auto i = static_cast<size_t>(r.task);
    if (r.ok) out[i] = results::unpack(r.bytes);
    else failures += keys[i].text() + ": " + r.bytes + "\n";
  });
  if (!failures.empty()) throw std::runtime_error(failures);
  return out;
}

RunReport run(const Worlds& studied, const RunOptions& options, results::Manifest manifest) {
  Worlds worlds = studied;
  worlds.columns = columns(worlds, options.sampling, options.draws);
  check_known(worlds.study().mixes, options.mixes, "mix");
  if (worlds.swept.empty()) check_known(worlds.study().outcomes, options.outcomes, "outcome");
  results::Store::probe(options.db);
  auto info = describe(worlds, options);
  weigh(info, worlds);
  const auto runs = info.runs();
  auto own = of_shard(runs.size(), options);
  own.erase(std::remove_if(own.begin(), own.end(), [&](int i) { return options.held.count(runs[static_cast<size_t>(i)].mix) > 0; }), own.end());
  if (options.shards > 1) manifest.shard = std::to_string(options.shard) + "/" + std::to_string(options.shards);
  const auto rates = collect_rates(worlds, options.cache_dir, options.jobs, options.progress, {}, options.quick);

  const double before = results::read_seconds(options.db);

  // Processes first, then the database: they must not inherit an open one.
  engine::Workers workers(options.jobs, [&](int i) {
    const RunKey& key = runs[static_cast<size_t>(i)];
    Facts facts = simulate(worlds, rates, key, options.quick);
    return results::pack(options.quick && key.draw >= 0 ? lean(std::move(facts), info.reference) : facts);
  });
  results::Store store(options.db);
  store.begin(info, manifest, distinct_profiles(rates), worlds.base().facts);

  const auto open = left(runs, own, options.fresh ? std::set<RunKey>() : store.complete());
  RunReport report;
  report.kept = static_cast<int>(own.size() - open.size());
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
      options.progress("runs", report.kept + report.runs, static_cast<int>(own.size()));
    });
  } catch (const engine::Interrupted&) {
    throw std::runtime_error("interrupted: " + options.db + " holds " + std::to_string(report.kept + report.runs) + " of " +
                             std::to_string(own.size()) + " runs; the same command goes on from there");
  }
  if (report.runs > 0) store.took(pace.seconds());
  else if (before > 0) store.took(before);
  std::sort(report.failures.begin(), report.failures.end());
  std::sort(report.retried.begin(), report.retried.end());
  return report;
}

}  // namespace capmix::study
