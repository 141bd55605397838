// plan = "auto": the search agrees with pricing every plan, and says why.
#include <chrono>

#include "catch.hpp"
#include "step/iteration.hpp"
#include "step/memory.hpp"
#include "step/search.hpp"
#include "step/why.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

// Chips, software and a model that a test may change; the setup refers to them.
struct Gang {
  Efficiency efficiency;
  Software software;
  Chip chip, other;
  Node node;
  LlmModel model;
  Campaign campaign;
  Fabric fabric;

  Gang() {
    efficiency.launch = Seconds(5e-6), efficiency.depth_half = 100, efficiency.overlap = 0.5, efficiency.jitter = 0.004;
    efficiency.routing = Seconds(1e-4), efficiency.iteration = Seconds(5e-3);
    chip.id = "fast", chip.peak[Precision::bf16] = FlopRate(1e15), chip.matrix_units = 100;
    chip.memory = Bytes(80e9), chip.memory_bandwidth = ByteRate(3e12);
    chip.scale_up = ByteRate(400e9), chip.scale_up_domain = 8, chip.nic = ByteRate(50e9);
    other = chip, other.id = "slow", other.peak[Precision::bf16] = FlopRate(4e14);
    node.id = "box", node.chips = 8;
    campaign.seq = 4096, campaign.global_batch = 128;
    dense(32, 4096, 32);
  }
  void dense(int layers, int hidden, int heads) {
    model = {};
    model.id = "dense", model.layers = layers, model.hidden = hidden, model.heads = model.kv_heads = heads;
    model.ffn = 3 * hidden, model.vocab = 32000;
  }
  // With leading dense layers and latent attention, as DeepSeek's.
  void experts(int layers, int hidden, int count) {
    dense(layers, hidden, 64);
    model.dense_layers = 2, model.experts = count, model.top_k = 4, model.expert_ffn = hidden / 4, model.shared_experts = 1;
    model.q_rank = 512, model.kv_rank = 256, model.rope_dim = 64, model.nope_dim = model.v_dim = 128;
  }
  void rack() { chip.scale_up_domain = node.chips = 72, chip.memory = Bytes(180e9), chip.scale_up = ByteRate(900e9); }
  TrainingSetup on(int chips) const { return {model, campaign, {{chip, node, efficiency, software, chips}}, fabric}; }
  TrainingSetup on_both(int chips) const {
    return {model, campaign, {{chip, node, efficiency, software, chips}, {other, node, efficiency, software, chips}}, fabric};
  }
};

bool same(const ParallelPlan& a, const ParallelPlan& b) { return !before(a, b) && !before(b, a); }

void agrees(const TrainingSetup& setup) {
  const auto found = search(setup), all = exhaustive(setup);
  REQUIRE(found.size() == std::min<size_t>(10, all.size()));
  for (size_t i = 0; i < found.size(); ++i) {
    INFO(i << ": " << words(found[i].plan) << " against " << words(all[i].plan));
    CHECK(same(found[i].plan, all[i].plan));
    CHECK(found[i].step == all[i].step);
    CHECK(found[i].why == all[i].why);
  }
}

