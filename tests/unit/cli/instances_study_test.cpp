// A study that names an inventory of instances, from its files to what compare shows: the toy (analysis/studies/toy) with a
// fleet of instances beside its job.
#include <cstdlib>
#include <fstream>

#include "analysis/compare.hpp"
#include "analysis/render.hpp"
#include "catch.hpp"
#include "house.hpp"
#include "import/instances.hpp"

using namespace capmix;

namespace {

test::House toy_with(const std::string& keys) {
  const std::string path = test::scratch().file("held.toml");
  std::ofstream(path) << "[[service]]\nid = \"rankers\"\nsource = \"me\"\nconfidence = \"assumption\"\n[service.instances]\nfamily = \"llm-training\"\n" + keys + "source = \"me\"\nconfidence = \"assumption\"\n";
  return test::House("toy/toy.toml", {"study:workloads=[\"workloads/training/job.toml\", \"" + path + "\"]"});
}

}  // namespace

// Two instances of 2 accelerators and one of 1, times 2: 10 are wanted. All Alpha has 32 chips in pods of 16 from day 80 on
// (README of the toy): one pod holds them from then, 285 of 365 days, and the job, a gang of 32, waits for ever. All Beta has no
// Alpha: nothing is held, and the job ends on day 310 as ever.
TEST_CASE("a fleet of instances takes its chips before a job does, and is short until they are there") {
  const std::string csv = test::scratch().file("held.csv");
  std::ofstream(csv) << "instance_sn,role,app_name,cpu_request,gpu_request,rdma_request,memory_request,creation_time,scheduled_time,deletion_time\n"
                        "a,HN,app_1,8,2,25,32,,,\nb,HN,app_1,8,2,25,32,,,\nc,HN,app_2,8,1,25,32,,,\nd,CN,app_2,64,0,1,512,,,\ne,HN,app_3,8,8,25,32,,,\n";
  const auto house = toy_with("file = \"" + csv + "\"\napps = [\"app_1\", \"app_2\"]\nscale = 2\nchips = { alpha = 1 }\n");
  const auto& study = house.worlds.study();
  const std::string outcome = study.outcomes.front().id;
  const RunKey alpha{study.mixes[0].id, outcome, -1}, beta{study.mixes[1].id, outcome, -1};
  const auto a = house.metrics(alpha), b = house.metrics(beta);
  CHECK(a["held.rankers.wanted"] == test::Approx(10));
  CHECK(a["held.rankers.share"] == test::Approx(100 * 285.0 / 365));
  CHECK(a["held.rankers.hours_short"] == 80 * 24);
  CHECK(a["held.rankers.hosts_each"] == test::Approx(0.2));
  CHECK(a["held.rankers.hosts"] == test::Approx(2 * 285.0 / 365));
  CHECK(a["train.reference_tokens"] == 0);
  CHECK(b["held.rankers.wanted"] == test::Approx(10));
  CHECK(b["held.rankers.share"] == 0);
  CHECK(b["held.rankers.hours_short"] == 365 * 24);
  CHECK(b["train.first_finish"] == test::Approx(310).margin(1e-3));
  const auto text = analysis::render(analysis::compare(study::describe(house.worlds, {}), {{alpha, a}, {beta, b}}), 100, false);
  INFO(text);
  CHECK(text.find("Instances of rankers at modes") != std::string::npos);
  CHECK(text.find("10.0  78.08   1920     0.20") != std::string::npos);
}

// Alibaba's inventory, a two-hundredth of it: what is wanted is its hours and, behind them, its last one.
TEST_CASE("the published inventory can be named by a study") {
  const char* reference = std::getenv("CAPMIX_REFERENCE");
  if (reference == nullptr) return;
  const std::string csv = std::string(reference) + "/data/alibaba_dlrm_2025/dlrm_apps_not_mult3.csv";
  const auto house = toy_with("file = \"" + csv + "\"\nscale = 0.005\nchips = { alpha = 1 }\n");
  Diagnostics problems;
  const auto inventory = import::read_instances(csv, problems);
  REQUIRE(inventory);
  const auto hours = import::held(*inventory, import::Side::accelerator, import::Held::accelerators).hourly();
  REQUIRE(hours.size() == 744);
  double sum = hours.back() * (8760 - 744);
  for (const double x : hours) sum += x;
  const auto m = house.metrics({house.worlds.study().mixes[0].id, house.worlds.study().outcomes.front().id, -1});
  CHECK(m["held.rankers.wanted"] == test::Approx(0.005 * sum / 8760));
  CHECK(m["held.rankers.share"] > 75);  // 9.2 to 10 of 16 chips, from day 80 on
  CHECK(m["held.rankers.share"] < 80);
  CHECK(house.worlds.base().service(0).held->apps.size() == 104);
  CHECK(m["held.rankers.hosts_each"] == test::Approx(import::held(*inventory, import::Side::host, import::Held::instances).mean() / import::held(*inventory, import::Side::accelerator, import::Held::accelerators).mean()).epsilon(1e-6));
}
