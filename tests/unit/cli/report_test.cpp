// capmix report: what it refuses, and that nothing half-written stays behind.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
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

namespace {

// A study with two outcomes that draws in a moment, and its results.
const std::string kBuild = "build-speed.toml";

std::string drawn() {
  static const std::string db = [] {
    auto c = quiet();
    c.cache = test::profile_cache();
    cli::CompareOptions o;
    o.study = test::study_file(kBuild), o.draws = 12, o.out = test::scratch().file("drawn.db");
    printed([&] { cli::compare(c, o); });
    return o.out;
  }();
  return db;
}

nlohmann::json document(const std::string& html) {
  const std::string text = text_of(html), begin = "id=\"document\">";
  const size_t at = text.find(begin) + begin.size();
  return nlohmann::json::parse(text.substr(at, text.find("</script>", at) - at));
}

}  // namespace

TEST_CASE("one command makes the whole report, and a results file with its study makes the same bytes") {
  if (cli::report_page().empty()) return;
  auto c = quiet();
  c.cache = test::profile_cache(), c.jobs = 2;
  cli::CompareOptions compare;
  compare.study = test::study_file(kBuild), compare.draws = 12, compare.out = drawn(), compare.report = test::scratch().file("compared.html");
  printed([&] { cli::compare(c, compare); });
  cli::ReportOptions report{drawn(), test::scratch().file("reported.html"), "", "", false, compare.study};
  CHECK(cli::report(c, report) == 0);
  CHECK(text_of(report.html) == text_of(compare.report));
  const auto d = document(compare.report);
  // The decision is that of decide on the same file; the sensitivity is of its choice, in the outcome that weighs most; the evidence over its draws.
  cli::DecideVerbOptions decide;
  decide.runs.study = drawn(), decide.runs.report = test::scratch().file("decided.html");
  auto json = c;
  json.json = true;
  const auto decided = nlohmann::json::parse(printed([&] { cli::decide(json, decide); }));
  CHECK(d["decision"] == decided);
  CHECK(document(decide.runs.report)["decision"] == decided);
  REQUIRE(d["tornado"].size() == 2);
  for (const auto& m : decided["mixes"])
    if (m["mix"] == decided["choices"]["expected"]) CHECK(d["tornado"][0]["output"].get<std::string>().find("`" + m["name"].get<std::string>() + "`") != std::string::npos);
  double most = 0;
  for (const auto& o : decided["outcomes"]) most = std::max(most, o["weight"].get<double>());
  for (const auto& o : decided["outcomes"])
    if (o["outcome"] == d["tornado"][0]["outcome"]) CHECK(o["weight"] == most);
  // Over the weighted mean of the outcomes the best mix is the choice, the second the nearest behind, and the gain of the one is its expected work.
  const auto decided_mix = [&](const std::string& id) { return *std::find_if(decided["mixes"].begin(), decided["mixes"].end(), [&](const auto& m) { return m["mix"] == id; }); };
  const auto choice = decided_mix(decided["choices"]["expected"]);
  CHECK(d["evidence"]["chosen"] == choice["name"]);
  CHECK(d["evidence"]["expected"].get<double>() == test::Approx(choice["expected"].get<double>()));
  CHECK(d["evidence"]["second"] == decided_mix(decided["behind"][0]["mix"])["name"]);
  CHECK(d["evidence"]["draws"] == 12);
  // sensitivity tells the same of the file unless one outcome is asked for.
  cli::SensitivityOptions rests;
  rests.study = test::study_file(kBuild), rests.evidence = drawn();
  CHECK(nlohmann::json::parse(printed([&] { cli::sensitivity(json, rests); })) == d["evidence"]);
  CHECK(printed([&] { cli::sensitivity(c, rests); }).find("so few draws cannot tell") != std::string::npos);
  CHECK(d["evidence"]["inputs"].size() > 10);
  // Without the study there is neither, and with too few draws no evidence.
  report.study = "", report.html = test::scratch().file("alone.html");
  CHECK(cli::report(c, report) == 0);
  CHECK(document(report.html)["evidence"].is_null());
  CHECK_FALSE(document(report.html).contains("tornado"));
  CHECK(document(report.html)["decision"] == decided);
  // Errors by class stand in it unasked.
  CHECK(d["validation"]["scored"].get<int>() > 800);
}