double seconds(const TrainingSetup& setup) {
  const auto start = std::chrono::steady_clock::now();
  CHECK(search(setup).size() == 10);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("the search finds what pricing every plan finds") {
  Gang g;
  SECTION("a small dense model") {}
  SECTION("one that needs sharding") { g.dense(48, 8192, 64); }
  SECTION("one that hardly fits") { g.dense(80, 8192, 64), g.chip.memory = Bytes(50e9); }
  SECTION("layers that divide by nothing") { g.dense(61, 5120, 40); }
  SECTION("long sequences") { g.campaign.seq = 32768, g.campaign.global_batch = 32; }
  SECTION("experts") { g.experts(26, 4096, 32); }
  SECTION("experts and long sequences") { g.experts(26, 2048, 24), g.campaign.seq = 8192, g.campaign.global_batch = 48; }
  SECTION("a rack that is one scale-up domain") { g.rack(); }
  SECTION("experts in such a rack") { g.rack(), g.experts(40, 4096, 64); }
  SECTION("a slow network") { g.dense(48, 8192, 64), g.chip.nic = ByteRate(6e9); }
  SECTION("attention that writes its scores") { g.software.fused_attention = g.software.sequence_parallel = false; }
  SECTION("low-rank fine-tuning") { g.dense(80, 8192, 64), g.campaign.lora_rank = 16; }
  SECTION("a memory that nobody checks") {
    auto setup = g.on(64);
    setup.check_memory = false;
    agrees(setup);
  }
  agrees(g.on(64));
}

TEST_CASE("the search finds the same on chips of two kinds") {
  Gang g;
  SECTION("dense") {}
  SECTION("experts") { g.experts(16, 2048, 16); }
  agrees(g.on_both(32));
  bool data = false, pipeline = false;
  for (const auto& p : plan_space(g.on_both(32))) (p.span == Span::data ? data : pipeline) = true;
  CHECK(data);
  CHECK(pipeline);
}

TEST_CASE("every plan of the space can be laid out, and none stands in it twice") {
  Gang g;
  g.experts(26, 4096, 24);
  g.campaign.global_batch = 96;
  auto setup = g.on(96);
  setup.check_memory = false;
  auto space = plan_space(setup);
  REQUIRE(space.size() > 100);
  std::string why;
  for (const auto& p : space) {
    INFO(words(p));
    CHECK(lay_out(setup, p, why).has_value());
    CHECK(setup.campaign.global_batch % (96 / p.ranks() * p.micro_batch) == 0);
  }
  std::sort(space.begin(), space.end(), before);
  CHECK(std::adjacent_find(space.begin(), space.end(), same) == space.end());
}

TEST_CASE("what a step is spent on sums to the step") {
  Gang g;
  g.experts(26, 4096, 32);
  const auto sums = [](const TrainingSetup& setup) {
    std::string why;
    for (const auto& x : search(setup)) {
      const auto it = lay_out(setup, x.plan, why);
      REQUIRE(it);
      Seconds sum;
      for (const auto& [name, time] : spent(setup, *it)) {
        INFO(words(x.plan) << ": " << name);
        CHECK(time.value() > -1e-9 * it->step.value());
        sum += time;
      }
      CHECK(sum.value() == test::Approx(it->step.value()));
      CHECK(x.step == it->step);
    }
  };
  sums(g.on(64));
  sums(g.on_both(32));
}

TEST_CASE("the figures of a plan, and why") {
  Gang g;
  const auto found = search(g.on(64));
  REQUIRE(found.size() == 10);
  const double flop = g.model.training_flop_per_token(4096).value() * 4096 * 128;
  for (size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].mfu == test::Approx(flop / found[i].step.value() / 64e15));
    CHECK(found[i].memory <= g.chip.memory * kUsable);
    CHECK(found[i].memory.value() > 0);
    if (i > 0) CHECK(found[i].step >= found[i - 1].step);
    // Nothing is sharded for nothing.
    for (size_t k = 0; k < i; ++k) {
      ParallelPlan twin = found[k].plan;
      twin.zero = found[i].plan.zero;
      CHECK_FALSE((same(twin, found[i].plan) && found[k].step == found[i].step));
    }
  }
  CHECK(found[0].why.rfind("limited by matrix products ", 0) == 0);
  CHECK(search(g.on(64), 3).size() == 3);

  // The winner's plan with full recompute costs the forward pass again, and says so.
  ParallelPlan again = found[0].plan;
  REQUIRE(again.recompute == Recompute::none);
  again.recompute = Recompute::full;
  std::vector<Priced> two{found[0], {again, {}, 0, {}, ""}};
  explain(g.on(64), two);
  CHECK(two[1].why.rfind("full recompute +", 0) == 0);
  // One more of the same is no slower.
  two[1].plan = found[0].plan;
  explain(g.on(64), two);
  CHECK(two[1].why == "as fast as the best");
}

TEST_CASE("when nothing fits the search says what came nearest") {
  Gang g;
  g.dense(96, 16384, 128);
  std::string why;
  CHECK(search(g.on(16), 10, &why).empty());
  INFO(why);
  CHECK(why.rfind("no plan fits: the closest, tp 8", 0) == 0);
  CHECK(why.find("needs ") != std::string::npos);
  CHECK(why.find("fast leaves 75.2 GB") != std::string::npos);
  CHECK(exhaustive(g.on(16)).empty());

  // No batch to go round.
  g.campaign.global_batch = 7;
  g.model.layers = 1, g.model.heads = 1;
  CHECK(search(g.on(64), 10, &why).empty());
  CHECK(why.rfind("no plan multiplies out: 64 chips", 0) == 0);

  Gang inference;
  inference.chip.trains = false;
  CHECK(search(inference.on(64), 10, &why).empty());
  CHECK(why == "fast is an inference part");
}

TEST_CASE("a search on 16,384 chips takes seconds") {
  Gang g;
  g.dense(96, 12288, 96), g.campaign.global_batch = 8192;
  CHECK(seconds(g.on(16384)) < 5);
  g.rack(), g.dense(126, 16384, 128), g.campaign.seq = 8192, g.campaign.global_batch = 2048;
  CHECK(seconds(g.on(16384)) < 5);
  g.experts(61, 7168, 256), g.campaign.seq = 16384, g.campaign.global_batch = 4096;
  CHECK(seconds(g.on(16384)) < 5);
}
