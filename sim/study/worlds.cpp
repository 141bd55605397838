#include "study/worlds.hpp"

#include "scenario/scenario.hpp"

namespace capmix::study {

Worlds load(const std::string& study_path, const std::vector<std::string>& overrides) {
  const auto base = std::make_shared<const Scenario>(scenario::load(study_path, overrides));
  Worlds worlds;
  for (const auto& outcome : base->study.outcomes) {
    if (outcome.set.empty()) {
      worlds.scenarios.push_back(base);
      continue;
    }
    auto own = overrides;
    own.insert(own.end(), outcome.set.begin(), outcome.set.end());
    worlds.scenarios.push_back(std::make_shared<const Scenario>(scenario::load(study_path, own)));
  }
  return worlds;
}

}  // namespace capmix::study
