// What people and programs read. Run with the tag [look] to see an example.
#include "analysis/render.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analysis/table.hpp"
#include "catch.hpp"
#include "example.hpp"

using namespace capmix;
using test::Approx;

namespace {

StepProfile profile(const std::string& chip, bool calibrated, double low, double high) {
  StepProfile p;
  p.key = chip, p.subject = "flagship on " + chip + " x 16", p.feasible = true, p.groups = {{chip, 16, 1}};
  p.plan = "tp 8, dp 2, zero 2", p.step = Seconds(2), p.units = 4e6, p.model_flop = Flop(3e15), p.mfu = 0.31;
  p.parts = {{"gemm", Seconds(1.5), true}, {"tp communication", Seconds(0.5), false}};
  p.memory = {{"parameters", Bytes(14e9)}, {"activations", Bytes(30e9)}};
  p.capacity = Bytes(141e9), p.energy = Joules(5e3), p.limit = "compute", p.trust_low = low, p.trust_high = high, p.calibrated = calibrated;
  return p;
}

analysis::Comparison comparison(double served = 1) {
  std::vector<std::pair<RunKey, Facts>> runs;
  for (int d = -1; d < 4; ++d) {
    runs.push_back({{"a", "drawn", d}, example::facts(1, served)});
    runs.push_back({{"b", "drawn", d}, example::facts(1.5 - 0.25 * d, served)});
  }
  analysis::Notes notes;
  notes.profiles = {profile("big", true, 0.9, 1.1), profile("small", false, 0.5, 1.4)};
  notes.confidence = {{"verified", 3}, {"assumption", 2}};
  notes.failures = {"b/drawn/7: out of memory"};
  return analysis::compare(example::info(), runs, notes);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void check_width(const std::string& text, int width) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(analysis::columns(line) <= static_cast<size_t>(width));
    CHECK((line.empty() || line.back() != ' '));
  }
}

}  // namespace

TEST_CASE("the headline says who leads, by how much, how often, and what binds") {
  // b trains 1.75 x 40 T at modes (d = -1), and 1.5, 1.25, 1, 0.75 x in the draws: it leads in 0, 1 and, level, 2.
  // Its lead in the draws is 20, 10, 0 and -10 T: mean 5, s = 12.9, 90 % interval 5 -+ 2.353 s / 2, which holds 0.
  const auto lines = analysis::headlines(comparison());
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "as drawn: at modes `second` leads with 70.0 T reference tokens by 2027-02-28, 75 % ahead of "
                    "`first, as planned`; over 4 draws `second` does most in the mean, level with `first, as planned`, and leads in 3; binds: power");
  CHECK(has(analysis::headlines(comparison(0.5))[0], "no mix serves 99 % of every service's demand; at modes `second`"));
}

TEST_CASE("the report fits its width and holds its parts in order") {
  for (const int width : {60, 80, 100, 140}) check_width(analysis::render(comparison(0.5), width), width);
  const std::string text = analysis::render(comparison(0.5), 100);
  size_t at = 0;
  for (const char* part : {"`second` leads", "Mixes at modes", "1*", "* serves less than 99 %", "Chips at each year's end", "Over 4 draws", "Ledger at modes",
                           "Useful work by supplier", "Useful work on domestic chips (EA)", "Binding constraint", "B  power", "Money for chips", "Rates fitted on measurements: Big 1.",
                           "Rates of Small 1 were never measured: trust range x0.5 to x1.4", "No rate for feed on big: does not fit by 3 GB (10 runs)",
                           "5 sourced input numbers: 3 verified, 2 assumption.", "Run failed: b/drawn/7"}) {
    INFO(part);
    const size_t found = text.find(part, at);
    REQUIRE(found != std::string::npos);
    at = found;
  }
}

