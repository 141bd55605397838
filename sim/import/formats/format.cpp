#include "import/formats/format.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>

#include "base/calendar.hpp"

namespace capmix::import {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kMostWindows = 50'000'000;

bool whole_number(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// The commonest distance between two times one after the other, s; of several, the least. 0: there is none.
double commonest(const std::vector<Sample>& sorted) {
  std::map<int64_t, size_t> distances;  // microseconds
  for (size_t i = 1; i < sorted.size(); ++i)
    if (const double d = sorted[i].at.since(sorted[i - 1].at); d > 0) ++distances[std::llround(d * 1e6)];
  int64_t best = 0;
  size_t most = 0;
  for (const auto& [distance, n] : distances)
    if (n > most) best = distance, most = n;
  return static_cast<double>(best) / 1e6;
}

template <class List>
size_t out_of_order(const List& rows) {
  size_t n = 0;
  for (size_t i = 1, latest = 0; i < rows.size(); ++i) {
    if (rows[i].at.since(rows[latest].at) < 0) ++n;
    else latest = i;
  }
  return n;
}

void sort_refused(SeriesReport& report) {
  std::stable_sort(report.refused.begin(), report.refused.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
}

// Why not one row was good: the first few reasons.
void nothing_used(const std::string& file, const SeriesReport& report, Diagnostics& problems) {
  if (report.refused.empty()) return problems.add({file, 0, 0}, "holds no row below its header");
  for (size_t i = 0; i < report.refused.size() && i < 3; ++i) problems.add({file, report.refused[i].line, 0}, report.refused[i].why);
  if (report.refused.size() > 3) problems.add({file, 0, 0}, "no row of " + std::to_string(report.rows) + " can be used");
}

}  // namespace

std::optional<Instant> parse_instant(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && text.back() == 'Z') text.remove_suffix(1);
  Date day;
  if (text.size() < 16 || (text[10] != ' ' && text[10] != 'T') || text[13] != ':' || !Date::parse(std::string(text.substr(0, 10)), day)) return {};
  int hour = 0, minute = 0, second = 0;
  if (!whole_number(text.substr(11, 2), hour) || !whole_number(text.substr(14, 2), minute)) return {};
  double part = 0;
  if (text.size() > 16) {
    if (text.size() < 19 || text[16] != ':' || !whole_number(text.substr(17, 2), second)) return {};
    if (text.size() > 19 && (text[19] != '.' || !parse_number("0" + std::string(text.substr(19)), part) || part >= 1)) return {};
  }
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return {};
  return Instant{int64_t{day.day()} * 86400 + hour * 3600 + minute * 60 + second, part};
}

std::string not_this(const std::string& text, const std::string& format) {
  const std::string other = looks_like(text);
  return other.empty() || other == format ? "" : "; this looks like " + other;
}

std::optional<Columns> read_columns(const std::string& path, const std::string& text, const std::string& format, const std::vector<std::string>& columns,
                                    SeriesReport& report, Diagnostics& problems) {
  Columns out{parse_csv(text, path, problems, Uneven::kept), {}};
  if (out.table.header.empty()) return {};
  bool good = true;
  for (const auto& name : columns) {
    size_t at = 0;
    while (at < out.table.header.size() && trimmed(out.table.header[at]) != name) ++at;
    if (at == out.table.header.size()) {
      const std::string other = not_this(text, format);
      problems.add({path, 1, 0}, "the header has no column \"" + name + "\" (expected of " + format + ")" + (other.empty() ? did_you_mean(name, out.table.header) : other));
      good = false;
    }
    out.at.push_back(at);
  }
  if (!good || !problems.ok()) return {};
  report.rows = out.table.rows.size();
  std::vector<CsvRow> even;
  for (auto& row : out.table.rows) {
    if (row.fields.size() == out.table.header.size()) even.push_back(std::move(row));
    else refuse(report, row.line, "has " + std::to_string(row.fields.size()) + " fields (expected " + std::to_string(out.table.header.size()) + ", as in the header)");
  }
  out.table.rows = std::move(even);
  return out;
}

void refuse(SeriesReport& report, int line, std::string why) { report.refused.push_back({line, std::move(why)}); }

std::optional<double> amount(SeriesReport& report, int line, std::string_view text, const std::string& name) {
  double value = 0;
  if (text.empty()) refuse(report, line, "has no " + name);
  else if (!parse_number(text, value)) refuse(report, line, name + " is \"" + std::string(text.substr(0, 40)) + "\" (expected a number)");
  else if (value < 0) refuse(report, line, name + " is " + std::string(text) + " (expected at least 0)");
  else return value;
  return {};
}

std::optional<Instant> instant(SeriesReport& report, int line, std::string_view text, const std::string& name) {
  if (const auto at = parse_instant(text)) return at;
  refuse(report, line, text.empty() ? "has no " + name : name + " is \"" + std::string(text.substr(0, 40)) + "\" (expected a time such as 2026-01-31 18:30:00)");
  return {};
}

std::optional<std::vector<Sample>> read_pairs(const std::string& path, const std::string& text, const std::string& time, const std::string& value,
                                              Series& into, Diagnostics& problems) {
  const auto columns = read_columns(path, text, into.format, {time, value}, into.report, problems);
  if (!columns) return {};
  std::vector<Sample> out;
  for (const auto& row : columns->table.rows) {
    const auto at = instant(into.report, row.line, columns->field(row, 0), time);
    const auto read = at ? amount(into.report, row.line, columns->field(row, 1), value) : std::nullopt;
    if (read) out.push_back({row.line, *at, *read});
  }
  return out;
}

bool lay(const std::vector<Sample>& samples, double step, bool sum, Series& into, Diagnostics& problems) {
  into.report.unsorted = out_of_order(samples);
  std::vector<Sample> sorted = samples;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.at.since(b.at) < 0; });
  if (sorted.empty()) return finish(into, problems);
  into.step = step > 0 ? step : commonest(sorted);
  if (into.step <= 0) return problems.add({into.file, sorted.front().line, 0}, "all rows have one time: there is no step between two of them"), false;
  const Instant first = sorted.front().at;
  into.start = first.seconds();
  const double windows = sorted.back().at.since(first) / into.step + 1;
  if (windows > static_cast<double>(kMostWindows)) {
    problems.add({into.file, sorted.back().line, 0}, "times reach from " + clock_text(first.seconds()) + " to " + clock_text(sorted.back().at.seconds()) + ", " +
                                                         std::to_string(std::llround(windows)) + " windows of " + lasting_text(into.step) + " (expected at most " + std::to_string(kMostWindows) + "): is one of them wrong?");
    return false;
  }
  const auto window = [&](const Sample& s) { return static_cast<size_t>(s.at.since(first) / into.step + 1e-6); };
  into.values.assign(window(sorted.back()) + 1, kGap);
  const Sample* before = nullptr;  // that holds the window of the last row
  for (const auto& s : sorted) {
    double& value = into.values[window(s)];
    if (!sum && before != nullptr && window(*before) == window(s)) {
      ++into.report.doubled;
      refuse(into.report, s.line, s.at.since(before->at) == 0 ? "has the time of line " + std::to_string(before->line) : "falls into the window of line " + std::to_string(before->line));
      continue;
    }
    value = (std::isnan(value) ? 0 : value) + s.value;
    if (std::fabs(s.at.since(first) - static_cast<double>(window(s)) * into.step) > 1e-3) ++into.report.off_grid;
    ++into.report.used;
    before = &s;
  }
  return finish(into, problems);
}

bool finish(Series& series, Diagnostics& problems) {
  sort_refused(series.report);
  if (series.report.used == 0) return nothing_used(series.file, series.report, problems), false;
  find_runs(series);
  return true;
}

bool finish(std::vector<Request> requests, bool tokens, RequestList& list, Diagnostics& problems) {
  auto& report = list.report;
  report.unsorted = out_of_order(requests);
  sort_refused(report);
  report.used = requests.size();
  if (requests.empty()) return nothing_used(list.file, report, problems), false;
  std::stable_sort(requests.begin(), requests.end(), [](const auto& a, const auto& b) { return a.at.since(b.at) < 0; });
  const Instant first = requests.front().at;
  if (const double span = requests.back().at.since(first); span > static_cast<double>(kMostWindows)) {
    problems.add({list.file, requests.back().line, 0}, "requests reach over " + lasting_text(span) + " (expected at most " + lasting_text(static_cast<double>(kMostWindows)) + "): is one of the times wrong?");
    return false;
  }
  for (const auto& r : requests) {
    list.arrival.push_back(r.at.since(first));
    if (tokens) list.prompt.push_back(r.prompt), list.output.push_back(r.output);
  }
  if (list.start) list.start = first.seconds();
  return true;
}

}  // namespace capmix::import
