#include "analysis/report.hpp"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "analysis/compare.hpp"
#include "analysis/report_plan.hpp"
#include "base/diagnostic.hpp"
#include "catch.hpp"
#include "example.hpp"
#include "results/store.hpp"

using namespace capmix;
using analysis::Json;
using test::Approx;
namespace fs = std::filesystem;

namespace {

// A folder of this process's own, gone with it.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("capmix-report-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

// A results file of its own for each name, of the runs at modes and so many draws of both mixes.
std::string results_file(const std::string& name, int draws, const results::StudyInfo& info = example::info(), bool modes = true) {
  static const Folder folder;
  const std::string path = (folder.path / (name + ".db")).string();
  results::Store store(path);
  Fact fact{"chips/big", "memory", "1 GB", "a \"source\" </script>", Confidence::press, "", {"big.toml", 3}};
  results::Manifest manifest;
  manifest.version = "capmix 0", manifest.command = "capmix compare", manifest.inputs.push_back({"big.toml", "text"});
  store.begin(info, manifest, {}, {fact});
  for (int d = modes ? -1 : 0; d < draws; ++d) {
    store.write({"a", "drawn", d}, example::facts(d < 0 ? 1 : d + 1, 1));
    store.write({"b", "drawn", d}, example::facts(d < 0 ? 2 : 6 - d, 1));
  }
  return path;
}

const Json& world(const Json& document, std::string_view mix) {
  for (const auto& w : document["worlds"])
    if (w["mix"] == mix) return w;
  throw std::runtime_error("no world of " + std::string(mix));
}

double sum(const Json& links, const char* end, const std::string& id) {
  double usd = 0;
  for (const auto& l : links)
    if (l[end] == id) usd += l["usd"].get<double>();
  return usd;
}

}  // namespace

TEST_CASE("the document says the study, its mixes and every metric of the comparison") {
  const auto path = results_file("metrics", 4);
  const Json d = analysis::report_document(path);
  CHECK(d["schema"] == analysis::kReportSchema);
  CHECK(d["study"]["name"] == "Tiny");
  CHECK(d["study"]["last_day"] == "2027-02-28");
  CHECK(d["months"] == Json({"2026-11", "2026-12", "2027-01", "2027-02"}));
  CHECK(d["runs"] == 10);
  const auto c = analysis::compare(path);
  const auto& m = c.outcomes.front().mixes.at(1);
  const auto& s = m["train.reference_tokens"];
  CHECK(world(d, "b")["metrics"]["train.reference_tokens"] == Json({s.modes, s.p10, s.p50, s.p90, s.mean, s.diff, s.diff_low, s.diff_high}));
  CHECK(world(d, "b")["rank"] == m.rank);
  CHECK(d["units"]["train.reference_tokens"] == "tokens");
  CHECK(d["outcomes"][0]["headline"].get<std::string>().find("second") != std::string::npos);
  // Left out: domestic work by month and quarter. By year it stays.
  CHECK(world(d, "a")["metrics"].contains("work.domestic.2026"));
  CHECK_FALSE(world(d, "a")["metrics"].contains("work.domestic.2026-11"));
  CHECK_FALSE(world(d, "a")["metrics"].contains("work.domestic.2026-Q4"));
}

TEST_CASE("series by month are quantiles over draws, and at modes they add up to the metric") {
  const Json d = analysis::report_document(results_file("series", 4));
  // Mix a: December has 2e25 FLOP x scale, 1e12 FLOP a token and 31 days: 6.4516e11 tokens a day at modes (scale 1); draws have
  // scales 1 to 4, so P10 (type 7, position 0.3) is 1.3, P50 2.5 and P90 3.7 of it.
  const double day = 2e25 / 1e12 / 31;
  const Json& trained = world(d, "a")["series"]["trained"];
  CHECK(trained["modes"][1].get<double>() == Approx(day));
  CHECK(trained["p10"][1].get<double>() == Approx(1.3 * day));
  CHECK(trained["p50"][1].get<double>() == Approx(2.5 * day));
  CHECK(trained["p90"][1].get<double>() == Approx(3.7 * day));
  double tokens = 0;
  const double days[] = {30, 31, 31, 28};
  for (size_t m = 0; m < 4; ++m) tokens += trained["modes"][m].get<double>() * days[m];
  CHECK(tokens == Approx(world(d, "a")["metrics"]["train.reference_tokens"][0].get<double>()));
  // Chips online at the end of December: 60 big and 8 small.
  CHECK(world(d, "a")["series"]["online"]["modes"] == Json({5.0, 68.0, 500.0, 150.0}));
  // Requests a second: 2e9 in January's 31 days would be 746.7; December served 2000e6 of them.
  CHECK(world(d, "a")["series"]["served"]["modes"][1].get<double>() == Approx(2000e6 / (31 * 86400.0)));
}

