#include "results/read.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/diagnostic.hpp"
#include "results/schema.hpp"

namespace capmix::results {
namespace {

struct RowReader {
  const Statement& s;
  int column = 0;
  void operator()(const char*, int64_t& n) { n = s.integer(column++); }
  void operator()(const char*, double& x) { x = s.real(column++); }
  void operator()(const char*, std::string& t) { t = s.text(column++); }
};

template <class Row>
std::string select(const std::string& rest) {
  return "SELECT " + column_names(columns_of<Row>()) + " FROM " + Row::kTable + rest;
}

template <class Row>
void read_rows(Statement& s, std::vector<Row>& rows) {
  while (s.step()) {
    Row row;
    row.visit(RowReader{s});
    rows.push_back(std::move(row));
  }
}

StudyInfo read_study(Database& db) {
  StudyInfo info;
  Statement s(db, select<StudyInfo>(""));
  if (!s.step()) throw InputError(db.path() + ": error: results file holds no study yet");
  info.visit(RowReader{s});
  info.each_list([&](auto& rows) {
    using Row = typename std::decay_t<decltype(rows)>::value_type;
    Statement list(db, select<Row>(" ORDER BY position"));
    read_rows(list, rows);
  });
  return info;
}

std::vector<std::pair<int64_t, RunKey>> complete_runs(Database& db) {  // with their numbers
  std::vector<std::pair<int64_t, RunKey>> runs;
  Statement s(db, "SELECT run, mix, outcome, draw FROM run WHERE state = 'complete' ORDER BY mix, outcome, draw");
  while (s.step()) runs.push_back({s.integer(0), {s.text(1), s.text(2), static_cast<int>(s.integer(3))}});
  return runs;
}

// Facts of one run after another: a statement for each table, prepared once.
class FactsReader {
 public:
  explicit FactsReader(Database& db) {
    Facts().each_table([&](const auto& rows) {
      using Row = typename std::decay_t<decltype(rows)>::value_type;
      tables_.emplace_back(db, select<Row>(" WHERE run = ? ORDER BY row"));  // in the order in which the run wrote them
    });
  }
  Facts read(int64_t run) {
    Facts facts;
    size_t table = 0;
    facts.each_table([&](auto& rows) {
      Statement& s = tables_[table++];
      s.bind(run);
      read_rows(s, rows);
      s.run();  // ready for the next
    });
    return facts;
  }

