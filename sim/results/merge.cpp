#include "results/merge.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/diagnostic.hpp"
#include "results/dump.hpp"
#include "results/read.hpp"
#include "results/schema.hpp"
#include "results/store.hpp"

namespace capmix::results {
namespace {

namespace fs = std::filesystem;

std::string manifest_of(const std::string& path, const std::string& key) {
  Database db = open_for_reading(path);
  return db.text("SELECT value FROM manifest WHERE key = '" + key + "'");
}

// The part of a line about a place, where it is long.
std::string shortened(const std::string& line, size_t place) {
  constexpr size_t kBefore = 30, kMost = 100;
  const size_t from = line.size() <= kMost || place <= kBefore ? 0 : place - kBefore;
  const std::string part = line.substr(from, kMost);
  return (from > 0 ? "..." : "") + part + (from + part.size() < line.size() ? "..." : "");
}

// "manifest: \"seed\t7\" against \"seed\t8\"": the first line in which two descriptions part, about the first character that differs.
std::string first_difference(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::string table;
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string left = i < a.size() ? a[i] : "(nothing)", right = i < b.size() ? b[i] : "(nothing)";
    const size_t alike = static_cast<size_t>(std::mismatch(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(std::min(left.size(), right.size())), right.begin()).first - left.begin());
    if (left != right) return table + ": \"" + shortened(left, alike) + "\" against \"" + shortened(right, alike) + "\"";
    if (left.rfind("# ", 0) == 0) table = left.substr(2, left.find(':') - 2);
  }
  return "";
}

void check_same(const std::string& first, const std::string& other, const std::vector<std::string>& description) {
  for (const char* key : {"version", "commit", "build"}) {
    const std::string a = manifest_of(first, key), b = manifest_of(other, key);
    if (a != b) throw InputError(other + ": error: is of another build than " + first + ": " + key + " \"" + b + "\" against \"" + a + "\"");
  }
  const std::string parted = first_difference(results::description(other), description);
  if (!parted.empty()) throw InputError(other + ": error: is not of the same command as " + first + "; they part in table " + parted);
}

// What is joined, while it is made.
class Joined {
 public:
  explicit Joined(const std::string& path) : db_(path, Database::Mode::write) {
    db_.run("PRAGMA synchronous = OFF");  // a file that is cut short never gets its name
    create_schema(db_);
    Facts().each_table([&](const auto& rows) { facts_.push_back(std::decay_t<decltype(rows)>::value_type::kTable); });
  }

