#include "solve/linear.hpp"

#include <coin/ClpSimplex.hpp>
#include <coin/CoinPackedMatrix.hpp>

#include <cmath>

namespace capmix::solve {
namespace {

double bound(double x) { return std::isinf(x) ? (x > 0 ? COIN_DBL_MAX : -COIN_DBL_MAX) : x; }

std::vector<double> bounds(const std::vector<double>& of) {
  std::vector<double> out;
  for (const double x : of) out.push_back(bound(x));
  return out;
}

}  // namespace

int LinearProgram::column(double gain_of, double most_of) {
  gain.push_back(gain_of), most.push_back(most_of);
  return static_cast<int>(gain.size()) - 1;
}

int LinearProgram::row(double low_of, double high_of) {
  low.push_back(low_of), high.push_back(high_of);
  return static_cast<int>(low.size()) - 1;
}

LinearAnswer solve(const LinearProgram& p) {
  const auto columns = static_cast<int>(p.gain.size()), rows = static_cast<int>(p.low.size());
  std::vector<int> at_row, at_column;
  std::vector<double> values;
  for (const auto& e : p.entries) at_row.push_back(e.row), at_column.push_back(e.column), values.push_back(e.value);
  CoinPackedMatrix matrix(true, at_row.data(), at_column.data(), values.data(), static_cast<CoinBigIndex>(values.size()));
  matrix.setDimensions(rows, columns);
  const std::vector<double> zero(p.gain.size(), 0), most = bounds(p.most), low = bounds(p.low), high = bounds(p.high);
  ClpSimplex model;
  model.setLogLevel(0);
  model.setOptimizationDirection(-1);
  model.loadProblem(matrix, zero.data(), most.data(), p.gain.data(), low.data(), high.data());
  model.dual();
  LinearAnswer out;
  out.optimal = model.isProvenOptimal();
  if (!out.optimal) return out;
  out.value = model.objectiveValue();
  const double* x = model.primalColumnSolution();
  out.x.assign(x, x + columns);
  return out;
}

}  // namespace capmix::solve
