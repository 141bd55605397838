#include "study/rates.hpp"

#include <map>
#include <optional>
#include <stdexcept>

#include "engine/workers.hpp"
#include "step/cache.hpp"
#include "step/step.hpp"

namespace capmix::study {
namespace {

// A profile to find: the first world and key that ask for its content.
struct Wanted {
  const Scenario* scenario;
  RateKey key;
  std::string content;
};

std::map<std::string, StepProfile> simulate(const std::vector<Wanted>& wanted, int jobs, const Progress& progress, bool quick) {
  std::map<std::string, StepProfile> found;
  if (wanted.empty()) return found;
  engine::Workers workers(jobs, [&](int i) {
    return step::to_json(step::profile(*wanted[static_cast<size_t>(i)].scenario, wanted[static_cast<size_t>(i)].key, quick));
  });
  std::string failures;
  int done = 0;
  workers.run(wanted.size(), [&](engine::TaskResult r) {
    const auto& w = wanted[static_cast<size_t>(r.task)];
    if (r.ok) found.emplace(w.content, step::from_json(r.bytes));
    else failures += "step profile of " + w.key.workload + " on " + w.key.nodes.front() + " failed: " + r.bytes + "\n";
    progress("profiles", ++done, static_cast<int>(wanted.size()));
  });
  if (!failures.empty()) throw std::runtime_error(failures);
  return found;
}

}  // namespace

std::vector<RateTable> collect_rates(const Worlds& worlds, const std::string& cache_dir, int jobs,
                                     const Progress& progress,
                                     const std::function<bool(const RateKey&)>& accept, bool quick) {
  std::optional<step::Cache> cache;
  if (!cache_dir.empty()) cache.emplace(cache_dir);

  std::map<std::string, StepProfile> profiles;  // by content
  std::map<const Scenario*, std::map<RateKey, std::string>> contents;
  std::vector<Wanted> wanted;
  for (const auto& scenario : worlds.scenarios) {
    if (contents.count(scenario.get()) > 0) continue;
    for (const auto& key : step::needed(*scenario)) {
      if (accept && !accept(key)) continue;
      const std::string content = step::content_key(*scenario, key, quick);
      contents[scenario.get()][key] = content;
      if (profiles.count(content) > 0) continue;
      StepProfile& slot = profiles[content];
      if (!cache || !cache->load(content, slot)) wanted.push_back({scenario.get(), key, content});
    }
  }
  for (auto& [content, profile] : simulate(wanted, jobs, progress, quick)) {
    if (cache) cache->store(profile);
    profiles[content] = std::move(profile);
  }

  std::vector<RateTable> tables;
  for (const auto& scenario : worlds.scenarios) {
    RateTable& table = tables.emplace_back();
    for (const auto& [key, content] : contents[scenario.get()]) table.rates[key] = profiles[content];
  }
  return tables;
}

}  // namespace capmix::study
