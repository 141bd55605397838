#include "study/worlds.hpp"

#include "base/diagnostic.hpp"
#include "scenario/scenario.hpp"

namespace capmix::study {
namespace {

template <class List>
size_t index_of(const List& list, const std::string& id, const char* kind) {
  std::vector<std::string> ids;
  for (const auto& x : list) {
    if (id.empty() || x.id == id) return ids.size();
    ids.push_back(x.id);
  }
  throw InputError("unknown " + std::string(kind) + " \"" + id + "\"" + did_you_mean(id, ids));
}

}  // namespace

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

size_t mix_index(const Worlds& worlds, const std::string& id) { return index_of(worlds.study().mixes, id, "mix"); }
size_t outcome_index(const Worlds& worlds, const std::string& id) {
  return index_of(worlds.swept.empty() ? worlds.study().outcomes : worlds.swept, id, "outcome");
}

Draw draw_of(const Study& study, int draw) { return draw < 0 ? Draw::at_modes() : Draw(study.seed, draw); }

Draw draw_of(const Worlds& worlds, int draw) {
  return draw < 0 ? Draw::at_modes() : Draw(worlds.study().seed, draw, worlds.columns.get());
}

RunKey run_key(const Worlds& worlds, const std::string& mix, const std::string& outcome, int draw) {
  const auto& study = worlds.study();
  return {study.mixes[mix_index(worlds, mix)].id, worlds.outcome(outcome_index(worlds, outcome)).id, draw};
}

}  // namespace capmix::study
