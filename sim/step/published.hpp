// Predicted against published. Reads a case file (columns of tests/published/cases.csv: model shape, hardware,
// parallel plan, batch, result) and scores every case that the step simulation covers; the others keep their reason.
#pragma once

#include <string>
#include <vector>

#include "import/csv.hpp"
#include "model/study.hpp"

namespace capmix::step {

struct Score {
  std::string case_id, group, workload, hardware;
  double predicted = 0, measured = 0;  // in `unit`
  std::string unit;
  double ratio = 0;                    // predicted / measured
  double low = 0, high = 0;            // of the prediction, from the range of the efficiencies
  bool calibrated_on = false;          // the case was used to fit the efficiencies it is predicted with
  bool in_range = false;               // low <= measured <= high
  std::string reason;                  // why it is not scored, or what was assumed
  bool scored() const { return predicted > 0; }
};

// One score per row, in the file's order. `catalogue` supplies chips, nodes and efficiencies. A file without the
// columns that every case needs is a problem.
std::vector<Score> score(const import::CsvTable& cases, const Scenario& catalogue, Diagnostics& problems);

}  // namespace capmix::step
