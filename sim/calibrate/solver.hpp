// Ceres as every fit uses it.
#pragma once

#include <ceres/ceres.h>

namespace capmix::calibrate {

// In one thread, since the order of sums decides the last digits. Returns the iterations taken.
inline int solve(ceres::Problem& problem, int most_iterations, double tolerance) {
  ceres::Solver::Options options;
  options.linear_solver_type = ceres::DENSE_QR;
  options.max_num_iterations = most_iterations;
  options.num_threads = 1;
  options.function_tolerance = tolerance;
  options.logging_type = ceres::SILENT;
  ceres::Solver::Summary summary;
  ceres::Solve(options, &problem, &summary);
  return static_cast<int>(summary.iterations.size());
}

}  // namespace capmix::calibrate
