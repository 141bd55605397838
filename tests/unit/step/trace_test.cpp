#include "step/trace.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

struct Run {
  Efficiency efficiency = fixture::efficiency();
  Chip chip = fixture::chip("fast", 1e15);
  Node node = fixture::node("box");
  Software software = fixture::software();
  LlmModel model = fixture::llm();
  Campaign campaign = fixture::campaign();
  Fabric fabric;
  Iteration it;
  Simulation sim;
  nlohmann::json json;

  explicit Run(int global_batch) {
    campaign.global_batch = global_batch;
    ParallelPlan p;
    p.tp = 8, p.pp = 4, p.vpp = 2, p.recompute = Recompute::none;
    const TrainingSetup setup{model, campaign, {{chip, node, efficiency, software, 64}}, fabric};
    std::string why;
    it = lay_out(setup, p, why).value();
    sim = simulate(setup, it);
    json = nlohmann::json::parse(trace(it, sim, "job on fast"));
  }
};

}  // namespace

TEST_CASE("a trace names every stage and every pass, and nothing overlaps on a compute row") {
  const Run run(16);  // 8 micro-batches a replica: all of them are played
  std::map<std::string, int> names;
  std::map<int, std::vector<std::pair<double, double>>> compute;
  double end = 0;
  for (const auto& e : run.json.at("traceEvents")) {
    ++names[e.at("name")];
    if (e.at("ph") != "X") continue;
    CHECK(e.at("dur").get<double>() > 0);
    end = std::max(end, e.at("ts").get<double>() + e.at("dur").get<double>());
    if (e.at("tid") == 0) compute[e.at("pid")].push_back({e.at("ts"), e.at("ts").get<double>() + e.at("dur").get<double>()});
  }
  CHECK(names["process_name"] == 4);
  CHECK(names["thread_name"] == 8);
  CHECK(names["forward m3 c0"] == 4);   // once on every stage
  CHECK(names["backward m7 c1"] == 4);
  CHECK(names["gradient reduce"] == 4);
  CHECK(names["weight gather"] == 4);
  CHECK(names["optimizer"] == 4);
  CHECK(names["send activations m0"] == 7);  // 8 virtual stages
  REQUIRE(compute.size() == 4);
  for (auto& [pid, spans] : compute) {
    CHECK(spans.size() == 2 * 2 * 8 + 1);
    std::sort(spans.begin(), spans.end());
    for (size_t i = 1; i < spans.size(); ++i) CHECK(spans[i].first >= spans[i - 1].second - 1e-3);
  }
  // In microseconds, and as long as the step (which has no fixed cost and no stragglers here).
  CHECK(end == test::Approx(run.sim.step.value() * 1e6).epsilon(1e-2));
  CHECK(run.json.at("otherData").at("subject") == "job on fast");
  CHECK_FALSE(run.json.at("otherData").contains("folded lane 0"));
}

TEST_CASE("a trace of a folded step says so") {
  const Run run(256);  // 128 micro-batches, of which 8 rounds of 4 are played
  CHECK(run.json.at("otherData").at("folded lane 0").get<std::string>().find("32 of 128 micro-batches") == 0);
}