 private:
  std::vector<Statement> tables_;
};

void read_parts(Database& db, StepProfile& p) {
  Statement s(db, "SELECT kind, name, value FROM profile_part WHERE key = ? ORDER BY position, kind");
  s.bind(p.key);
  while (s.step()) {
    const std::string kind = s.text(0), name = s.text(1);
    const double value = s.real(2);
    if (kind == "time-useful") p.parts.push_back({name, Seconds(value), true});
    if (kind == "time-stall") p.parts.push_back({name, Seconds(value), false});
    if (kind == "memory") p.memory.push_back({name, Bytes(value)});
    if (kind == "checkpoint") (name == "stall" ? p.checkpoint.stall : name == "flush" ? p.checkpoint.flush : p.checkpoint.reload) = Seconds(value);
    if (kind == "group-chips") p.groups.push_back({name, static_cast<int>(value), 1});
    if (kind == "group-share") p.groups.back().batch_share = value;  // follows its group-chips
  }
}

std::vector<std::pair<std::string, std::string>> read_pairs(const std::string& path, const std::string& sql) {
  Database db = open_for_reading(path);
  std::vector<std::pair<std::string, std::string>> out;
  Statement s(db, sql);
  while (s.step()) out.emplace_back(s.text(0), s.text(1));
  return out;
}

}  // namespace

StudyInfo read_info(const std::string& path) {
  Database db = open_for_reading(path);
  return read_study(db);
}

void each_run(const std::string& path, const std::function<void(const RunKey&, const Facts&)>& visit) {
  Database db = open_for_reading(path);
  db.run("BEGIN");  // one snapshot, whatever is being written
  read_study(db);
  FactsReader reader(db);
  for (const auto& [run, key] : complete_runs(db)) visit(key, reader.read(run));
}

std::vector<std::pair<RunKey, Facts>> read_runs(const std::string& path) {
  std::vector<std::pair<RunKey, Facts>> runs;
  each_run(path, [&](const RunKey& key, const Facts& facts) { runs.emplace_back(key, facts); });
  return runs;
}

std::vector<std::pair<RunKey, std::string>> read_failures(const std::string& path) {
  Database db = open_for_reading(path);
  std::vector<std::pair<RunKey, std::string>> out;
  Statement s(db, "SELECT mix, outcome, draw, message FROM run WHERE state = 'failed' ORDER BY mix, outcome, draw");
  while (s.step()) out.push_back({{s.text(0), s.text(1), static_cast<int>(s.integer(2))}, s.text(3)});
  return out;
}

std::vector<std::pair<RunKey, Facts>> read_runs(const std::string& path, const std::set<RunKey>& keys) {
  Database db = open_for_reading(path);
  FactsReader reader(db);
  std::vector<std::pair<RunKey, Facts>> out;
  for (const auto& [run, key] : complete_runs(db))
    if (keys.count(key) > 0) out.emplace_back(key, reader.read(run));
  return out;
}

std::string read_gap(const std::string& path) {
  Database db = open_for_reading(path);
  return db.text("SELECT value FROM manifest WHERE key = 'quick_gap'");
}

double read_seconds(const std::string& path) {
  try {
    Database db = open_for_reading(path);
    return std::strtod(db.text("SELECT value FROM manifest WHERE key = 'seconds'").c_str(), nullptr);
  } catch (const std::exception&) {
    return 0;
  }
}

std::vector<StepProfile> read_profiles(const std::string& path) {
  Database db = open_for_reading(path);
  std::vector<StepProfile> out;
  Statement s(db, "SELECT key, subject, feasible, reason, plan, step, units, model_flop, mfu, energy, latency, capacity, "
                  "\"limit\", trust_low, trust_high, calibrated FROM profile ORDER BY key");
  while (s.step()) {
    StepProfile p;
    p.key = s.text(0), p.subject = s.text(1), p.feasible = s.integer(2) != 0, p.reason = s.text(3), p.plan = s.text(4);
    p.step = Seconds(s.real(5)), p.units = s.real(6), p.model_flop = Flop(s.real(7)), p.mfu = s.real(8);
    p.energy = Joules(s.real(9)), p.latency = Seconds(s.real(10)), p.capacity = Bytes(s.real(11)), p.limit = s.text(12);
    p.trust_low = s.real(13), p.trust_high = s.real(14), p.calibrated = s.integer(15) != 0;
    read_parts(db, p);
    out.push_back(std::move(p));
  }
  return out;
}

std::map<std::string, int64_t> read_confidence(const std::string& path) {
  Database db = open_for_reading(path);
  std::map<std::string, int64_t> out;
  Statement s(db, "SELECT confidence, count(*) FROM input_fact GROUP BY confidence");
  while (s.step()) out[s.text(0)] = s.integer(1);
  return out;
}

std::vector<Fact> read_input_facts(const std::string& path) {
  Database db = open_for_reading(path);
  std::vector<Fact> out;
  Statement s(db, "SELECT subject, path, value, source, confidence, note, file, line FROM input_fact ORDER BY subject, path, file, line");
  while (s.step()) {
    Fact f;
    f.subject = s.text(0), f.path = s.text(1), f.value = s.text(2), f.source = s.text(3), f.note = s.text(5);
    for (const Confidence level : {Confidence::verified, Confidence::vendor, Confidence::press, Confidence::assumption})
      if (s.text(4) == text(level)) f.confidence = level;
    f.place.file = s.text(6), f.place.line = static_cast<int>(s.integer(7));
    out.push_back(std::move(f));
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> read_manifest(const std::string& path) {
  return read_pairs(path, "SELECT key, value FROM manifest ORDER BY key");
}

std::vector<std::pair<std::string, std::string>> read_input_files(const std::string& path) {
  return read_pairs(path, "SELECT path, hash FROM input_file ORDER BY path");
}

}  // namespace capmix::results
