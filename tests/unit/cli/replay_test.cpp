// Replays of porting logs on the toy study, where everything is done by hand, and explanations of a day.
#include <string_view>

#include "study/replay.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <numeric>


#include "analysis/ledger.hpp"
#include "catch.hpp"
#include "cli/verbs.hpp"
#include "typed.hpp"

using namespace capmix;
using test::check_parts, test::complaint, test::printed;

namespace {

const std::string kHead = "date,stack,family,event,value,source,inferred\n";

std::string log_file(const std::string& name, const std::string& rows) {
  const std::string path = test::scratch().file(name);
  std::ofstream(path) << kHead << rows;
  return path;
}

study::Replay replay(const std::string& log, const std::string& as = "") {
  const auto worlds = study::load(test::study_file("toy/toy.toml"));
  study::ReplayOptions o;
  o.log = log, o.as = as, o.jobs = 2, o.cache_dir = test::profile_cache();
  o.key = {"beta", "plain", -1};
  o.progress = [](const std::string&, int, int) {};
  return study::replay(worlds, o);
}

const study::ReplayRun& version(const study::Replay& r, std::string_view name) {
  for (const auto& run : r.runs)
    if (run.name == name) return run;
  throw std::runtime_error("no version " + std::string(name));
}

double finished(const study::ReplayRun& run) { return run.facts.front().of<JobFact>().front().finished / 86400; }

// Chips that the job held, from its held time and its length.
double gang_chips(const Facts& f) {
  double held = 0;
  for (const auto& row : f.of<TrainMonth>()) held += static_cast<double>(row.chip_seconds);
  const auto& job = f.of<JobFact>().front();
  return held / (job.finished - job.started);
}

}  // namespace

// The job needs 200 days of the Beta chips at efficiency 1, and may begin on day 80. The study's port runs on day 80 (0.5) and
// is mature on day 140: 30 + 170 days of work, so the job ends on day 310 (toy/README.md). The log: the port runs on day
// 100, is stuck from day 110 to 130, mature on day 180: 40 + 160, day 340. Without the incident it is mature on day 160: 30
// + 170, day 330. The 64 chips then lose 10 days less: half of 20 days to the port.
TEST_CASE("replay: the log, the port at modes, and the log without its incident") {
  const auto log = log_file("stuck.csv", "2026-01-01,two,llm-training,start,,x,no\n2026-04-11,two,llm-training,stage,runs,x,no\n"
                                         "2026-04-21,two,llm-training,incident,missing-operator,x,no\n2026-05-11,two,llm-training,resume,,x,no\n"
                                         "2026-06-30,two,llm-training,stage,production,x,yes\n");
  const auto r = replay(log);
  REQUIRE(r.runs.size() == 3);
  const Date start = Date::of(2026, 1, 1);
  CHECK(version(r, "log").ports[0].functional() == start + Days{100});
  CHECK(version(r, "no log").ports[0].functional() == start + Days{80});
  CHECK(version(r, "without missing-operator").ports[0].steps.back().date == start + Days{160});
  CHECK(finished(version(r, "no log")) == test::Approx(310).margin(0.01));
  CHECK(finished(version(r, "log")) == test::Approx(340).margin(0.01));
  CHECK(finished(version(r, "without missing-operator")) == test::Approx(330).margin(0.01));
  // What one owner gains another loses.
  const auto ledger = analysis::ledger_difference(version(r, "log").facts.front().of<LedgerFact>(), version(r, "without missing-operator").facts.front().of<LedgerFact>());
  const auto owners = analysis::by_owner(ledger);
  const auto at = [&](const std::string& owner) { return owners[static_cast<size_t>(std::find(std::begin(kOwners), std::end(kOwners), owner) - std::begin(kOwners))]; };
  CHECK(analysis::total(owners) == 0);
  CHECK(static_cast<double>(at("porting")) == test::Approx(10.0 * 86400 * gang_chips(version(r, "log").facts.front())).epsilon(1e-3));
  CHECK(at("production") == 0);
}

// Recorded two years before, of another stack: 640 days later falls on the port's start. Without the abandon of day 90
// production follows after its 60 days at modes, on day 150.
TEST_CASE("replay: a log of another stack is laid onto a port, and an abandon undone") {
  const auto log = log_file("other.csv", "2024-04-01,rocm,training,start,,x,no\n2024-05-31,rocm,training,stage,runs,x,no\n2024-06-30,rocm,training,abandon,,x,no\n");
  const auto r = replay(log, "two/llm-training");
  REQUIRE(r.ports.size() == 1);
  CHECK(r.ports[0].recorded == "rocm/training");
  CHECK(r.ports[0].shift.n == 640);
  const Date start = Date::of(2026, 1, 1);
  CHECK(version(r, "log").ports[0].functional() == start + Days{60});
  CHECK(version(r, "log").facts.front().of<JobFact>().front().state == "waiting");
  CHECK(version(r, "without abandon").ports[0].steps.back().date == start + Days{150});
  CHECK(version(r, "without abandon").facts.front().of<JobFact>().front().state == "finished");
}

