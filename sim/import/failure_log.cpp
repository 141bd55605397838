#include "import/failure_log.hpp"

#include <algorithm>

#include "import/formats/failures.hpp"

namespace capmix::import {
namespace {

// The format of a text by its first line, "" for none.
std::string format_of(std::string_view first) {
  const auto has = [&](const char* word) { return first.find(word) != std::string_view::npos; };
  if (has("Prob Started") && has("Down Time")) return "lanl";
  if (has("SN") && has("insert") && has("remove")) return "titan";
  if (has("event_start_time") && has("event_stop_time")) return "fta";
  return "";
}

std::string names_text() {
  std::string out;
  for (const auto& f : failure_formats()) out += (out.empty() ? "" : ", ") + f.name;
  return out;
}

void sort_rows(std::vector<RowSaid>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
}

void read(FailureLog& log, const std::string& text, Diagnostics& problems) {
  if (log.format == "lanl") read_lanl(log, text, problems);
  else if (log.format == "titan") read_titan(log, text, problems);
  else read_fta(log, text, problems);
}

bool known(const std::string& path, const std::string& format, const std::string& is, Diagnostics& problems) {
  std::vector<std::string> names;
  for (const auto& f : failure_formats()) names.push_back(f.name);
  if (format.empty() && is.empty()) problems.add({path, 1, 0}, "is in no known format of failure logs (expected one of " + names_text() + ")");
  else if (!format.empty() && std::find(names.begin(), names.end(), format) == names.end()) problems.add({path, 0, 0}, "there is no format \"" + format + "\"" + did_you_mean(format, names));
  else if (!format.empty() && !is.empty() && is != format) problems.add({path, 1, 0}, "is not " + format + "; this looks like " + is);
  else return true;
  return false;
}

}  // namespace

double FailureLog::exposure(int group) const {
  double sum = 0;
  for (const auto& s : spells)
    if (group < 0 || s.group == group) sum += s.exit - s.entry;
  return sum;
}

size_t FailureLog::events(int cause, int group) const {
  return static_cast<size_t>(std::count_if(spells.begin(), spells.end(), [&](const Spell& s) { return s.cause == cause && (group < 0 || s.group == group); }));
}

const std::vector<FailureFormat>& failure_formats() {
  static const std::vector<FailureFormat> all{{"fta", "event trace of the Failure Trace Archive, between tabs"},
                                              {"lanl", "outages of Los Alamos, LA-UR-05-7318 (System, nodenumz, Prob Started, Down Time, ...)"},
                                              {"titan", "lives of Titan's GPUs (SN, location, insert, remove, duration, out, event)"}};
  return all;
}

std::optional<FailureLog> read_failure_log(const std::string& path, const std::string& format, Diagnostics& problems) {
  Diagnostics here;
  FailureLog log;
  const std::string text = read_text(path, here);
  if (here.ok() && is_binary(text)) here.add({path, 0, 0}, "is binary (expected text, or text packed with gzip)");
  if (here.ok()) {
    const auto lines = lines_of(text);
    const std::string is = lines.empty() ? "" : format_of(lines.front().text);
    if (lines.empty()) here.add({path, 0, 0}, "is empty");
    else if (known(path, format, is, here)) {
      log.file = path, log.format = format.empty() ? is : format;
      read(log, text, here);
    }
  }
  for (auto* rows : {&log.aside, &log.refused, &log.disagree}) sort_rows(*rows);
  if (here.ok() && log.used == 0) {
    here.add({path, 0, 0}, "no row of " + std::to_string(log.rows) + " can be used");
    for (size_t i = 0; i < std::min<size_t>(3, log.refused.size()); ++i) here.add({path, log.refused[i].line, 0}, log.refused[i].why);
  }
  for (const auto& d : here.sorted()) problems.add(d.place, d.message);
  return here.ok() ? std::optional(std::move(log)) : std::nullopt;
}

FailureRows::FailureRows(FailureLog& log, const std::string& text, const std::vector<std::string>& columns, Diagnostics& problems) {
  CsvTable table = parse_csv(text, log.file, problems, Uneven::kept);
  if (!problems.ok()) return;
  ok_ = true;
  std::vector<std::string> header;
  for (const auto& h : table.header) header.emplace_back(trimmed(h));
  for (const auto& name : columns) {
    const auto at = std::find(header.begin(), header.end(), name);
    if (at == header.end()) problems.add({log.file, 1, 0}, "the header has no column \"" + name + "\" (expected of " + log.format + ")" + did_you_mean(name, header)), ok_ = false;
    at_.push_back(static_cast<size_t>(at - header.begin()));
  }
  if (!ok_) return;
  log.rows = table.rows.size();
  for (auto& row : table.rows) {
    if (row.fields.size() == header.size()) rows_.push_back(std::move(row));
    else log.refused.push_back({row.line, "has " + std::to_string(row.fields.size()) + " fields (expected " + std::to_string(header.size()) + ", as in the header)"});
  }
}

int index_of(std::vector<std::string>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) names.emplace_back(name);
  return static_cast<int>(at == names.end() ? names.size() - 1 : static_cast<size_t>(at - names.begin()));
}

}  // namespace capmix::import