TEST_CASE("without draws or without modes what is missing is null or empty") {
  const Json alone = analysis::report_document(results_file("modes", 0));
  CHECK(world(alone, "a")["series"]["trained"]["p50"].empty());
  CHECK(world(alone, "a")["metrics"]["train.reference_tokens"][1].is_null());
  CHECK(world(alone, "a")["binding"][0]["agree"].is_null());
  CHECK(alone["decision"]["outcomes"][0]["draws"] == 0);
  CHECK(alone["decision"]["behind"][0]["low"].is_null());  // of one run there is no interval
  const Json draws = analysis::report_document(results_file("draws", 3, example::info(), false));
  CHECK(world(draws, "a")["series"]["trained"]["modes"].empty());
  CHECK(world(draws, "a")["supply"].is_null());
  CHECK(world(draws, "a")["buildout"].is_null());
  CHECK(draws["decision"]["outcomes"][0]["draws"] == 3);
}

TEST_CASE("the decision of the document is that of decide") {
  const auto path = results_file("decision", 4);
  const Json d = analysis::report_document(path)["decision"];
  // Draws: a 1 2 3 4, b 6 5 4 3 times 40e12 x 1e12 / 1e12 FLOP a token: means 2.5 and 4.5, so a's regret is 2 of them and b's 0. Draw by draw b has 5 3 1 -1
  // more, so that it leads in three of four worlds.
  const double unit = world(analysis::report_document(path), "a")["metrics"]["train.reference_tokens"][0].get<double>();
  CHECK(d["choices"]["expected"] == "b");
  CHECK(d["mixes"][0]["regret"][0].get<double>() == Approx(2 * unit));
  CHECK(d["mixes"][1]["regret"][0] == 0.0);
  CHECK(d["mixes"][1]["leads"].get<double>() == Approx(0.75));
  CHECK_FALSE(d["headline"].empty());
  CHECK(d == analysis::decision_json(analysis::decide(path, analysis::DecideOptions{})));
}

TEST_CASE("a sweep has no decision, and says why") {
  auto info = example::info();
  info.points = {{"drawn", "drawn", 0, "x:y", "1"}};
  const Json d = analysis::report_document(results_file("swept", 2, info));
  CHECK(d["decision"].is_null());
  CHECK(d["undecided"] == "a sweep's points are no outcomes to weigh");
}

TEST_CASE("money flows from the mix to chips, and nothing is lost between") {
  const Json d = analysis::report_document(results_file("money", 0));
  const Json &supply = world(d, "a")["supply"], &links = supply["links"];
  // example.hpp: 60m for big (15 converted, 30 redirected, 5 lost, 10 outstanding), 40m for small (38 converted, 2 stranded), and
  // the 30m redirected to small (20 converted, 10 outstanding).
  CHECK(sum(links, "source", "money") == 100e6);
  CHECK(sum(links, "target", "offer offer-big") == 60e6);
  CHECK(sum(links, "target", "blocked offer-big") == 30e6);
  CHECK(sum(links, "target", "to offer-small") == 30e6);
  CHECK(sum(links, "target", "outstanding") == 20e6);
  CHECK(sum(links, "target", "lost") == 5e6);
  CHECK(sum(links, "target", "stranded") == 2e6);
  // Big: 300 delivered and 150 online at the end, of 15,000 bought: 150 wait, 1 % of those bought.
  CHECK(sum(links, "target", "waiting big") == Approx(0.01 * 15e6));
  CHECK(sum(links, "target", "online big") == Approx(0.99 * 15e6));
  for (const auto& n : supply["nodes"]) {
    const double in = sum(links, "target", n["id"].get<std::string>()), out = sum(links, "source", n["id"].get<std::string>());
    INFO(n["id"]);
    CHECK(in + out > 0);
    if (in > 0 && out > 0) CHECK(in == Approx(out));
  }
}

