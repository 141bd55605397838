#include "study/vary.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "base/diagnostic.hpp"
#include "base/hash.hpp"
#include "engine/workers.hpp"
#include "study/drawn_rates.hpp"
#include "study/runner.hpp"
#include "study/sampling.hpp"

namespace capmix::study {
namespace {

constexpr double kMedian = 0.5;
constexpr double kLeast = 1e-9;        // of a probability: a quantile of 0 or 1 may be infinite
constexpr int kProbes = 4;             // runs in which streams are looked for, besides that at the medians

// Notes who asked; answers nothing, or the median.
class Asked : public Columns {
 public:
  explicit Asked(bool answers) : answers_(answers) {}
  std::optional<double> at(uint64_t stream, int) const override {
    streams.insert(stream);
    return answers_ ? std::optional<double>(kMedian) : std::nullopt;
  }
  mutable std::set<uint64_t> streams;

 private:
  bool answers_;
};

class Placed : public Columns {
 public:
  Placed(const std::vector<Factor>& factors, uint64_t seed) : seed_(seed) {
    size_t c = 0;
    for (const auto& f : factors)
      for (const uint64_t s : f.streams) column_.emplace(s, c++);
  }
  std::optional<double> at(uint64_t stream, int index) const override {
    const auto it = column_.find(stream);
    return it == column_.end() ? rest(stream, index) : std::clamp(point(static_cast<size_t>(index), it->second), kLeast, 1 - kLeast);
  }

 protected:
  double of_draw(uint64_t stream, size_t draw) const { return Draw(seed_, static_cast<int>(draw)).uniform(stream); }
  virtual double point(size_t row, size_t column) const = 0;
  virtual double rest(uint64_t stream, int index) const = 0;

 private:
  uint64_t seed_;
  std::unordered_map<uint64_t, size_t> column_;
};

class AtPoints : public Placed {
 public:
  AtPoints(const std::vector<Factor>& factors, uint64_t seed, design::Points points, std::vector<uint64_t> inputs)
      : Placed(factors, seed), points_(std::move(points)), inputs_(inputs.begin(), inputs.end()) {}

 private:
  double point(size_t row, size_t column) const override { return points_.at(row, column); }
  double rest(uint64_t stream, int) const override { return inputs_.count(stream) > 0 ? kMedian : of_draw(stream, 0); }
  design::Points points_;
  std::unordered_set<uint64_t> inputs_;
};

class AtPairs : public Placed {
 public:
  AtPairs(const std::vector<Factor>& factors, uint64_t seed, design::Pairs pairs) : Placed(factors, seed), pairs_(std::move(pairs)) {}

 private:
  double point(size_t row, size_t column) const override { return pairs_.points.at(row, column); }
  double rest(uint64_t stream, int index) const override { return of_draw(stream, pairs_.source(static_cast<size_t>(index), pairs_.factors - 1)); }
  design::Pairs pairs_;
};

std::string bytes_of(const std::set<uint64_t>& streams) {
  std::string out;
  for (const uint64_t s : streams) out.append(reinterpret_cast<const char*>(&s), sizeof s);
  return out;
}

// "platform:producer.asic.from" is of "platform:producer.asic"; "porting/asic:family.llm.stage.tuned.duration" of "porting/asic".
std::string group_of(const std::string& path) {
  const size_t colon = path.find(':');
  if (colon == std::string::npos || path.substr(0, colon) != "platform") return path.substr(0, colon);
  const size_t first = path.find('.', colon), second = first == std::string::npos ? first : path.find('.', first + 1);
  return path.substr(0, second);
}

class Grouping {
 public:
  Grouping(const Scenario& s, const std::set<uint64_t>& asked, bool each) : s_(s), asked_(asked), each_(each) {}

  std::vector<Factor> all() {
    for (const auto& path : s_.uncertain) add(each_ ? path : name_of(path), path, hash64(path));
    for (const auto& a : s_.approvals) {
      const std::string name = "approval " + a.id;
      add(name, "", hash64("approval:" + a.id + ":granted"));
      const auto it = by_name_.find(name);
      if (it == by_name_.end()) continue;
      it->second.whole = true;
      if (each_) it->second.inputs.push_back("platform:approval." + a.id + ".probability");  // what it is drawn by
    }
    for (const auto& site : s_.sites)
      for (const auto& hall : site.halls) building(site, hall);
    for (const auto& chip : drawn_chips(s_)) rate(chip);
    std::vector<Factor> out;
    for (auto& [name, f] : by_name_)
      if (!f.streams.empty()) out.push_back(std::move(f));
    return out;
  }

