// Scores and their statistics as text, JSON and CSV.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/table.hpp"
#include "analysis/validation.hpp"

namespace capmix::analysis {
namespace {

constexpr int kFigures = 58;       // columns of a case's numbers
constexpr int kShortestName = 20;  // of a case

std::string percent(double x) { return fixed(100 * x, 1); }

std::string signed_percent(double x) { return std::isnan(x) ? "-" : fmt::format("{:+.1f}", 100 * x); }

std::string cut(const std::string& text, int width) {
  const auto most = static_cast<size_t>(width);
  return text.size() <= most ? text : text.substr(0, most - 2) + "..";
}

std::string case_line(const Score& s, int name) {
  const std::string head = fmt::format("{:<{}}", cut(s.case_id, name), name);
  if (!s.scored()) return head + fmt::format("{:>9} {:>9}  not scored\n", "-", s.measured > 0 ? fmt::format("{:.4g}", s.measured) : "-");
  std::string marks = s.in_range ? "in" : "out";
  if (s.calibrated_on) marks += " fit";
  if (s.suspect) marks += " suspect";
  return head + fmt::format("{:>9.4g} {:>9.4g} {:>6.3f}  {:>9.4g} {:>9.4g}  {}\n", s.predicted, s.measured, s.ratio, s.low, s.high, marks);
}

std::string error_table(const std::string& head, const std::vector<ErrorRow>& rows, int width) {
  TextTable table(head);
  for (const char* column : {"n", "med", "90th", "bias", "in", "fit", "med", "90th", "new", "med", "90th"}) table.column(column);
  for (const auto& r : rows) {
    std::vector<std::string> cells{r.name, std::to_string(r.all.n), percent(r.all.median), percent(r.all.p90), signed_percent(r.all.bias), fixed(100 * r.all.in_range, 0)};
    for (const auto* e : {&r.fitted, &r.predicted}) {
      cells.push_back(std::to_string(e->n));
      cells.push_back(percent(e->median)), cells.push_back(percent(e->p90));
    }
    table.row(std::move(cells));
  }
  return table.text(width);
}

std::string vote_table(const std::vector<VoteRow>& rows, int width) {
  TextTable table("one vote per configuration");
  for (const char* column : {"fit", "of", "med", "90th", "new", "of", "med", "90th"}) table.column(column);
  for (const auto& r : rows) {
    std::vector<std::string> cells{r.name};
    for (const auto* s : {&r.fitted, &r.predicted})
      for (const auto& cell : {std::to_string(s->rows), std::to_string(s->n), percent(s->median), percent(s->p90)}) cells.push_back(cell);
    table.row(std::move(cells));
  }
  return table.text(width) + wrap("|predicted / measured - 1| in %, of configurations (of) of so many rows (fit, new), the median of a configuration's rows.", width);
}

std::string share_table(const std::vector<ShareRow>& rows, int width) {
  TextTable table("rate relative to offline");
  for (const char* column : {"n", "med", "within 10", "new", "med", "within 10"}) table.column(column);
  for (const auto& r : rows) {
    std::vector<std::string> cells{r.name};
    for (const auto* s : {&r.all, &r.predicted})
      for (const auto& cell : {std::to_string(s->n), percent(s->median), fmt::format("{} of {}", s->within, s->n)}) cells.push_back(cell);
    table.row(std::move(cells));
  }
  return table.text(width) + wrap("Predicted less measured share of the same system's offline rate, in points, one vote per configuration.", width);
}

std::string order_table(const Validation& v, int width) {
  TextTable table("rank correlation over plans");
  for (const char* column : {"plans", "points", "correlation"}) table.column(column);
  for (const auto& o : v.orders) table.row({o.family, std::to_string(o.plans), std::to_string(o.points), fixed(o.correlation, 3)});
  table.row({"median", "", "", fixed(v.order_median, 3)});
  return table.text(width);
}

std::string scaling_table(const Validation& v, int width) {
  constexpr size_t kShown = 12;
  TextTable table("largest over smallest point of a curve");
  for (const char* column : {"chips", "error %"}) table.column(column);
  for (size_t i = 0; i < std::min(kShown, v.scaling.size()); ++i)
    table.row({v.scaling[i].curve, fmt::format("{} to {}", v.scaling[i].from, v.scaling[i].to), signed_percent(v.scaling[i].error)});
  table.row({fmt::format("median of {}", count(static_cast<int64_t>(v.scaling.size()), "curve")), "", percent(v.scaling_median)});
  table.row({"worst", "", percent(v.scaling_worst)});
  return table.text(width);
}

Json stats_json(const ErrorStats& e) {
  return {{"n", e.n}, {"median", finite_or_null(e.median)}, {"p90", finite_or_null(e.p90)}, {"bias", finite_or_null(e.bias)}, {"in_range", finite_or_null(e.in_range)}};
}

Json rows_json(const std::vector<ErrorRow>& rows) {
  Json out = Json::array();
  for (const auto& r : rows)
    out.push_back({{"name", r.name}, {"all", stats_json(r.all)}, {"calibrated_on", stats_json(r.fitted)}, {"predicted", stats_json(r.predicted)}});
  return out;
}

Json votes_json(const std::vector<VoteRow>& rows) {
  const auto side = [](const VoteStats& s) { return Json{{"rows", s.rows}, {"configurations", s.n}, {"median", finite_or_null(s.median)}, {"p90", finite_or_null(s.p90)}}; };
  Json out = Json::array();
  for (const auto& r : rows) out.push_back({{"name", r.name}, {"calibrated_on", side(r.fitted)}, {"predicted", side(r.predicted)}});
  return out;
}

Json shares_json(const std::vector<ShareRow>& rows) {
  const auto side = [](const ShareStats& s) { return Json{{"configurations", s.n}, {"within_10_points", s.within}, {"median", finite_or_null(s.median)}}; };
  Json out = Json::array();
  for (const auto& r : rows) out.push_back({{"name", r.name}, {"all", side(r.all)}, {"predicted", side(r.predicted)}});
  return out;
}

// What was assumed matters where something came of it.
std::string why(const Score& s) {
  if (!s.scored()) return s.reason;
  const std::string assumed = s.assumed.empty() ? "" : "assumed: " + s.assumed;
  return s.reason + (s.reason.empty() || assumed.empty() ? "" : "; ") + assumed;
}

Json score_json(const Score& s) {
  Json j{{"case_id", s.case_id}, {"group", s.group}, {"workload", s.workload}, {"hardware", s.hardware}, {"precision", s.precision}, {"family", s.family},
         {"class", s.work_class}, {"vote", s.vote}, {"offline_vote", s.base}, {"chips", s.chips}, {"plan", s.plan}, {"suspect", s.suspect}, {"reason", why(s)}};
  if (s.scored())
    j.update({{"predicted", s.predicted}, {"measured", s.measured}, {"unit", s.unit}, {"ratio", s.ratio}, {"low", s.low}, {"high", s.high},
              {"calibrated_on", s.calibrated_on}, {"in_range", s.in_range}});
  return j;
}

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string out = "\"";
  for (const char c : field) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::string render_scores(const std::vector<Score>& scores, int width) {
  size_t longest = 4;
  for (const auto& s : scores) longest = std::max(longest, s.case_id.size() + 1);
  const int name = std::clamp(static_cast<int>(longest), kShortestName, std::max(kShortestName, width - kFigures));
  std::string out = fmt::format("{:<{}}{:>9} {:>9} {:>6}  {:>9} {:>9}  range\n", "case", name, "predicted", "measured", "ratio", "low", "high");
  for (const auto& s : scores) {
    out += case_line(s, name);
    if (const std::string text = why(s); !text.empty()) out += "    " + wrap(text, width - 4, 4);
  }
  return out;
}

std::string render_validation(const Validation& v, int width) {
  std::string out = wrap(fmt::format("{}: {} scored, {} suspect (shown, not counted), {} not scored. Errors are |ln(predicted / measured)| in %: median and "
                                     "90th percentile. bias: mean, positive when steps are predicted too slow; in: % of cases whose trust "
                                     "range holds the measurement; fit: cases that the values were calibrated on; new: cases that they never saw.",
                                     count(v.rows, "case"), v.scored, v.suspect, v.unscored), width) + "\n";
  if (v.scored == 0) return out;
  out += error_table("class of work, chip family", v.classes, width) + "\n";
  out += error_table("group | workload | hardware", v.families, width);
  if (!v.votes.empty()) out += "\n" + vote_table(v.votes, width);
  if (!v.shares.empty()) out += "\n" + share_table(v.shares, width);
  if (!v.orders.empty()) out += "\n" + order_table(v, width);
  if (!v.scaling.empty()) out += "\n" + scaling_table(v, width);
  return out;
}

std::string validation_to_json(const Validation& v, const std::vector<Score>& scores) {
  Json out{{"rows", v.rows}, {"scored", v.scored}, {"suspect", v.suspect}, {"unscored", v.unscored}};
  out["classes"] = rows_json(v.classes), out["families"] = rows_json(v.families);
  out["votes"] = votes_json(v.votes), out["relative_to_offline"] = shares_json(v.shares);
  Json& orders = out["rank_correlation"] = {{"median", finite_or_null(v.order_median)}, {"families", Json::array()}};
  for (const auto& o : v.orders)
    orders["families"].push_back({{"family", o.family}, {"plans", o.plans}, {"points", o.points}, {"correlation", finite_or_null(o.correlation)}});
  Json& scaling = out["scaling"] = {{"median", finite_or_null(v.scaling_median)}, {"worst", finite_or_null(v.scaling_worst)}, {"curves", Json::array()}};
  for (const auto& s : v.scaling) scaling["curves"].push_back({{"curve", s.curve}, {"from", s.from}, {"to", s.to}, {"error", s.error}});
  Json& cases = out["cases"] = Json::array();
  for (const auto& s : scores) cases.push_back(score_json(s));
  return json_text(out, 1);
}

std::string scores_to_csv(const std::vector<Score>& scores) {
  std::string out = "case_id,predicted,measured,unit,ratio,low,high,calibrated_on,in_range,reason,class,vote,offline_vote,chip,suspect\n";
  for (const auto& s : scores) {
    out += quoted(s.case_id) + ",";
    if (s.scored()) out += fmt::format("{},{},{},{},{},{},{},{}", s.predicted, s.measured, quoted(s.unit), s.ratio, s.low, s.high, s.calibrated_on, s.in_range);
    else out += ",,,,,,,";
    out += "," + quoted(why(s)) + "," + quoted(s.work_class) + "," + quoted(s.vote) + "," + quoted(s.base) + "," + quoted(s.chip_family) + "," + (s.suspect ? "true" : "false") + "\n";
  }
  return out;
}

}  // namespace capmix::analysis
