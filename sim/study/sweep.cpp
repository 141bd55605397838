#include "study/sweep.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "base/diagnostic.hpp"
#include "base/hash.hpp"
#include "design/design.hpp"
#include "scenario/scenario.hpp"

namespace capmix::study {
namespace {

constexpr const char* kForm = " (expected subject:path=from:to:step or subject:path=a,b,c)";

std::string trimmed(const std::string& text) {
  const size_t from = text.find_first_not_of(' ');
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(' ') + 1 - from);
}

// At separators that stand in no quotes and no brackets.
std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out{""};
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '[' || c == '{')) ++depth;
    if (!quoted && (c == ']' || c == '}')) --depth;
    if (c == at && !quoted && depth == 0) out.emplace_back();
    else out.back() += c;
  }
  for (auto& part : out) part = trimmed(part);
  return out;
}

// "USD 12bn" or "\"100 MW\"" into what stands before the number, it, and what stands after it.
bool measured(const std::string& text, double& number, std::string& before, std::string& after) {
  std::string bare = text;
  if (bare.size() > 1 && bare.front() == '"' && bare.back() == '"') bare = bare.substr(1, bare.size() - 2);
  const size_t from = bare.find_first_of("-.0123456789");
  if (from == std::string::npos) return false;
  const auto [end, error] = std::from_chars(bare.data() + from, bare.data() + bare.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return false;
  before = bare.substr(0, from), after = bare.substr(static_cast<size_t>(end - bare.data()));
  const std::string unit = trimmed(after);
  return (before.empty() || before.back() == ' ') && (unit.empty() || std::isalpha(static_cast<unsigned char>(unit[0])) != 0 || unit[0] == '%');
}

// Digits that a reader expects of steps: 0.1 + 0.2 is 0.3.
std::string digits(double x) {
  std::ostringstream out;
  out.precision(12);
  out << x;
  return out.str();
}

std::string toml(double x, const Axis& axis) {
  return axis.before.empty() && axis.after.empty() ? digits(x) : "\"" + axis.before + digits(x) + axis.after + "\"";
}

// Numbers of a range may leave their unit to another of them.
bool agree(std::string& all, const std::string& own) {
  if (all.empty()) all = own;
  return own.empty() || trimmed(own) == trimmed(all);
}

// Fills a range; what is wrong with it, or "".
std::string read_range(const std::vector<std::string>& parts, bool sampled, Axis& axis) {
  double numbers[3] = {0, 0, 0};
  for (size_t i = 0; i < parts.size(); ++i) {
    std::string before, after;
    if (!measured(parts[i], numbers[i], before, after)) return "\"" + parts[i] + "\" is not a number";
    const bool same = agree(axis.before, before) && agree(axis.after, after);
    if (!same) return "its units differ: \"" + trimmed(axis.before + axis.after) + "\" and \"" + trimmed(before + after) + "\"";
  }
  axis.range = true, axis.from = numbers[0], axis.to = numbers[1];
  if (sampled) return axis.from < axis.to ? "" : "the grid is empty: it ends before it begins";
  if (parts.size() < 3) return "it has no step";
  const double step = numbers[2], steps = step != 0 ? (axis.to - axis.from) / step : -1;
  if (step == 0) return "its step is 0";
  if (steps < 0) return "the grid is empty: steps of " + digits(step) + " lead away from " + digits(axis.to);
  if (steps > static_cast<double>(kMostPoints)) return "it has more than " + std::to_string(kMostPoints) + " steps";
  const int last = static_cast<int>(std::floor(steps + 1e-9));
  for (int i = 0; i <= last; ++i) axis.values.push_back(toml(axis.from + i * step, axis));
  return "";
}

Axis read_axis(const std::string& text, bool sampled, std::string& problem) {
  Axis axis;
  const size_t equals = text.find('='), colon = text.find(':');
  const bool named = equals != std::string::npos && colon != std::string::npos && colon > 0 && colon + 1 < equals;
  if (!named) return problem = std::string("is not an input to vary") + kForm, axis;
  axis.path = trimmed(text.substr(0, equals));
  const auto items = split(text.substr(equals + 1), ',');
  if (items.size() == 1 && items[0].empty()) return problem = "the grid is empty: there is no value", axis;
  const auto parts = split(items[0], ':');
  if (items.size() == 1 && (parts.size() == 2 || parts.size() == 3)) return problem = read_range(parts, sampled, axis), axis;
  for (const auto& item : items) {
    if (item.empty()) return problem = "a value is missing between two commas", axis;
    axis.values.push_back(item);
  }
  return axis;
}

// Only what is read after the load: thousands of worlds stand beside each other.
std::shared_ptr<const Scenario> kept(Scenario scenario, bool first) {
  if (!first) scenario.facts.clear(), scenario.inputs.clear(), scenario.claims.clear();
  return std::make_shared<const Scenario>(std::move(scenario));
}

std::string judged_by(const Scenario& s) {
  const Campaign& reference = s.campaigns[s.study.reference];
  std::ostringstream out;
  out.precision(12);
  out << "from " << s.study.timeline.start().text() << " to " << s.study.timeline.end().text() << ", served share " << s.study.served_share << ", reference "
      << reference.id << " at " << s.llms[reference.model].training_flop_per_token(reference.seq).value() << " FLOP a token, seed " << s.study.seed;
  return out.str();
}

std::string number(size_t i, size_t of) {
  const std::string last = std::to_string(of - 1), own = std::to_string(i);
  return std::string(last.size() - own.size(), '0') + own;
}

// Everything that is wrong, each problem once and in the order in which it came.
class Problems {
 public:
  void add(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (!line.empty() && seen_.insert(line).second) text_ += line + "\n";
  }
  void check() const {
    if (!seen_.empty()) throw InputError(text_);
  }

 private:
  std::set<std::string> seen_;
  std::string text_;
};

}  // namespace

