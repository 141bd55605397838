// The iteration on SimGrid against its closed form, kind by kind, and where the two must differ.
#include "step/simulate.hpp"

#include <sys/resource.h>

#include <chrono>
#include <functional>

#include "catch.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

struct Gang : fixture::TrainingParts {
  ParallelPlan plan;
  int chips = 64;

  TrainingSetup setup() const { return TrainingParts::setup(chips); }
};

// Points into `setup`.
Iteration closed(const TrainingSetup& setup, const ParallelPlan& plan) {
  std::string why;
  auto it = lay_out(setup, plan, why);
  INFO(why);
  REQUIRE(it);
  return *it;
}

Gang gang(const std::function<void(Gang&)>& change) {
  Gang g;
  g.chip.memory = Bytes(1e15);
  g.efficiency.jitter = 0.005, g.efficiency.iteration = Seconds(1e-3), g.efficiency.routing = Seconds(1e-5);
  g.plan.recompute = Recompute::none;
  change(g);
  return g;
}

void with_experts(Gang& g) { g.model.experts = 16, g.model.top_k = 2, g.model.expert_ffn = 4096; }

}  // namespace

TEST_CASE("SimGrid agrees with the closed form on every parallel kind") {
  const std::pair<const char*, std::function<void(Gang&)>> kinds[] = {
      {"data, zero 0", [](Gang& g) { g.plan.zero = 0; }},
      {"data, zero 1", [](Gang& g) { g.plan.zero = 1; }},
      {"data, zero 2", [](Gang& g) { g.plan.zero = 2; }},
      {"data, zero 3", [](Gang& g) { g.plan.zero = 3; }},
      {"data, nothing hides", [](Gang& g) { g.software.overlaps_data = false; }},
      {"data, zero 3, nothing hides", [](Gang& g) { g.plan.zero = 3, g.software.overlaps_data = false; }},
      {"data, a last domain that is not full", [](Gang& g) { g.chips = 12, g.campaign.global_batch = 24; }},
      {"one domain", [](Gang& g) { g.chips = 8; }},
      {"tensor", [](Gang& g) { g.plan.tp = 8; }},
      {"tensor without sequence", [](Gang& g) { g.plan.tp = 4, g.plan.sequence_parallel = false; }},
      {"tensor, overlapped", [](Gang& g) { g.plan.tp = 4, g.software.overlaps_tensor = true; }},
      {"pipeline", [](Gang& g) { g.plan.tp = 8, g.plan.pp = 4; }},
      {"pipeline inside a domain", [](Gang& g) { g.chips = 8, g.plan.pp = 4; }},
      {"pipeline, few micro-batches", [](Gang& g) { g.plan.tp = 8, g.plan.pp = 4, g.campaign.global_batch = 6; }},
      {"pipeline, interleaved", [](Gang& g) { g.plan.tp = 8, g.plan.pp = 4, g.plan.vpp = 2; }},
      {"pipeline, interleaved, not a multiple", [](Gang& g) { g.plan.tp = 8, g.plan.pp = 4, g.plan.vpp = 2, g.campaign.global_batch = 78; }},
      {"pipeline, zero 3", [](Gang& g) { g.plan.tp = 8, g.plan.pp = 4, g.plan.vpp = 2, g.plan.zero = 3; }},
      {"context", [](Gang& g) { g.plan.tp = 4, g.plan.cp = 4; }},
      {"experts inside a domain", [](Gang& g) { with_experts(g), g.plan.ep = 4; }},
      {"experts over domains", [](Gang& g) { with_experts(g), g.plan.ep = 16; }},
      {"experts, tensor and pipeline", [](Gang& g) { with_experts(g), g.plan.tp = 4, g.plan.pp = 2, g.plan.ep = 8, g.plan.expert_tp = 2; }},
      {"adapters", [](Gang& g) { g.campaign.lora_rank = 16, g.plan.tp = 8; }},
      {"everything", [](Gang& g) { with_experts(g), g.chips = 256, g.plan.tp = 2, g.plan.pp = 4, g.plan.vpp = 2, g.plan.cp = 2, g.plan.ep = 8; }},
  };
  for (const auto& [name, change] : kinds) {
    INFO(name);
    const Gang g = gang(change);
    const TrainingSetup setup = g.setup();
    const Iteration it = closed(setup, g.plan);
    const Simulation sim = simulate(setup, it);
    CHECK(sim.step.value() == test::Approx(it.step.value()).epsilon(1e-3));
    CHECK(sim.exposed.value() == test::Approx(it.exposed.value()).epsilon(1e-3));
    CHECK(sim.compute.value() == test::Approx(it.lanes.front().makespan.value()).epsilon(1e-3));
    CHECK(sim.contention == test::Approx(1).epsilon(1e-3));
    // The passes that were played are those of the longest path.
    const auto line = timeline(sim.lanes.front().pipeline);
    REQUIRE(line.stages.size() == sim.lanes.front().timeline.stages.size());
    CHECK(sim.lanes.front().timeline.end.value() == test::Approx(line.end.value()).epsilon(1e-3));
  }
}

