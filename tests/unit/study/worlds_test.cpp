// A run is picked by ids, and an id that the study does not have is never taken for another.
#include "study/worlds.hpp"

#include "base/diagnostic.hpp"
#include "catch.hpp"

using namespace capmix;

namespace {

const study::Worlds& worlds() {
  static const study::Worlds w = study::load(std::string(CAPMIX_SOURCE_DIR) + "/analysis/studies/build-speed.toml");
  return w;
}

std::string complaint(const std::string& mix, const std::string& outcome) {
  try {
    study::run_key(worlds(), mix, outcome);
  } catch (const InputError& e) {
    return e.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("ids are places in the study's lists, and none is the first") {
  const auto& s = worlds().study();
  for (size_t i = 0; i < s.mixes.size(); ++i) CHECK(study::mix_index(worlds(), s.mixes[i].id) == i);
  for (size_t i = 0; i < s.outcomes.size(); ++i) CHECK(study::outcome_index(worlds(), s.outcomes[i].id) == i);
  CHECK(study::run_key(worlds(), "", "") == RunKey{s.mixes.front().id, s.outcomes.front().id, -1});
  CHECK(study::run_key(worlds(), s.mixes.back().id, s.outcomes.back().id, 3) == RunKey{s.mixes.back().id, s.outcomes.back().id, 3});
}

TEST_CASE("an unknown id is an error that suggests a near one") {
  CHECK(complaint("h20", "") == "unknown mix \"h20\"; did you mean \"h200\"?");
  CHECK(complaint("", "zzzzzzzz") == "unknown outcome \"zzzzzzzz\"");
}
