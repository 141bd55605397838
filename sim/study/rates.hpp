// The rates that fleet runs may need, collected before any of them starts: profiles from the cache by content,
// the missing ones simulated, each in a process of its own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/profile.hpp"
#include "study/worlds.hpp"

namespace capmix::study {

// phase ("profiles", "runs"), done, total.
using Progress = std::function<void(const std::string&, int, int)>;

// One table per outcome, in the study's order. `cache_dir` "" keeps no profiles. At most `jobs` processes. With
// `wanted`, only the rates that it accepts; `quick`: as step::profile says.
std::vector<RateTable> collect_rates(const Worlds& worlds, const std::string& cache_dir, int jobs,
                                     const Progress& progress,
                                     const std::function<bool(const RateKey&)>& wanted = {}, bool quick = false);

}  // namespace capmix::study
