#include "analysis/sensitivity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/notes.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

constexpr size_t kMostRows = 16;
constexpr int kBar = 24;               // columns of a tornado's bar

double swing(const MovedInput& x) { return std::fabs(x.high - x.low); }

// "   <===|==>    ": low and high about the base, which is the bar's middle; '<' where the low quantile lies.
std::string bar(const Sensitivity& s, const MovedInput& x, double most) {
  std::string out(kBar + 1, ' ');
  const int middle = kBar / 2;
  const auto at = [&](double y) { return std::clamp(middle + static_cast<int>(std::lround((y - s.base) / most * middle)), 0, kBar); };
  const int a = at(x.low), b = at(x.high);
  for (int i = std::min({a, b, middle}); i <= std::max({a, b, middle}); ++i) out[static_cast<size_t>(i)] = '=';
  out[static_cast<size_t>(a)] = 'l', out[static_cast<size_t>(b)] = 'h', out[static_cast<size_t>(middle)] = '|';
  return out;
}

std::string index(const Range& r) { return fmt::format("{} ({} to {})", fixed(r.value, 2), fixed(r.low, 2), fixed(r.high, 2)); }

std::string table_of(const Sensitivity& s, int width) {
  double largest = 0, most = 0;
  for (const auto& x : s.inputs)
    for (const double y : {x.low, x.high}) largest = std::max(largest, std::fabs(y)), most = std::max(most, std::fabs(y - s.base));
  const bool tokens = s.unit == "tokens";
  const Scale scale = tokens ? token_scale(std::max(largest, std::fabs(s.base))) : scale_for(std::max(largest, std::fabs(s.base)));
  std::string out = heading(s.output + ", " + scaled_unit(scale, s.unit), '=');
  out += wrap(fmt::format("{} with everything at its median{}.", number(s.base, scale), s.pairs > 0 ? fmt::format("; mean {} and standard deviation {} over the draws of the Sobol' design", number(s.mean, scale), number(std::sqrt(s.variance), scale)) : ""), width);
  TextTable table("input");
  table.column("confidence", true);
  table.column(fmt::format("at\nP{:.0f}", 100 * s.low_at)), table.column(fmt::format("at\nP{:.0f}", 100 * s.high_at));
  if (s.trajectories > 0) table.column("mu*"), table.column("sigma");
  if (s.pairs > 0) table.column("first order"), table.column("total");
  if (s.trajectories == 0 && s.pairs == 0) table.column("l: low, h: high", true);
  size_t rows = 0;
  for (const auto& x : s.inputs) {
    if (++rows > kMostRows) break;
    std::vector<std::string> cells{x.name, x.confidence, number(x.low, scale), number(x.high, scale)};
    if (s.trajectories > 0) cells.push_back(number(x.absolute, scale)), cells.push_back(number(x.deviation, scale));
    if (s.pairs > 0) cells.push_back(index(x.first)), cells.push_back(index(x.total));
    if (s.trajectories == 0 && s.pairs == 0) cells.push_back(most > 0 ? bar(s, x, most) : "");
    table.row(std::move(cells));
  }
  out += "\n" + table.text(width);
  if (s.inputs.size() > kMostRows) out += wrap(fmt::format("{} more: --json.", s.inputs.size() - kMostRows), width);
  for (const auto& w : index_warnings(s)) out += wrap("! " + w, width, 2);
  return out;
}

Json range_json(const Range& r) { return {{"value", finite_or_null(r.value)}, {"low", finite_or_null(r.low)}, {"high", finite_or_null(r.high)}}; }

}  // namespace

