// capmix replay jobs, as it is typed.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "cli/verbs.hpp"
#include "typed.hpp"

using namespace capmix;
using test::check_parts, test::complaint, test::printed, test::written;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// An hour on 8 after 60 s, half an hour on 1, a job on a CPU, and one whose duration is in milliseconds: 2 of its chips for an hour.
std::string helios() {
  return "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue\n"
         "1,u1,vcA,8,64,1,COMPLETED,2020-06-09 18:00:00,2020-06-09 18:01:00,2020-06-09 19:01:00,3600,60\n"
         "2,u2,vcB,1,8,1,FAILED,2020-06-09 19:00:00,2020-06-09 19:00:00,2020-06-09 19:30:00,1800,0\n"
         "3,u2,vcB,0,8,1,FAILED,2020-06-09 19:00:00,2020-06-09 19:00:00,2020-06-09 19:30:00,1800,0\n"
         "4,u2,vcB,2,8,1,COMPLETED,2020-06-09 19:00:00,2020-06-09 19:00:00,2020-06-09 20:00:00,3600000,0\n";
}

cli::JobsOptions options(const std::string& file) {
  cli::JobsOptions o;
  o.file = file;
  return o;
}

}  // namespace

// Used are 8 + 0.5 chip-hours, refused 2. In use: 8 chips from 18:01 to 19:01 and 1 from 19:00 to 19:30: 30,600 chip-seconds over
// 5,340 s are 5.73, 9 at most from 19:00 on.
TEST_CASE("replay jobs tells what was used and what the jobs held") {
  const auto o = options(written("cluster_log.csv", helios()));
  const std::string text = printed([&] { cli::replay_jobs({}, o); });
  check_parts(text, {"(helios)", "Rows: 4, of which 2 used, 1 set aside, 1 refused; 2 jobs. Out of order: 0.", "8.5 of the jobs, 0.0 of what is set aside, 2.0 of what is refused; 10.5 of", "from 2020-06-09 18:00:00 on, over 1 h",
                     "Set aside: asks for no chip, 1 row, 0.0 chip-hours.", "Line 4 asks for no chip.", "Refused: units that do not agree, 1 row, 2.0 chip-hours.", "Line 5 duration is 3600000 s", "completed     1  50.0 %         8.0  94.1 %",
                     "8         1  50.0 %         8.0", "wait        2    30", "As it was: mean 5.7, peak 9.0 at 2020-06-09 19:00:00 (2 jobs", "Tenants (2 of 2)", "vcA"});
  cli::Common json;
  json.json = true;
  const auto j = nlohmann::json::parse(printed([&] { cli::replay_jobs(json, o); }));
  CHECK(j["rows"].get<size_t>() == j["used"].get<size_t>() + j["set_aside"]["rows"].get<size_t>() + j["refused"]["rows"].get<size_t>());
  CHECK(j["chip_hours"].get<double>() + j["set_aside"]["chip_hours"].get<double>() + j["refused"]["chip_hours"].get<double>() == test::Approx(j["rows_chip_hours"].get<double>()));
  CHECK(j["refused"]["lines"][0]["line"] == 5);
  CHECK(j["refused"]["reasons"][0]["reason"] == "units that do not agree");
  CHECK(j["load"]["mean"] == test::Approx(30600 / 5340.0));
  CHECK(j["wait_seconds"]["max"] == 60);
  CHECK(j["start"] == "2020-06-09 18:00:00");
  CHECK(j["utc_offset_seconds"].is_null());
  CHECK(j["states"][1]["jobs"] == 1);
}

TEST_CASE("replay jobs writes a log in our own format, and reads it") {
  auto o = options(written("cluster_log.csv", helios()));
  o.csv = test::scratch().file("own.csv");
  printed([&] { cli::replay_jobs({}, o); });
  const std::string csv = text_of(o.csv);
  check_parts(csv, {"id,tenant,user,epoch,submit_s,", "1,vcA,u1,2020-06-09 18:00:00,0,60,3660,3600,,,8,1,", ",COMPLETED,completed,"});
  auto again = options(o.csv);
  again.csv = test::scratch().file("again.csv");
  const std::string text = printed([&] { cli::replay_jobs({}, again); });
  check_parts(text, {"our own", "Rows: 2, of which 2 used", "8.5 of the jobs"});
  CHECK(text_of(again.csv) == csv);
  again.csv = test::scratch().file("none") + "/x/y.csv";
  check_parts(complaint([&] { cli::replay_jobs({}, again); }), {"cannot be written"});
}

