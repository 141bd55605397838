// counts: whole numbers, one a second, without any time (a sample of the Twitter stream of 2021-08, one a line here and
// between blanks as published). Missing pieces of the archive were skipped, so nothing tells the hour of a value: the
// calendar does not hold. Long runs of 0 are rather missing records than seconds without a tweet; they are kept as 0.
#include <cmath>
#include <limits>

#include "import/formats/format.hpp"

namespace capmix::import {
namespace {

constexpr size_t kLongZeros = 60;  // s

// A text of one token a line that is no number at all is another format.
bool first_is_number(std::string_view text) {
  double value = 0;
  const auto lines = lines_of(text.substr(0, 4096));
  if (lines.empty()) return false;
  return parse_number(lines.front().text.substr(0, lines.front().text.find_first_of(" \t,")), value);
}

}  // namespace

std::optional<Series> read_counts(const std::string& path, const std::string& text, Diagnostics& problems) {
  Series out;
  out.file = path, out.name = "events by the second", out.format = "counts", out.unit = "events", out.step = 1;
  if (!first_is_number(text)) return problems.add({path, 1, 0}, "does not begin with a number (expected one count a line)" + not_this(text, out.format)), std::nullopt;
  for (const auto& [line, row] : lines_of(text)) {
    std::string_view rest = row;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find_first_of(" \t"), rest.size());
      const auto value = amount(out.report, line, rest.substr(0, end), "the count");
      const bool whole = value && std::floor(*value) == *value;
      if (value && !whole) refuse(out.report, line, "the count is " + std::string(rest.substr(0, end)) + " (expected a whole number)");
      out.values.push_back(whole ? *value : std::numeric_limits<double>::quiet_NaN());
      ++out.report.rows;
      if (whole) ++out.report.used;
      rest = trimmed(rest.substr(end));
    }
  }
  if (!finish(out, problems)) return {};
  out.report.notes.push_back("The file has no times: its hours of the day are not known");
  size_t seconds = 0, runs = 0;
  for (const auto& run : out.report.zeros)
    if (run.windows >= kLongZeros) seconds += run.windows, ++runs;
  if (runs > 0) out.report.notes.push_back(std::to_string(runs) + " runs of 0 last " + std::to_string(kLongZeros) + " s or longer, " + std::to_string(seconds) + " s in all: rather missing records than no events");
  return out;
}

}  // namespace capmix::import
