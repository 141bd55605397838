// What the importers share: a table with its columns, rows that become windows. Private to the room import.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/csv.hpp"
#include "import/series.hpp"
#include "import/text.hpp"

namespace capmix::import {

// Seconds since 1970-01-01 00:00 of the file's clock; whole ones apart, so that 7 decimals survive.
struct Instant {
  int64_t whole = 0;
  double part = 0;     // 0..1
  double since(const Instant& other) const { return static_cast<double>(whole - other.whole) + (part - other.part); }
  double seconds() const { return static_cast<double>(whole) + part; }
};
// "2023-11-16 18:17:03.9799600", with a T instead of the blank or a Z behind, without seconds or without fraction.
std::optional<Instant> parse_instant(std::string_view text);

// The text of a demand file as a table with a header. `columns` must all be there, in any order: at[i] is where
// columns[i] stands. Rows of another width are refused into `report`. No answer, after a problem, when it is no such file.
struct Columns {
  CsvTable table;
  std::vector<size_t> at{};
  std::string_view field(const CsvRow& row, size_t i) const { return trimmed(row.fields[at[i]]); }
};
std::optional<Columns> read_columns(const std::string& path, const std::string& text, const std::string& format, const std::vector<std::string>& columns,
                                    SeriesReport& report, Diagnostics& problems);

// "the file does not look like <format>", and what it looks like instead.
std::string not_this(const std::string& text, const std::string& format);

void refuse(SeriesReport& report, int line, std::string why);
// A number that is at least 0; refuses the row otherwise.
std::optional<double> amount(SeriesReport& report, int line, std::string_view text, const std::string& name);
std::optional<Instant> instant(SeriesReport& report, int line, std::string_view text, const std::string& name);

// A good row of a series.
struct Sample {
  int line = 0;
  Instant at;
  double value = 0;
};
// The rows of a table of a time and an amount, by the names of these two columns; bad ones are refused into the report of
// `into`, whose format says what was expected. No answer, after a problem, when it is no such file.
std::optional<std::vector<Sample>> read_pairs(const std::string& path, const std::string& text, const std::string& time, const std::string& value,
                                              Series& into, Diagnostics& problems);
// Lays samples onto windows. step 0: the commonest distance between two times one after the other. `sum`: values of one
// window add up (senders); otherwise the first row of a window, by time and then by line, holds and others are refused.
// Fills start, step, values and the report; false after a problem.
bool lay(const std::vector<Sample>& samples, double step, bool sum, Series& into, Diagnostics& problems);
// Sorts refusals, finds gaps and zeros. False, and a problem, when no row could be used.
bool finish(Series& series, Diagnostics& problems);

// A good row of a list, token counts -1 where there are none.
struct Request {
  int line = 0;
  Instant at;
  double prompt = -1, output = -1;
};
bool finish(std::vector<Request> requests, bool tokens, RequestList& list, Diagnostics& problems);

// One of each format. `text` is unpacked, not empty and not binary.
std::optional<Series> read_wikipedia(const std::string& path, const std::string& text, Diagnostics& problems);
std::optional<Series> read_nab(const std::string& path, const std::string& text, Diagnostics& problems);
std::optional<Series> read_counts(const std::string& path, const std::string& text, Diagnostics& problems);
std::optional<Series> read_genai_qps(const std::string& path, const std::string& text, const std::string& type, Diagnostics& problems);
std::optional<RequestList> read_genai_requests(const std::string& path, const std::string& text, Diagnostics& problems);
std::optional<RequestList> read_azure_llm(const std::string& path, const std::string& text, Diagnostics& problems);
std::optional<RequestList> read_mooncake(const std::string& path, const std::string& text, Diagnostics& problems);

}  // namespace capmix::import