TEST_CASE("money that never became an order is said") {
  auto info = example::info();
  info.spend.front().usd += 7e6;
  const Json d = analysis::report_document(results_file("unordered", 0, info));
  CHECK(sum(world(d, "a")["supply"]["links"], "target", "unordered") == 7e6);
}

TEST_CASE("the build-out has dates, slack and what draws make of its ends") {
  const Json d = analysis::report_document(results_file("buildout", 4));
  CHECK(d["buildouts"].size() == 1);  // of both mixes, equal
  CHECK(world(d, "a")["buildout"] == world(d, "b")["buildout"]);
  const Json& hall = d["buildouts"][0][0];
  CHECK(hall["hall"] == "north/h1");
  CHECK(hall["tasks"][0] == Json({{"name", "permit"}, {"start", "2026-11-01"}, {"end", "2027-01-15"}, {"slack", 0.0}, {"critical", true}, {"note", ""},
                                  {"end_p10", "2027-01-15"}, {"end_p90", "2027-01-15"}}));
  CHECK(hall["tasks"][1]["slack"] == 31.0);
  const double never = std::numeric_limits<double>::infinity();
  const Json halls = analysis::buildout_json(example::facts(), {{"north/h1/permit", {20000, 20010, never}}});
  CHECK(halls[0]["tasks"][0]["end_p10"] == Date(20002).text());  // type 7: position 0.2 between 20000 and 20010
  CHECK(halls[0]["tasks"][0]["end_p90"].is_null());
}

TEST_CASE("what binds names the share of draws that agree") {
  const Json d = analysis::report_document(results_file("binding", 4));
  const Json& b = world(d, "a")["binding"];
  CHECK(b.size() == 4);
  CHECK(b[0]["constraint"] == "production big");
  CHECK(b[0]["share"] == 0.6);
  CHECK(b[0]["agree"] == 1.0);
  CHECK(world(d, "a")["binds_most"] == "power");  // 0.4 + 0.4 + 1 + 1 of the cuts of its months, but it leads in two: 2 against 1.2
}

TEST_CASE("errors by class: fitted, predicted and suspect rows each apart; the worst by name") {
  const auto path = results_file("scores", 0);
  CHECK(analysis::report_document(path)["validation"].is_null());
  const auto score = [](const char* id, double ratio, bool fitted, bool suspect) {
    Score s;
    s.case_id = id, s.work_class = "dense", s.chip_family = "hopper", s.unit = "s", s.predicted = 100 * ratio, s.measured = 100, s.ratio = ratio, s.log_error = -std::log(ratio);
    s.calibrated_on = fitted, s.suspect = suspect, s.in_range = ratio < 1.2;
    return s;
  };
  analysis::ReportExtras extras;
  extras.errors = analysis::summarise({score("near", 1.1, true, false), score("far", 1.5, false, false), score("odd", 3, false, true)});
  extras.tornados = {{"drawn", "work of `a`", "tokens", 5, {{"x: y", "press", "1", "2", 3, std::nan("")}}}};
  const Json d = analysis::report_document(path, extras);
  const Json& v = d["validation"];
  CHECK(v["scored"] == 2);
  CHECK(v["suspect"] == 1);
  REQUIRE(v["classes"].size() == 2);  // "dense", "dense on hopper"
  const Json& dense = v["classes"][0];
  CHECK(dense["name"] == "dense");
  CHECK(dense["all"]["n"] == 2);
  CHECK(dense["fitted"]["median"].get<double>() == Approx(std::log(1.1)));
  CHECK(dense["predicted"]["median"].get<double>() == Approx(std::log(1.5)));
  CHECK(dense["predicted"]["in_range"] == 0.0);
  CHECK(dense["suspect"]["n"] == 1);
  CHECK(dense["suspect"]["median"].get<double>() == Approx(std::log(3)));
  REQUIRE(v["worst"].size() == 2);    // what is suspect counts nowhere
  CHECK(v["worst"][0]["case"] == "far");
  CHECK(d["tornado"][0]["bars"][0]["low"] == 3.0);
  CHECK(d["tornado"][0]["bars"][0]["high"].is_null());
}

