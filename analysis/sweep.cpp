#include "analysis/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "analysis/compare.hpp"
#include "analysis/json.hpp"
#include "analysis/notes.hpp"
#include "analysis/statistics.hpp"
#include "analysis/table.hpp"
#include "base/diagnostic.hpp"
#include "results/read.hpp"

namespace capmix::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// What is kept of a run.
struct Kept {
  double value = kNone, objective = 0, condition = 0;
};

double value_of(const Metrics& m, const std::string& metric, std::string& unit) {
  std::vector<std::string> known;
  for (const auto& v : m.values) {
    if (v.id == metric) return unit = v.unit, v.value;
    known.push_back(v.id);
  }
  throw InputError("error: there is no metric \"" + metric + "\"" + did_you_mean(metric, known));
}

bool leads(const Kept& a, const Kept& b) {  // as better() of whole metrics
  Metrics x, y;
  x.values = {{kObjective, "", a.objective}, {kCondition, "", a.condition}};
  y.values = {{kObjective, "", b.objective}, {kCondition, "", b.condition}};
  return better(x, y);
}

SweepCell cell(const std::map<int, Kept>& runs, bool flag) {
  SweepCell out{kNone, kNone, kNone, kNone, kNone, 0, false};
  std::vector<double> values;
  for (const auto& [draw, run] : runs) {
    if (draw < 0) out.modes = run.value, out.meets = run.condition == 1;
    else values.push_back(run.value);
  }
  out.draws = static_cast<int>(values.size());
  out.mean = mean(values);
  if (!flag) out.p10 = quantile(values, 0.1), out.p50 = quantile(values, 0.5), out.p90 = quantile(values, 0.9);
  return out;
}

int best_of(const std::vector<const Kept*>& modes) {
  int best = -1;
  for (size_t i = 0; i < modes.size(); ++i) {
    if (!modes[i]) continue;
    const bool first = std::all_of(modes.begin(), modes.end(), [&](const Kept* other) { return other == modes[i] || !other || leads(*modes[i], *other); });
    if (first) best = static_cast<int>(i);
  }
  return best;
}

std::string bare(const std::string& toml) {
  return toml.size() > 1 && toml.front() == '"' && toml.back() == '"' ? toml.substr(1, toml.size() - 2) : toml;
}

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string out = "\"";
  for (const char ch : field) out += ch == '"' ? std::string("\"\"") : std::string(1, ch);
  return out + "\"";
}

Scale scale_of(const Sweep& s) {
  double most = 0;
  for (const auto& row : s.rows)
    for (const auto& c : row.cells)
      for (const double x : {c.modes, c.p90})
        if (std::isfinite(x)) most = std::max(most, std::fabs(x));
  return s.unit == "tokens" ? token_scale(most) : s.unit == "USD" ? money_scale(most) : scale_for(most);
}

// Of a flag the mean is the share of draws that have it.
std::string cell_text(const SweepCell& c, const Scale& scale, bool flag) {
  std::string out = number(c.modes, scale, "never") + (std::isnan(c.modes) || c.meets ? "" : "*");
  if (c.draws > 0 && flag) return out + " " + fixed(c.mean, 2);
  if (c.draws > 0) out += " " + number(c.mean, scale, "never") + " [" + number(c.p10, scale, "never") + ", " + number(c.p90, scale, "never") + "]";
  return out;
}

// "memory.bandwidth" of "chips/h200-sxm:memory.bandwidth", or the whole where two axes end alike.
std::vector<std::string> heads(const std::vector<std::string>& axes) {
  std::vector<std::string> out;
  for (const auto& a : axes) {
    const std::string tail = a.substr(a.find(':') + 1);
    const auto alike = std::count_if(axes.begin(), axes.end(), [&](const std::string& b) { return b.substr(b.find(':') + 1) == tail; });
    out.push_back(alike > 1 ? a : tail);
  }
  return out;
}

}  // namespace

Sweep sweep(const std::string& path, const std::string& metric) {
  Sweep out;
  out.info = results::read_info(path);
  if (out.info.points.empty()) throw InputError(path + ": error: holds a comparison, not a sweep");
  out.metric = metric.empty() ? kObjective : metric;
  std::map<std::string, size_t> row_of;
  for (const auto& p : out.info.points) {
    const auto [at, fresh] = row_of.try_emplace(p.outcome, out.rows.size());
    if (fresh) out.rows.push_back({p.outcome, p.base, {}, {}, -1});
    out.rows[at->second].values.push_back(p.value);
    if (std::count(out.axes.begin(), out.axes.end(), p.path) == 0) out.axes.push_back(p.path);
  }
  std::map<std::pair<std::string, std::string>, std::map<int, Kept>> runs;  // by world and mix
  results::each_run(path, [&](const RunKey& key, const Facts& facts) {
    const Metrics m = reduce(out.info, key, facts);
    runs[{key.outcome, key.mix}][key.draw] = {value_of(m, out.metric, out.unit), m[kObjective], m[kCondition]};
  });
  for (auto& row : out.rows) {
    std::vector<const Kept*> modes;
    for (const auto& mix : out.info.mixes) {
      const auto& own = runs[{row.outcome, mix.id}];
      row.cells.push_back(cell(own, out.unit == kFlag));
      modes.push_back(own.count(-1) > 0 ? &own.at(-1) : nullptr);
    }
    row.best = best_of(modes);
  }
  for (const auto& [key, message] : results::read_failures(path)) out.failures.push_back(key.text() + ": " + message);
  out.quick = results::read_gap(path);
  return out;
}

