#include "cli/scores.hpp"

#include <charconv>
#include <cmath>

#include "base/diagnostic.hpp"
#include "import/csv.hpp"

namespace capmix::cli {
namespace {

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

}  // namespace capmix::cli
