#include "analysis/error_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "base/diagnostic.hpp"

namespace capmix::analysis {
namespace {

constexpr int kDigits = 3;  // of the file
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Writer {
  int digits;
  Json number(double x) const {
    if (!std::isfinite(x)) return nullptr;
    return digits > 0 ? Json(std::stod(fmt::format("{:.{}g}", x, digits))) : Json(x);
  }
  Json stats(const ErrorStats& s) const { return {{"n", s.n}, {"median", number(s.median)}, {"p90", number(s.p90)}, {"in_range", number(s.in_range)}}; }
  Json row(const ClassErrors& c) const {
    return {{"name", c.name}, {"all", stats(c.all)}, {"fitted", stats(c.fitted)}, {"predicted", stats(c.predicted)}, {"suspect", stats(c.suspect)}};
  }
  Json worst(const WorstCase& w) const {
    return {{"case", w.case_id}, {"class", w.work_class}, {"unit", w.unit}, {"predicted", number(w.predicted)}, {"measured", number(w.measured)}, {"low", number(w.low)},
            {"high", number(w.high)}, {"ratio", number(w.ratio)}, {"calibrated_on", w.calibrated_on}, {"in_range", w.in_range}};
  }
};

double number(const Json& x) { return x.is_null() ? kNone : x.get<double>(); }

ErrorStats stats(const Json& x) {
  ErrorStats s;
  s.n = x.at("n").get<int>(), s.median = number(x.at("median")), s.p90 = number(x.at("p90")), s.in_range = number(x.at("in_range")), s.bias = kNone;
  return s;
}

WorstCase worst(const Json& x) {
  return {x.at("case").get<std::string>(), x.at("class").get<std::string>(), x.at("unit").get<std::string>(), number(x.at("predicted")), number(x.at("measured")),
          number(x.at("low")), number(x.at("high")), x.at("calibrated_on").get<bool>(), x.at("in_range").get<bool>(), number(x.at("ratio"))};
}

}  // namespace

ErrorSummary summarise(const std::vector<Score>& scores) {
  const Validation v = validate(scores);
  ErrorSummary out{v.rows, v.scored, v.suspect, v.unscored, {}, {}};
  std::map<std::string, std::vector<const Score*>> suspect;
  std::vector<const Score*> counted;
  for (const auto& s : scores) {
    if (s.counts()) counted.push_back(&s);
    if (s.scored() && s.suspect) suspect[s.work_class].push_back(&s), suspect[s.work_class + " on " + s.chip_family].push_back(&s);
  }
  for (const auto& r : v.classes) {
    out.classes.push_back({r.name, r.all, r.fitted, r.predicted, error_stats(suspect[r.name])});
    suspect.erase(r.name);
  }
  for (const auto& [name, rows] : suspect) out.classes.push_back({name, error_stats({}), error_stats({}), error_stats({}), error_stats(rows)});
  std::stable_sort(out.classes.begin(), out.classes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::stable_sort(counted.begin(), counted.end(), [](const Score* a, const Score* b) { return std::fabs(a->log_error) > std::fabs(b->log_error); });
  for (size_t i = 0; i < std::min(kWorstCases, counted.size()); ++i) {
    const Score& s = *counted[i];
    out.worst.push_back({s.case_id, s.work_class, s.unit, s.predicted, s.measured, s.low, s.high, s.calibrated_on, s.in_range, s.ratio});
  }
  return out;
}

Json error_summary_json(const ErrorSummary& s, int digits) {
  const Writer w{digits};
  Json classes = Json::array(), worst = Json::array();
  for (const auto& c : s.classes) classes.push_back(w.row(c));
  for (const auto& x : s.worst) worst.push_back(w.worst(x));
  return {{"rows", s.rows}, {"scored", s.scored}, {"suspect", s.suspect}, {"unscored", s.unscored}, {"classes", std::move(classes)}, {"worst", std::move(worst)}};
}

std::string error_summary_text(const ErrorSummary& s) {
  const Json all = error_summary_json(s, kDigits);
  std::string out = "{\n \"made_by\": \"capmix validate --summary\"";
  for (const auto& [name, value] : all.items()) {
    out += ",\n \"" + name + "\": ";
    if (!value.is_array()) {
      out += value.dump();
      continue;
    }
    out += "[";
    for (size_t i = 0; i < value.size(); ++i) out += (i > 0 ? ",\n  " : "\n  ") + value[i].dump(-1, ' ', false, Json::error_handler_t::replace);
    out += "\n ]";
  }
  return out + "\n}\n";
}

ErrorSummary read_error_summary(const std::string& text, const std::string& path) {
  try {
    const Json all = Json::parse(text);
    ErrorSummary out{all.at("rows").get<int>(), all.at("scored").get<int>(), all.at("suspect").get<int>(), all.at("unscored").get<int>(), {}, {}};
    for (const auto& c : all.at("classes"))
      out.classes.push_back({c.at("name").get<std::string>(), stats(c.at("all")), stats(c.at("fitted")), stats(c.at("predicted")), stats(c.at("suspect"))});
    for (const auto& x : all.at("worst")) out.worst.push_back(worst(x));
    return out;
  } catch (const Json::exception&) {
    throw InputError(path + ": error: is no summary of errors (expected a file that capmix validate --summary wrote)");
  }
}

}  // namespace capmix::analysis
