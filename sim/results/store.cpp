#include "results/store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "base/diagnostic.hpp"
#include "base/hash.hpp"
#include "results/schema.hpp"

namespace capmix::results {
namespace {

namespace fs = std::filesystem;

struct Binder {
  Statement& s;
  template <class Value>
  void operator()(const char*, const Value& value) const { s.bind(value); }
};

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw InputError(path + ": error: cannot write results file: " + why);
}

// Whether runs of a mix are the same whatever other mixes there are: a design has columns for what the plans of all of them ask.
bool mixes_alone(const StudyInfo& info) { return info.sampling == "random"; }

// What decides whether a second comparison continues the same content; of mixes each decides for itself, where it can.
std::string identity(const StudyInfo& info, const Manifest& m) {
  uint64_t h = hash64(m.version + '\n' + m.commit + '\n' + m.build + '\n' + m.simgrid + '\n' + m.settings + '\n' + std::to_string(m.seed));
  const auto add = [&h](const char* name, const auto& value) {
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>) {
      char bytes[sizeof value];
      std::memcpy(bytes, &value, sizeof value);
      h = hash64({bytes, sizeof bytes}, hash64(name, h));
    } else {
      h = hash64(value, hash64(name, h));
    }
  };
  visit_const(info, add);
  info.each_list([&](const auto& rows) {
    using Row = typename std::decay_t<decltype(rows)>::value_type;
    if ((std::is_same_v<Row, MixInfo> || std::is_same_v<Row, SpendInfo>) && mixes_alone(info)) return;
    for (const auto& row : rows) visit_const(row, add);
  });
  for (const auto& input : m.inputs) h = hash64(input.text, h);
  return hex64(h);
}

// A build with changes of its own, or from outside git, is not known by its commit, but by what it is made of.
bool unknown_build(const Manifest& m) { return m.build.empty() && !names_a_build(m.commit); }

}  // namespace

struct Store::Writer {
  Database db;
  std::map<std::string, Statement> statements;  // prepared once

  explicit Writer(const std::string& path) : db(path, Database::Mode::write) {
    const bool fresh = check_schema(db);
    db.text("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = NORMAL");  // a power cut may lose the last runs, never the file
    if (fresh) create_schema(db);
  }

  Statement& prepared(const std::string& sql) {
    const auto it = statements.find(sql);
    return it != statements.end() ? it->second : statements.emplace(sql, Statement(db, sql)).first->second;
  }

  void clear_facts() {
    Facts().each_table([&](const auto& rows) {
      db.run(std::string("DELETE FROM ") + std::decay_t<decltype(rows)>::value_type::kTable);
    });
    db.run("DELETE FROM run");
  }

  // What each mix of the file is: its name, terms and money.
  std::map<std::string, std::vector<std::string>> mixes() {
    std::map<std::string, std::vector<std::string>> out;
    Statement m(db, "SELECT id, name, terms FROM mix");
    while (m.step()) out[m.text(0)] = {m.text(1), m.text(2)};
    Statement s(db, "SELECT mix, offer, outcome, printf('%!.17g', usd) FROM planned_spend ORDER BY mix, offer, outcome");
    while (s.step())
      for (const int column : {1, 2, 3}) out[s.text(0)].push_back(s.text(column));
    return out;
  }

  // Runs of mixes that are others now, or no more.
  void clear_changed(const std::map<std::string, std::vector<std::string>>& before) {
    const auto now = mixes();
    for (const auto& [mix, content] : before) {
      const auto it = now.find(mix);
      if (it != now.end() && it->second == content) continue;
      std::vector<int64_t> runs;
      Statement s(db, "SELECT run FROM run WHERE mix = ?");
      s.bind(mix);
      while (s.step()) runs.push_back(s.integer(0));
      for (const int64_t run : runs) drop_run(run);
      Statement(db, "DELETE FROM run WHERE mix = ?").bind(mix).run();
    }
  }

  void clear_description(const StudyInfo& info) {
    info.each_list([&](const auto& rows) {
      db.run(std::string("DELETE FROM ") + std::decay_t<decltype(rows)>::value_type::kTable);
    });
    db.run("DELETE FROM study; DELETE FROM manifest; DELETE FROM input_file; DELETE FROM input_text;"
           "DELETE FROM input_fact; DELETE FROM profile; DELETE FROM profile_part");
  }

