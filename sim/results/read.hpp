// Reads a results file. Every function throws InputError when there is none at `path`, when it is not one, or
// when it holds no study; only complete runs are read, in the order of RunKey.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/facts.hpp"
#include "model/profile.hpp"
#include "results/info.hpp"

namespace capmix::results {

StudyInfo read_info(const std::string& path);
std::vector<std::pair<RunKey, Facts>> read_runs(const std::string& path);
// The same, one run in memory at a time.
void each_run(const std::string& path, const std::function<void(const RunKey&, const Facts&)>& visit);
std::vector<std::pair<RunKey, std::string>> read_failures(const std::string& path);  // run and message
// Seconds that a run took, as the file's last command noted; 0 where there is no file, it is none, or it says nothing. Throws nothing.
double read_seconds(const std::string& path);
std::vector<StepProfile> read_profiles(const std::string& path);                     // sorted by key
std::map<std::string, int64_t> read_confidence(const std::string& path);  // input facts per confidence

}  // namespace capmix::results