std::vector<Axis> axes(const std::vector<std::string>& texts, bool sampled) {
  std::vector<Axis> out;
  Problems problems;
  std::set<std::string> paths;
  for (const auto& text : texts) {
    std::string problem;
    out.push_back(read_axis(text, sampled, problem));
    if (problem.empty() && !paths.insert(out.back().path).second) problem = "is varied twice";
    if (!problem.empty()) problems.add("--vary " + text + ": error: " + problem);
  }
  if (texts.empty()) problems.add("error: the grid is empty: give --vary subject:path=from:to:step at least once");
  problems.check();
  return out;
}

std::vector<Point> grid(const std::vector<Axis>& axes) {
  std::vector<Point> out{{}};
  for (const auto& axis : axes) {
    if (out.size() * axis.values.size() > kMostPoints)
      throw InputError("error: the grid has more than " + std::to_string(kMostPoints) + " points (--sampled N takes N of them)");
    std::vector<Point> next;
    for (const auto& point : out)
      for (const auto& value : axis.values) {
        next.push_back(point);
        next.back().values.push_back(value);
      }
    out = std::move(next);
  }
  return out;
}

std::vector<Point> sampled(const std::vector<Axis>& axes, int n, uint64_t seed) {
  std::vector<uint64_t> seeds;
  for (const auto& axis : axes) seeds.push_back(avalanche(hash64("vary " + axis.path) ^ avalanche(seed)));
  const auto points = design::latin_hypercube(static_cast<size_t>(n), seeds);
  std::vector<Point> out(static_cast<size_t>(n));
  for (size_t i = 0; i < out.size(); ++i)
    for (size_t a = 0; a < axes.size(); ++a) {
      const Axis& axis = axes[a];
      const double u = points.at(i, a);
      out[i].values.push_back(axis.range ? toml(axis.from + u * (axis.to - axis.from), axis)
                                         : axis.values[std::min(axis.values.size() - 1, static_cast<size_t>(u * static_cast<double>(axis.values.size())))]);
    }
  return out;
}

Worlds sweep(const std::string& study_path, const std::vector<std::string>& overrides, const std::vector<std::string>& outcomes,
             const std::vector<Axis>& axes, const std::vector<Point>& points) {
  const Worlds plain = load(study_path, overrides);
  const std::string judged = judged_by(plain.base());
  Worlds out;
  std::vector<size_t> bases;
  for (const auto& id : outcomes) bases.push_back(outcome_index(plain, id));
  if (outcomes.empty())
    for (size_t o = 0; o < plain.outcomes(); ++o) bases.push_back(o);
  std::sort(bases.begin(), bases.end());
  bases.erase(std::unique(bases.begin(), bases.end()), bases.end());
  Problems problems;
  std::map<std::pair<size_t, std::vector<std::string>>, std::shared_ptr<const Scenario>> read;  // by point and an outcome's own overrides
  for (const size_t o : bases) {
    const Outcome& base = plain.outcome(o);
    for (size_t p = 0; p < points.size(); ++p) {
      std::vector<std::string> set = overrides, said;
      set.insert(set.end(), base.set.begin(), base.set.end());
      const std::string id = base.id + "@" + number(p, points.size());
      std::string name = base.name;
      for (size_t a = 0; a < axes.size(); ++a) {
        set.push_back(axes[a].path + "=" + points[p].values[a]);
        name += (a == 0 ? ": " : ", ") + axes[a].path.substr(axes[a].path.find(':') + 1) + " = " + points[p].values[a];
        out.points.push_back({id, base.id, static_cast<int64_t>(p), axes[a].path, points[p].values[a]});
      }
      auto& scenario = read[{p, base.set}];
      try {
        if (!scenario) scenario = kept(scenario::load(study_path, set), read.size() == 1);
        if (judged_by(*scenario) != judged)
          problems.add("error: a sweep cannot vary how its worlds are judged: " + judged_by(*scenario) + "; the study: " + judged);
      } catch (const InputError& e) {
        problems.add(e.what());
      }
      out.scenarios.push_back(scenario);
      out.swept.push_back(scenario ? scenario->study.outcomes.at(o) : base);  // an outcome's own inputs may be varied too
      out.swept.back().id = id, out.swept.back().name = name;
    }
  }
  problems.check();
  return out;
}

}  // namespace capmix::study
