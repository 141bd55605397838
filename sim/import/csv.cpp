#include "import/csv.hpp"

#include <csv.h>

#include <algorithm>

#include "import/text.hpp"

namespace capmix::import {
namespace {

// What libcsv's callbacks fill. A row's line is the line on which the parser stood when the row before
// it ended, plus one; embedded newlines count.
struct Sink {
  std::vector<CsvRow> rows;
  CsvRow current;
};

void on_field(void* text, size_t size, void* sink) {
  static_cast<Sink*>(sink)->current.fields.emplace_back(static_cast<const char*>(text), size);
}

void on_row(int, void* sink) {
  auto* s = static_cast<Sink*>(sink);
  s->rows.push_back(std::move(s->current));
  s->current = {};
}

}  // namespace

int CsvTable::column(const std::string& name) const {
  const auto it = std::find(header.begin(), header.end(), name);
  return it == header.end() ? -1 : static_cast<int>(it - header.begin());
}

CsvTable read_csv(const std::string& path, Diagnostics& problems, Uneven uneven) {
  Diagnostics here;
  const std::string text = read_text(path, here);
  if (here.ok()) return parse_csv(text, path, problems, uneven);
  for (const auto& d : here.sorted()) problems.add(d.place, d.message);
  CsvTable none;
  none.file = path;
  return none;
}

CsvTable parse_csv(const std::string& text, const std::string& path, Diagnostics& problems, Uneven uneven) {
  CsvTable table;
  table.file = path;
  csv_parser parser;
  csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
  Sink sink;
  int line = 1;
  bool broken = false;
  // Spreadsheets put a byte-order mark before the header.
  for (size_t i = text.rfind("\xEF\xBB\xBF", 0) == 0 ? 3 : 0; i < text.size() && !broken; ++i) {
    const size_t rows = sink.rows.size();
    if (sink.current.fields.empty() && sink.current.line == 0) sink.current.line = line;
    if (csv_parse(&parser, &text[i], 1, on_field, on_row, &sink) != 1) {
      problems.add({path, line, 0}, std::string("is not CSV: ") + csv_strerror(csv_error(&parser)));
      broken = true;
    }
    if (text[i] == '\n') ++line;
    const bool feed = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';  // the row ended before its line did
    if (sink.rows.size() > rows) sink.current.line = line + (feed ? 1 : 0);
  }
  if (!broken && csv_fini(&parser, on_field, on_row, &sink) != 0)  // the one thing that is wrong at the end of a file
    problems.add({path, sink.current.line > 0 ? sink.current.line : line, 0}, "is not CSV: a quote of the row that begins here is never closed");
  csv_free(&parser);

  if (sink.rows.empty()) {
    if (!broken) problems.add({path, 0, 0}, "is empty (expected a header line)");
    return table;
  }
  table.header = sink.rows.front().fields;
  for (size_t r = 1; r < sink.rows.size(); ++r) {
    auto& row = sink.rows[r];
    if (uneven == Uneven::refused && row.fields.size() != table.header.size()) {
      problems.add({path, row.line, 0}, "has " + std::to_string(row.fields.size()) + " fields (expected " +
                                            std::to_string(table.header.size()) + ", as in the header)");
      continue;
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace capmix::import
