// Parts of one command's runs joined: the same as the whole, or a refusal that says why and leaves everything as it was.
#include "results/merge.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "base/diagnostic.hpp"
#include "catch.hpp"
#include "results/dump.hpp"
#include "unit/results/folder.hpp"
#include "results/read.hpp"
#include "results/store.hpp"

using namespace capmix;
namespace fs = std::filesystem;
using test::Folder;

namespace {

results::StudyInfo info() {
  results::StudyInfo i;
  i.id = "tiny", i.start = "2026-01-01", i.end = "2027-01-01", i.seed = "7", i.draws = 2;
  i.mixes = {{"a", "A"}, {"b", "B"}}, i.outcomes = {{"drawn", "as drawn"}, {"full", "full"}};
  return i;
}

results::Manifest manifest(const std::string& shard = "", uint64_t seed = 7) {
  results::Manifest m;
  m.version = "1", m.commit = "1a2b3c4d", m.seed = seed, m.shard = shard;
  m.inputs = {{"a.toml", "x = 1\n"}};
  return m;
}

Facts facts(const RunKey& key, double joules = 1) {
  Facts f;
  f.of<EnergyMonth>() = {{0, key.mix, joules, key.draw + 0.5}, {1, key.mix, 2, 0}};
  f.of<FleetMonth>() = {{0, "chip", key.outcome, key.draw, 1, 1, 0}};
  return f;
}

// The k-th of n shards, in an order of its own.
void write(const std::string& path, size_t k, size_t n, const std::function<void(results::Store&)>& more = {}, uint64_t seed = 7) {
  results::Store store(path);
  store.begin(info(), manifest(n > 1 ? std::to_string(k) + "/" + std::to_string(n) : "", seed), {});
  const auto runs = info().runs();
  for (size_t i = runs.size(); i-- > 0;)
    if (i % n == k - 1) store.write(runs[i], facts(runs[i]));
  if (more) more(store);
}

std::string complaint(const std::function<void()>& act) {
  try {
    act();
  } catch (const InputError& e) {
    return e.what();
  }
  return "no InputError";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("shards joined are the file that ran whole, in whatever order they are given") {
  Folder folder;
  write(folder.file("whole.db"), 1, 1);
  for (size_t k = 1; k <= 3; ++k) write(folder.file(std::to_string(k) + ".db"), k, 3);
  const auto merged = results::merge({folder.file("3.db"), folder.file("1.db"), folder.file("2.db"), folder.file("1.db")}, folder.file("joined.db"));
  CHECK(merged.runs == 12);  // 2 mixes x 2 outcomes x (modes and 2 draws)
  CHECK(merged.twice == 4);  // those of the first
  CHECK(merged.missing.empty());
  CHECK(results::hash(folder.file("joined.db")) == results::hash(folder.file("whole.db")));
  CHECK(results::read_runs(folder.file("joined.db")).size() == 12);
  CHECK_FALSE(fs::exists(folder.file("joined.db.part")));
  // The joined file goes on as if it had run here.
  results::Store store(folder.file("joined.db"));
  store.begin(info(), manifest(), {});
  CHECK(store.complete().size() == 12);
}

TEST_CASE("runs that are missing are said by their shards, and joined only when that is asked for") {
  Folder folder;
  write(folder.file("1.db"), 1, 3), write(folder.file("3.db"), 3, 3);
  const std::vector<std::string> two{folder.file("1.db"), folder.file("3.db")};
  const std::string text = complaint([&] { results::merge(two, folder.file("joined.db")); });
  CHECK(has(text, "4 of 12 runs are in none of these files, the first of them a/drawn/0; to be run or finished: --shard 2/3"));
  CHECK_FALSE(fs::exists(folder.file("joined.db")));
  const auto merged = results::merge(two, folder.file("joined.db"), true);
  CHECK(merged.runs == 8);
  CHECK(merged.missing.size() == 4);
  CHECK(merged.absent == std::vector<std::string>{"2/3"});
}

TEST_CASE("files of different commands, facts that differ and foreign files are refused, and nothing is lost") {
  Folder folder;
  write(folder.file("1.db"), 1, 2), write(folder.file("2.db"), 2, 2);
  const auto refused = [&](const std::string& other, const std::string& why) {
    std::ofstream(folder.file("joined.db")).flush();
    const std::string text = complaint([&] { results::merge({folder.file("1.db"), folder.file(other)}, folder.file("joined.db")); });
    INFO(text);
    CHECK(has(text, why));
    CHECK(fs::file_size(folder.file("joined.db")) == 0);
    CHECK_FALSE(fs::exists(folder.file("joined.db.part")));
  };
  write(folder.file("seed.db"), 2, 2, {}, 8);
  refused("seed.db", "is not of the same command");
  write(folder.file("facts.db"), 2, 2, [](results::Store& s) { s.write({"a", "drawn", -1}, facts({"a", "drawn", -1}, 3)); });
  refused("facts.db", "run a/drawn/modes has other facts than in " + folder.file("1.db") + " (table energy_month)");
  std::ofstream(folder.file("text.db")) << "not a results file at all";
  refused("text.db", "not a capmix results file");
  fs::copy(folder.file("2.db"), folder.file("cut.db"));
  fs::resize_file(folder.file("cut.db"), fs::file_size(folder.file("cut.db")) / 2);
  refused("cut.db", "damaged");
  refused("none.db", "no such results file");
  CHECK(has(complaint([&] { results::merge({folder.file("1.db"), folder.file("2.db")}, folder.file("2.db")); }), "one of the files to be joined"));
}

TEST_CASE("a run that failed in one file and is whole in another is taken whole") {
  Folder folder;
  write(folder.file("1.db"), 1, 2, [](results::Store& s) { s.write_failed({"a", "drawn", -1}, "killed"); });
  write(folder.file("2.db"), 2, 2, [](results::Store& s) { s.write_failed({"a", "drawn", 0}, "killed"), s.write({"a", "drawn", -1}, facts({"a", "drawn", -1})); });
  const auto merged = results::merge({folder.file("1.db"), folder.file("2.db")}, folder.file("joined.db"));
  CHECK(merged.runs == 12);
  CHECK(merged.failed == 1);  // the second file's own
  REQUIRE(results::read_failures(folder.file("joined.db")).size() == 1);
  CHECK(results::read_failures(folder.file("joined.db"))[0].first == RunKey{"a", "drawn", 0});
}

TEST_CASE("where two descriptions part is shown, however late in a long line that is") {
  Folder folder;
  const auto one = [&](const char* name, int64_t draws) {
    results::Store store(folder.file(name));
    auto i = info();
    i.question = std::string(300, '?'), i.draws = draws;
    store.begin(i, manifest(), {});
  };
  one("1.db", 2), one("2.db", 3);
  const std::string text = complaint([&] { results::merge({folder.file("1.db"), folder.file("2.db")}, folder.file("joined.db")); });
  INFO(text);
  const size_t against = text.find("\" against \"");
  REQUIRE(against != std::string::npos);
  const size_t first = text.find(": \"...");
  REQUIRE(first != std::string::npos);
  const std::string left = text.substr(first + 3, against - first - 3), right = text.substr(against + 11, text.rfind('"') - against - 11);
  CHECK(left != right);
  CHECK(left.size() <= 106);
}
