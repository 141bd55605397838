// The plan of the run at modes, for a report: build-out, and money on its way to chips.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/json.hpp"
#include "model/facts.hpp"
#include "results/info.hpp"

namespace capmix::analysis {

// Halls with their tasks: name, start, end, slack (days), critical, note; P10 and P90 of the end over draws, where `ends` has
// it: days since 1970 by "site/hall/task". A date that never comes is null.
Json buildout_json(const Facts& facts, const std::map<std::string, std::vector<double>>& ends = {});

// Money from the mix to chips: `nodes` (id, name, level 0 to 4, kind), `links` (source, target, usd), and the orders
// behind them. What flows into a node flows out of it, but for the first and last. Money of a chip is divided between
// online and not at the horizon in the share in which its delivered chips are; those that stood there before count as online.
Json supply_json(const results::StudyInfo& info, const RunKey& key, const Facts& facts);

}  // namespace capmix::analysis