TEST_CASE("JSON parses and carries every metric") {
  const auto json = nlohmann::json::parse(analysis::to_json(comparison()));
  const auto& b = json.at("outcomes").at(0).at("mixes").at(1);
  CHECK(b.at("name") == "second");
  CHECK(b.at("metrics").at("train.reference_tokens").at("modes").get<double>() == Approx(70e12));
  CHECK(b.at("metrics").at("train.reference_tokens").at("unit") == "tokens");
  CHECK(b.at("rank") == 1);
  CHECK(json.at("study").at("seed") == "18446744073709551615");
  CHECK(json.at("study").at("chip").size() == 2);
  CHECK(json.at("headlines").size() == 1);
}

// Mix b accrues 5 h more, all of them useful; in the outcome "full" training begins a month later.
TEST_CASE("differences of mixes and of outcomes are told, in text and JSON") {
  auto info = example::info();
  info.outcomes.push_back({"full", "full approval"});
  Facts b = example::facts(), full = example::facts();
  b.of<LedgerFact>().push_back({2, "big", "north", "flagship", "useful", 3600 * 5});
  full.of<TrainMonth>()[0].month = 2;
  full.of<OnlineChange>() = {{"2026-12-03", "big", "north", 8}};
  const auto c = analysis::compare(info, std::vector<std::pair<RunKey, Facts>>{{{"a", "drawn", -1}, example::facts()}, {{"b", "drawn", -1}, b},
                                                                               {{"a", "full", -1}, full}, {{"b", "full", -1}, b}});
  const std::string text = analysis::render(c, 100);
  check_width(text, 100);
  check_width(analysis::render(c, 80), 80);
  for (const char* part : {"Ledger less that of the first mix, chip-hours", "Against `first, as planned`", "+5", "When outcomes part", "full - drawn", "2026-12-03  2026-12"}) {
    INFO(part);
    CHECK(has(text, part));
  }
  const auto json = nlohmann::json::parse(analysis::to_json(c));
  const auto& mix = json.at("outcomes").at(0).at("mixes").at(1);
  CHECK(mix.at("ledger_less_first_chip_seconds").at("useful") == 3600 * 5);
  CHECK(mix.at("ledger_chip_seconds").at("useful") == 3600 * 65);
  const auto& pair = json.at("outcome_differences").at(0);
  CHECK(pair.at("online") == "2026-12-03");
  CHECK(pair.at("trained") == "2026-12");
  CHECK(pair.at("served").is_null());
  CHECK(pair.at("less") == "drawn");
}

TEST_CASE("CSV quotes what needs it, and reads back exactly") {
  auto c = comparison();
  c.outcomes[0].outcome = "with \"quotes\", comma";
  const std::string csv = analysis::to_csv(c);
  CHECK(csv.rfind("outcome,mix,metric,unit,modes,p10,p50,p90,mean,diff,diff_low,diff_high\r\n", 0) == 0);
  CHECK(has(csv, "\"with \"\"quotes\"\", comma\",b,train.reference_tokens,tokens,"));
  size_t rows = 0;
  for (const char ch : csv) rows += ch == '\n';
  CHECK(rows == 1 + 2 * c.outcomes[0].mixes[0].spreads.size());
}

TEST_CASE("a plan shows dates, slack, critical path, money and what binds") {
  const std::string text = analysis::render_plan(example::info(), {"a", "drawn", -1}, example::facts(), 100);
  check_width(text, 100);
  check_width(analysis::render_plan(example::info(), {"a", "drawn", -1}, example::facts(), 60), 60);
  // Permit: 2026-11-01 to 2027-01-15, three months, critical. Shell: two months, 31 days of slack reach January.
  CHECK(has(text, "|###|"));
  CHECK(has(text, "|==.|"));
  for (const char* part : {"first, as planned", "north/h1", "60.0 MW", "licence", "granted", "75000", "offer-small (from offer-big)",
                           "cann/llm/tuned", "2026-11  2026-12", "production big (60 %)", "2027-01  2027-02"}) {
    INFO(part);
    CHECK(has(text, part));
  }
  const auto json = nlohmann::json::parse(analysis::plan_to_json(example::info(), {"a", "drawn", -1}, example::facts()));
  CHECK(json.at("orders").size() == 3);
  CHECK(json.at("dates").at(0).at("kind") == "task-start");
}

