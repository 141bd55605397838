// Comma-separated values as RFC 4180 has them (quotes, embedded commas and newlines), read with libcsv.
#pragma once

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
  std::vector<CsvRow> rows;         // rows whose width differs from the header's are reported and left out
  int column(const std::string& name) const;  // -1 when absent
};

// Reads a file with a header line. Problems (unreadable, empty, a row of another width) go to `problems`.
CsvTable read_csv(const std::string& path, Diagnostics& problems);

}  // namespace capmix::import