TEST_CASE("what decide is told is what its report decides by") {
  if (cli::report_page().empty()) return;
  cli::DecideVerbOptions o;
  o.runs.study = drawn(), o.runs.report = test::scratch().file("weighed.html"), o.weights = {"fast=0.9"}, o.discount = 0.2;
  printed([&] { cli::decide(quiet(), o); });
  const auto d = document(o.runs.report)["decision"];
  CHECK(d["outcomes"][0]["weight"] == 0.9);
  CHECK(d["discount"] == 0.2);
  o.runs.report = drawn();
  check_parts(complaint([&] { cli::decide(quiet(), o); }), {"would replace the results file"});
}

TEST_CASE("a study that the results are not of, and inputs that are other ones") {
  if (cli::report_page().empty()) return;
  const std::string html = test::scratch().file("other.html");
  cli::ReportOptions o{toy(), html, "", "", false, test::study_file(kBuild)};
  const auto refused = [&](const cli::Common& c) { return complaint([&] { cli::report(c, o); }); };
  check_parts(refused(quiet()), {"the results are of study \"toy\", not of \"build-speed\""});
  o.study = test::study_file("toy/toy.toml");
  auto c = quiet();
  c.seed = 7;
  check_parts(refused(c), {"its draws are of seed", "not of 7", "give --seed"});
  c = quiet(), c.set = {"chips/alpha:price=USD 9k"};
  CHECK_FALSE(refused(c).empty());
  // A copy whose platform says something else.
  const fs::path copy = test::scratch().file("toy-copy");
  fs::copy(fs::path(o.study).parent_path(), copy, fs::copy_options::recursive);
  std::ofstream(copy / "platform.toml", std::ios::app) << "\n# another text\n";
  o.study = (copy / "toy.toml").string();
  check_parts(refused(quiet()), {"platform.toml: error: is not as it was when"});
  CHECK_FALSE(fs::exists(html));
}

TEST_CASE("the errors by class that ship are what validate makes of the shipped tables") {
  const std::string shipped = std::string(CAPMIX_SOURCE_DIR) + "/platforms/calibration/errors.json";
  const auto s = analysis::read_error_summary(text_of(shipped), shipped);
  CHECK(s.rows == s.scored + s.suspect + s.unscored);
  CHECK(s.worst.size() == analysis::kWorstCases);
  int counted = 0;
  for (const auto& c : s.classes)
    if (c.name.find(" on ") == std::string::npos) counted += c.all.n;
  CHECK(counted == s.scored);
  if (std::getenv("CAPMIX_REFERENCE") == nullptr) return;  // half a minute: with the reference data only
  cli::ValidateOptions o;
  o.summary = test::scratch().file("errors.json");
  printed([&] { auto c = quiet(); c.jobs = 2; cli::validate(c, o); });
  const auto now = analysis::read_error_summary(text_of(o.summary), o.summary);
  REQUIRE(now.classes.size() == s.classes.size());
  // Builds differ beyond the third digit, so that the last of three may be another.
  const auto same = [](double a, double b) { return (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= 0.011 * std::max(std::fabs(a), std::fabs(b)); };
  for (size_t i = 0; i < s.classes.size(); ++i) {
    INFO(s.classes[i].name << ": capmix validate --summary platforms/calibration/errors.json makes it anew");
    CHECK(now.classes[i].name == s.classes[i].name);
    for (const auto part : {&analysis::ClassErrors::all, &analysis::ClassErrors::fitted, &analysis::ClassErrors::predicted, &analysis::ClassErrors::suspect}) {
      CHECK((now.classes[i].*part).n == (s.classes[i].*part).n);
      CHECK(same((now.classes[i].*part).median, (s.classes[i].*part).median));
      CHECK(same((now.classes[i].*part).p90, (s.classes[i].*part).p90));
    }
  }
}

TEST_CASE("validate --summary is checked against what it would be") {
  const std::string cases = test::written("one.csv", "case_id,group,hw,gpus,workload,metric,value,unit,model,layers,hidden,heads,seq,global_batch,precision,tp\n"
                                                     "ok,g,H100-SXM-80GB,8,train-dense,iteration_time,1,s,M,8,4096,32,2048,64,bf16,1\n");
  cli::ValidateOptions o{{cases}, "", "", test::scratch().file("summary.json")};
  CHECK(cli::validate(quiet(), o) == 0);
  const auto s = analysis::read_error_summary(text_of(o.summary), o.summary);
  CHECK(s.scored == 1);
  CHECK(s.worst[0].case_id == "ok");
  o.check = true;
  CHECK(cli::validate(quiet(), o) == 0);
  std::ofstream(o.summary, std::ios::app) << " ";
  CHECK(cli::validate(quiet(), o) == 1);
  CHECK(text_of(o.summary).back() == ' ');  // nothing written
  o.summary = "";
  check_parts(complaint([&] { cli::validate(quiet(), o); }), {"--check is of a --summary"});
}
