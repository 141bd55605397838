// Tables of measured operators, from anyone: how long one product, attention or streaming operator took on one chip,
// beside what the model says of it. Columns chip, operator, m, n, k, precision, seconds, source:
//   gemm       m x k by k x n in `precision`
//   attention  forward, causal: m heads in all (batch x heads), sequences of n, heads of size k
//   stream     m x n elements of `precision`, read and written once; k blank
#pragma once

#include <string>
#include <vector>

#include "import/csv.hpp"
#include "model/study.hpp"

namespace capmix::calibrate {

struct Measured {
  std::string name;   // "gemm 8192 x 8192 x 8192 bf16 on h100-sxm"
  std::string source;
  Seconds measured, predicted;
  double ratio() const { return predicted.value() / measured.value(); }
};

// One per row. A column that lacks, an unknown chip, operator or precision and a figure that is none are problems.
std::vector<Measured> read_measured(const import::CsvTable& table, const Scenario& catalogue, Diagnostics& problems);

struct MeasuredSummary {
  double median = 0, p90 = 0, bias = 0;  // of |ln(model / measured)|; mean of ln
};
MeasuredSummary summarise(const std::vector<Measured>& rows);

}  // namespace capmix::calibrate
