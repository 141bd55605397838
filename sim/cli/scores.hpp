// What `capmix validate --csv` wrote, read again.
#pragma once

#include <string>
#include <vector>

#include "model/score.hpp"

namespace capmix::cli {

// Throws InputError with every problem: no such file, other columns, a value that is no number. The sign of an error is not in
// the file, nor is the set-up that a row belongs to: only sizes of errors, and trust ranges, can be made of it.
std::vector<Score> read_scores(const std::string& path);

}  // namespace capmix::cli
