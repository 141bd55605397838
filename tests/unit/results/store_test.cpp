#include "results/store.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <set>
#include <sstream>

#include "catch.hpp"
#include "results/codec.hpp"
#include "results/dump.hpp"
#include "unit/results/folder.hpp"

using namespace capmix;
namespace fs = std::filesystem;
using test::Folder;

namespace {

results::StudyInfo info() {
  results::StudyInfo i;
  i.id = "tiny", i.name = "Tiny", i.question = "Which \"one\"?\nAnd when?", i.start = "2026-01-01", i.end = "2029-01-01";
  i.seed = "18446744073709551615", i.draws = 2, i.chip_budget = 1.86e9, i.capex = 0.1 + 0.2, i.served_share = 0.99;
  i.reference = "flagship", i.reference_flop_per_token = 1.05e12;
  i.mixes = {{"z", "last by name, first by choice"}, {"a", "other"}};
  i.outcomes = {{"drawn", "as drawn"}};
  i.chips = {{"h200-sxm", "H200 SXM", "Nvidia", "US", 989.5e12}};
  i.offers = {{"h200", "H200", "h200-sxm"}};
  i.spend = {{"z", "h200", 14e9}};
  return i;
}

results::Manifest manifest() {
  results::Manifest m;
  m.version = "capmix 0.1.0", m.commit = "1a2b3c4d", m.simgrid = "3.32", m.settings = "network/model:CM02";
  m.command = "capmix compare tiny.toml", m.seed = 7;
  m.inputs = {{"a.toml", "x = 1\n"}, {"b/a.toml", "x = 1\n"}, {"c.toml", "y = 2\n"}};
  return m;
}

StepProfile profile() {
  StepProfile p;
  p.key = "00ff", p.subject = "flagship", p.feasible = true, p.groups = {{"h200-sxm", 8, 0.75}, {"950pr", 16, 0.25}}, p.plan = "tp 8";
  p.step = Seconds(1.0 / 3), p.parts = {{"gemm", Seconds(0.2), true}, {"bubble", Seconds(0.1), false}, {"tail", Seconds(0.03), true}};
  p.memory = {{"parameters", Bytes(14e9)}}, p.capacity = Bytes(141e9), p.units = 4e6, p.model_flop = Flop(1e15), p.mfu = 0.4;
  p.energy = Joules(2), p.latency = Seconds(0.08), p.checkpoint = {Seconds(1.0 / 3), Seconds(0), Seconds(0.5)}, p.limit = "compute", p.trust_low = 0.5, p.trust_high = 1.4, p.calibrated = true;
  return p;
}

// Every table has a row; numbers that only an exact round trip keeps.
Facts facts(int seed = 0) {
  Facts f;
  f.of<FleetMonth>() = {{1, "h200-sxm", "north", 8 + seed, 7, 6, 0.1 + 0.2}, {0, "h200-sxm", "", 1, 1, 1, 0}};
  f.of<TrainMonth>() = {{0, "flagship", "h200-sxm", 1.0 / 3, 5e-324, std::numeric_limits<int64_t>::max()}};
  f.of<ServeMonth>() = {{0, "feed", "asia, \"east\"\n", 3, 2, 1, 744, 1, 0.25, std::numeric_limits<double>::infinity()}};
  f.of<ServeChipMonth>() = {{0, "feed", "h200-sxm", 2, 3e15, 60}};
  f.of<JobFact>() = {{"job-1", "flagship", "h200-sxm x 8", 0, -1, -1, 0, "waiting", "queue"}};
  f.of<LedgerFact>() = {{0, "h200-sxm", "north", "feed", "useful", 12345678901234}};
  f.of<EnergyMonth>() = {{0, "north", 1e15, -0.5}};
  f.of<MissingRate>() = {{"feed", "950pr", "a\ttab, a back\\slash"}};
  f.of<OrderFact>() = {OrderFact{}};
  f.of<DateFact>() = {{"approval", "licence", "2026-04-01", 75000, "granted"}};
  f.of<BottleneckFact>() = {{"2026-Q1", "power", 1, 1e21}};
  return f;
}

std::string dump(const std::string& path) {
  std::ostringstream out;
  results::dump(path, out);
  return out.str();
}

void write(const std::string& path, const std::vector<RunKey>& order, const results::Manifest& m = manifest()) {
  results::Store store(path);
  store.begin(info(), m, {profile()});
  for (const auto& key : order) store.write(key, facts(key.draw));
}

const std::vector<RunKey> kRuns{{"z", "drawn", -1}, {"z", "drawn", 0}, {"a", "drawn", -1}, {"a", "drawn", 0}};

void sql(const std::string& path, const char* text) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, text, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string message(const std::function<void()>& act) {
  try {
    act();
  } catch (const InputError& e) {
    return e.what();
  }
  return "no InputError";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("facts survive the pipe exactly") {
  const std::string bytes = results::pack(facts());
  const Facts back = results::unpack(bytes);
  CHECK(results::pack(back) == bytes);
  CHECK(back.of<TrainMonth>()[0].model_flop == 5e-324);
  CHECK(back.of<ServeMonth>()[0].region == "asia, \"east\"\n");
  CHECK(results::unpack(results::pack(Facts())).of<JobFact>().empty());
}

TEST_CASE("damaged bytes are an error, wherever they are cut") {
  const std::string bytes = results::pack(facts());
  for (size_t n = 0; n < bytes.size(); n += 7) CHECK_THROWS_AS(results::unpack(bytes.substr(0, n)), std::runtime_error);
  CHECK_THROWS_AS(results::unpack(bytes + "x"), std::runtime_error);
  CHECK_THROWS_AS(results::unpack(std::string(8, '\xff') + bytes), std::runtime_error);
}

TEST_CASE("what is stored comes back") {
  Folder folder;
  const std::string path = folder.file("r.db");
  write(path, kRuns);
  const auto i = results::read_info(path);
  CHECK(i.question == info().question);
  CHECK(i.seed == "18446744073709551615");
  CHECK(i.capex == 0.1 + 0.2);
  CHECK(i.mixes[0].id == "z");  // the study's order, not the alphabet's
  CHECK(i.spend[0].usd == 14e9);
  CHECK(i.timeline().months() == 36);

  const auto runs = results::read_runs(path);
  REQUIRE(runs.size() == 4);
  CHECK(runs[0].first == RunKey{"a", "drawn", -1});  // sorted by key
  for (const auto& [key, f] : runs) CHECK(results::pack(f) == results::pack(facts(key.draw)));

  const auto profiles = results::read_profiles(path);
  REQUIRE(profiles.size() == 1);
  const StepProfile &p = profiles[0], want = profile();
  CHECK(p.step == want.step);
  CHECK((p.checkpoint.stall == want.checkpoint.stall && p.checkpoint.flush == want.checkpoint.flush && p.checkpoint.reload == want.checkpoint.reload));
  CHECK(p.calibrated);
  CHECK(p.trust_high == 1.4);
  REQUIRE(p.parts.size() == 3);
  CHECK(p.parts[1].name == "bubble");
  CHECK_FALSE(p.parts[1].useful);
  REQUIRE(p.groups.size() == 2);
  CHECK(p.groups[1].chips == 16);
  CHECK(p.groups[1].batch_share == 0.25);
  CHECK(p.memory[0].bytes == Bytes(14e9));
}

TEST_CASE("input facts are counted by confidence") {
  Folder folder;
  Fact verified, press;
  verified.subject = "chips/a", verified.path = "x", verified.confidence = Confidence::verified;
  press.subject = "chips/b", press.path = "x", press.confidence = Confidence::press;
  {
    results::Store store(folder.file("r.db"));
    store.begin(info(), manifest(), {}, {verified, press, press});
  }
  const auto n = results::read_confidence(folder.file("r.db"));
  CHECK(n.at("verified") == 1);
  CHECK(n.at("press") == 2);
}

TEST_CASE("the hash does not depend on the order of runs, the time, the command or the paths") {
  Folder folder;
  auto reversed = kRuns;
  std::reverse(reversed.begin(), reversed.end());
  auto elsewhere = manifest();
  elsewhere.command = "capmix compare --jobs 2 ../tiny.toml", elsewhere.created = "1999-01-01T00:00:00Z", elsewhere.commit = "ffff", elsewhere.version = "capmix 0.1.1 (ffff)";
  for (auto& input : elsewhere.inputs) input.path = "/elsewhere/" + input.path;
  write(folder.file("a.db"), kRuns);
  write(folder.file("b.db"), reversed, elsewhere);
  CHECK(dump(folder.file("a.db")) == dump(folder.file("b.db")));
  CHECK(results::hash(folder.file("a.db")) == results::hash(folder.file("b.db")));
  CHECK(results::hash(folder.file("a.db")).size() == 16);
}

TEST_CASE("the hash depends on facts, inputs and seed, to the last digit") {
  Folder folder;
  write(folder.file("a.db"), kRuns);
  const std::string base = results::hash(folder.file("a.db"));
  auto other_seed = manifest(), other_input = manifest();
  other_seed.seed = 8;
  other_input.inputs[0].text = "x = 2\n";
  write(folder.file("seed.db"), kRuns, other_seed);
  write(folder.file("input.db"), kRuns, other_input);
  CHECK(results::hash(folder.file("seed.db")) != base);
  CHECK(results::hash(folder.file("input.db")) != base);
  {
    results::Store store(folder.file("fact.db"));
    store.begin(info(), manifest(), {profile()});
    for (const auto& key : kRuns) {
      Facts f = facts(key.draw);
      if (key.draw == 0 && key.mix == "a") f.of<EnergyMonth>()[0].usd = std::nextafter(-0.5, 0);
      store.write(key, f);
    }
  }
  CHECK(results::hash(folder.file("fact.db")) != base);
}

TEST_CASE("the dump sorts rows, keeps digits and holds one row per line") {
  Folder folder;
  write(folder.file("a.db"), {kRuns[0]});
  const std::string text = dump(folder.file("a.db"));
  CHECK(has(text, "z\tdrawn\t-1\t0\th200-sxm\t\t1\t1\t1\t0\nz\tdrawn\t-1\t1\th200-sxm\tnorth\t7\t7\t6\t0.30000000000000004\n"));
  CHECK(has(text, "feed\t950pr\ta\\ttab, a back\\\\slash\n"));
  CHECK_FALSE(has(text, "capmix compare"));
  CHECK_FALSE(has(text, "b/a.toml"));
}

TEST_CASE("equal input texts are stored once") {
  Folder folder;
  write(folder.file("a.db"), {});
  const std::string text = dump(folder.file("a.db"));
  const size_t table = text.find("# input_text");
  REQUIRE(table != std::string::npos);
  size_t lines = 0;
  for (size_t i = table; i < text.find("# job"); ++i) lines += text[i] == '\n';
  CHECK(lines == 3);  // the table's head and two texts of three files
}

TEST_CASE("a second comparison of the same study replaces runs, one of another replaces all") {
  Folder folder;
  const std::string path = folder.file("a.db");
  write(path, kRuns);
  {
    results::Store store(path);
    store.begin(info(), manifest(), {profile()});
    store.write(kRuns[0], facts(5));
  }
  auto runs = results::read_runs(path);
  REQUIRE(runs.size() == 4);
  CHECK(runs[2].second.of<FleetMonth>()[0].delivered == 13);  // z at modes: 8 + 5, and not twice
  CHECK(runs[2].second.of<FleetMonth>().size() == 2);
  auto other = manifest();
  other.seed = 9;
  write(path, {kRuns[1]}, other);
  runs = results::read_runs(path);
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].first == kRuns[1]);
  // A build that its commit does not name may do anything: nothing is kept from before.
  other.commit = "1a2b3c4d-dirty";
  write(path, {kRuns[1]}, other);
  write(path, {kRuns[0]}, other);
  CHECK(results::read_runs(path).size() == 1);
}

