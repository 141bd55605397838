// decide --search: mixes by shares of the chip budget in place of the study's, in rounds (study/share_search.hpp).
#pragma once

#include <string>

#include "analysis/decide.hpp"
#include "cli/runs.hpp"
#include "study/share_search.hpp"

namespace capmix::cli {

// The grid, within what producers can make for this buyer and --most. Throws InputError for an unknown offer, limits that leave no mix, a grid beyond
// --search-runs, and --shard: a round needs all runs of the one before.
study::ShareSearch share_grid(const study::Worlds& worlds, const DecideVerbOptions& o);

// Runs all rounds into one results file. Each takes the neighbours of the mixes that `options` would choose by expected work and by regret; runs that are
// there stay. Ends early when runs failed.
Ran run_search(const Common& c, const DecideVerbOptions& o, const study::Worlds& worlds, study::ShareSearch& search, const analysis::DecideOptions& options);

// Rounds, steps, and which limits bind: the last of them in the mixes that were chosen.
std::string search_text(const Scenario& s, const study::ShareSearch& search, const analysis::Decision& decision, int width);
// The same in a sentence or two, without a heading.
std::string search_summary(const Scenario& s, const study::ShareSearch& search, const analysis::Decision& decision);
// The same in the JSON of a decision.
std::string with_search(const std::string& json, const Scenario& s, const study::ShareSearch& search, const analysis::Decision& decision);

}  // namespace capmix::cli
