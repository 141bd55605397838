// Reads a results file. Every function throws InputError when there is none at `path`, when it is not one, or
// when it holds no study; only complete runs are read, in the order of RunKey.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/facts.hpp"
#include "model/profile.hpp"
#include "model/provenance.hpp"
#include "results/info.hpp"

namespace capmix::results {

StudyInfo read_info(const std::string& path);
std::vector<std::pair<RunKey, Facts>> read_runs(const std::string& path);
// The same, one run in memory at a time.
void each_run(const std::string& path, const std::function<void(const RunKey&, const Facts&)>& visit);
std::vector<std::pair<RunKey, std::string>> read_failures(const std::string& path);  // run and message
// Seconds that a run took, as the file's last command noted; 0 where there is no file, it is none, or it says nothing. Throws nothing.
double read_seconds(const std::string& path);
// What the file says of the difference between quick and full runs; "": they are full, or it says nothing.
std::string read_gap(const std::string& path);
// Facts of those of some runs that are whole, sorted by key.
std::vector<std::pair<RunKey, Facts>> read_runs(const std::string& path, const std::set<RunKey>& keys);
std::vector<StepProfile> read_profiles(const std::string& path);                     // sorted by key
std::map<std::string, int64_t> read_confidence(const std::string& path);  // input facts per confidence
std::vector<Fact> read_input_facts(const std::string& path);                         // by subject and path
std::vector<std::pair<std::string, std::string>> read_manifest(const std::string& path);     // key and value, by key
std::vector<std::pair<std::string, std::string>> read_input_files(const std::string& path);  // path and hash, by path

}  // namespace capmix::results