 private:
  static std::string name_of(const std::string& path) {
    const std::string group = group_of(path), approval = "platform:approval.";
    return group.rfind(approval, 0) == 0 ? "approval " + group.substr(approval.size()) : group;
  }
  void add(const std::string& name, const std::string& path, uint64_t stream) {
    if (asked_.count(stream) == 0) return;
    Factor& f = by_name_[name];
    f.name = name;
    if (!path.empty()) f.inputs.push_back(path);
    if (std::find(f.streams.begin(), f.streams.end(), stream) == f.streams.end()) f.streams.push_back(stream);
  }
  // Every task of every hall draws for itself (plan/buildout.cpp), from the ranges of its template.
  void building(const Site& site, const Hall& hall) {
    const std::string name = "building " + site.id;
    for (const auto& task : hall.tasks) {
      const auto streams = by_name_[name].streams.size();
      for (const char* part : {"", ":delayed", ":delay", ":reworked", ":rework"}) add(name, "", hash64("hall:" + site.id + "/" + hall.id + ":" + task.id + part));
      if (by_name_[name].streams.size() > streams) templates(task, by_name_[name]);
    }
  }

  // The range of a task is the hall's own, or that of the template with that range.
  void templates(const Task& task, Factor& f) {
    f.whole = true;
    std::vector<std::string> paths{task.duration.path.text()};
    for (const auto& b : s_.buildouts)
      for (const auto& t : b.tasks)
        if (t.id == task.id && t.duration.low.n == task.duration.low.n && t.duration.mode.n == task.duration.mode.n && t.duration.high.n == task.duration.high.n)
          paths.push_back("buildouts/" + b.id + ":task." + t.id + ".duration");
    for (const auto& path : paths)
      if (std::find(f.inputs.begin(), f.inputs.end(), path) == f.inputs.end()) f.inputs.push_back(path);
  }

  // One number, whatever the chip does; its inputs are all that the family's efficiencies are told by.
  void rate(const std::string& chip) {
    const Stream stream = rate_stream(chip);
    add(stream.text(), "", stream.hash());
    const auto it = by_name_.find(stream.text());
    if (it == by_name_.end()) return;
    it->second.whole = true;
    const Id<Efficiency> family = s_.chips[s_.chips.find(chip)].efficiency;
    if (!family.valid()) return;
    const std::string subject = "efficiency/" + s_.efficiencies[family].id;
    for (const auto& fact : s_.facts)
      if (fact.subject == subject) it->second.inputs.push_back(subject + ":" + fact.path);
  }

