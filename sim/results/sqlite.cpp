#include "results/sqlite.hpp"

#include <sqlite3.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/diagnostic.hpp"

namespace capmix::results {
namespace {
constexpr int kBusyMilliseconds = 5000;  // a reader's snapshot or a short write of another process passes by then
}

void Database::Closer::operator()(sqlite3* h) const { sqlite3_close(h); }
void Statement::Closer::operator()(sqlite3_stmt* h) const { sqlite3_finalize(h); }

Database::Database(const std::string& path, Mode mode) : path_(path) {
  sqlite3* h = nullptr;
  const int flags = mode == Mode::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int status = sqlite3_open_v2(path.c_str(), &h, flags, nullptr);
  handle_.reset(h);
  if (status != SQLITE_OK)
    throw InputError(path + ": error: cannot open results file: " + (h ? sqlite3_errmsg(h) : "out of memory"));
  sqlite3_busy_timeout(h, kBusyMilliseconds);
}

void Database::fail() const {
  const int code = sqlite3_errcode(handle_.get());
  const std::string why = sqlite3_errmsg(handle_.get());
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) throw InputError(path_ + ": error: results file is damaged: " + why);
  throw std::runtime_error(path_ + ": results file: " + why);
}

void Database::run(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

int64_t Database::integer(const std::string& sql) {
  Statement s(*this, sql);
  return s.step() ? s.integer(0) : 0;
}

std::string Database::text(const std::string& sql) {
  Statement s(*this, sql);
  return s.step() ? s.text(0) : "";
}

Statement::Statement(Database& db, const std::string& sql) : db_(&db) {
  sqlite3_stmt* h = nullptr;
  if (sqlite3_prepare_v2(db.handle(), sql.c_str(), -1, &h, nullptr) != SQLITE_OK) db.fail();
  handle_.reset(h);
}

void Statement::check(int status) const {
  if (status != SQLITE_OK) db_->fail();
}

Statement& Statement::bind(int64_t n) {
  check(sqlite3_bind_int64(handle_.get(), ++bound_, n));
  return *this;
}

Statement& Statement::bind(double x) {
  check(sqlite3_bind_double(handle_.get(), ++bound_, x));
  return *this;
}

Statement& Statement::bind(const std::string& s) {
  check(sqlite3_bind_text(handle_.get(), ++bound_, s.data(), static_cast<int>(s.size()), SQLITE_TRANSIENT));
  return *this;
}

bool Statement::step() {
  const int status = sqlite3_step(handle_.get());
  if (status != SQLITE_ROW && status != SQLITE_DONE) db_->fail();
  return status == SQLITE_ROW;
}

void Statement::run() {
  while (step()) {}
  check(sqlite3_reset(handle_.get()));
  bound_ = 0;
}

int Statement::columns() const { return sqlite3_column_count(handle_.get()); }
int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }

double Statement::real(int column) const {
  if (kind(column) == Kind::null) return std::numeric_limits<double>::quiet_NaN();
  return sqlite3_column_double(handle_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* p = sqlite3_column_text(handle_.get(), column);
  if (!p) return {};
  return {reinterpret_cast<const char*>(p), static_cast<size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

Statement::Kind Statement::kind(int column) const {
  switch (sqlite3_column_type(handle_.get(), column)) {
    case SQLITE_INTEGER: return Kind::integer;
    case SQLITE_FLOAT: return Kind::real;
    case SQLITE_NULL: return Kind::null;
    default: return Kind::text;
  }
}

Transaction::~Transaction() {
  if (open_) sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);  // nothing to do if it fails too
}

void Transaction::commit() {
  db_.run("COMMIT");
  open_ = false;
}

}  // namespace capmix::results
