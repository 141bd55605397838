// Column lists of row structs. A row names its columns once, in visit(); what reads a list of columns from it
// (codec, database, JSON) goes through here. Column types: int64_t, double, std::string.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace capmix::results {

// visit() is not const, because readers fill a row through it. A visitor that takes its fields by value or by
// const reference changes nothing, so it may look at a const row.
template <class T, class V>
void visit_const(const T& row, V&& visitor) {
  const_cast<T&>(row).visit(std::forward<V>(visitor));
}

struct ColumnInfo {
  std::string name;
  const char* type;  // as SQL: "INTEGER", "REAL" or "TEXT"
};

namespace detail {
struct ColumnLister {
  std::vector<ColumnInfo>& out;
  void operator()(const char* name, int64_t) const { out.push_back({name, "INTEGER"}); }
  void operator()(const char* name, double) const { out.push_back({name, "REAL"}); }
  void operator()(const char* name, const std::string&) const { out.push_back({name, "TEXT"}); }
};
}  // namespace detail

template <class T>
std::vector<ColumnInfo> columns_of() {
  std::vector<ColumnInfo> out;
  T row;
  row.visit(detail::ColumnLister{out});
  return out;
}

}  // namespace capmix::results
