#include "results/schema.hpp"

#include <filesystem>
#include <fstream>

#include "base/diagnostic.hpp"
#include "model/facts.hpp"
#include "results/info.hpp"

namespace capmix::results {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kApplicationId = 0x63706d78;  // "cpmx"

std::string quoted(const std::string& name) { return '"' + name + '"'; }

uint64_t big_endian(const std::string& bytes, size_t at, size_t count) {
  uint64_t n = 0;
  for (size_t i = at; i < at + count; ++i) n = n << 8 | static_cast<unsigned char>(bytes[i]);
  return n;
}

std::string create_sql(const std::string& table, const std::string& before, const std::vector<ColumnInfo>& columns, const std::string& after = ")") {
  std::string sql = "CREATE TABLE " + quoted(table) + " (" + before;
  for (const auto& c : columns) sql += (sql.back() == '(' ? "" : ", ") + quoted(c.name) + " " + c.type;
  return sql + after + ";";
}

// Tables that no row struct describes.
constexpr const char* kOtherTables = R"(
CREATE TABLE run (run INTEGER PRIMARY KEY, mix TEXT, outcome TEXT, draw INTEGER, state TEXT, message TEXT,
                  UNIQUE (mix, outcome, draw));
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE input_file (path TEXT PRIMARY KEY, hash TEXT) WITHOUT ROWID;
CREATE TABLE input_text (hash TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID;
CREATE TABLE input_fact (subject TEXT, path TEXT, value TEXT, source TEXT, confidence TEXT, note TEXT,
                         file TEXT, line INTEGER);
CREATE TABLE profile (key TEXT PRIMARY KEY, subject TEXT, feasible INTEGER, reason TEXT, plan TEXT, step REAL,
                      units REAL, model_flop REAL, mfu REAL, energy REAL, latency REAL, capacity REAL,
                      "limit" TEXT, trust_low REAL, trust_high REAL, calibrated INTEGER) WITHOUT ROWID;
CREATE TABLE profile_part (key TEXT, kind TEXT, position INTEGER, name TEXT, value REAL,
                           PRIMARY KEY (key, kind, position)) WITHOUT ROWID;
)";

}  // namespace

std::string column_names(const std::vector<ColumnInfo>& columns) {
  std::string out;
  for (const auto& c : columns) out += (out.empty() ? "" : ", ") + quoted(c.name);
  return out;
}

std::string insert_sql(const std::string& table, size_t before, const std::vector<ColumnInfo>& columns) {
  std::string values;
  for (size_t i = 0; i < before + columns.size(); ++i) values += i ? ", ?" : "?";
  return "INSERT INTO " + quoted(table) + " VALUES (" + values + ")";
}

void create_schema(Database& db) {
  Transaction t(db);
  std::string sql;
  Facts().each_table([&](const auto& rows) {
    using Row = typename std::decay_t<decltype(rows)>::value_type;
    sql += create_sql(Row::kTable, kRunColumns, columns_of<Row>(), ", PRIMARY KEY (run, row)) WITHOUT ROWID");
  });
  sql += create_sql(StudyInfo::kTable, "", columns_of<StudyInfo>());
  StudyInfo().each_list([&](const auto& rows) {
    using Row = typename std::decay_t<decltype(rows)>::value_type;
    sql += create_sql(Row::kTable, kListColumns, columns_of<Row>());
  });
  db.run(sql + kOtherTables);
  db.run("PRAGMA application_id = " + std::to_string(kApplicationId));
  db.run("PRAGMA user_version = " + std::to_string(kSchemaVersion));
  t.commit();
}

void check_is_sqlite(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw InputError(path + ": error: is a directory, not a results file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return;  // missing or unreadable: opening it says so
  std::string head(100, '\0');  // the header of the SQLite file format
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  if (in.gcount() == 0) return;
  const std::string magic("SQLite format 3\0", 16);
  if (static_cast<size_t>(in.gcount()) < head.size() || head.compare(0, magic.size(), magic) != 0)
    throw InputError(path + ": error: is not a capmix results file; it was left as it is");
  // Without a log beside it, the file must be as long as its header says.
  if (fs::exists(path + "-wal", ignored) || fs::exists(path + "-journal", ignored)) return;
  const uint64_t page = big_endian(head, 16, 2) == 1 ? 65536 : big_endian(head, 16, 2);
  const uint64_t due = page * big_endian(head, 28, 4), size = fs::file_size(path, ignored);
  if (size < due)
    throw InputError(path + ": error: results file is damaged: " + std::to_string(size) + " of " + std::to_string(due) +
                     " bytes are left; it was left as it is");
}

bool check_schema(Database& db) {
  const int64_t application = db.integer("PRAGMA application_id"), version = db.integer("PRAGMA user_version"),
                tables = db.integer("SELECT count(*) FROM sqlite_master");
  if (application == 0 && version == 0 && tables == 0) return true;
  if (application != kApplicationId)
    throw InputError(db.path() + ": error: is an SQLite file of another program, not of capmix; it was left as it is");
  if (version != kSchemaVersion)
    throw InputError(db.path() + ": error: results file has schema version " + std::to_string(version) +
                     ", this capmix reads and writes version " + std::to_string(kSchemaVersion) +
                     "; it was left as it is (remove it, or give --out another name)");
  return false;
}

Database open_for_reading(const std::string& path) {
  if (!fs::exists(path)) throw InputError(path + ": error: no such results file");
  check_is_sqlite(path);
  Database db(path, Database::Mode::read);
  if (check_schema(db)) throw InputError(path + ": error: results file is empty");
  return db;
}

}  // namespace capmix::results
