// The tables of a results file, generated from the column lists of the row structs, and the checks that a file
// is one. A file is SQLite with capmix's application_id; user_version counts incompatible schemas.
#pragma once

#include <string>
#include <vector>

#include "results/columns.hpp"
#include "results/sqlite.hpp"

namespace capmix::results {

inline constexpr int64_t kSchemaVersion = 8;

// Columns before the row's own. Facts carry the number of their run (a column of table `run`) and their place in it; lists of the study
// carry their order.
inline constexpr const char* kRunColumns = "run INTEGER, row INTEGER";
inline constexpr const char* kListColumns = "position INTEGER";

// "a, b, c" of a row's columns, quoted: a column may be called like an SQL word.
std::string column_names(const std::vector<ColumnInfo>& columns);
// INSERT with `before` more values in front.
std::string insert_sql(const std::string& table, size_t before, const std::vector<ColumnInfo>& columns);

void create_schema(Database& db);
// Throws InputError unless `path` is missing, empty or starts as an SQLite file does. Changes nothing.
void check_is_sqlite(const std::string& path);
// Throws InputError when the file is another program's, of another schema version or damaged. True when it is
// new, without any table.
bool check_schema(Database& db);
// Opens a results file for reading. Throws InputError when there is none.
Database open_for_reading(const std::string& path);

}  // namespace capmix::results
