#include "analysis/runs.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "analysis/compare.hpp"

namespace capmix::analysis {

void RunSet::add(const RunKey& key, Metrics m) {
  const auto same = [](const Metric& a, const Metric& b) { return a.id == b.id; };
  if (metrics_.empty()) {
    metrics_ = m.values;
    objective_ = place(kObjective), condition_ = place(kCondition);
  } else if (!std::equal(metrics_.begin(), metrics_.end(), m.values.begin(), m.values.end(), same)) {
    throw std::runtime_error("run " + key.text() + " has other metrics than the runs before it");
  }
  std::set<std::string> missing;
  for (const auto& x : m.missing) missing.insert(x.workload + " on " + x.chip + ": " + x.reason);
  for (const auto& text : missing) ++missing_[text];
  RunNumbers& run = runs_[key];
  run.values.clear();
  for (const auto& x : m.values) run.values.push_back(x.value);
  run.trained = m.trained;
  if (key.draw < 0) modes_[key] = std::move(m);
}

size_t RunSet::place(const std::string& id) const {
  const auto it = std::find_if(metrics_.begin(), metrics_.end(), [&](const Metric& m) { return m.id == id; });
  if (it == metrics_.end()) throw std::out_of_range("no metric " + id);
  return static_cast<size_t>(it - metrics_.begin());
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