TEST_CASE("replay jobs says what a log is not") {
  auto o = options(written("cluster_log.csv", helios()));
  o.format = "philly";
  check_parts(complaint([&] { cli::replay_jobs({}, o); }), {":1: error: is not philly; this looks like helios"});
  o.format = "helio";
  check_parts(complaint([&] { cli::replay_jobs({}, o); }), {"there is no format \"helio\"; this looks like helios"});
  o.format = "", o.fleet = 4;
  check_parts(printed([&] { cli::replay_jobs({}, o); }), {"Refused: wider than the fleet, 1 row, 8.0 chip-hours.", "Line 2 asks for 8 chips (the fleet has 4, says --fleet)."});
  check_parts(complaint([&] { cli::replay_jobs({}, options(o.file + ".none")); }), {"cannot be read"});
  check_parts(complaint([&] { cli::replay_jobs({}, options(written("weeks.csv", "timestamp,value\n2014-04-10 00:04:00,91\n"))); }), {"is in no known format of job logs (expected one of acme, capmix,", "this looks like nab (capmix replay demand)"});
}

TEST_CASE("replay jobs without run times tells the jobs all the same") {
  const auto o = options(written("x.trace", "LM (batch size 5)\trun\t--steps\t1\t500\t0.0\t2\nLM (batch size 5)\trun\t--steps\t1\t500\t9.0\t2\n"));
  const std::string text = printed([&] { cli::replay_jobs({}, o); });
  check_parts(text, {"Without a run time: 2 jobs.", "2-7       2  100.0 %"});
  CHECK(text.find("Chips in use") == std::string::npos);
  CHECK(text.find("Run times") == std::string::npos);
}

TEST_CASE("what is no file is said to be none, by every verb that reads what others recorded") {
  const std::string folder = test::scratch().file("folder"), empty = written("empty.csv", "");
  std::filesystem::create_directory(folder);
  cli::DemandOptions demand;
  demand.format = "nab";
  for (const auto& [path, said] : {std::pair{folder, "is a directory (expected a file)"}, {std::string("/dev/null"), "is a device or a pipe (expected a file; as one it is empty)"},
                                   {folder + "/none", "there is no such file"}, {empty, "is empty"}}) {
    demand.file = path;
    check_parts(complaint([&] { cli::replay_jobs({}, options(path)); }), {path + ": error: ", said});
    check_parts(complaint([&] { cli::replay_demand({}, demand); }), {path + ": error: ", said});
  }
}

// One node of 8: the first job has it from second 0 on (its submit) to 3,600; the second, submitted at 3,600, starts at once.
TEST_CASE("replay jobs schedules a log under policies side by side") {
  auto o = options(written("cluster_log.csv", helios()));
  o.policies = {"fifo", "easy"}, o.nodes = 1, o.why = "2", o.at = 3599;
  o.schedule = test::scratch().file("schedule.csv"), o.busy = test::scratch().file("busy.csv");
  check_parts(printed([&] { cli::schedule_jobs({}, o); }), {"2 jobs on 1 node, 8 chips in 1 pod", "Estimates: 0 of 2 jobs", "fifo", "easy", "finished", "chip-hours", "8.5", "- easy: it is coming."});
  check_parts(text_of(o.schedule), {"policy,job,line,tenant,chips,submit_s,start_s,end_s,state,chip_hours,preempted,resized,pods\n", "fifo,1,2,vcA,8,0,0,3600,finished,8,0,0,1\n", "easy,2,3,vcB,1,3600,3600,5400,finished,0.5,0,0,1\n"});
  check_parts(text_of(o.busy), {"policy,at_s,busy_nodes,busy_chips,running,waiting\n", "fifo,0,1,8,1,0\n", "easy,3600,1,1,1,0\n", "easy,5400,0,0,0,0\n"});
  cli::Common json;
  json.json = true;
  o.map = "chip-hours", o.ratio = 4;   // 2 chips and a quarter of one, rounded up: 8.5 / 4 chip-hours
  const auto j = nlohmann::json::parse(printed([&] { cli::schedule_jobs(json, o); }));
  CHECK(j["policies"][1]["policy"] == "easy");
  CHECK(j["policies"][1]["chip_hours"].get<double>() == test::Approx(8.5 / 4));
}