TEST_CASE("rings that leave their pods through a narrow uplink take longer") {
  // 32 chips in 4 nodes of 8, each node a pod of its own, tensor parallel over the node: a ring of 4 nodes per tensor
  // rank. A pod's uplink is its 8 NICs / 4: a ring gets a quarter of a NIC, so communication takes four times as long;
  // with no latency and nothing to hide behind all of it shows.
  Gang g = gang([](Gang& x) { x.chips = 32, x.plan.tp = 8, x.software.overlaps_data = false, x.fabric.pod_nodes = 1, x.efficiency.jitter = 0; });
  g.fabric.nic_latency = g.fabric.scale_up_latency = Seconds(0);
  const TrainingSetup setup = g.setup();
  const Iteration it = closed(setup, g.plan);
  // 4 B of gradient and 2 B of weight of every parameter on the chip, 3 of 4 parts over the NIC's attained 0.8 x 50 GB/s.
  const double one = 6 * it.lanes[0].stages[0].parameters * 3 / 4 / 40e9;
  CHECK(it.exposed.value() == test::Approx(one));
  CHECK(simulate(setup, it).exposed.value() == test::Approx(one).epsilon(1e-3));
  g.fabric.oversubscription = 4;
  const Simulation sim = simulate(setup, it);
  CHECK(sim.exposed.value() == test::Approx(4 * one).epsilon(1e-3));
  CHECK(sim.contention == test::Approx(4).epsilon(1e-3));
  CHECK(sim.step.value() == test::Approx(it.step.value() + 3 * one).epsilon(1e-3));
}

TEST_CASE("two rings that share an uplink each get half of it") {
  // 64 chips: pp 2, tp 8: two stages of 4 nodes; pods of 6 nodes: {0123 45} and {67}. Stage 0 stays in its pod; stage
  // 1's ring 4-5-6-7-4 crosses once each way. Uplinks are 6 and 2 NICs' worth over 2: the narrower one is as wide as
  // one node, and nothing is lost. Over 8 it is a quarter of a node: stage 1 alone takes four times as long.
  Gang g = gang([](Gang& x) { x.plan.tp = 8, x.plan.pp = 2, x.software.overlaps_data = false, x.fabric.pod_nodes = 6; });
  g.fabric.nic_latency = g.fabric.scale_up_latency = Seconds(0);
  const TrainingSetup setup = g.setup();
  const Iteration it = closed(setup, g.plan);
  g.fabric.oversubscription = 2;
  CHECK(simulate(setup, it).contention == test::Approx(1).epsilon(1e-3));
  g.fabric.oversubscription = 8;
  const auto sim = simulate(setup, it);
  CHECK(sim.lanes[0].stages[0].contention == test::Approx(1).epsilon(1e-3));
  CHECK(sim.lanes[0].stages[1].contention == test::Approx(4).epsilon(1e-3));
  // Experts over 16 chips: of the ranks of one expert every second node is next, so that in 8 pods of one node two
  // rings leave each pod, but each domain sends what it sends: a quarter of the NICs take four times as long.
  Gang e = gang([](Gang& x) { with_experts(x), x.plan.ep = 16, x.plan.zero = 0, x.software.overlaps_data = false, x.fabric.pod_nodes = 1, x.chip.scale_up = ByteRate(1e15); });
  e.fabric.nic_latency = e.fabric.scale_up_latency = Seconds(0);
  e.fabric.oversubscription = 4;
  const TrainingSetup experts = e.setup();
  CHECK(simulate(experts, closed(experts, e.plan)).contention == test::Approx(4).epsilon(1e-3));
}

TEST_CASE("ZeRO 3 on a narrow fabric gathers beside its passes no more") {
  Gang g = gang([](Gang& x) { x.chips = 32, x.plan.tp = 8, x.plan.zero = 3, x.fabric.pod_nodes = 1; });
  g.fabric.nic_latency = g.fabric.scale_up_latency = Seconds(0);
  const TrainingSetup setup = g.setup();
  const Iteration it = closed(setup, g.plan);
  const StagePlan& stage = it.lanes[0].stages[0];
  g.fabric.oversubscription = 4;
  const Simulation sim = simulate(setup, it);
  // Each gather and scatter takes four times as long, and shows where its pass does not cover it.
  const Seconds shows = step::shows(stage.shards.gather * 4, stage.shards.gather_hides, stage.shards.interference) + step::shows(stage.shards.reduce * 4, stage.shards.reduce_hides, stage.shards.interference);
  CHECK(sim.lanes[0].sharded[0].value() == test::Approx(shows.value()).epsilon(1e-3));
  CHECK(sim.compute.value() == test::Approx((it.lanes[0].makespan + (shows - stage.sharded) * it.lanes[0].micro_batches).value()).epsilon(1e-3));
}

TEST_CASE("a step of 12,288 chips takes 300 MB at most") {
  Gang g = gang([](Gang& x) {
    x.model.layers = 96, x.model.hidden = 12288, x.model.heads = x.model.kv_heads = 96, x.model.ffn = 49152, x.model.vocab = 51200;
    x.campaign.global_batch = 192 * 32;
    x.chips = 12288, x.plan.tp = 8, x.plan.pp = 8;
  });
  const TrainingSetup setup = g.setup();
  const Iteration it = closed(setup, g.plan);
  const Simulation sim = simulate(setup, it);
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  CHECK(sim.step.value() == test::Approx(it.step.value()).epsilon(1e-3));
  INFO("12,288 chips: " << used.ru_maxrss / 1024 << " MB");
  CHECK(used.ru_maxrss < 300 * 1024);
}
