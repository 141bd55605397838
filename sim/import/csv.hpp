// Comma-separated values as RFC 4180 has them (quotes, embedded commas and newlines), read with libcsv.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"

namespace capmix::import {

struct CsvRow {
  int line = 0;                     // 1-based, of the row's first character
  std::vector<std::string> fields;
};

struct CsvTable {
  std::string file;
  std::vector<std::string> header;
  std::vector<CsvRow> rows;
  int column(const std::string& name) const;  // -1 when absent
};

// Rows whose width differs from the header's: a problem, and left out; or kept as they are, for who can say of each row
// what is wrong with it.
enum class Uneven { refused, kept };

// Reads a file with a header line, whatever byte-order mark stands before it, packed with gzip or not. Problems
// (unreadable, empty) go to `problems`.
CsvTable read_csv(const std::string& path, Diagnostics& problems, Uneven uneven = Uneven::refused);
// The same of a text that `path` holds.
CsvTable parse_csv(const std::string& text, const std::string& path, Diagnostics& problems, Uneven uneven = Uneven::refused);

// Row by row, the header first, without keeping them: `take` may move what it is given. False after a problem, which may
// stand behind good rows.
bool scan_csv(const std::string& text, const std::string& path, Diagnostics& problems, const std::function<void(CsvRow&)>& take);

}  // namespace capmix::import
