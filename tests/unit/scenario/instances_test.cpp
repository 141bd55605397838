// A service that is an inventory of instances: what is read of it, and what a broken one is told. tests/errors has more.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "sandbox.hpp"

using namespace capmix;

namespace {

const std::string kHeader = "instance_sn,role,app_name,cpu_request,gpu_request,rdma_request,memory_request,creation_time,scheduled_time,deletion_time\n";
// By the hour: app_1 2, 2, 2, 2; app_2 0, 1, 0, 0, so 2.25 together. Hosts: one of app_1 all the time; app_3 has no accelerators.
const std::string kRows = "a,HN,app_1,8,2,25,32,,,\nb,HN,app_2,8,1,25,32,3600,3600,7200\nc,CN,app_1,64,0,1,512,,,\nd,CN,app_3,64,0,1,512,,,14400\ne,XN,app_2,8,1,25,32,,,\n";

std::string service(const std::string& keys) {
  return "[[service]]\nid = \"rankers\"\nsource = \"me\"\nconfidence = \"assumption\"\n[service.instances]\n" + keys + "source = \"me\"\nconfidence = \"assumption\"\n";
}

// The good study with such a service beside its own.
struct Box : test::Sandbox {
  explicit Box(const std::string& keys, const std::string& rows = kRows) {
    write("workloads/recommendation/held.csv", kHeader + rows);
    write("workloads/recommendation/held.toml", service(keys));
    replace("study.toml", "\"workloads/recommendation/small.toml\"]", "\"workloads/recommendation/small.toml\", \"workloads/recommendation/held.toml\"]");
  }
};

const Service& rankers(const Scenario& s) { return s.services[s.services.find("rankers")]; }

}  // namespace

TEST_CASE("an inventory becomes accelerators by the hour, which stay") {
  const Box box("file = \"held.csv\"\nchips = { beta = 2.5, alpha = 1 }\nscale = { low = 5, mode = 10, high = 20 }\nannual_growth = 0.2\nbegins = 2026-03-01\n");
  const Scenario s = box.load();
  const Service& service = rankers(s);
  REQUIRE(service.held);
  CHECK(service.held->apps == std::vector<std::string>{"app_1", "app_2"});
  CHECK(service.held->hosts == test::Approx(1 / 2.25));
  CHECK(service.headroom == 0);
  REQUIRE(service.stages.size() == 1);
  const ServiceStage& stage = service.stages[0];
  CHECK(stage.kind == StageKind::hold);
  CHECK(stage.family == "rec-serving");
  REQUIRE(stage.any_of.size() == 2);
  for (size_t i = 0; i < 2; ++i) CHECK(stage.stands_for[i] == (s.chips[stage.any_of[i]].id == "beta" ? 2.5 : 1));
  const Demand& d = service.demand;
  CHECK(d.users.mode == test::Approx(22.5));
  CHECK(d.users.low == test::Approx(11.25));
  CHECK(d.users.high == test::Approx(45));
  CHECK(d.users.path == "recommendation/held:service.rankers.instances.scale");
  CHECK(d.requests_per_user_day.mode == 86400);
  CHECK(d.annual_growth.mode == 0.2);
  CHECK(d.recorded.stays);
  CHECK(d.recorded.first == int64_t{Date::of(2026, 3, 1).day()} * 24);
  REQUIRE(d.recorded.hours.size() == 4);
  CHECK(d.recorded.hours[0] == test::Approx(2 / 2.25));
  CHECK(d.recorded.hours[1] == test::Approx(3 / 2.25));
  CHECK(std::count_if(s.inputs.begin(), s.inputs.end(), [&](const auto& i) { return i.path == box.path("workloads/recommendation/held.csv"); }) == 1);
  Diagnostics problems;
  const auto told = scenario::check({box.path("study.toml")}, problems);
  CHECK(problems.text() == "");
  REQUIRE(told.front().notes.size() == 2);
  CHECK(told.front().notes[0].find("2 of 3 apps hold 2.2 accelerators on average over 0.2 days, 2.0 to 3.0 by the hour and 2.0 in the last one, which stay; 0.44 hosts for one accelerator; times 10") != std::string::npos);
  CHECK(told.front().notes[1].find("1 of 5 rows left out, the first in line 6: role is \"XN\"") != std::string::npos);
}

TEST_CASE("apps of an inventory are chosen by name") {
  const Box box("file = \"held.csv\"\napps = [\"app_2\"]\nchips = { alpha = 1 }\n");
  const Scenario s = box.load();
  CHECK(rankers(s).held->apps == std::vector<std::string>{"app_2"});
  CHECK(rankers(s).held->hosts == 0);
  CHECK(rankers(s).demand.users.mode == test::Approx(0.25));
  CHECK(rankers(s).demand.recorded.first == int64_t{Date::of(2026, 1, 1).day()} * 24);  // the study's first day
}

TEST_CASE("an inventory that holds nothing, of other columns, or for chips that there are not") {
  const auto problems = [](const std::string& keys, const std::string& rows = kRows) { return Box(keys, rows).problems(); };
  CHECK(problems("file = \"held.csv\"\nchips = { alpha = 1 }\n", "c,CN,app_1,64,0,1,512,,,\n").find("held.csv holds no accelerator at any time") != std::string::npos);
  const std::string chips = problems("file = \"held.csv\"\nchips = { alpa = 1 }\n");
  CHECK(chips.find("there is no chip of this platform \"alpa\"; did you mean \"alpha\"?") != std::string::npos);
  CHECK(problems("file = \"held.csv\"\n").find("missing key \"chips\"") != std::string::npos);
  Box box("file = \"held.csv\"\nchips = { alpha = 1 }\n");
  box.write("workloads/recommendation/held.csv", "ds,y\n1,2\n");
  CHECK(box.problems().find("this looks like wikipedia-hourly") != std::string::npos);
}

TEST_CASE("the example of a fleet of instances is good") {
  std::ifstream in(std::string(CAPMIX_SOURCE_DIR) + "/workloads/README.md");
  const std::string readme{std::istreambuf_iterator<char>(in), {}};
  const size_t at = readme.find("## A fleet of instances as a service\n");
  REQUIRE(at != std::string::npos);
  const size_t from = readme.find("```toml\n", at) + 8, to = readme.find("```", from);
  std::string example = readme.substr(from, to - from);
  for (const auto& [theirs, ours] : {std::pair<std::string, std::string>{"h20 =", "alpha ="}, {"h200-sxm", "beta"}}) example.replace(example.find(theirs), theirs.size(), ours);
  Box box("");
  box.write("workloads/recommendation/instances.csv", kHeader + kRows);
  box.write("workloads/recommendation/held.toml", example);
  CHECK(rankers(box.load()).take_back.value() == 600);
}
