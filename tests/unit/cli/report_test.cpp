// capmix report: what it refuses, and that nothing half-written stays behind.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "analysis/report.hpp"
#include "base/diagnostic.hpp"
#include "catch.hpp"
#include "cli/report_page.hpp"
#include "cli/scores.hpp"
#include "cli/verbs.hpp"
#include "typed.hpp"

using namespace capmix;
using test::check_parts, test::complaint, test::printed;
namespace fs = std::filesystem;

namespace {

cli::Common quiet() {
  cli::Common c;
  c.quiet = true, c.jobs = 1;
  return c;
}

// The toy study's results, made once.
std::string toy() {
  static const std::string db = [] {
    cli::CompareOptions o;
    o.study = test::study_file("toy/toy.toml"), o.draws = 0, o.out = test::scratch().file("toy.db");
    printed([&] { cli::compare(quiet(), o); });
    return o.out;
  }();
  return db;
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

int files_beside(const std::string& path) {
  int n = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(path).parent_path()))
    n += entry.path().filename().string().rfind(fs::path(path).filename().string(), 0) == 0;
  return n;
}

}  // namespace

TEST_CASE("the report of a results file prints what compare prints, and needs no page for it") {
  check_parts(printed([&] { cli::report(quiet(), {toy(), "", "", "", false}); }), {"Toy: one hall, two chips, one job", "Mixes at modes"});
  auto json = quiet();
  json.json = true;
  check_parts(printed([&] { cli::report(json, {toy(), "", "", "", false}); }), {"\"headlines\": ", "\"train.reference_tokens\": "});
}

TEST_CASE("without a page the report says how to get it; with one it is whole") {
  const std::string html = test::scratch().file("toy.html");
  if (cli::report_page().empty()) {
    check_parts(complaint([&] { cli::report(quiet(), {toy(), html, "", "", false}); }), {"built without the page", "make report-ui", "node and npm"});
    CHECK_FALSE(fs::exists(html));
    return;
  }
  CHECK(cli::report(quiet(), {toy(), html, "", "", false}) == 0);
  const std::string text = text_of(html);
  CHECK(text.find(analysis::kReportPlaceholder) == std::string::npos);
  check_parts(text, {"<!doctype html>", "\"schema\":2", "Toy: one hall, two chips, one job", "</html>"});
  CHECK(files_beside(html) == 1);  // nothing half-written
  CHECK(cli::report(quiet(), {toy(), html, "", "", false}) == 0);
  CHECK(text_of(html) == text);    // the same bytes again
}

TEST_CASE("results that are none, cut short, of another version or without runs") {
  const std::string html = test::scratch().file("bad.html"), bad = test::scratch().file("bad.db");
  const auto refused = [&] { return complaint([&] { cli::write_report(quiet(), bad, html); }); };
  check_parts(refused(), {"bad.db: error: no such results file"});
  std::ofstream(bad) << "a text that is long enough to hold the header of a results file, which takes a hundred bytes at least, and more";
  check_parts(refused(), {"is not a capmix results file"});
  const std::string whole = text_of(toy());
  for (const size_t bytes : {size_t{50}, size_t{5000}, whole.size() - 1}) {
    std::ofstream(bad, std::ios::binary) << whole.substr(0, bytes);
    CHECK_FALSE(refused().empty());
  }
  std::string other = whole;
  other[63] = static_cast<char>(other[63] + 1);  // user_version, big-endian at 60
  std::ofstream(bad, std::ios::binary) << other;
  check_parts(refused(), {"schema version", "this capmix reads and writes version"});
  std::string damaged = whole;
  for (size_t i = 8192; i < damaged.size(); ++i) damaged[i] = static_cast<char>(damaged[i] ^ 0x5a);
  std::ofstream(bad, std::ios::binary) << damaged;
  check_parts(refused(), {"results file is damaged"});
  CHECK_FALSE(fs::exists(html));
}

