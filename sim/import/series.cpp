#include "import/series.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "base/calendar.hpp"
#include "import/formats/format.hpp"

namespace capmix::import {
namespace {

constexpr double kHour = 3600;
constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

// The format of that name; a problem when there is none, or when it is of the other sort.
const SeriesFormat* known_format(const std::string& path, const std::string& text, const std::string& name, Diagnostics& problems) {
  for (const auto& f : series_formats())
    if (f.name == name) return &f;
  const std::string looks = text.empty() ? "" : looks_like(text);
  problems.add({path, 0, 0}, "there is no format \"" + name + "\"" + (looks.empty() ? did_you_mean(name, series_format_names()) : "; this looks like " + looks));
  return nullptr;
}

// The text of a demand file; empty after a problem.
std::string demand_text(const std::string& path, Diagnostics& problems) {
  Diagnostics here;
  std::string text = read_text(path, here);
  if (here.ok() && is_binary(text)) here.add({path, 0, 0}, "is binary (expected text, or text packed with gzip)"), text.clear();
  else if (here.ok() && trimmed(text.rfind("\xEF\xBB\xBF", 0) == 0 ? text.substr(3) : text).empty()) here.add({path, 0, 0}, "is empty"), text.clear();
  for (const auto& d : here.sorted()) problems.add(d.place, d.message);
  return text;
}

std::optional<Series> series_of(const std::string& path, const std::string& text, const SeriesQuestion& q, Diagnostics& problems) {
  if (!q.select.empty() && q.format != "genai-qps") return problems.add({path, 0, 0}, "a format " + q.format + " has nothing to select (only genai-qps has request types)"), std::nullopt;
  if (q.format == "wikipedia-hourly") return read_wikipedia(path, text, problems);
  if (q.format == "nab") return read_nab(path, text, problems);
  if (q.format == "counts") return read_counts(path, text, problems);
  return read_genai_qps(path, text, q.select, problems);
}

std::optional<RequestList> requests_of(const std::string& path, const std::string& text, const std::string& format, Diagnostics& problems) {
  if (format == "azure-llm") return read_azure_llm(path, text, problems);
  if (format == "mooncake") return read_mooncake(path, text, problems);
  return read_genai_requests(path, text, problems);
}

bool has_all(const std::vector<std::string>& header, std::initializer_list<const char*> names) {
  return std::all_of(names.begin(), names.end(), [&](const char* n) { return std::find(header.begin(), header.end(), n) != header.end(); });
}

}  // namespace

size_t Series::known() const {
  return static_cast<size_t>(std::count_if(values.begin(), values.end(), [](double v) { return !std::isnan(v); }));
}

double Series::total() const {
  double sum = 0;
  for (const double v : values)
    if (!std::isnan(v)) sum += v;
  return counts ? sum : sum * step;
}

double Series::rate() const { return known() == 0 ? kGap : total() / (static_cast<double>(known()) * step); }

const std::vector<SeriesFormat>& series_formats() {
  static const std::vector<SeriesFormat> all{
      {"azure-llm", "LLM requests with tokens (TIMESTAMP, ContextTokens, GeneratedTokens)", true},
      {"counts", "whole numbers, one a second, without times"},
      {"genai-qps", "rates by container (timestamp_anon, value, container_ip, request_type)"},
      {"genai-requests", "requests for images (gmt_create, predict_status, ...)", true},
      {"mooncake", "LLM requests with tokens, JSON lines (timestamp, input_length, output_length)", true},
      {"nab", "counts by time (timestamp, value)"},
      {"wikipedia-hourly", "page views by the hour (ds, y)"}};
  return all;
}

std::vector<std::string> series_format_names() { return names_of(series_formats()); }

std::string looks_like(const std::string& text) {
  const auto lines = lines_of(std::string_view(text).substr(0, 65536));
  if (lines.empty()) return "";
  std::string_view first = lines.front().text;
  if (first.front() == '{') return first.find("\"input_length\"") == std::string_view::npos ? "" : "mooncake";
  std::vector<std::string> header;
  for (std::string_view rest = first; !rest.empty();) {
    const size_t end = std::min(rest.find(','), rest.size());
    header.emplace_back(trimmed(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (has_all(header, {"TIMESTAMP", "ContextTokens", "GeneratedTokens"})) return "azure-llm";
  if (has_all(header, {"timestamp_anon", "value", "container_ip", "request_type"})) return "genai-qps";
  if (has_all(header, {"gmt_create", "predict_status"})) return "genai-requests";
  if (has_all(header, {"timestamp", "value"})) return "nab";
  if (has_all(header, {"ds", "y"})) return "wikipedia-hourly";
  if (has_all(header, {"instance_sn", "app_name"})) return "an inventory of instances (capmix replay instances)";
  double value = 0;
  return header.size() == 1 && parse_number(first.substr(0, first.find_first_of(" \t")), value) ? "counts" : "";
}

std::optional<Series> read_series(const std::string& path, const SeriesQuestion& question, Diagnostics& problems) {
  Diagnostics here;
  const std::string text = demand_text(path, here);
  const auto* format = here.ok() ? known_format(path, text, question.format, here) : nullptr;
  std::optional<Series> out;
  if (format != nullptr && format->requests) here.add({path, 0, 0}, "a format " + format->name + " is a list of requests (expected a series)");
  else if (format != nullptr) out = series_of(path, text, question, here);
  for (const auto& d : here.sorted()) problems.add(d.place, d.message);
  return here.ok() ? out : std::nullopt;
}

std::optional<RequestList> read_requests(const std::string& path, const std::string& format, Diagnostics& problems) {
  Diagnostics here;
  const std::string text = demand_text(path, here);
  const auto* known = here.ok() ? known_format(path, text, format, here) : nullptr;
  std::optional<RequestList> out;
  if (known != nullptr && !known->requests) here.add({path, 0, 0}, "a format " + format + " is a series (expected a list of requests)");
  else if (known != nullptr) out = requests_of(path, text, format, here);
  for (const auto& d : here.sorted()) problems.add(d.place, d.message);
  return here.ok() ? out : std::nullopt;
}

std::optional<Series> read_demand_series(const std::string& path, const SeriesQuestion& question, Diagnostics& problems, double step) {
  for (const auto& f : series_formats()) {
    if (f.name != question.format || !f.requests) continue;
    if (!question.select.empty()) return problems.add({path, 0, 0}, "a format " + f.name + " has nothing to select (only genai-qps has request types)"), std::nullopt;
    const auto list = read_requests(path, question.format, problems);
    return list ? std::optional(counted(*list, step)) : std::nullopt;
  }
  return read_series(path, question, problems);
}

Series counted(const RequestList& list, double step) {
  Series out;
  out.file = list.file, out.name = list.name, out.format = list.format, out.unit = "requests";
  out.start = list.start, out.calendar = list.calendar, out.step = step, out.report = list.report;
  if (!list.arrival.empty()) out.values.assign(static_cast<size_t>(list.arrival.back() / step) + 1, 0.0);
  for (const double t : list.arrival) ++out.values[static_cast<size_t>(t / step)];
  find_runs(out);
  return out;
}

void find_runs(Series& series) {
  series.report.gaps.clear(), series.report.zeros.clear();
  const auto add = [](std::vector<Run>& runs, size_t at) {
    if (!runs.empty() && runs.back().from + runs.back().windows == at) ++runs.back().windows;
    else runs.push_back({at, 1});
  };
  for (size_t i = 0; i < series.values.size(); ++i) {
    if (std::isnan(series.values[i])) add(series.report.gaps, i);
    else if (series.values[i] == 0) add(series.report.zeros, i);
  }
}

std::optional<HourlySeries> whole_hours(const Series& series) {
  if (series.step <= 0 || series.step > kHour || series.values.empty()) return {};
  HourlySeries out;
  const double start = series.start.value_or(0);
  const auto hour = [&](size_t window) { return static_cast<int64_t>(std::floor((start + static_cast<double>(window) * series.step) / kHour + 1e-9)); };
  std::vector<size_t> begins;  // first window of each hour, and the end
  int64_t last = std::numeric_limits<int64_t>::min();
  for (size_t i = 0; i < series.values.size(); ++i) {
    const int64_t h = hour(i);
    if (h != last) begins.push_back(i);
    last = h;
  }
  begins.push_back(series.values.size());
  // The first hour is whole when no window before it could have begun in it, the last when the one behind it would not.
  size_t from = 0, to = begins.size() - 1;
  if (start - static_cast<double>(hour(0)) * kHour >= series.step) ++from;
  if (to > from && hour(series.values.size()) == last) --to;
  if (from >= to) return {};
  out.cut = begins[from] + (series.values.size() - begins[to]);
  out.first = hour(begins[from]);
  for (size_t k = from; k < to; ++k) {
    double sum = 0;
    for (size_t i = begins[k]; i < begins[k + 1]; ++i) sum += series.values[i];  // a gap makes the hour one
    out.rates.push_back(sum / static_cast<double>(begins[k + 1] - begins[k]) / (series.counts ? series.step : 1));
  }
  return out;
}

std::string clock_text(double seconds) {
  const double day = std::floor(seconds / 86400);
  const int rest = static_cast<int>(seconds - day * 86400);
  char text[32];
  std::snprintf(text, sizeof text, " %02d:%02d:%02d", rest / 3600, rest / 60 % 60, rest % 60);
  return Date(static_cast<int32_t>(day)).text() + text;
}

std::string lasting_text(double seconds) {
  char text[48];
  if (seconds < 120) std::snprintf(text, sizeof text, "%.3g s", seconds);
  else if (seconds < 3600) std::snprintf(text, sizeof text, "%.3g min", seconds / 60);
  else if (seconds < 172800) std::snprintf(text, sizeof text, "%.3g h", seconds / 3600);
  else std::snprintf(text, sizeof text, "%.4g d", seconds / 86400);
  return text;
}

}  // namespace capmix::import
