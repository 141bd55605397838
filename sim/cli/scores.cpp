#include "cli/scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/diagnostic.hpp"
#include "import/csv.hpp"

namespace capmix::cli {
namespace {

using analysis::Json;

struct Reader {
  const import::CsvTable& table;
  const import::CsvRow& row;
  Diagnostics& problems;

  const std::string& text(const char* column) const { return row.fields[static_cast<size_t>(table.column(column))]; }
  double number(const char* column) const {
    const std::string& t = text(column);
    double x = 0;
    const auto [end, error] = std::from_chars(t.data(), t.data() + t.size(), x);
    if (error == std::errc() && end == t.data() + t.size() && std::isfinite(x) && x > 0) return x;
    problems.add({table.file, row.line}, std::string(column) + " is \"" + t + "\" (expected a number above 0)");
    return 1;
  }
  bool flag(const char* column) const {
    const std::string& t = text(column);
    if (t != "true" && t != "false") problems.add({table.file, row.line}, std::string(column) + " is \"" + t + "\" (expected true or false)");
    return t == "true";
  }
};

Score read_score(const Reader& r) {
  Score s;
  s.case_id = r.text("case_id"), s.reason = r.text("reason"), s.work_class = r.text("class"), s.vote = r.text("vote"), s.base = r.text("offline_vote");
  s.chip_family = r.text("chip"), s.suspect = r.flag("suspect");
  if (r.text("predicted").empty()) return s;  // not scored
  s.predicted = r.number("predicted"), s.measured = r.number("measured"), s.unit = r.text("unit"), s.ratio = r.number("ratio");
  s.low = r.number("low"), s.high = r.number("high"), s.calibrated_on = r.flag("calibrated_on"), s.in_range = r.flag("in_range");
  s.log_error = -std::log(s.ratio);
  return s;
}

double number_or_none(const Json& x) { return x.is_number() ? x.get<double>() : std::numeric_limits<double>::quiet_NaN(); }

analysis::Tornado tornado(const Json& output) {
  analysis::Tornado t;
  const auto text = [](const Json& x) { return x.get<std::string>(); };
  t.outcome = text(output.at("outcome")), t.output = text(output.at("output")), t.unit = text(output.at("unit")), t.base = number_or_none(output.at("base"));
  const auto quantile = [&](const char* at) { return fmt::format("P{:.4g}", 100 * output.at(at).get<double>()); };
  for (const auto& i : output.at("inputs"))
    t.bars.push_back({text(i.at("input")), text(i.at("confidence")), quantile("low_at"), quantile("high_at"), number_or_none(i.at("low")), number_or_none(i.at("high"))});
  const auto swing = [](const analysis::TornadoBar& b) { return std::isfinite(b.high - b.low) ? std::fabs(b.high - b.low) : 0; };
  std::stable_sort(t.bars.begin(), t.bars.end(), [&](const auto& a, const auto& b) { return swing(a) > swing(b); });
  return t;
}

}  // namespace

std::vector<Score> read_scores(const std::string& path) {
  Diagnostics problems;
  const auto table = import::read_csv(path, problems);
  for (const char* column : {"case_id", "predicted", "measured", "unit", "ratio", "low", "high", "calibrated_on", "in_range", "reason", "class", "vote", "offline_vote", "chip", "suspect"})
    if (problems.ok() && table.column(column) < 0) problems.add({path, 1}, std::string("has no column \"") + column + "\" (expected a file that capmix validate --csv wrote)");
  std::vector<Score> out;
  if (problems.ok())
    for (const auto& row : table.rows) out.push_back(read_score({table, row, problems}));
  if (!problems.ok()) throw InputError(problems);
  if (out.empty()) throw InputError(path + ": holds no scores (expected a file that capmix validate --csv wrote)");
  return out;
}

std::vector<analysis::Tornado> read_tornados(const std::string& path, const results::StudyInfo& results) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(path + ": error: cannot be read");
  std::vector<analysis::Tornado> out;
  try {
    const Json all = Json::parse(in);
    if (all.at("study") != results.id)
      throw InputError(path + ": error: is of study \"" + all.at("study").get<std::string>() + "\", and the results are of \"" + results.id + "\"");
    for (const auto& output : all.at("outputs")) out.push_back(tornado(output));
  } catch (const Json::exception&) {
    throw InputError(path + ": error: is no sensitivity (expected a file with what capmix sensitivity --json prints)");
  }
  for (const auto& t : out)
    if (std::none_of(results.outcomes.begin(), results.outcomes.end(), [&](const auto& o) { return o.id == t.outcome; }))
      throw InputError(path + ": error: is of outcome \"" + t.outcome + "\", which the results do not have");
  return out;
}

}  // namespace capmix::cli