std::vector<std::string> index_warnings(const Sensitivity& s) {
  std::vector<std::string> out, below, above;
  double widest = 0;
  const MovedInput* worst = nullptr;
  for (const auto& x : s.inputs) {
    for (const Range& r : {x.first, x.total}) {
      if (r.high - r.low > widest) widest = r.high - r.low, worst = &x;
      if (r.high < 0 && (below.empty() || below.back() != x.name)) below.push_back(x.name);
    }
    if (x.first.low > x.total.high) above.push_back(fmt::format("{} ({} against {})", x.name, fixed(x.first.value, 2), fixed(x.total.value, 2)));
  }
  if (s.pairs <= 0) return out;
  if (widest > kWidest) {
    const double times = widest / kWidest;
    const auto pairs = static_cast<int64_t>(std::exp2(std::ceil(std::log2(s.pairs * times * times))));
    out.push_back(fmt::format("Too few pairs to tell inputs apart: the interval of \"{}\" is {} wide from {}; some {} pairs would bring it to {} (it goes as 1 / sqrt(pairs)).", worst->name, fixed(widest, 2), count(s.pairs, "pair"), pairs, fixed(kWidest, 1)));
  }
  if (!below.empty()) out.push_back(fmt::format("Below 0 with all of its interval, which no index can be: {}. Bootstrap intervals from {} are too narrow; read it as 0, or give more pairs.", joined(below), count(s.pairs, "pair")));
  if (!above.empty()) out.push_back(fmt::format("First order above total beyond both intervals, which cannot be: {}. {} tell no indices of such an output; give more.", joined(above), count(s.pairs, "pair")));
  return out;
}

void sort_inputs(Sensitivity& s) {
  const auto key = [&](const MovedInput& x) {
    const double k = s.pairs > 0 && !std::isnan(x.total.value) ? x.total.value : s.trajectories > 0 ? x.absolute : swing(x);
    return std::isnan(k) ? -1 : k;
  };
  std::stable_sort(s.inputs.begin(), s.inputs.end(), [&](const MovedInput& a, const MovedInput& b) { return key(a) > key(b); });
}

std::string render_sensitivity(const results::StudyInfo& info, const std::vector<Sensitivity>& all, int width) {
  if (all.empty()) return "";
  const auto& s = all.front();
  std::string out = wrap(fmt::format("{}: what moves the answer, {}", info.name, name_of(info.outcomes, s.outcome)), width);
  out += wrap(fmt::format("At P{:.0f}, P{:.0f}: output with the input at that quantile of its range, all others at their medians (all numbers of a group together).", 100 * s.low_at, 100 * s.high_at), width);
  if (s.trajectories > 0)
    out += wrap(fmt::format("mu*, sigma: mean size and deviation of elementary effects over {} trajectories (Morris), per range from P5 to P95; sigma beside mu*: it depends on the others.", s.trajectories), width);
  if (s.pairs > 0)
    out += wrap(fmt::format("First order, total: share of the output's variance by the input alone, and with all that it takes part in (Sobol'; {} pairs; {:.0f} % bootstrap intervals). \"everything else\": all that is drawn and has no line.",
                            s.pairs, 100 * s.confidence), width);
  out += wrap(rates_as_input(info), width);
  for (const auto& x : all) out += table_of(x, width);
  return out;
}

std::string sensitivity_to_json(const results::StudyInfo& info, const std::vector<Sensitivity>& all) {
  Json out{{"study", info.id}};
  Json& outputs = out["outputs"] = Json::array();
  for (const auto& s : all) {
    Json inputs = Json::array();
    for (const auto& x : s.inputs) {
      Json j{{"input", x.name}, {"confidence", x.confidence}, {"source", x.source}, {"numbers", x.streams}, {"low", finite_or_null(x.low)}, {"high", finite_or_null(x.high)}};
      if (s.trajectories > 0) j["morris"] = {{"mu", finite_or_null(x.mean)}, {"mu_star", finite_or_null(x.absolute)}, {"sigma", finite_or_null(x.deviation)}, {"mu_star_error", finite_or_null(x.absolute_error)}};
      if (s.pairs > 0) j["first_order"] = range_json(x.first), j["total"] = range_json(x.total);
      inputs.push_back(std::move(j));
    }
    outputs.push_back({{"outcome", s.outcome}, {"output", s.output}, {"unit", s.unit}, {"base", finite_or_null(s.base)}, {"low_at", s.low_at}, {"high_at", s.high_at}, {"trajectories", s.trajectories}, {"pairs", s.pairs},
                       {"mean", finite_or_null(s.mean)}, {"variance", finite_or_null(s.variance)}, {"confidence", s.confidence}, {"warnings", index_warnings(s)}, {"inputs", std::move(inputs)}});
  }
  return json_text(out);
}

}  // namespace capmix::analysis