// The one node of 8 has room for both, but vcA may have 4 chips, and its only job wants 8.
TEST_CASE("replay jobs takes what tenants are entitled to, and says what is wrong with it") {
  auto o = options(written("cluster_log.csv", helios()));
  o.policies = {"fifo", "fair-share"}, o.nodes = 2, o.half_life = "7 days", o.why = "1", o.at = 10;
  o.tenants = written("tenants.csv", "tenant,weight,quota\nvcA,3,4\nvcB,,\n");
  check_parts(printed([&] { cli::schedule_jobs({}, o); }), {"of 2 tenants have a quota, what one has had counts half after 7 days.", "they never start: 1 job.", "waited for its tenant's quota", "- fifo: it is running.",
                                                           "- fair-share: its tenant's quota of 4 chips is narrower than its 8."});
  cli::Common json;
  json.json = true;
  const auto j = nlohmann::json::parse(printed([&] { cli::schedule_jobs(json, o); }));
  CHECK(j["half_life_seconds"] == 7 * 86400);
  CHECK(j["tenants"][0]["weight"] == 3);
  CHECK(j["tenants"][0]["quota"] == 4);
  CHECK(j["tenants"][1]["quota"].is_null());
  CHECK(j["policies"][1]["waiting"] == 1);
  o.tenants = written("tenants.csv", "tenant,weight,quota\nvcC,1,1\nvcB,0,x\nvcB,1,1\n"), o.half_life = "7 kg";
  check_parts(complaint([&] { cli::schedule_jobs({}, o); }), {"tenants.csv:2: error: the log has no tenant \"vcC\"; did you mean \"vcA\"?", "tenants.csv:3: error: weight is \"0\" (expected a weight above 0)", "quota is \"x\" (expected chips",
                                                             "tenants.csv:4: error: tenant \"vcB\" stands further up too", "--half-life"});
  o.tenants = written("tenants.csv", "name,wieght\nvcA,1\n"), o.half_life = "", o.policies = {"easy"};
  check_parts(complaint([&] { cli::schedule_jobs({}, o); }), {"has no column tenant", "there is no column \"wieght\"; did you mean \"weight\"?", "--tenants: error: is for --policy fair-share"});
}

TEST_CASE("replay jobs refuses jobs that no part holds, with line and reason") {
  auto o = options(written("cluster_log.csv", helios()));
  o.policies = {"fifo"}, o.nodes = 1, o.node_chips = 4;
  check_parts(printed([&] { cli::schedule_jobs({}, o); }), {"refused", "- Refused: line 2 wants 8 chips in one part of the cluster; the widest that it can run on has 4."});
}

TEST_CASE("replay jobs says all that is wrong of a cluster and its policies") {
  auto o = options(written("cluster_log.csv", helios()));
  o.policies = {"fifo", "eazy", "fifo"}, o.nodes = 10, o.pods = 3, o.map = "chip-hours";
  check_parts(complaint([&] { cli::schedule_jobs({}, o); }), {"there is no policy \"eazy\"; did you mean \"easy\"?", "names \"fifo\" twice", "10 nodes do not come out even", "chip-hours needs a --ratio"});
  o = options(o.file);
  o.policies = {"easy"}, o.cluster = written("cluster.csv", "name,pods,nodes,chips,rate\na,1,0,8,1\na,1,2.5,8,x\n");
  check_parts(complaint([&] { cli::schedule_jobs({}, o); }), {"cluster.csv:2: error: nodes is \"0\"", "cluster.csv:3: error: nodes is \"2.5\"", "rate is \"x\"", "name \"a\" stands further up too"});
  o.cluster = written("cluster.csv", "name,pods,nods\n");
  check_parts(complaint([&] { cli::schedule_jobs({}, o); }), {"has no column nodes", "has no column chips", "there is no column \"nods\"; did you mean \"pods\"?"});
  o.cluster.clear();
  check_parts(complaint([&] { cli::schedule_jobs({}, o); }), {"needs a cluster to schedule on: --nodes or --cluster"});
}