  const Scenario& s_;
  const std::set<uint64_t>& asked_;
  bool each_;
  std::map<std::string, Factor> by_name_;
};

bool names(const std::string& word, const Factor& f) {
  return f.name == word || std::any_of(f.inputs.begin(), f.inputs.end(), [&](const auto& path) { return path.rfind(word, 0) == 0; });
}

// The factor, if it is not to be divided or all of it begins so; else its inputs that begin so, each with its stream.
Factor part(const Factor& f, const std::string& word) {
  const auto begins = [&](const std::string& path) { return path.rfind(word, 0) == 0; };
  if (f.whole || f.name == word || std::all_of(f.inputs.begin(), f.inputs.end(), begins)) return f;
  Factor out{word, {}, {}};
  for (const auto& path : f.inputs)
    if (begins(path)) out.inputs.push_back(path), out.streams.push_back(hash64(path));
  return out;
}

}  // namespace

std::set<uint64_t> asked_streams(const Worlds& worlds, const std::vector<RateTable>& rates, size_t outcome, const std::vector<size_t>& mixes, int jobs) {
  const auto row = static_cast<size_t>(kProbes + 1);
  engine::Workers workers(jobs, [&](int task) {
    Worlds w = worlds;
    const int draw = static_cast<int>(static_cast<size_t>(task) % row);
    const auto asked = std::make_shared<Asked>(draw == kProbes);
    w.columns = asked;
    simulate(w, rates, {w.study().mixes[mixes[static_cast<size_t>(task) / row]].id, w.study().outcomes[outcome].id, draw});
    return bytes_of(asked->streams);
  });
  std::set<uint64_t> out;
  workers.run(mixes.size() * row, [&](engine::TaskResult r) {
    if (!r.ok) throw std::runtime_error("a run that looks for inputs failed: " + r.bytes);
    for (size_t i = 0; i + sizeof(uint64_t) <= r.bytes.size(); i += sizeof(uint64_t)) {
      uint64_t s = 0;
      std::memcpy(&s, r.bytes.data() + i, sizeof s);
      out.insert(s);
    }
  });
  return out;
}

std::vector<Factor> factors(const Worlds& worlds, size_t outcome, const std::set<uint64_t>& asked, const std::vector<std::string>& vary, bool each) {
  const auto all = Grouping(*worlds.scenarios[outcome], asked, each).all();
  std::vector<Factor> out;
  for (const auto& word : vary) {
    bool found = false;
    for (const auto& f : all)
      if (names(word, f)) found = true, out.push_back(part(f, word));
    if (found) continue;
    std::vector<std::string> known;
    for (const auto& f : all) known.push_back(f.name), known.insert(known.end(), f.inputs.begin(), f.inputs.end());
    const auto& uncertain = worlds.scenarios[outcome]->uncertain;
    const bool idle = std::any_of(uncertain.begin(), uncertain.end(), [&](const auto& path) { return path.rfind(word, 0) == 0; });
    throw InputError("--vary \"" + word + "\": " + (idle ? "a range that no run of this outcome draws" : "no range of the study begins so") + did_you_mean(word, known));
  }
  if (vary.empty()) out = all;
  if (out.empty()) throw InputError("the study has no range that its runs draw in this outcome (there is nothing to vary)");
  return out;
}

std::vector<size_t> factor_of_columns(const std::vector<Factor>& factors) {
  std::vector<size_t> out;
  for (size_t f = 0; f < factors.size(); ++f) out.insert(out.end(), factors[f].streams.size(), f);
  return out;
}

std::vector<uint64_t> seeds_of_columns(const std::vector<Factor>& factors, uint64_t seed) {
  std::vector<uint64_t> out;
  for (const auto& f : factors)
    for (const uint64_t s : f.streams) out.push_back(avalanche(s ^ avalanche(seed)));
  return out;
}

std::shared_ptr<const Columns> at_points(const Worlds& worlds, const std::vector<Factor>& factors, design::Points points) {
  return std::make_shared<AtPoints>(factors, worlds.study().seed, std::move(points), designed_streams(worlds));
}

std::shared_ptr<const Columns> at_pairs(const Worlds& worlds, const std::vector<Factor>& factors, design::Pairs pairs) {
  return std::make_shared<AtPairs>(factors, worlds.study().seed, std::move(pairs));
}

std::vector<std::vector<double>> outputs(const Worlds& worlds, std::shared_ptr<const Columns> columns, const std::vector<RateTable>& rates, size_t outcome, const std::vector<size_t>& mixes,
                                         size_t rows, const Objective& objective, int jobs, const Progress& progress) {
  Worlds w = worlds;
  w.columns = std::move(columns);
  engine::Workers workers(jobs, [&](int task) {
    const RunKey key{w.study().mixes[mixes[static_cast<size_t>(task) % mixes.size()]].id, w.study().outcomes[outcome].id, static_cast<int>(static_cast<size_t>(task) / mixes.size())};
    const double x = objective(key, simulate(w, rates, key));
    return std::string(reinterpret_cast<const char*>(&x), sizeof x);
  });
  std::vector<std::vector<double>> out(mixes.size(), std::vector<double>(rows));
  int done = 0;
  workers.run(rows * mixes.size(), [&](engine::TaskResult r) {
    if (!r.ok) throw std::runtime_error("a run of the sensitivity failed: " + r.bytes);
    const auto task = static_cast<size_t>(r.task);
    std::memcpy(&out[task % mixes.size()][task / mixes.size()], r.bytes.data(), sizeof(double));
    progress("runs", ++done, static_cast<int>(rows * mixes.size()));
  });
  return out;
}

}  // namespace capmix::study
