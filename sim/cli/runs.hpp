// Running a study into its results file, for the verbs that need the runs.
#pragma once

#include <string>

#include "cli/verbs.hpp"
#include "study/runner.hpp"

namespace capmix::cli {

struct Ran {
  std::string db;                     // results file
  study::RunReport report;
};
Ran run_study(const Common&, const CompareOptions&);

}  // namespace capmix::cli
