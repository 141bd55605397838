#include "results/dump.hpp"

#include <cinttypes>
#include <cstdio>
#include <functional>
#include <set>
#include <vector>

#include "base/hash.hpp"
#include "results/schema.hpp"

namespace capmix::results {
namespace {

// What says when, where, by which command and by which build the file was made, not what the result is.
const char* condition(const std::string& table) {
  return table == "manifest" ? " WHERE key NOT IN ('created', 'command', 'version', 'commit', 'build', 'identity', 'seconds', 'shard', 'quick_gap')" : "";
}

// Numbers of runs, which tell their order, and places of inputs.
bool is_place(const std::string& table, const std::string& column) {
  return (table == "run" && column == "run") || (table == "input_file" && column == "path") ||
         (table == "input_fact" && (column == "file" || column == "line"));
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\\\";
    else if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else out += c;
  }
  return out;
}

std::string cell(const Statement& s, int column) {
  char buffer[48];
  switch (s.kind(column)) {
    case Statement::Kind::null: return "null";
    case Statement::Kind::integer: std::snprintf(buffer, sizeof buffer, "%" PRId64, s.integer(column)); return buffer;
    case Statement::Kind::real: std::snprintf(buffer, sizeof buffer, "%.17g", s.real(column)); return buffer;
    case Statement::Kind::text: break;
  }
  return escaped(s.text(column));
}

std::vector<std::string> column_list(Database& db, const std::string& table) {
  std::vector<std::string> out;
  Statement s(db, "PRAGMA table_info(\"" + table + "\")");
  while (s.step())
    if (!is_place(table, s.text(1))) out.push_back('"' + s.text(1) + '"');
  return out;
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& i : items) out += (out.empty() ? "" : ", ") + i;
  return out;
}

using Line = std::function<void(const std::string&)>;

std::string row_text(const Statement& rows) {
  std::string text = cell(rows, 0);
  for (int i = 1; i < rows.columns(); ++i) text += '\t' + cell(rows, i);
  return text;
}

// Facts name their run by its number: they are read run by run, which sorts the whole table without a second copy of it.
void each_fact(Database& db, const std::string& table, const std::vector<std::string>& own, const Line& line) {
  const std::string columns = joined(own);
  line("# " + table + ": \"mix\", \"outcome\", \"draw\", " + columns);
  Statement runs(db, "SELECT run, mix, outcome, draw FROM run ORDER BY mix, outcome, draw");
  Statement rows(db, "SELECT " + columns + " FROM \"" + table + "\" WHERE run = ? ORDER BY " + columns);
  while (runs.step()) {
    const std::string run = cell(runs, 1) + '\t' + cell(runs, 2) + '\t' + cell(runs, 3) + '\t';
    rows.bind(runs.integer(0));
    while (rows.step()) line(run + row_text(rows));
    rows.run();  // ready for the next
  }
}

bool is_facts(const std::vector<std::string>& columns) { return columns.size() > 2 && columns[0] == "\"run\"" && columns[1] == "\"row\""; }

// `runs`: with facts and states of runs, and not only what describes them.
void each_line(const std::string& path, bool runs, const Line& line) {
  Database db = open_for_reading(path);
  db.run("BEGIN");  // one snapshot
  std::vector<std::string> tables;
  Statement names(db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
  while (names.step()) tables.push_back(names.text(0));
  for (const auto& table : tables) {
    std::vector<std::string> own = column_list(db, table);
    if (!runs && (is_facts(own) || table == "run")) continue;
    if (is_facts(own)) {
      own.erase(own.begin(), own.begin() + 2);
      each_fact(db, table, own, line);
      continue;
    }
    const std::string columns = joined(own);
    line("# " + table + ": " + columns);
    Statement rows(db, "SELECT " + columns + " FROM \"" + table + "\"" + condition(table) + " ORDER BY " + columns);
    while (rows.step()) line(row_text(rows));
  }
}

}  // namespace

void dump(const std::string& path, std::ostream& out) {
  each_line(path, true, [&](const std::string& line) { out << line << '\n'; });
}

std::vector<std::string> description(const std::string& path) {
  std::vector<std::string> out;
  each_line(path, false, [&](const std::string& line) { out.push_back(line); });
  return out;
}

std::string hash(const std::string& path) {
  uint64_t h = 0;
  each_line(path, true, [&](const std::string& line) { h = hash64(line, h); });
  return hex64(h);
}

}  // namespace capmix::results
