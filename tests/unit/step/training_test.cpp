#include <cmath>
#include <set>

#include "catch.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

struct Gang {
  Efficiency efficiency = fixture::efficiency();
  Chip fast = fixture::chip("fast", 1e15), slow = fixture::chip("slow", 0.25e15);
  Node node = fixture::node("box");
  Software software = fixture::software();
  LlmModel model = fixture::llm();
  Campaign campaign = fixture::campaign();
  Fabric fabric;
  StepProfile one(int chips = 64) const { return train({model, campaign, {{fast, node, efficiency, software, chips}}, fabric}); }
  StepProfile two(const Chip& other) const {
    return train({model, campaign, {{fast, node, efficiency, software, 32}, {other, node, efficiency, software, 32}}, fabric});
  }
};

double sum(const StepProfile& p) {
  double t = 0;
  for (const auto& part : p.parts) t += part.time.value();
  return t;
}

}  // namespace

TEST_CASE("a step's parts sum to the step, and its figures follow from it") {
  Gang gang;
  gang.efficiency.reach_dense = 64;
  const auto p = gang.one();
  REQUIRE(p.feasible);
  CHECK(sum(p) == test::Approx(p.step.value()));
  CHECK(p.units == 256 * 2048);
  CHECK(p.model_flop.value() == test::Approx(gang.model.training_flop_per_token(2048).value() * p.units));
  CHECK(p.mfu == test::Approx(p.model_flop.value() / p.step.value() / (64 * 1e15)));
  CHECK(p.mfu < 0.5);  // gemm attains half of the peak
  CHECK(p.energy.value() == test::Approx(8 * 1e4 * p.step.value()));  // 8 nodes of 10 kW
  // Trust is a half-width in ln(rate); 0.2 for dense models.
  CHECK(p.trust_low == test::Approx(std::exp(-0.2)));
  CHECK(p.trust_high == test::Approx(std::exp(0.2)));
  CHECK(p.calibrated);
  CHECK(p.region.find("inside") == 0);
  // More chips than were measured: said, and the range half as wide again.
  gang.efficiency.reach_dense = 32;
  const auto beyond = gang.one();
  CHECK(beyond.region.find("measured up to 32") != std::string::npos);
  CHECK(beyond.trust_high == test::Approx(std::exp(0.3)));
  CHECK(p.plan == "tp 8, dp 8, zero 1, micro-batch 1, no recompute");
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

TEST_CASE("a plan that does not multiply out is refused by its figures") {
  Gang gang;
  gang.campaign.plans = {{8, 1, 1, Recompute::none, 3}};
  CHECK(gang.one().reason.find("chips (64) does not divide by tp x cp x pp (24)") != std::string::npos);
  gang.campaign.plans = {{8, 1, 1, Recompute::none, 1, 1, 1, 2}};
  CHECK(gang.one().reason.find("ep 2 spreads experts, but the model is dense") != std::string::npos);
}

TEST_CASE("every degree of a plan is in its text, and what it costs in the parts") {
  Gang gang;
  ParallelPlan p;
  p.tp = 2, p.pp = 2, p.vpp = 2, p.cp = 2, p.recompute = Recompute::selective;
  gang.campaign.plans = {p};
  const auto out = gang.one();
  REQUIRE(out.feasible);
  CHECK(out.plan == "tp 2, pp 2, vpp 2, cp 2, dp 8, zero 1, micro-batch 1, selective recompute");
  std::set<std::string> names;
  for (const auto& part : out.parts) names.insert(part.name);
  for (const char* name : {"matrix products", "attention", "memory-bound", "tp communication (exposed)", "cp communication (exposed)",
                           "pipeline bubble and transfers", "dp communication (exposed)", "optimizer"})
    CHECK(names.count(name) == 1);
  for (const char* name : {"expert all-to-all", "weight gathers (ZeRO 3, exposed)", "stragglers", "fixed"}) CHECK(names.count(name) == 0);
  double all = 0;
  for (const auto& part : out.parts) all += part.time.value();
  CHECK(all == out.step.value());  // to the last bit
}

TEST_CASE("experts, adapters, stragglers and the fixed cost show") {
  Gang gang;
  gang.model.experts = 8, gang.model.top_k = 2, gang.model.expert_ffn = 4096;
  gang.campaign.plans = {{1, 3, 1, Recompute::none, 1, 1, 1, 8}};
  gang.efficiency.jitter = 0.01, gang.efficiency.iteration = Seconds(0.002);
  const auto moe = gang.one();
  REQUIRE(moe.feasible);
  CHECK(moe.plan.find("ep 8") != std::string::npos);
  CHECK(moe.trust_high == test::Approx(std::exp(0.4)));
  std::set<std::string> names;
  for (const auto& part : moe.parts) names.insert(part.name);
  for (const char* name : {"expert all-to-all", "weight gathers (ZeRO 3, exposed)", "stragglers", "fixed"}) CHECK(names.count(name) == 1);
  CHECK(sum(moe) == test::Approx(moe.step.value()));

  Gang lora;
  lora.campaign.lora_rank = 16;
  const auto adapters = lora.one();
  REQUIRE(adapters.feasible);
  CHECK(adapters.trust_low == test::Approx(std::exp(-0.3)));
  // No gradients of the frozen weights: 4 of 6 FLOP per parameter, attention as before.
  CHECK(adapters.model_flop < Gang{}.one().model_flop);
  CHECK(adapters.model_flop.value() > Gang{}.one().model_flop.value() * 4 / 6);
  CHECK(adapters.step < Gang{}.one().step);
}

TEST_CASE("outside of what was measured is said, with the reason") {
  Gang gang;
  gang.efficiency.calibrated_on.clear();
  CHECK(gang.one().region.find("outside: nothing measured on fast") == 0);
  CHECK_FALSE(gang.one().calibrated);
  Gang narrow;
  narrow.model.hidden = 512, narrow.model.heads = 8, narrow.model.kv_heads = 8;
  CHECK(narrow.one().region.find("a width of 512") != std::string::npos);
}

TEST_CASE("the fastest plan that fits is taken") {
  Gang gang;
  gang.campaign.plans = {{8, 1, 1, Recompute::full}, {8, 1, 1, Recompute::none}};
  const auto p = gang.one();
  CHECK(p.plan.find("no recompute") != std::string::npos);
  // A chip between what the two plans need takes the slower one.
  double stored = 0, recomputed = 0;
  for (const auto& m : p.memory) stored += m.bytes.value();
  gang.campaign.plans = {{8, 1, 1, Recompute::full}};
  for (const auto& m : gang.one().memory) recomputed += m.bytes.value();
  REQUIRE(recomputed < stored);
  gang.campaign.plans = {{8, 1, 1, Recompute::full}, {8, 1, 1, Recompute::none}};
  gang.fast.memory = Bytes((stored + recomputed) / 2 / 0.94);  // the share that a framework leaves
  const auto tight = gang.one();
  REQUIRE(tight.feasible);
  CHECK(tight.plan.find("full recompute") != std::string::npos);
  CHECK(tight.step > p.step);
}

TEST_CASE("a gang of three kinds of chips says that it is not simulated yet") {
  Gang three;
  const auto& g = three;
  const auto p = train({g.model, g.campaign, {{g.fast, g.node, g.efficiency, g.software, 16}, {g.fast, g.node, g.efficiency, g.software, 16}, {g.fast, g.node, g.efficiency, g.software, 32}}, g.fabric});
  CHECK_FALSE(p.feasible);
  CHECK(p.reason.find("3 kinds of chips") != std::string::npos);
}
