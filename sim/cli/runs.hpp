// What the verbs share that run many worlds into a results file.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/verbs.hpp"
#include "study/runner.hpp"

namespace capmix::cli {

struct RunFiles {
  std::string out, csv, report;  // "": none was named
  std::string otherwise;     // stem of the results file then
  bool gap = true;           // of quick runs: measure how far they are from full ones
  std::set<std::string> held{};  // mixes, ids, whose runs stay as they are (study/runner.hpp)
};

struct Ran {
  study::RunReport report;
  std::string db;
  int shards = 1;
  bool whole() const { return shards == 1; }  // else there is nothing to compare yet
  int status() const { return report.failures.empty() ? 0 : 1; }
};

// What a results file says of how far its quick runs are from full ones, and of which runs it says so; nothing of one that is not there or cannot be read.
std::pair<std::string, std::vector<RunKey>> known_gap(const std::string& db);

// Runs what the file does not hold yet, and says on standard error what was done, retried and failed. Throws InputError for files that
// cannot be written, before any run.
Ran run_all(const Common& c, const CompareOptions& o, const study::Worlds& worlds, const RunFiles& files, int draws);

}  // namespace capmix::cli
