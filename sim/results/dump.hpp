// The canonical dump of a results file: every table by name, rows sorted by all columns, numbers with all
// digits, one row per line. Equal results have equal dumps, whatever the number of workers, the order of runs,
// the time, the command line, the paths of the input files or the version of the build.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "results/read.hpp"

namespace capmix::results {

// Throws InputError as the readers do.
void dump(const std::string& path, std::ostream& out);
// The lines of it that say what was run, and not what came out: tables other than those of runs and facts.
std::vector<std::string> description(const std::string& path);
// Sixteen hexadecimal digits over the lines of the dump.
std::string hash(const std::string& path);

}  // namespace capmix::results