  void write_study(const StudyInfo& info) {
    Statement& study = prepared(insert_sql(StudyInfo::kTable, 0, columns_of<StudyInfo>()));
    visit_const(info, Binder{study});
    study.run();
    info.each_list([&](const auto& rows) {
      using Row = typename std::decay_t<decltype(rows)>::value_type;
      Statement& s = prepared(insert_sql(Row::kTable, 1, columns_of<Row>()));
      int64_t position = 0;
      for (const auto& row : rows) {
        s.bind(position++);
        visit_const(row, Binder{s});
        s.run();
      }
    });
  }

  void write_manifest(const Manifest& m, const std::string& id) {
    Statement& s = prepared("INSERT INTO manifest VALUES (?, ?)");
    const std::string created = m.created.empty() ? db.text("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')") : m.created;
    for (const auto& [key, value] : std::map<std::string, std::string>{
             {"version", m.version}, {"commit", m.commit}, {"build", m.build}, {"simgrid", m.simgrid}, {"settings", m.settings},
             {"command", m.command}, {"created", created}, {"seed", std::to_string(m.seed)}, {"shard", m.shard}, {"identity", id}})
      s.bind(key).bind(value).run();
    for (const auto& input : m.inputs) {
      const std::string hash = hex64(hash64(input.text));
      prepared("INSERT OR REPLACE INTO input_file VALUES (?, ?)").bind(input.path).bind(hash).run();
      prepared("INSERT OR IGNORE INTO input_text VALUES (?, ?)").bind(hash).bind(input.text).run();
    }
  }

  void write_input_facts(const std::vector<Fact>& facts) {
    Statement& s = prepared("INSERT INTO input_fact VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    for (const auto& f : facts)
      s.bind(f.subject).bind(f.path).bind(f.value).bind(f.source).bind(std::string(text(f.confidence))).bind(f.note)
          .bind(f.place.file).bind(int64_t{f.place.line}).run();
  }

  void write_profile(const StepProfile& p) {
    prepared("INSERT INTO profile VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(p.key).bind(p.subject).bind(int64_t{p.feasible}).bind(p.reason).bind(p.plan).bind(p.step.value())
        .bind(p.units).bind(p.model_flop.value()).bind(p.mfu).bind(p.energy.value()).bind(p.latency.value())
        .bind(p.capacity.value()).bind(p.limit).bind(p.trust_low).bind(p.trust_high).bind(int64_t{p.calibrated}).run();
    Statement& s = prepared("INSERT INTO profile_part VALUES (?, ?, ?, ?, ?)");
    const auto part = [&](const char* kind, size_t position, const std::string& name, double value) {
      s.bind(p.key).bind(std::string(kind)).bind(static_cast<int64_t>(position)).bind(name).bind(value).run();
    };
    for (size_t i = 0; i < p.parts.size(); ++i)
      part(p.parts[i].useful ? "time-useful" : "time-stall", i, p.parts[i].name, p.parts[i].time.value());
    for (size_t i = 0; i < p.memory.size(); ++i) part("memory", i, p.memory[i].name, p.memory[i].bytes.value());
    const CheckpointTimes& c = p.checkpoint;
    size_t at = 0;
    for (const auto& [name, time] : {std::pair{"stall", c.stall}, {"flush", c.flush}, {"reload", c.reload}})
      if (!c.none()) part("checkpoint", at++, name, time.value());
    for (size_t i = 0; i < p.groups.size(); ++i) {
      part("group-chips", i, p.groups[i].chip, p.groups[i].chips);
      part("group-share", i, p.groups[i].chip, p.groups[i].batch_share);
    }
  }

  // The number of a run, which it keeps once it has one; fresh: it had none.
  int64_t number(const RunKey& key, bool& fresh) {
    Statement& s = prepared("SELECT run FROM run WHERE mix = ? AND outcome = ? AND draw = ?");
    s.bind(key.mix).bind(key.outcome).bind(int64_t{key.draw});
    const int64_t known = s.step() ? s.integer(0) : 0;
    s.run();
    fresh = known == 0;
    if (!fresh) return known;
    prepared("INSERT INTO run VALUES (NULL, ?, ?, ?, '', '')").bind(key.mix).bind(key.outcome).bind(int64_t{key.draw}).run();
    Statement& last = prepared("SELECT last_insert_rowid()");
    last.step();
    const int64_t run = last.integer(0);
    last.run();
    return run;
  }

  void drop_run(int64_t run) {
    Facts().each_table([&](const auto& rows) {
      prepared(std::string("DELETE FROM ") + std::decay_t<decltype(rows)>::value_type::kTable + " WHERE run = ?").bind(run).run();
    });
  }

  void mark(int64_t run, const std::string& state, const std::string& message) {
    prepared("UPDATE run SET state = ?, message = ? WHERE run = ?").bind(state).bind(message).bind(run).run();
  }
};

void Store::probe(const std::string& path) {
  if (path.empty()) throw InputError("error: the results file has no name");
  check_is_sqlite(path);
  const fs::path parent = fs::path(path).parent_path();
  const std::string directory = parent.empty() ? "." : parent.string();
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) refuse(path, "there is no directory " + directory);
  if (!fs::exists(path, ignored)) {
    const int fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644);
    if (fd < 0) refuse(path, std::strerror(errno));
    ::close(fd);
    ::unlink(path.c_str());
    return;
  }
  if (::access(path.c_str(), R_OK | W_OK) != 0) refuse(path, std::strerror(errno));
  if (::access(directory.c_str(), W_OK) != 0) refuse(path, "directory " + directory + ": " + std::strerror(errno));
  try {
    Database db(path, Database::Mode::write);
    check_schema(db);
    Transaction would_write(db);  // rolled back
  } catch (const std::runtime_error& e) {
    if (dynamic_cast<const InputError*>(&e)) throw;
    refuse(path, e.what());
  }
}

