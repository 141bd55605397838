#include "analysis/runs.hpp"

#include <limits>
#include <set>
#include <stdexcept>

#include "analysis/compare.hpp"

namespace capmix::analysis {

double RunNumbers::value(size_t place) const { return place < values.size() ? values[place] : std::numeric_limits<double>::quiet_NaN(); }

void RunSet::add(const RunKey& key, Metrics m) {
  std::set<std::string> missing;
  for (const auto& x : m.missing) missing.insert(x.workload + " on " + x.chip + ": " + x.reason);
  for (const auto& text : missing) ++missing_[text];
  RunNumbers& run = runs_[key];
  run.values.assign(metrics_.size(), std::numeric_limits<double>::quiet_NaN());
  for (size_t i = 0; i < m.values.size(); ++i) {
    const Metric& x = m.values[i];
    // Most often the i-th is where it was before.
    const size_t at = i < metrics_.size() && metrics_[i].id == x.id ? i : places_.emplace(x.id, metrics_.size()).first->second;
    if (at == metrics_.size()) metrics_.push_back(x), run.values.push_back(x.value);
    else run.values[at] = x.value;
  }
  if (objective_ == condition_) objective_ = place(kObjective), condition_ = place(kCondition);
  run.trained = m.trained;
  if (key.draw < 0) modes_[key] = std::move(m);
}

size_t RunSet::place(const std::string& id) const {
  const auto it = places_.find(id);
  if (it == places_.end()) throw std::out_of_range("no metric " + id);
  return it->second;
}

const RunNumbers* RunSet::find(const std::string& mix, const std::string& outcome, int draw) const {
  const auto it = runs_.find({mix, outcome, draw});
  return it == runs_.end() ? nullptr : &it->second;
}

const Metrics* RunSet::modes(const std::string& mix, const std::string& outcome) const {
  const auto it = modes_.find({mix, outcome, -1});
  return it == modes_.end() ? nullptr : &it->second;
}

std::map<int, const RunNumbers*> RunSet::draws(const std::string& mix, const std::string& outcome) const {
  std::map<int, const RunNumbers*> out;
  for (auto it = runs_.lower_bound({mix, outcome, 0}); it != runs_.end() && it->first.mix == mix && it->first.outcome == outcome; ++it)
    out[it->first.draw] = &it->second;
  return out;
}

bool RunSet::better(const RunNumbers& a, const RunNumbers& b) const {
  if (meets(a) != meets(b)) return meets(a);
  return ahead(objective(a), objective(b));
}

}  // namespace capmix::analysis