TEST_CASE("a report goes where it can be written, and never onto its own results") {
  if (cli::report_page().empty()) return;
  const auto refused = [&](const std::string& html) { return complaint([&] { cli::report(quiet(), {toy(), html, "", "", false}); }); };
  check_parts(refused(test::scratch().path.string()), {"is a directory (expected a file to write)"});
  check_parts(refused(test::scratch().file("none/x.html")), {"cannot be written: there is no directory"});
  check_parts(refused("/proc/report.html"), {"/proc/report.html: cannot be written"});
  const std::string before = text_of(toy());
  check_parts(refused(toy()), {"would replace the results file"});
  CHECK(text_of(toy()) == before);
  cli::CompareOptions o;
  o.study = test::study_file("toy/toy.toml"), o.draws = 0, o.out = test::scratch().file("same"), o.report = o.out;
  check_parts(complaint([&] { cli::compare(quiet(), o); }), {"the report and the results would be written to one file"});
  o.report = test::scratch().path.string();
  check_parts(complaint([&] { cli::compare(quiet(), o); }), {"is a directory"});
  CHECK_FALSE(fs::exists(o.out));  // said before anything ran
}

TEST_CASE("scores are read as validate writes them, and every problem is said") {
  const std::string path = test::scratch().file("scores.csv"), head = "case_id,predicted,measured,unit,ratio,low,high,calibrated_on,in_range,reason,class,vote,offline_vote,chip,suspect\n";
  std::ofstream(path) << head << "a,110,100,s,1.1,90,120,false,true,,dense,,,hopper,false\nb,,,,,,,,,no chip,dense,,,,true\n";
  const auto scores = cli::read_scores(path);
  REQUIRE(scores.size() == 2);
  CHECK(scores[0].counts());
  CHECK(scores[0].ratio == 1.1);
  CHECK(scores[0].work_class == "dense");
  CHECK_FALSE(scores[1].scored());
  CHECK(scores[1].suspect);
  std::ofstream(path) << head << "a,-1,100,s,much,90,120,no,true,,dense,,,hopper,false\n";
  check_parts(complaint([&] { cli::read_scores(path); }), {"scores.csv:2: error: predicted is \"-1\" (expected a number above 0)", "ratio is \"much\"", "calibrated_on is \"no\" (expected true or false)"});
  std::ofstream(path) << "case_id,predicted\na,1\n";
  check_parts(complaint([&] { cli::read_scores(path); }), {"has no column \"measured\" (expected a file that capmix validate --csv wrote)"});
  std::ofstream(path) << head;
  check_parts(complaint([&] { cli::read_scores(path); }), {"holds no scores"});
  check_parts(complaint([&] { cli::read_scores(test::scratch().file("nowhere.csv")); }), {"nowhere.csv"});
}

TEST_CASE("a sensitivity is read as it was printed, widest first, and only of the same study") {
  results::StudyInfo info;
  info.id = "toy", info.outcomes = {{"certain", "nothing uncertain"}};
  const std::string text = R"({"study": "toy", "outputs": [{"outcome": "certain", "output": "work of `a`", "unit": "tokens", "base": 5, "low_at": 0.1, "high_at": 0.9,
    "inputs": [{"input": "x", "confidence": "press", "low": 4, "high": 5}, {"input": "y", "confidence": "assumption", "low": 9, "high": null}, {"input": "z", "confidence": "vendor", "low": 8, "high": 2}]}]})";
  const auto all = cli::read_tornados(test::written("moves.json", text), info);
  REQUIRE(all.size() == 1);
  CHECK(all[0].base == 5);
  REQUIRE(all[0].bars.size() == 3);
  CHECK(all[0].bars[0].input == "z");
  CHECK(all[0].bars[0].low_value == "P10");
  CHECK(all[0].bars[1].input == "x");
  const auto refused = [&](const std::string& path) { return complaint([&] { cli::read_tornados(path, info); }); };
  check_parts(refused(test::scratch().file("none.json")), {"none.json: error: cannot be read"});
  check_parts(refused(test::written("half.json", text.substr(0, 80))), {"is no sensitivity (expected a file with what capmix sensitivity --json prints)"});
  check_parts(refused(test::written("list.json", "[]")), {"is no sensitivity"});
  info.id = "other";
  check_parts(refused(test::scratch().file("moves.json")), {"is of study \"toy\", and the results are of \"other\""});
  info.id = "toy", info.outcomes = {{"full", "full"}};
  check_parts(refused(test::scratch().file("moves.json")), {"is of outcome \"certain\", which the results do not have"});
}
