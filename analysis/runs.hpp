// Many runs of one study in little memory: of a draw only its metrics as numbers and its training by month; of the run at modes all.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/metrics.hpp"

namespace capmix::analysis {

struct RunNumbers {
  std::vector<double> values;         // in the order of RunSet::metrics(), as far as the run has them
  std::vector<double> trained;        // model FLOP by month
  double value(size_t place) const;   // NaN where it has none
};

class RunSet {
 public:
  // Nearly all runs of a study have the same metrics; one that only some have, because of what happened in them, is NaN in the others.
  void add(const RunKey& key, Metrics metrics);

  const std::vector<Metric>& metrics() const { return metrics_; }  // ids and units; their values mean nothing
  size_t place(const std::string& id) const;                       // throws std::out_of_range for an unknown metric
  const RunNumbers* find(const std::string& mix, const std::string& outcome, int draw) const;  // null: no such run
  const Metrics* modes(const std::string& mix, const std::string& outcome) const;
  std::map<int, const RunNumbers*> draws(const std::string& mix, const std::string& outcome) const;  // without the run at modes
  const std::map<std::string, int>& missing() const { return missing_; }  // "workload on chip: reason" -> runs that met it
  // As better(Metrics, Metrics).
  bool better(const RunNumbers& a, const RunNumbers& b) const;
  double objective(const RunNumbers& run) const { return run.value(objective_); }
  bool meets(const RunNumbers& run) const { return run.value(condition_) == 1; }

 private:
  std::vector<Metric> metrics_;
  std::map<std::string, size_t> places_;
  std::map<RunKey, RunNumbers> runs_;
  std::map<RunKey, Metrics> modes_;
  std::map<std::string, int> missing_;
  size_t objective_ = 0, condition_ = 0;
};

}  // namespace capmix::analysis
