// A study as read, with one Scenario per outcome: an outcome may override single inputs in its world
// (`set` of an [[outcome]]), so the same study can hold two build-out speeds.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/draw.hpp"
#include "model/facts.hpp"
#include "model/study.hpp"
#include "results/info.hpp"

namespace capmix::study {

struct Worlds {
  std::vector<std::shared_ptr<const Scenario>> scenarios;  // by outcome, in the order of the study; shared when equal
  std::shared_ptr<const Columns> columns{};  // of a sampling design; none: every draw is from named streams
  std::vector<Outcome> swept{};              // of a sweep: the outcomes by world, instead of the study's
  std::vector<results::PointInfo> points{};  // likewise: what each of its worlds sets
  const Scenario& base() const { return *scenarios.front(); }
  const Study& study() const { return base().study; }
  size_t outcomes() const { return scenarios.size(); }
  const Outcome& outcome(size_t i) const { return swept.empty() ? scenarios[i]->study.outcomes[i] : swept[i]; }
};

// Reads the study and every world of it. `overrides` are "subject:path=value", as on the command line.
// Throws InputError with every problem of every world.
Worlds load(const std::string& study_path, const std::vector<std::string>& overrides = {});

// Places in the study's lists; "" is the first one. Throw InputError for an unknown id, with a suggestion.
size_t mix_index(const Worlds& worlds, const std::string& id);
size_t outcome_index(const Worlds& worlds, const std::string& id);
// Of a run: every input at its mode for -1, else the draw of the study's seed.
Draw draw_of(const Study& study, int draw);
// The same by the sampling of these worlds.
Draw draw_of(const Worlds& worlds, int draw);
// The run of a mix in an outcome, by the same rules.
RunKey run_key(const Worlds& worlds, const std::string& mix, const std::string& outcome, int draw = -1);

}  // namespace capmix::study