TEST_CASE("a run that failed leaves a message and no facts") {
  Folder folder;
  const std::string path = folder.file("a.db");
  results::Store store(path);
  store.begin(info(), manifest(), {});
  store.write(kRuns[0], facts());
  store.write_failed(kRuns[0], "crashed: signal 11");
  store.write(kRuns[1], facts());
  const auto runs = results::read_runs(path);  // while it is open for writing
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].first == kRuns[1]);
  const auto failures = results::read_failures(path);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].second == "crashed: signal 11");
  CHECK_FALSE(has(dump(path), "z\tdrawn\t-1\t0\th200"));
}

TEST_CASE("the store leaves one file") {
  Folder folder;
  write(folder.file("a.db"), kRuns);
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("a path that cannot be written is found before a run, and nothing is left") {
  Folder folder;
  CHECK(has(message([&] { results::Store::probe(folder.file("no/such/r.db")); }), "no directory"));
  CHECK(has(message([&] { results::Store::probe(folder.path.string()); }), "is a directory"));
  CHECK(has(message([] { results::Store::probe("/proc/capmix.db"); }), "cannot write"));  // not even root can
  CHECK(message([] { results::Store::probe(""); }) != "no InputError");
  results::Store::probe(folder.file("new.db"));
  CHECK(fs::is_empty(folder.path));
  if (geteuid() != 0) {  // root may write anywhere
    fs::permissions(folder.path, fs::perms::owner_read | fs::perms::owner_exec);
    CHECK(has(message([&] { results::Store::probe(folder.file("new.db")); }), "cannot write"));
    fs::permissions(folder.path, fs::perms::owner_all);
  }
}

TEST_CASE("a file that is not ours is refused and left as it is") {
  Folder folder;
  const std::string path = folder.file("x.db");
  const auto refused = [&](const std::string& why) {
    const std::string before = bytes_of(path);
    for (const auto& act : std::vector<std::function<void()>>{[&] { results::Store::probe(path); }, [&] { results::Store store(path); },
                                                              [&] { results::read_info(path); }, [&] { results::hash(path); }}) {
      const std::string text = message(act);
      INFO(text);
      CHECK(has(text, path));
      CHECK(has(text, why));
    }
    CHECK(bytes_of(path) == before);
  };
  std::ofstream(path) << "thesis, chapter 1: not a results file, and nobody has a copy of it, so leave it alone please";
  refused("not a capmix results file");
  std::ofstream(path) << "short";
  refused("not a capmix results file");
  fs::remove(path);
  sql(path, "CREATE TABLE photos (name TEXT); INSERT INTO photos VALUES ('us')");
  refused("another program");
  fs::remove(path);
  write(path, kRuns);
  sql(path, "PRAGMA user_version = 99");
  refused("schema version 99");
  fs::remove(path);
  write(path, kRuns);
  fs::resize_file(path, fs::file_size(path) / 2);
  refused("damaged");
}

TEST_CASE("a file that is not there or holds nothing yet has no results") {
  Folder folder;
  CHECK(has(message([&] { results::read_info(folder.file("no.db")); }), "no such results file"));
  { results::Store store(folder.file("empty.db")); }
  CHECK(has(message([&] { results::read_runs(folder.file("empty.db")); }), "no study"));
  std::ofstream(folder.file("zero.db")).flush();
  CHECK(has(message([&] { results::hash(folder.file("zero.db")); }), "empty"));
  write(folder.file("zero.db"), kRuns);  // an empty file is as good as none
  CHECK(results::read_runs(folder.file("zero.db")).size() == 4);
}

TEST_CASE("runs of a mix stay while it is the same, whatever other mixes come and go") {
  Folder folder;
  const std::string path = folder.file("a.db");
  write(path, kRuns);
  size_t of_z = 0;
  for (const auto& key : kRuns) of_z += key.mix == "z" ? 1 : 0;
  REQUIRE(of_z > 0);
  REQUIRE(of_z < kRuns.size());
  const auto left = [&](const results::StudyInfo& i) {
    results::Store store(path);
    store.begin(i, manifest(), {profile()});
    std::set<std::string> mixes;
    for (const auto& key : store.complete()) mixes.insert(key.mix);
    return std::pair(store.complete().size(), mixes);
  };
  auto more = info();
  more.mixes.insert(more.mixes.begin(), {"new", "a third"}), more.spend.push_back({"new", "h200", 1e9});
  CHECK(left(more).first == kRuns.size());
  // Other money, or another name, is another mix.
  more.spend[0].usd += 1;
  CHECK(left(more) == std::pair(kRuns.size() - of_z, std::set<std::string>{"a"}));
  // One that is left out is gone.
  more.mixes = {{"new", "a third"}};
  CHECK(left(more).first == 0);
  // The columns of a design are for all mixes together.
  write(path, kRuns);
  auto designed = info();
  designed.sampling = "sobol";
  CHECK(left(designed).first == 0);
  {
    results::Store store(path);
    store.begin(designed, manifest(), {profile()});
    store.write(kRuns[0], facts(1));
  }
  designed.mixes.push_back({"new", "a third"});
  CHECK(left(designed).first == 0);
}
