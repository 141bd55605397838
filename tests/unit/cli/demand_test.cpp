// capmix replay demand and capmix replay instances, as they are typed.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "cli/verbs.hpp"
#include "scenario/scenario.hpp"
#include "typed.hpp"

using namespace capmix;
using test::check_parts, test::complaint, test::printed, test::written;

namespace {

// Two weeks of hours from Monday 2024-01-01 on, 20 h twice as much; without the hour 30, and with a bad row at 31.
std::string two_weeks() {
  std::string out = "timestamp,value\n";
  for (int h = 0; h < 336; ++h) {
    if (h == 30) continue;
    char line[64];
    std::snprintf(line, sizeof line, "2024-01-%02d %02d:00:00,%s\n", 1 + h / 24, h % 24, h == 31 ? "-1" : h % 24 == 20 ? "200" : h % 24 == 3 ? "0" : "100");
    out += line;
  }
  return out;
}

cli::DemandOptions options(const std::string& file, const std::string& format) {
  cli::DemandOptions o;
  o.file = file, o.format = format;
  return o;
}

}  // namespace

// A day of 22 x 100 + 200 + 0 is 2,400. 14 of them, less 100 at each of the hours 30 and 31: 33,400.
TEST_CASE("replay demand tells what was used, what is missing, level and shape") {
  const auto o = options(written("weeks.csv", two_weeks()), "nab");
  const std::string text = printed([&] { cli::replay_demand({}, o); });
  check_parts(text, {"Rows: 335, of which 334 used, 1 refused", "Line 32 value is -1 (expected at least 0): refused.", "1 gaps, 2 windows in all", "14 runs of 0", "2024-01-02 06:00:00",
                     "Total 33400 events", "20 2.00", "By weekday", "Peak 20 / trough 03: inf"});
  cli::Common json;
  json.json = true;
  const auto j = nlohmann::json::parse(printed([&] { cli::replay_demand(json, o); }));
  CHECK(j["total"] == 33400);
  CHECK(j["rows"].get<int>() == j["used"].get<int>() + j["not_asked_for"].get<int>() + static_cast<int>(j["refused"].size()));
  CHECK(j["gaps"][0]["windows"] == 2);
  CHECK(j["zero_runs"].size() == 14);
  CHECK(j["hour"][20] == test::Approx(2));
  CHECK(j["bursts"][0]["window_seconds"] == 3600);
}

TEST_CASE("what replay demand writes is a demand that a study can read") {
  auto o = options(written("weeks.csv", two_weeks()), "nab");
  o.out = test::scratch().file("demand.toml");
  printed([&] { cli::replay_demand({}, o); });
  const std::string path = test::scratch().file("demand") + "/written.toml";  // the folder tells its kind
  std::filesystem::create_directories(test::scratch().file("demand"));
  std::filesystem::copy_file(o.out, path, std::filesystem::copy_options::overwrite_existing);
  Diagnostics problems;
  const auto told = scenario::check({path}, problems);
  CHECK(problems.text() == "");
  CHECK(told.front().kind == "demand");
  std::ifstream in(path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  // 100 an hour on average of the 334 known ones (33,400 / 334): 2,400 a day.
  check_parts(text, {"requests_per_user_day = 2400\n", "weeks.csv (nab, 334 of 335 rows)", "confidence = \"assumption\"", "Windows without a value: 2 of 336"});
  o = options(written("seconds.txt", "1\n2\n3\n"), "counts");
  o.out = test::scratch().file("none.toml");
  check_parts(complaint([&] { cli::replay_demand({}, o); }), {"the hour of the day is not known, so there is no shape to write"});
}

TEST_CASE("replay demand without a format, or with a wrong one, says what the file looks like") {
  const std::string file = written("weeks.csv", two_weeks());
  check_parts(complaint([&] { cli::replay_demand({}, options(file, "")); }), {"--format: error: is needed (expected one of azure-llm, ", "looks like nab"});
  check_parts(complaint([&] { cli::replay_demand({}, options(file, "naab")); }), {"\"naab\" is unknown", "looks like nab"});
  check_parts(complaint([&] { cli::replay_demand({}, options(file, "mooncake")); }), {"is not JSON lines", "this looks like nab"});
  check_parts(complaint([&] { cli::replay_demand({}, options(file + ".none", "nab")); }), {"cannot be read"});
  auto o = options(file, "nab");
  o.select = "API Requests";
  check_parts(complaint([&] { cli::replay_demand({}, o); }), {"has nothing to select"});
}

TEST_CASE("replay demand tells the tokens of a list of requests") {
  const auto o = options(written("list.jsonl", "{\"timestamp\": 0, \"input_length\": 100, \"output_length\": 5}\n{\"timestamp\": 0, \"input_length\": 300, \"output_length\": 15}\n{\"timestamp\": 2000, \"input_length\": 200, \"output_length\": 10}\n"), "mooncake");
  check_parts(printed([&] { cli::replay_demand({}, o); }), {"Total 3 requests", "prompt  200.0  200", "output   10.0   10", "Only 2 times are told apart", "windows without any are 0"});
}

TEST_CASE("replay instances tells what is held") {
  const std::string head = "instance_sn,role,app_name,cpu_request,gpu_request,rdma_request,memory_request,creation_time,scheduled_time,deletion_time\n";
  cli::InstancesOptions o;
  o.file = written("instances.csv", head + "a,HN,app_1,8,2,25,32,,,\nb,HN,app_1,8,1,25,32,60,100,300\nc,CN,app_1,64,0,1,512,,,\nd,HN,app_2,8,1,25,32,86400,86400,86400\ne,XN,app_2,8,1,25,32,,,\n");
  check_parts(printed([&] { cli::replay_instances({}, o); }), {"5 rows over 1.00 d, 4 used, 1 refused; 2 apps", "Line 6 role is \"XN\" (expected CN or HN): refused.", "HN            3      4", "app_1    2.0"});
  cli::Common json;
  json.json = true;
  o.app = "app_1";
  const auto j = nlohmann::json::parse(printed([&] { cli::replay_instances(json, o); }));
  REQUIRE(j["pools"].size() == 1);
  CHECK(j["pools"][0]["chips"]["steps"] == nlohmann::json::parse("[[0.0,2.0],[100.0,3.0],[300.0,2.0]]"));
  o.app = "app_3";
  check_parts(complaint([&] { cli::replay_instances({}, o); }), {"has no app \"app_3\"", "did you mean \"app_"});
}
