// Joins results files that hold parts of one command's runs (its shards) into one, as if it had run in one place.
#pragma once

#include <string>
#include <vector>

#include "model/facts.hpp"

namespace capmix::results {

struct Merged {
  int runs = 0, failed = 0;      // in the joined file
  int twice = 0;                 // runs that stood in two files, with the same facts
  std::vector<RunKey> missing;   // in the order of the study's runs
  std::vector<std::string> absent;  // shards that nobody gave, as "3/8", where the files say into how many they were cut
};

// Writes `out` beside and renames it. Throws InputError, and leaves `out` as it was, when a file is none of ours, damaged or of another
// schema version; when two files are of different studies, choices of runs, inputs, seeds or builds, naming the first difference; when
// they hold a run with different facts; and, unless `partial`, when runs are missing. A run that failed in one file and is whole in another
// is taken whole.
Merged merge(const std::vector<std::string>& files, const std::string& out, bool partial = false);

}  // namespace capmix::results