  void describe(const std::string& file) {
    const Attached other(db_, file);
    Transaction t(db_);
    std::vector<std::string> tables;
    Statement names(db_, "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    while (names.step()) tables.push_back(names.text(0));
    for (const auto& table : tables)
      if (table != "run" && std::count(facts_.begin(), facts_.end(), table) == 0)
        db_.run("INSERT INTO main.\"" + table + "\" SELECT * FROM other.\"" + table + "\"");
    db_.run("DELETE FROM main.manifest WHERE key IN ('shard', 'seconds', 'quick_gap')");
    t.commit();
  }

  void add(const std::string& file, Merged& out) {
    const Attached other(db_, file);
    Transaction t(db_);
    for (const auto& run : runs("other")) {
      const auto at = taken_.find(run.key);
      if (at != taken_.end() && at->second.complete && run.complete) {
        check_equal(run, at->second, file);
        ++out.twice;
      } else if (at == taken_.end() || run.complete) {
        take(run, file);
      }
    }
    t.commit();
  }

  void count(Merged& out) const {
    for (const auto& [key, run] : taken_) ++out.runs, out.failed += run.complete ? 0 : 1;
  }
  bool has(const RunKey& key) const { return taken_.count(key) > 0; }

 private:
  struct Run {
    int64_t number = 0;
    RunKey key;
    bool complete = false;
    std::string state, message, file;
  };
  // Another file, as "other", while it lives.
  class Attached {
   public:
    Attached(Database& db, const std::string& file) : db_(db) { Statement(db_, "ATTACH ? AS other").bind(file).run(); }
    ~Attached() {
      try {
        db_.run("DETACH other");
      } catch (const std::exception&) {  // its transaction goes with the connection
      }
    }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;

   private:
    Database& db_;
  };

  std::vector<Run> runs(const std::string& in) {
    std::vector<Run> out;
    Statement s(db_, "SELECT run, mix, outcome, draw, state, message FROM " + in + ".run ORDER BY mix, outcome, draw");
    while (s.step())
      out.push_back({s.integer(0), {s.text(1), s.text(2), static_cast<int>(s.integer(3))}, s.text(4) == "complete", s.text(4), s.text(5), ""});
    return out;
  }

  void take(const Run& run, const std::string& file) {
    Statement(db_, "DELETE FROM main.run WHERE mix = ? AND outcome = ? AND draw = ?")  // one that failed, and has no facts
        .bind(run.key.mix).bind(run.key.outcome).bind(int64_t{run.key.draw}).run();
    const int64_t number = ++last_;
    Statement(db_, "INSERT INTO main.run VALUES (?, ?, ?, ?, ?, ?)")
        .bind(number).bind(run.key.mix).bind(run.key.outcome).bind(int64_t{run.key.draw}).bind(run.state).bind(run.message).run();
    for (const auto& table : facts_)
      Statement(db_, "INSERT INTO main." + table + " SELECT ?" + columns(table, "row") + " FROM other." + table + " WHERE run = ? ORDER BY row")
          .bind(number).bind(run.number).run();
    Run& own = taken_[run.key] = run;
    own.number = number, own.file = file;
  }

  void check_equal(const Run& run, const Run& own, const std::string& file) {
    for (const auto& table : facts_) {
      const std::string cells = columns(table, "row").substr(2);
      const auto less = [&](const char* a, int64_t of_a, const char* b, int64_t of_b) {
        const auto rows = [&](const char* in) { return "SELECT " + cells + " FROM " + in + "." + table + " WHERE run = ?"; };
        Statement s(db_, "SELECT count(*) FROM (" + rows(a) + " EXCEPT " + rows(b) + ")");
        s.bind(of_a).bind(of_b);
        return s.step() ? s.integer(0) : 0;
      };
      if (less("other", run.number, "main", own.number) + less("main", own.number, "other", run.number) > 0)
        throw InputError(file + ": error: run " + run.key.text() + " has other facts than in " + own.file + " (table " + table + ")");
    }
  }

  // ", row, a, b": the columns from `first` on.
  std::string columns(const std::string& table, const std::string& first) {
    std::string& text = columns_[table];
    if (!text.empty()) return text;
    Statement s(db_, "PRAGMA main.table_info(\"" + table + "\")");
    for (bool on = false; s.step();) {
      on = on || s.text(1) == first;
      if (on) text += ", \"" + s.text(1) + "\"";
    }
    return text;
  }

  Database db_;
  std::vector<std::string> facts_;
  std::map<std::string, std::string> columns_;
  std::map<RunKey, Run> taken_;
  int64_t last_ = 0;
};

// Shards that miss all of their runs, where the files are parts of one cut.
std::vector<std::string> absent(const std::vector<std::string>& files, const std::vector<RunKey>& runs, const Joined& joined) {
  std::set<std::string> cuts;  // "8"
  for (const auto& file : files) {
    const std::string shard = manifest_of(file, "shard");
    cuts.insert(shard.substr(shard.find('/') + 1));
  }
  std::vector<std::string> out;
  if (cuts.size() != 1 || cuts.begin()->empty()) return out;
  const auto n = static_cast<size_t>(std::stoul(*cuts.begin()));
  for (size_t k = 0; k < n; ++k) {
    bool any = false;
    for (size_t i = k; i < runs.size(); i += n) any = any || !joined.has(runs[i]);
    if (any && k < runs.size()) out.push_back(std::to_string(k + 1) + "/" + std::to_string(n));
  }
  return out;
}

std::string complaint(const Merged& m, size_t runs) {
  std::string text = std::to_string(m.missing.size()) + " of " + std::to_string(runs) + " runs are in none of these files, the first of them " + m.missing.front().text();
  if (!m.absent.empty()) text += "; to be run or finished: --shard";
  for (const auto& shard : m.absent) text += " " + shard;
  return "error: " + text + " (--partial joins what there is)";
}

}  // namespace

Merged merge(const std::vector<std::string>& files, const std::string& out, bool partial) {
  const StudyInfo info = read_info(files.at(0));
  const auto description = results::description(files[0]);
  for (size_t i = 1; i < files.size(); ++i) check_same(files[0], files[i], description);
  Store::probe(out);
  for (const auto& file : files) {
    std::error_code ignored;
    if (fs::equivalent(file, out, ignored)) throw InputError(out + ": error: is one of the files to be joined (give --db another name)");
  }
  const std::string beside = out + ".part";
  fs::remove(beside);
  Merged merged;
  try {
    Joined joined(beside);
    joined.describe(files[0]);
    for (const auto& file : files) joined.add(file, merged);
    joined.count(merged);
    const auto runs = info.runs();
    for (const auto& key : runs)
      if (!joined.has(key)) merged.missing.push_back(key);
    merged.absent = absent(files, runs, joined);
    if (!merged.missing.empty() && !partial) throw InputError(complaint(merged, runs.size()));
  } catch (...) {
    fs::remove(beside);
    fs::remove(beside + "-journal");
    throw;
  }
  fs::rename(beside, out);
  return merged;
}

}  // namespace capmix::results