std::string render_sweep(const Sweep& s, int width) {
  const Scale scale = scale_of(s);
  std::string text = heading(s.info.name + ": " + s.metric + (s.unit.empty() ? "" : ", " + scaled_unit(scale, s.unit)), '=');
  const std::string drawn = s.info.draws > 0 ? (s.unit == kFlag ? "; then the share of " : "; then the mean and [P10, P90] of ") + count(s.info.draws, "draw") + (s.unit == kFlag ? " that have it" : "") : "";
  text += wrap("At modes" + drawn + ". *: the asked share of the demand is not served.", width) + "\n";
  std::vector<std::string> bases;
  for (const auto& row : s.rows)
    if (std::count(bases.begin(), bases.end(), row.base) == 0) bases.push_back(row.base);
  const auto axes = heads(s.axes);
  for (const auto& base : bases) {
    text += heading("Outcome " + base);
    TextTable table(joined(axes, ",\n"));  // the point is the name of its row, so that it stands in every block of a wide table
    for (const auto& mix : s.info.mixes) table.column(mix.id);
    table.column("leads", true);
    for (const auto& row : s.rows) {
      if (row.base != base) continue;
      std::vector<std::string> point, cells;
      for (const auto& v : row.values) point.push_back(bare(v));
      cells.push_back(joined(point));
      for (const auto& c : row.cells) cells.push_back(cell_text(c, scale, s.unit == kFlag));
      cells.push_back(row.best < 0 ? "-" : s.info.mixes[static_cast<size_t>(row.best)].id);
      table.row(std::move(cells));
    }
    text += table.text(width);
  }
  if (s.info.draws > 0) text += "\n" + wrap(rates_note(s.info), width);
  if (!s.quick.empty()) text += "\n" + wrap(s.quick, width);
  for (const auto& f : s.failures) text += "failed: " + f + "\n";
  return text;
}

std::string sweep_to_json(const Sweep& s) {
  Json out{{"study", s.info.id}, {"metric", s.metric}, {"unit", s.unit}, {"seed", s.info.seed}, {"draws", s.info.draws}, {"sampling", s.info.sampling},
           {"fidelity", s.info.fidelity}, {"rates", s.info.rates}, {"axes", s.axes}};
  Json& points = out["points"] = Json::array();
  for (const auto& row : s.rows) {
    Json set = Json::object(), mixes = Json::array();
    for (size_t a = 0; a < row.values.size(); ++a) set[s.axes[a]] = bare(row.values[a]);
    for (size_t m = 0; m < row.cells.size(); ++m) {
      const SweepCell& c = row.cells[m];
      mixes.push_back({{"mix", s.info.mixes[m].id}, {"modes", finite_or_null(c.modes)}, {"serves", c.meets}, {"draws", c.draws}, {"mean", finite_or_null(c.mean)},
                       {"p10", finite_or_null(c.p10)}, {"p50", finite_or_null(c.p50)}, {"p90", finite_or_null(c.p90)}});
    }
    points.push_back({{"world", row.outcome}, {"outcome", row.base}, {"set", std::move(set)},
                      {"leads", row.best < 0 ? Json(nullptr) : Json(s.info.mixes[static_cast<size_t>(row.best)].id)}, {"mixes", std::move(mixes)}});
  }
  if (!s.quick.empty()) out["quick"] = s.quick;
  out["failures"] = s.failures;
  return json_text(out);
}

std::string sweep_to_csv(const Sweep& s) {
  std::string out = "outcome";
  for (const auto& a : s.axes) out += "," + quoted(a);
  out += ",mix,metric,unit,modes,serves,draws,mean,p10,p50,p90,leads\r\n";
  const auto digits = [](double x) { return std::isnan(x) ? std::string() : fmt::format("{}", x); };
  for (const auto& row : s.rows)
    for (size_t m = 0; m < row.cells.size(); ++m) {
      const SweepCell& c = row.cells[m];
      out += quoted(row.base);
      for (const auto& v : row.values) out += "," + quoted(bare(v));
      out += fmt::format(",{},{},{},{},{},{}", quoted(s.info.mixes[m].id), s.metric, s.unit, digits(c.modes), c.meets ? 1 : 0, c.draws);
      for (const double x : {c.mean, c.p10, c.p50, c.p90}) out += "," + digits(x);
      out += row.best == static_cast<int>(m) ? ",1\r\n" : ",0\r\n";
    }
  return out;
}

}  // namespace capmix::analysis
