#include "import/csv.hpp"

#include <csv.h>

#include <algorithm>

#include "import/text.hpp"

namespace capmix::import {
namespace {

// What libcsv's callbacks fill. Fields are written over, so that a million rows do not allocate a million times.
struct Sink {
  CsvRow row;
  size_t fields = 0;  // of the row so far
  bool ended = false;
};

void on_field(void* text, size_t size, void* sink) {
  auto* s = static_cast<Sink*>(sink);
  if (s->fields == s->row.fields.size()) s->row.fields.emplace_back();
  s->row.fields[s->fields++].assign(static_cast<const char*>(text), size);
}

void on_row(int, void* sink) { static_cast<Sink*>(sink)->ended = true; }

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

// The text goes to the parser line by line: a row ends with a line, and embedded newlines count.
bool scan_csv(const std::string& text, const std::string& path, Diagnostics& problems, const std::function<void(CsvRow&)>& take) {
  csv_parser parser;
  csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
  Sink sink;
  int line = 1;
  bool broken = false, begins = true;  // begins: nothing of the row has come yet
  const auto hand_over = [&] {
    sink.row.fields.resize(sink.fields);
    take(sink.row);
    sink.fields = 0, sink.ended = false, begins = true;
  };
  // Spreadsheets put a byte-order mark before the header.
  for (size_t i = text.rfind("\xEF\xBB\xBF", 0) == 0 ? 3 : 0; i < text.size() && !broken;) {
    size_t end = i + 1;
    while (end < text.size() && text[end - 1] != '\n' && text[end - 1] != '\r') ++end;
    if (begins) sink.row.line = line;
    begins = begins && end == i + 1 && (text[i] == '\n' || text[i] == '\r');
    if (csv_parse(&parser, &text[i], end - i, on_field, on_row, &sink) != end - i) {
      problems.add({path, line, 0}, std::string("is not CSV: ") + csv_strerror(csv_error(&parser)));
      broken = true;
    }
    if (text[end - 1] == '\n') ++line;
    if (sink.ended) hand_over();
    i = end;
  }
  if (!broken && csv_fini(&parser, on_field, on_row, &sink) != 0) {  // the one thing that is wrong at the end of a file
    problems.add({path, sink.row.line, 0}, "is not CSV: a quote of the row that begins here is never closed");
    broken = true;
  }
  if (sink.ended) hand_over();
  csv_free(&parser);
  return !broken;
}

CsvTable parse_csv(const std::string& text, const std::string& path, Diagnostics& problems, Uneven uneven) {
  CsvTable table;
  table.file = path;
  bool first = true;
  const bool whole = scan_csv(text, path, problems, [&](CsvRow& row) {
    if (first) table.header = std::move(row.fields);
    else if (uneven == Uneven::refused && row.fields.size() != table.header.size())
      problems.add({path, row.line, 0}, "has " + std::to_string(row.fields.size()) + " fields (expected " + std::to_string(table.header.size()) + ", as in the header)");
    else table.rows.push_back(std::move(row));
    row.fields.clear(), first = false;
  });
  if (first && whole) problems.add({path, 0, 0}, "is empty (expected a header line)");
  return table;
}

}  // namespace capmix::import