TEST_CASE("replay: problems of a log are all told, with what is meant") {
  const auto log = log_file("bad.csv", "2024-04-01,rocm,training,stage,runs,x,no\n2024-03-01,rocm,training,stage,production,x,no\n");
  check_parts(complaint([&] { replay(log); }), {"bad.csv:2: error: there is no port \"rocm/training\"", "bad.csv:3: error", "--as: error: names the port of the study"});
  check_parts(complaint([&] { replay(log, "two/llm-training"); }), {"bad.csv:3: error: stage \"production\" of two/llm-training on 2024-03-01 is out of order", "bad.csv:2: error: the first row of rocm/training is no start"});
  check_parts(complaint([&] { replay(log, "two/llm-trainin"); }), {"did you mean \"two/llm-training\"?"});
  check_parts(complaint([&] { replay(log_file("empty.csv", "")); }), {"has no rows"});
}

TEST_CASE("replay: the shipped logs run on the study of the article") {
  for (const std::string name : {"iflytek-910b", "deepseek-r2-ascend", "mosaicml-mi250"}) {
    cli::Common common;
    common.cache = test::profile_cache(), common.jobs = 2, common.quiet = true;
    cli::ReplayOptions o;
    o.log = std::string(CAPMIX_SOURCE_DIR) + "/workloads/porting/logs/" + name + ".csv";
    o.study = test::study_file("bytedance-2026.toml"), o.mix = "all-950pr", o.as = "cann/llm-training";
    const std::string text = printed([&] { cli::replay_porting(common, o); });
    check_parts(text, {"port's, 2026-03-20", "inferred", "What is trained", "Lost to each incident", "Ledger: the log less", "sum "});
    common.json = true;
    check_parts(printed([&] { cli::replay_porting(common, o); }), {"\"ledger_difference_chip_seconds\"", "\"inferred\": true", "\"first_run_finished_days\""});
  }
}

// Day 100 of the toy's year: the port runs since day 80 and waits for production on day 140.
TEST_CASE("explain: what a day stands at, and what it waits for") {
  cli::ExplainOptions o;
  o.study = test::study_file("toy/toy.toml"), o.mix = "beta", o.date = "2026-04-11";
  check_parts(printed([&] { cli::explain({}, o); }),
              {"two/llm-training: runs, 50 % of production since 2026-03-22", "stage production, 2026-05-21 (assumption [1])", "Made up, for arithmetic by hand", "Orders"});
  cli::Common json;
  json.json = true;
  check_parts(printed([&] { cli::explain(json, o); }), {"\"what\": \"two/llm-training\"", "\"why\": \"stage runs ends\"", "\"approvals\""});
  // In the midst of a log's incident.
  cli::Common logged;
  logged.set = {"study:porting_log=\"" + log_file("told.csv", "2026-03-01,two,llm-training,stage,runs,x,no\n2026-04-01,two,llm-training,incident,library-mismatch,a letter,no\n"
                                                             "2026-05-01,two,llm-training,resume,,x,no\n") + "\""};
  check_parts(printed([&] { cli::explain(logged, o); }), {"library-mismatch after runs", "2026-05-01 (recorded log [1])", "a letter"});
  o.port = "two/llm-trainig";
  check_parts(complaint([&] { cli::explain({}, o); }), {"did you mean \"two/llm-training\"?"});
  o.port = "", o.date = "soon";
  check_parts(complaint([&] { cli::explain({}, o); }), {"--date is \"soon\""});
}

// Months of 30.436875 days from 2026-03-20. Training: functional after 1.6 + 1.6 + 2.4 = 5.6 (170.4 days), production after
// 5.6 + 3.2 + 2.4 = 11.2 (340.9). Serving: 0.8 + 1.6 + 1.2 = 3.6 (109.6) and 3.6 + 2.4 + 1.6 = 7.6 (231.3). Recommender
// training: 1.6 + 2.4 + 1.6 = 5.6 (170.4) and 5.6 + 4 + 2.4 = 12 (365.2). Components end
// before they are needed: operators 0.8 (needed at 0.8), attention 2.4 (3.2), embedding 2.4 (2.4), collectives 3.2 (5.6).
TEST_CASE("the shipped ports at modes: sums of stages, nobody waits for a component or for people") {
  const auto worlds = study::load(test::study_file("bytedance-2026.toml"));
  const Plan plan = study::make_plan(worlds, {worlds.study().mixes.front().id, worlds.study().outcomes.front().id, -1});
  const Date start = Date::of(2026, 3, 20);
  size_t found = 0;
  for (const auto& port : plan.ports) {
    if (port.stack != "cann") continue;
    const bool serves = port.family == "rec-serving";
    CHECK(port.functional() == start + Days{serves ? 110.0 : 170.0});
    CHECK(port.steps.back().date == start + Days{serves ? 231.0 : port.family == "llm-training" ? 341.0 : 365.0});
    CHECK(port.setbacks.empty());
    for (const auto& w : port.work) CHECK((w.after.empty() || w.after.rfind("stage ", 0) == 0));
    ++found;
  }
  CHECK(found == 3);
  REQUIRE(plan.port_stacks.size() == 1);
  for (const auto& w : plan.port_stacks[0].components) CHECK(w.after != "team");
}
