#include "analysis/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/metrics.hpp"
#include "analysis/statistics.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

constexpr double kConfidence = 0.9;
constexpr double kRounding = 1e-9;  // of the objective: sums over months in another order

struct Row {
  const UnitValue* v = nullptr;
  double modes = 0;   // per unit
  Interval draws;     // per unit; NaN without draws
  double percent = 0; // of the objective, by the whole nudge
  double key() const { return std::isfinite(draws.mean) ? draws.mean : modes; }
};

// A difference that is rounding of sums is none.
double clean(double per_unit, double nudge, double objective) {
  return std::fabs(per_unit * nudge) <= kRounding * std::fabs(objective) ? 0 : per_unit;
}

std::vector<Row> rows(const ValueReport& report) {
  std::vector<Row> out;
  const double base = report.draws.empty() ? report.modes : mean(report.draws);
  for (const auto& v : report.values) {
    Row r;
    r.v = &v;
    r.modes = clean(v.modes, v.nudge, report.modes);
    std::vector<double> draws;
    for (size_t d = 0; d < v.draws.size(); ++d) draws.push_back(clean(v.draws[d], v.nudge, report.draws[d]));
    r.draws = paired_interval(draws, kConfidence);
    r.percent = base == 0 ? NAN : 100 * r.key() * v.nudge / base;
    out.push_back(r);
  }
  std::stable_sort(out.begin(), out.end(), [](const Row& a, const Row& b) { return a.key() > b.key(); });
  return out;
}

// Units differ from row to row, so that no scale of decimals fits all: three digits each.
std::string signed_digits(double value, const Scale& scale) {
  const double x = value / scale.factor;
  const int decimals = x == 0 || !std::isfinite(x) ? 0 : std::clamp(2 - static_cast<int>(std::floor(std::log10(std::fabs(x)))), 0, 4);
  return with_sign(value, {scale.factor, scale.prefix, decimals});
}

}  // namespace

std::string render_values(const results::StudyInfo& info, const ValueReport& report, int width) {
  const auto all = rows(report);
  const size_t n = report.draws.size();
  double most = 0;
  for (const auto& r : all)
    for (const double x : {r.modes, r.draws.low, r.draws.high})
      if (std::isfinite(x)) most = std::max(most, std::fabs(x));
  const bool tokens = report.unit == "tokens";
  const Scale scale = tokens ? token_scale(most) : scale_for(most), base = tokens ? token_scale(report.modes) : scale_for(report.modes);
  const std::string unit = scaled_unit(scale, report.unit);
  std::string out = wrap(fmt::format("{}: the value of one more unit for `{}`, {}", info.name, name_of(info.mixes, report.mix),
                                     name_of(info.outcomes, report.outcome)), width);
  out += wrap(fmt::format("{}: {} {} at modes{}. Each line is the same study on the same worlds with one input changed by the nudge, and "
                          "the difference over the nudge. Zero: it does not bind.",
                          report.metric, number(report.modes, base), scaled_unit(base, report.unit),
                          n == 0 ? "" : fmt::format(", {} in the mean over {}", number(mean(report.draws), base), count(static_cast<int64_t>(n), "draw"))), width);
  TextTable table(unit);
  table.column("per", true);
  table.column("at\nmodes");
  if (n > 0) table.column(fmt::format("mean of\n{}", count(static_cast<int64_t>(n), "draw")));
  if (n > 1) table.column("90 %\ninterval");
  table.column("nudge,\nunits");
  table.column("% of all\nby nudge");
  for (const auto& r : all) {
    std::vector<std::string> cells{r.v->constraint, r.v->unit, signed_digits(r.modes, scale)};
    if (n > 0) cells.push_back(signed_digits(r.draws.mean, scale));
    if (n > 1) cells.push_back(signed_digits(r.draws.low, scale) + " to " + signed_digits(r.draws.high, scale));
    cells.push_back(r.v->nudge < 1000 ? fmt::format("{:.3g}", r.v->nudge) : fixed(r.v->nudge, 0));
    cells.push_back(with_sign(r.percent, {1, "", 2}));
    table.row(std::move(cells));
  }
  return out + "\n" + table.text(width);
}

std::string values_to_json(const results::StudyInfo& info, const ValueReport& report) {
  Json out{{"study", info.id}, {"mix", report.mix}, {"outcome", report.outcome}, {"metric", report.metric}, {"unit", report.unit},
           {"draws", report.draws.size()}, {"modes", report.modes}, {"mean", mean(report.draws)}};
  Json& values = out["values"] = Json::array();
  for (const auto& r : rows(report))
    values.push_back({{"constraint", r.v->constraint}, {"per", r.v->unit}, {"nudge", r.v->nudge}, {"modes", r.modes}, {"mean", r.draws.mean},
                      {"low", r.draws.low}, {"high", r.draws.high}, {"percent_by_nudge", r.percent}});
  return json_text(out);
}

}  // namespace capmix::analysis
