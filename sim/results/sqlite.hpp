// A thin cover of SQLite for this room: connections, statements and transactions that close themselves.
// A file that cannot be opened or is damaged is an InputError; any other failure is std::runtime_error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace capmix::results {

class Database {
 public:
  enum class Mode { read, write };  // write creates the file when it is missing
  Database(const std::string& path, Mode mode);

  const std::string& path() const { return path_; }
  void run(const std::string& sql);             // one or more statements without result
  int64_t integer(const std::string& sql);      // first column of the first row; 0 when there is none
  std::string text(const std::string& sql);     // likewise; ""
  [[noreturn]] void fail() const;               // throws the connection's last error
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Closer { void operator()(sqlite3* h) const; };
  std::string path_;
  std::unique_ptr<sqlite3, Closer> handle_;
};

class Statement {
 public:
  Statement(Database& db, const std::string& sql);
  // Binds the next parameter, from the left. A NaN becomes NULL, as SQLite has no NaN.
  Statement& bind(int64_t n);
  Statement& bind(double x);
  Statement& bind(const std::string& s);
  bool step();            // true: a row is there to read
  void run();             // steps to the end and makes ready for new parameters
  int columns() const;
  int64_t integer(int column) const;
  double real(int column) const;     // NULL reads as NaN
  std::string text(int column) const;
  enum class Kind { null, integer, real, text };
  Kind kind(int column) const;

 private:
  void check(int status) const;
  struct Closer { void operator()(sqlite3_stmt* h) const; };
  Database* db_;
  std::unique_ptr<sqlite3_stmt, Closer> handle_;
  int bound_ = 0;
};

// Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& db) : db_(db) { db_.run("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& db_;
  bool open_ = true;
};

}  // namespace capmix::results
