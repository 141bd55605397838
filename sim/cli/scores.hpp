// What `capmix validate --csv` and `capmix sensitivity --json` wrote, read again.
#pragma once

#include <string>
#include <vector>

#include "analysis/report.hpp"
#include "model/score.hpp"

namespace capmix::cli {

// Throws InputError with every problem: no such file, other columns, a value that is no number. The sign of an error is not in
// the file, nor is the set-up that a row belongs to: only sizes of errors, and trust ranges, can be made of it.
std::vector<Score> read_scores(const std::string& path);

// One tornado for each output, widest bar first. Throws InputError when there is no such file, when it is none that `capmix
// sensitivity --json` wrote, or when it is of another study or outcome than the results.
std::vector<analysis::Tornado> read_tornados(const std::string& path, const results::StudyInfo& results);

}  // namespace capmix::cli
