#include "catch.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

struct Gang {
  Efficiency efficiency = fixture::efficiency();
  Chip fast = fixture::chip("fast", 1e15), slow = fixture::chip("slow", 0.25e15);
  Node node = fixture::node("box");
  LlmModel model = fixture::llm();
  Campaign campaign = fixture::campaign();
  Fabric fabric;
  StepProfile one(int chips = 64) const { return train({model, campaign, {{fast, node, efficiency, chips}}, fabric}); }
  StepProfile two(const Chip& other) const {
    return train({model, campaign, {{fast, node, efficiency, 32}, {other, node, efficiency, 32}}, fabric});
  }
};

double sum(const StepProfile& p) {
  double t = 0;
  for (const auto& part : p.parts) t += part.time.value();
  return t;
}

}  // namespace

TEST_CASE("a step's parts sum to the step, and its figures follow from it") {
  const Gang gang;
  const auto p = gang.one();
  REQUIRE(p.feasible);
  CHECK(sum(p) == test::Approx(p.step.value()));
  CHECK(p.units == 256 * 2048);
  CHECK(p.model_flop.value() == test::Approx(gang.model.training_flop_per_token(2048).value() * p.units));
  CHECK(p.mfu == test::Approx(p.model_flop.value() / p.step.value() / (64 * 1e15)));
  CHECK(p.mfu < 0.5);  // gemm attains half of the peak
  CHECK(p.energy.value() == test::Approx(8 * 1e4 * p.step.value()));  // 8 nodes of 10 kW
  CHECK(p.trust_low < 1);
  CHECK(p.trust_high > 1);
}

TEST_CASE("a slower memory, link or chip never makes a step shorter, and each can make it longer") {
  const Gang base;
  const double before = base.one().step.value();
  Gang memory, peak, domain, nic;
  memory.fast.memory_bandwidth = ByteRate(1e12);
  peak.fast.peak[Precision::bf16] = FlopRate(0.5e15);
  domain.fast.scale_up = ByteRate(100e9);
  nic.fast.nic = ByteRate(2e9);
  for (const Gang* g : {&memory, &peak, &domain, &nic}) CHECK(g->one().step.value() > before);
}

TEST_CASE("two groups of the same chip take the time of one group as large") {
  const Gang gang;
  const auto one = gang.one(), two = gang.two(gang.fast);
  REQUIRE(two.feasible);
  CHECK(two.step.value() == test::Approx(one.step.value()).epsilon(1e-3));
  REQUIRE(two.groups.size() == 2);
  CHECK(two.groups[0].batch_share == test::Approx(0.5));
}

TEST_CASE("a job that spans suppliers splits its batch by speed and is faster than equal shares of it") {
  const Gang gang;
  const auto mixed = gang.two(gang.slow);
  REQUIRE(mixed.feasible);
  const double share = mixed.groups[0].batch_share;
  CHECK(share + mixed.groups[1].batch_share == test::Approx(1));
  CHECK(share > 0.6);  // four times the peak
  CHECK(share < 0.85);
  // Slower than 64 fast chips, faster than 64 slow ones.
  Gang all_slow;
  all_slow.fast = gang.slow;
  CHECK(mixed.step > gang.one().step);
  CHECK(mixed.step < all_slow.one().step);
}

TEST_CASE("what cannot run says why, with figures") {
  Gang moe;
  moe.model.experts = 8;
  CHECK(moe.one().reason == "mixture-of-experts models are not simulated yet");

  Gang batch;
  batch.campaign.global_batch = 4;  // 8 ranks
  CHECK(batch.one().reason.find("too small for 8 ranks") != std::string::npos);

  Gang wide;
  wide.fast.scale_up_domain = 4;
  CHECK(wide.one().reason.find("wider than the scale-up domain of 4") != std::string::npos);

  Gang memory;
  memory.fast.memory = Bytes(2e9);
  const auto full = memory.one();
  CHECK_FALSE(full.feasible);
  CHECK(full.reason.find("too much (parameters") != std::string::npos);

  Gang inference;
  inference.fast.trains = false;
  CHECK(inference.one().reason.find("inference part") != std::string::npos);
}

TEST_CASE("the fastest plan that fits is taken") {
  Gang gang;
  gang.campaign.plans = {{8, 1, 1, true}, {8, 1, 1, false}};
  const auto p = gang.one();
  CHECK(p.plan.find("no recompute") != std::string::npos);
  // A chip between what the two plans need takes the slower one.
  double stored = 0, recomputed = 0;
  for (const auto& m : p.memory) stored += m.bytes.value();
  gang.campaign.plans = {{8, 1, 1, true}};
  for (const auto& m : gang.one().memory) recomputed += m.bytes.value();
  REQUIRE(recomputed < stored);
  gang.campaign.plans = {{8, 1, 1, true}, {8, 1, 1, false}};
  gang.fast.memory = Bytes((stored + recomputed) / 2 / 0.94);  // the share that a framework leaves
  const auto tight = gang.one();
  REQUIRE(tight.feasible);
  CHECK(tight.plan.find("full recompute") != std::string::npos);
  CHECK(tight.step > p.step);
}

TEST_CASE("a gang of three kinds of chips says that it is not simulated yet") {
  Gang three;
  const auto& g = three;
  const auto p = train({g.model, g.campaign, {{g.fast, g.node, g.efficiency, 16}, {g.fast, g.node, g.efficiency, 16}, {g.fast, g.node, g.efficiency, 32}}, g.fabric});
  CHECK_FALSE(p.feasible);
  CHECK(p.reason.find("3 kinds of chips") != std::string::npos);
}
