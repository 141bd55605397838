// What the jobs of a log do on the parts of a cluster, where the log's works are known: run times from steps, and what a gang is left with
// over several pods, both as sim/step played them (model/gang_rates.hpp) and a rate table holds them.
#pragma once

#include <string>
#include <vector>

#include "fleet/desk.hpp"
#include "model/facts.hpp"
#include "model/gang_rates.hpp"
#include "model/profile.hpp"

namespace capmix::fleet {

// What a part of the cluster is made of, by ids.
struct PartPlace {
  std::string chip, node, fabric;
};

struct LogRates {
  std::vector<JobSpec> jobs{};            // as the log's, with run times from steps where they were wanted
  std::vector<std::vector<GangRates>> gangs{};  // by work, part
  std::vector<MissingRate> missing{};     // one per work and node, with the widths
  // Jobs whose run time was to come from steps: from them; by what the log says otherwise, since their width has no rate; with nothing to
  // go by, which no part takes.
  size_t by_steps = 0, by_duration = 0, refused = 0;
};

// A job's run time is that on the first part where its width has a rate; on the others it runs at the ratio of their steps, and not where its
// width has none. Such ratios stand in the place of a part's `rate`. The user's estimate becomes longer or shorter as the run time does; where neither is told, it is the run time x `guess`.
LogRates log_rates(const JobLogWork& log, const std::vector<PartPlace>& places, const RateTable& table);

}  // namespace capmix::fleet
