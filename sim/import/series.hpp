// Recorded demand: counts or rates by window of time (Series), and single requests (RequestList), out of other people's
// files. One importer a format, in formats/; what each file is, and what its publisher says of it, stands at its head.
//
// Every row is used or refused, with its line and the reason. Nothing is filled in: a window of which the file says
// nothing stays a gap, and is listed. What is done with a series that has gaps is for who uses it to say (whole_hours()
// marks every hour with a gap in it). Not modelled: how sure a publisher is of a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"

namespace capmix::import {

struct RefusedRow {
  int line = 0;          // 1-based
  std::string why;
};

// Windows one behind the other of which the file says nothing, or 0.
struct Run {
  size_t from = 0, windows = 0;  // index of the first
};

struct SeriesReport {
  size_t rows = 0, used = 0;            // rows == used + aside + refused.size()
  size_t aside = 0;                     // good rows that were not asked for (another kind of request): `notes` says which
  std::vector<RefusedRow> refused{};    // by line
  std::vector<Run> gaps{}, zeros{};     // ascending
  size_t doubled = 0;                   // of the refused: rows whose window (of one sender) had a value already
  size_t unsorted = 0;                  // used or not: rows with an earlier time than one further up
  size_t off_grid = 0;                  // used rows that do not stand at the beginning of a window
  std::vector<std::string> notes{};     // what else who uses the file must know
};

struct Series {
  std::string file, name, format, unit;  // unit: of a value, such as "page views"
  std::optional<double> start{};  // of the first window, seconds since 1970-01-01 00:00 of the file's clock; absent: no dates
  double step = 0;                // of a window, s
  std::vector<double> values{};   // by window; NaN: a gap
  bool counts = true;             // values are counts of a window; false: rates, per second
  bool calendar = false;          // hour of the day and weekday of `start` can be trusted
  SeriesReport report{};

  size_t known() const;           // windows that have a value
  size_t missing() const { return values.size() - known(); }
  double total() const;           // requests in all known windows: counts, or rates x step
  double rate() const;            // mean over known windows, per second; NaN when there is none
  double seconds() const { return step * static_cast<double>(values.size()); }
};

struct RequestList {
  std::string file, name, format;
  std::optional<double> start{};        // of the first request, as of a series
  bool calendar = false;
  std::vector<double> arrival{};        // s after the first, ascending
  std::vector<double> prompt{}, output{};  // tokens of each; empty where the format has none
  std::vector<std::pair<std::string, size_t>> states{};  // requests by how they ended, by name; empty where not told
  SeriesReport report{};                // without gaps: a list says nothing of time without requests
};

// `name`: what --format and `format = ` say. requests: a list; otherwise a series.
struct SeriesFormat {
  std::string name, what;
  bool requests = false;
};
const std::vector<SeriesFormat>& series_formats();  // by name
std::vector<std::string> series_format_names();

struct SeriesQuestion {
  std::string format;
  std::string select{};   // genai-qps: the request type; "": that of the containers
};

// Problems (unreadable, cut off, binary, empty, other columns, no usable row) go to `problems` with line and reason, and
// there is no answer. A file of another format is told as what it looks like.
std::optional<Series> read_series(const std::string& path, const SeriesQuestion& question, Diagnostics& problems);
std::optional<RequestList> read_requests(const std::string& path, const std::string& format, Diagnostics& problems);
// Either: a list is counted in windows of `step` seconds.
std::optional<Series> read_demand_series(const std::string& path, const SeriesQuestion& question, Diagnostics& problems, double step = 1);

// The name of the format that a text looks like, "" for none that is known.
std::string looks_like(const std::string& text);

// Requests by window from the first one on; the last window is cut where the last request falls into it.
Series counted(const RequestList& list, double step);

// Mean rates (per second) by hour of the file's clock, from whole hours alone: incomplete ones at both ends are left out
// (`cut`, windows). An hour in which any window is a gap is a gap. A window belongs to the hour in which it begins.
// Without a clock hour 0 begins with the series. Steps above an hour give no answer.
struct HourlySeries {
  int64_t first = 0;            // hours since 1970-01-01 00:00 of the file's clock, or 0
  std::vector<double> rates{};  // NaN: a gap
  size_t cut = 0;
};
std::optional<HourlySeries> whole_hours(const Series& series);

// Fills gaps and zero runs of `report` from the values.
void find_runs(Series& series);

// "2020-01-01 00:00:00" of seconds since 1970.
std::string clock_text(double seconds);
// "45 s", "29 min", "3.1 h", "2.5 d"
std::string lasting_text(double seconds);

}  // namespace capmix::import