Store::Store(const std::string& path) {
  probe(path);
  writer_ = std::make_unique<Writer>(path);
}

Store::~Store() {
  if (!writer_) return;
  writer_->statements.clear();
  try {
    writer_->db.text("PRAGMA journal_mode = DELETE");
  } catch (const std::exception&) {  // somebody reads it: it stays in WAL mode, which is as complete
  }
}

void Store::begin(const StudyInfo& info, const Manifest& manifest, const std::vector<StepProfile>& profiles,
                  const std::vector<Fact>& input_facts) {
  Writer& w = *writer_;
  const std::string id = identity(info, manifest);
  Transaction t(w.db);
  if (unknown_build(manifest) || w.db.text("SELECT value FROM manifest WHERE key = 'identity'") != id) w.clear_facts();
  const auto before = w.mixes();
  w.clear_description(info);
  w.write_study(info);
  w.clear_changed(before);
  w.write_manifest(manifest, id);
  w.write_input_facts(input_facts);
  for (const auto& p : profiles) w.write_profile(p);
  t.commit();
}

std::set<RunKey> Store::complete() {
  std::set<RunKey> out;
  Statement s(writer_->db, "SELECT mix, outcome, draw FROM run WHERE state = 'complete'");
  while (s.step()) out.insert({s.text(0), s.text(1), static_cast<int>(s.integer(2))});
  return out;
}

void Store::write(const RunKey& key, const Facts& facts) {
  Writer& w = *writer_;
  Transaction t(w.db);
  bool fresh = false;
  const int64_t run = w.number(key, fresh);
  if (!fresh) w.drop_run(run);
  facts.each_table([&](const auto& rows) {
    using Row = typename std::decay_t<decltype(rows)>::value_type;
    if (rows.empty()) return;
    Statement& s = w.prepared(insert_sql(Row::kTable, 2, columns_of<Row>()));
    int64_t place = 0;
    for (const auto& row : rows) {
      s.bind(run).bind(place++);
      visit_const(row, Binder{s});
      s.run();
    }
  });
  w.mark(run, "complete", "");
  t.commit();
}

void Store::write_failed(const RunKey& key, const std::string& message) {
  Writer& w = *writer_;
  Transaction t(w.db);
  bool fresh = false;
  const int64_t run = w.number(key, fresh);
  if (!fresh) w.drop_run(run);
  w.mark(run, "failed", message);
  t.commit();
}

void Store::gap(const std::string& text) {
  Statement(writer_->db, "INSERT OR REPLACE INTO manifest VALUES ('quick_gap', ?)").bind(text).run();
}

void Store::took(double seconds) {
  Statement(writer_->db, "INSERT OR REPLACE INTO manifest VALUES ('seconds', ?)").bind(std::to_string(seconds)).run();
}

}  // namespace capmix::results