// Gangs of 16 and 32 chips, and one by its steps: 100 of a model that the catalogue has.
std::string steps_log() {
  return "submit_s,chips,work,steps,run_s\n0,16,resnet50,,3600\n1,32,dense-7b,100,\n2,16,dense-7b,50,60\n3,16,,,7200\n";
}

// Two pods of 2 nodes: gangs of 32 chips span both. A step is linear in the steps: the job of 50 steps on 16 chips takes 50 times what is
// told of one, that of 100 on 32 chips 100 times, over the rate over 2 pods.
TEST_CASE("replay jobs plays the steps of a log's models") {
  auto o = options(written("log.csv", steps_log()));
  o.policies = {"fifo"}, o.nodes = 4, o.pods = 2, o.map = "steps", o.node = "hgx-h100", o.fabric = "rail-fat-tree";
  o.schedule = test::scratch().file("schedule.csv");
  cli::Common json;
  json.json = true, json.cache = test::scratch().file("profiles");
  const auto j = nlohmann::json::parse(printed([&] { cli::schedule_jobs(json, o); }));
  CHECK(j["by_steps"] == 2);
  CHECK(j["steps_unknown"]["resnet50"] == 1);
  CHECK(j["steps_unknown"][""] == 1);
  REQUIRE(j["gangs"].size() == 2);
  CHECK(j["gangs"][0]["chips"] == 16);
  const double narrow = j["gangs"][0]["step_seconds"].get<double>(), wide = j["gangs"][1]["step_seconds"].get<double>(), over = j["gangs"][1]["rate_over_pods"]["2"].get<double>();
  CHECK(narrow > 1.5 * wide);
  CHECK(over <= 1 + 1e-9);
  CHECK(j["policies"][0]["chip_hours"].get<double>() == test::Approx(16 + 32 + (32 * 100 * wide / over + 16 * 50 * narrow) / 3600));
  cli::Common text = json;
  text.json = false;
  check_parts(printed([&] { cli::schedule_jobs(text, o); }), {"jobs run for their steps; 2", "resnet50 (1)", "Steps of gangs on hgx-h100 in rail-fat-tree", "dense-7b x 16", "dense-7b x 32"});
}

TEST_CASE("replay jobs says all that is wrong of the models that steps are played of") {
  auto o = options(written("log.csv", steps_log()));
  o.policies = {"fifo"}, o.nodes = 4, o.node_chips = 4, o.model = "dense-7", o.spine = 0.9, o.node = "hgx-h10", o.fabric = "rail-fat-tre";
  check_parts(complaint([&] { cli::schedule_jobs({}, o); }), {"--spine: error: and --model both say", "there is no node to play the steps on \"hgx-h10\"; did you mean \"hgx-h100\"?", "there is no fabric \"rail-fat-tre\"; did you mean \"rail-fat-tree\"?", "there is no language model \"dense-7\"; did you mean \"dense-7b\"?"});
  o.spine.reset(), o.model = "ranking-1b", o.node = "hgx-h100", o.fabric.clear();
  check_parts(complaint([&] { cli::schedule_jobs({}, o); }), {"--node-chips: error: is 4, and hgx-h100 has 8", "\"ranking-1b\" is a recommender"});
  o.model.clear(), o.batch = 8;
  check_parts(complaint([&] { cli::schedule_jobs({}, o); }), {"--node: error: is only for --model and --map steps", "--batch: error: is only for"});
  o = options(o.file);
  o.policies = {"fifo"}, o.map = "steps", o.cluster = written("cluster.csv", "name,pods,nodes,chips\na,1,2,4\n");
  check_parts(complaint([&] { cli::schedule_jobs({}, o); }), {"names no node to play the steps on"});
  o.node = "hgx-h100";
  check_parts(complaint([&] { cli::schedule_jobs({}, o); }), {"hgx-h100 has 8 chips, and nodes of part \"a\" have 4"});
}