TEST_CASE("a profile's parts sum to its step and its memory to a share of the chip") {
  const std::string text = analysis::render_profile(profile("big", false, 0.5, 1.4), 80);
  check_width(text, 80);
  for (const char* part : {"MFU 31.0 %", "2.00 Mtokens/s", "x0.50 to x1.40", "100.0", "44.0 GB", "31.2", "stall", "compute"}) {
    INFO(part);
    CHECK(has(text, part));
  }
  CHECK_FALSE(has(text, "checkpoint"));
  StepProfile searched = profile("big", true, 0.9, 1.1);
  searched.checkpoint = {Seconds(0.002), Seconds(30), Seconds(45)};
  CHECK(has(analysis::render_profile(searched, 120), "saving:  a checkpoint stops the gang for 2.00 ms, 30.0 s more beside the work until it counts; loading one takes 45.0 s"));
  searched.region = "inside: all measured", searched.assumed = {"a non-blocking fabric", "a batch of 1024 sequences"};
  for (int i = 0; i < 10; ++i) searched.candidates.push_back({"tp 8, pp 4, vpp 2, dp 64, zero 1, micro-batch 1, no recompute, number " + std::to_string(i), Seconds(2 + i), 0.3, Bytes(60e9), "more bubble"});
  const std::string ten = analysis::render_profile(searched, 80);
  for (const int width : {60, 80, 100, 160}) check_width(analysis::render_profile(searched, width), width);
  for (const char* part : {"without recompute", "region:", "inside: all measured", "non-blocking fabric; a batch", "  step  MFU %   memory  why", "more bubble", "11.0 s   30.0  60.0 GB"}) {
    INFO(part);
    CHECK(has(ten, part));
  }
  StepProfile p;
  p.subject = "flagship on small", p.reason = "needs 90 GB, the chip has 64 GB";
  CHECK(has(analysis::render_profile(p, 80), "does not run: needs 90 GB"));
}

TEST_CASE("an example to look at", "[.][look]") {
  auto info = example::info();
  info.start = "2026-01-01", info.end = "2029-01-01", info.name = "ByteDance 2026", info.question = "Which supplier mix gives how much throughput, when?";
  info.mixes = {{"article", "as in the article"}, {"h200", "all H200"}, {"950pr", "all 950PR"}, {"half", "half and half"},
                {"none", "no third supplier"}, {"first", "950PR first"}};
  info.outcomes = {{"drawn", "as drawn"}, {"refused", "refused and redirected"}};
  std::vector<std::pair<RunKey, Facts>> runs;
  double scale = 30;
  for (const auto& m : info.mixes) {
    for (const auto& o : info.outcomes)
      for (int d = -1; d < 16; ++d) {
        runs.push_back({{m.id, o.id, d}, example::facts(scale * (1 + 0.1 * ((d * 7) % 5)), m.id == "none" ? 0.5 : 1)});
        for (auto& f : runs.back().second.of<FleetMonth>()) f.month = f.month * 11 + 2, f.delivered *= 6123, f.powered *= 5123, f.online *= 4123;
        auto& bottlenecks = runs.back().second.of<BottleneckFact>();
        bottlenecks.clear();
        for (int m = 0; m < 36; ++m)
          bottlenecks.push_back({info.timeline().month_name(m), m < 16 ? "production huawei-950pr (950pr)" : "approval cn-permission (h200)", 0.7, 1e21});
      }
    scale *= 1.23;
    for (const auto& o : info.offers) info.spend.push_back({m.id, o.id, 50e6});
  }
  analysis::Notes notes;
  notes.profiles = {profile("big", true, 0.9, 1.1), profile("small", false, 0.5, 1.4)};
  notes.confidence = {{"verified", 120}, {"vendor", 33}, {"press", 21}, {"assumption", 95}};
  const auto c = analysis::compare(info, runs, notes);
  for (const int width : {100, 80}) std::fputs(analysis::render(c, width).c_str(), stdout);
  std::fputs(analysis::render_plan(example::info(), {"a", "drawn", -1}, example::facts(), 100).c_str(), stdout);
  std::fputs(analysis::render_profile(profile("big", false, 0.5, 1.4), 80).c_str(), stdout);
}