TEST_CASE("a summary of errors is read as it was written, to three digits") {
  Score s;
  s.case_id = "a \"b\"", s.work_class = "MoE", s.chip_family = "ada", s.unit = "s", s.predicted = 123456, s.measured = 100000, s.ratio = 1.23456, s.log_error = -std::log(1.23456);
  const auto text = analysis::error_summary_text(analysis::summarise({s}));
  const auto back = analysis::read_error_summary(text, "errors.json");
  REQUIRE(back.classes.size() == 2);
  CHECK(back.classes[0].all.median == 0.211);         // ln 1.23456 = 0.21071
  CHECK(std::isnan(back.classes[0].fitted.median));  // of none
  CHECK(back.worst[0].case_id == "a \"b\"");
  CHECK(back.worst[0].predicted == 123000);
  CHECK(analysis::error_summary_text(back) == text);
  CHECK_THROWS_AS(analysis::read_error_summary("{\"rows\": 1}", "x.json"), InputError);
  CHECK_THROWS_AS(analysis::read_error_summary(text.substr(0, text.size() / 2), "x.json"), InputError);
}

TEST_CASE("a tornado of a sensitivity has its widest bar first") {
  analysis::Sensitivity s;
  s.outcome = "drawn", s.output = "work", s.unit = "tokens", s.base = 5;
  analysis::MovedInput narrow, wide, none;
  narrow.name = "narrow", narrow.low = 4, narrow.high = 5, wide.name = "wide", wide.low = 9, wide.high = 2, none.name = "none", none.low = 1, none.high = std::nan("");
  s.inputs = {narrow, none, wide};
  const auto t = analysis::tornado_of(s);
  REQUIRE(t.bars.size() == 3);
  CHECK(t.bars[0].input == "wide");
  CHECK(t.bars[1].input == "narrow");
  CHECK(t.bars[0].low_value == "P10");
  CHECK(t.base == 5);
}

TEST_CASE("inputs and manifest come from the file") {
  const Json d = analysis::report_document(results_file("inputs", 0));
  CHECK(d["inputs"][0] == Json({{"subject", "chips/big"}, {"path", "memory"}, {"value", "1 GB"}, {"source", "a \"source\" </script>"}, {"confidence", "press"},
                                {"note", ""}, {"file", "big.toml"}, {"line", 3}}));
  CHECK(d["input_files"][0]["key"] == "big.toml");
  bool command = false;
  for (const auto& m : d["manifest"]) command = command || (m["key"] == "command" && m["value"] == "capmix compare");
  CHECK(command);
}

TEST_CASE("no text of the document ends the element that it stands in") {
  const std::string page = std::string("<script type=\"application/json\">") + analysis::kReportPlaceholder + "</script>";
  const Json d{{"name", "</script><!-- & \"x\""}, {"bytes", "\xff"}};
  const std::string text = analysis::report_page(page, d);
  CHECK(text.find("</script>") == text.size() - 9);
  CHECK(text.find("<!--") == std::string::npos);
  const size_t begin = page.find('>') + 1;
  CHECK(Json::parse(text.substr(begin, text.size() - 9 - begin))["name"] == "</script><!-- & \"x\"");
  CHECK_THROWS_AS(analysis::report_page("nothing", d), std::runtime_error);
  CHECK_THROWS_AS(analysis::report_page(page + page, d), std::runtime_error);
}

TEST_CASE("a file without a complete run is refused") {
  const auto path = results_file("empty", 0, example::info(), false);
  CHECK_THROWS_AS(analysis::report_document(path), InputError);
  CHECK_THROWS_AS(analysis::report_document("/nowhere/x.db"), InputError);
}

TEST_CASE("the size does not grow with draws") {
  const size_t few = analysis::report_document(results_file("few", 20)).dump().size();
  const size_t many = analysis::report_document(results_file("many", 200)).dump().size();
  CHECK(many < 1.1 * few);
}
