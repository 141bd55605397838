// What the importers of failure logs share. Private to the room import.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "import/csv.hpp"
#include "import/failure_log.hpp"
#include "import/text.hpp"

namespace capmix::import {

// One row after the other of a table whose columns must all be there; rows of another width are refused.
class FailureRows {
 public:
  FailureRows(FailureLog& log, const std::string& text, const std::vector<std::string>& columns, Diagnostics& problems);
  bool ok() const { return ok_; }
  size_t size() const { return rows_.size(); }
  int line(size_t row) const { return rows_[row].line; }
  std::string_view cell(size_t row, size_t column) const { return trimmed(rows_[row].fields[at_[column]]); }

 private:
  std::vector<CsvRow> rows_;
  std::vector<size_t> at_;
  bool ok_ = false;
};

inline constexpr double kDiffers = 60;  // s: one time that is said twice may differ by so much

int index_of(std::vector<std::string>& names, std::string_view name);

// One of each format. `text` is unpacked, not empty and not binary.
void read_lanl(FailureLog& log, const std::string& text, Diagnostics& problems);
void read_titan(FailureLog& log, const std::string& text, Diagnostics& problems);
void read_fta(FailureLog& log, const std::string& text, Diagnostics& problems);

}  // namespace capmix::import
