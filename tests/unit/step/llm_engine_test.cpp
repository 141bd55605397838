// What one iteration of a serving engine costs, against sums by hand.
#include "step/llm_engine.hpp"

#include <stdexcept>

#include "catch.hpp"
#include "hardware.hpp"

using namespace capmix;
using step::LlmEngine;
using step::LlmSplit;
using step::LlmWork;

namespace {

// 80 layers, width 8,192, 64 heads of 128, 8 of keys; gated FFN of 28,672; two tables of 32,000 rows.
LlmModel seventy() {
  LlmModel m;
  m.id = "seventy", m.layers = 80, m.hidden = 8192, m.heads = 64, m.kv_heads = 8, m.ffn = 28672, m.vocab = 32000;
  return m;
}

// Memory of 1 TB/s, all of it attained, and products without end; or the other way round.
Chip chip(double flops, double bytes) {
  Chip c;
  c.id = "chip", c.matrix_units = 1;
  c.peak[Precision::bf16] = FlopRate(flops / 2), c.peak[Precision::fp8] = FlopRate(flops);
  c.memory = Bytes(100e9), c.memory_bandwidth = ByteRate(bytes);
  c.scale_up = ByteRate(1e9), c.scale_up_domain = 8, c.nic = ByteRate(1e9);
  return c;
}

Efficiency efficiency() {
  Efficiency e;
  e.id = "all";
  for (auto* share : {&e.gemm, &e.gemm8, &e.gemm4, &e.attention, &e.memory, &e.collective, &e.scale_up, &e.grouped, &e.llm_products, &e.llm_memory}) *share = 1.0;
  return e;
}

const Node kNode = step::fixture::node("node");
const Software kSoftware{};
const Fabric kFabric{};
const Efficiency kAll = efficiency();
const LlmModel kSeventy = seventy();

LlmEngine engine(const LlmModel& m, const Chip& c, LlmSplit split = {}, step::LlmPrecisions p = {}) { return {m, {c, kNode, kAll, kSoftware, 8}, kFabric, p, split}; }

const double kLayer = 8192.0 * 8192 * 2 + 2.0 * 8192 * 1024 + 3.0 * 8192 * 28672;  // 855.6e6 parameters: projections, FFN

}  // namespace

// A product reads its operands at 85 % of the attained bandwidth: 80 layers of 855.6e6 B and the output layer of
// 32,000 x 8,192 x 2 B = 524.3 MB in 0.85 TB/s take 80.53 + 0.617 ms; one token's activations are nothing beside that.
// Its 1,000 keys are 80 x 2 x 8 x 128 x 1 B each: 163.84 MB in 1 TB/s.
TEST_CASE("decode of one sequence reads the weights and its cache") {
  const Chip c = chip(1e20, 1e12);
  const auto cost = engine(kSeventy, c).cost({1, 1000, 0, 0, 0});
  CHECK(cost.products.value() == test::Approx((80 * kLayer + 32000.0 * 8192 * 2) / 0.85e12).epsilon(2e-3));
  CHECK(cost.attention.value() == test::Approx(163.84e6 / 1e12).epsilon(1e-9));
  CHECK(cost.talk.value() == 0);
  CHECK(cost.host.value() == 0);
  CHECK(engine(kSeventy, c).cache_of_token().value() == 80.0 * 2 * 8 * 128);
}

// 2,560 tokens fill ten tiles of 256 rows. At 1 PFLOP/s in fp8: 2 x 2,560 x 80 layers x 855.6e6 = 350.5 TFLOP, 0.3505 s. Every
// width is a multiple of 128, so no tile is cut. Attention of a causal prompt: 2 x 64 heads x 256 x 2,560^2 / 2 pairs x 80
// layers = 8.59 TFLOP at 0.5 PFLOP/s, less what a query's loop loses: it attains 1,280 / (1,280 + 256) of the rate.
TEST_CASE("prefill multiplies") {
  const Chip c = chip(1e15, 1e18);
  const auto cost = engine(kSeventy, c).cost({0, 0, 2560, 2560.0 * 2560 / 2, 0});
  CHECK(cost.products.value() == test::Approx(2 * 2560 * 80 * kLayer / 1e15).epsilon(1e-6));
  CHECK(cost.attention.value() == test::Approx(2.0 * 64 * 256 * 2560 * 2560 / 2 * 80 / 0.5e15 * (1280 + 256) / 1280).epsilon(1e-6));
}

// Two chips: each has half of every product and of the keys. A sum of 10 tokens is 10 x 8,192 x 2 B = 163,840 B: half of it
// over 1 GB/s and one hop of 2 us, there and back, twice in each of 80 layers.
TEST_CASE("tensor ranks halve the work and sum twice a layer") {
  const Chip c = chip(1e20, 1e12);
  const auto one = engine(kSeventy, c).cost({10, 10000, 0, 0, 0}), two = engine(kSeventy, c, {2, 1, 1}).cost({10, 10000, 0, 0, 0});
  CHECK(two.products.value() == test::Approx(one.products.value() / 2).epsilon(5e-3));
  CHECK(two.attention.value() == test::Approx(one.attention.value() / 2));
  CHECK(two.talk.value() == test::Approx(160 * 2 * (81920 / 1e9 + 2e-6)));
}

TEST_CASE("the host takes its time for every iteration and every sequence") {
  Efficiency e = kAll;
  e.llm_iteration = Seconds(2e-3), e.llm_sequence = Seconds(1e-5);
  const Chip c = chip(1e15, 1e12);
  const LlmEngine engine(kSeventy, {c, kNode, e, kSoftware, 8}, kFabric, {}, {});
  CHECK(engine.cost({100, 1e5, 500, 1e5, 2}).host.value() == test::Approx(2e-3 + 102e-5));
  CHECK(engine.cost({}).total().value() == 0);
}

// Weights: 80 x 855.6e6 B, and both tables of 524.3 MB at 16 bits: 69.50 GB. 0.92 x 100 GB leave 22.5 GB less 3 GB of
// workspace and 512 tokens' activations, 512 x (6 x 8,192 + 3 x 28,672) x 2 B = 138.4 MB: 19.36 GB, 118,180 tokens of
// 163,840 B, in pages of 64. Eight stages hold an eighth each, and eight batches: each has what one chip has left.
TEST_CASE("what is left of the memory holds the cache") {
  const Chip c = chip(1e15, 1e12);
  const auto alone = engine(kSeventy, c);
  const double weights = 80 * kLayer + 2 * 524.288e6 * 2 / 2;
  CHECK(alone.weights().value() == test::Approx(weights));
  const double left = 92e9 - weights - 3e9 - 512.0 * (6 * 8192 + 3 * 28672) * 2;
  CHECK(alone.cache_tokens(512) == std::floor(left / 163840 / 64) * 64);
  const auto stages = engine(kSeventy, c, {1, 8, 1});
  CHECK(stages.weights().value() == test::Approx(weights / 8));
  CHECK(stages.cache_tokens(512) == test::Approx((left + weights * 7 / 8) / 163840).epsilon(1e-3));
  // Sixteen ranks of eight heads of keys hold each key twice.
  CHECK(engine(kSeventy, c, {16, 1, 1}).cache_of_token().value() == 2 * 163840);
}

// Four-bit weights are half of the bytes to read; a chip without the rate is told so.
TEST_CASE("precision of weights and cache") {
  Chip c = chip(1e20, 1e12);
  CHECK_THROWS_AS(engine(kSeventy, c, {}, {Precision::fp4, Precision::fp8}), std::invalid_argument);
  c.peak[Precision::fp4] = FlopRate(2e20);
  const LlmWork w{1, 1, 0, 0, 0};
  const double table = 32000.0 * 8192 * 2 / 0.85e12;
  const double eight = engine(kSeventy, c).cost(w).products.value() - table, four = engine(kSeventy, c, {}, {Precision::fp4, Precision::bf16}).cost(w).products.value() - table;
  CHECK(four == test::Approx(eight / 2).epsilon(5e-3));
  CHECK(engine(kSeventy, c, {}, {Precision::fp4, Precision::bf16}).cache_of_token().value() == 2 * 163840);
  // Integer products of eight bits run at their own rate.
  Chip npu = chip(1e15, 1e18);
  npu.peak.erase(Precision::fp8), npu.peak[Precision::int8] = FlopRate(1e15);
  CHECK(engine(kSeventy, npu, {}, {Precision::int8, Precision::fp8}).cost({0, 0, 2560, 0, 0}).products.value() == test::Approx(2 * 2560 * 80 * kLayer / 1e15).epsilon(1e-6));
}

// Eight experts over eight chips: each has the rest and one expert of every layer.
TEST_CASE("experts spread over chips") {
  LlmModel m = kSeventy;
  m.experts = 8, m.top_k = 2, m.expert_ffn = 28672, m.ffn = 0;
  const Chip c = chip(1e20, 1e12);
  const auto one = engine(m, c), eight = engine(m, c, {1, 1, 8});
  CHECK(one.weights().value() - eight.weights().value() == test::Approx(m.expert_parameters() * 7 / 8));
  // With many tokens every expert is read: by one chip all eight, by each of eight its own.
  const LlmWork w{1000, 1000, 0, 0, 0};
  const double expert = 3.0 * 8192 * 28672 * 80 / 0.85e12;
  CHECK((one.cost(w).products - eight.cost(w).products).value() == test::Approx(7 * expert).epsilon(0.02));
  CHECK(eight.cost(w).talk.value() > 0);
  CHECK(eight.split().lanes() == 8);
}

// 1,000 tokens of 163,840 B over one NIC of 1 GB/s, or over two, which hold half of each key.
TEST_CASE("a cache goes to another pool through the NICs of its lane") {
  const Chip c = chip(1e15, 1e12);
  CHECK(engine(kSeventy, c).transfer(1000).value() == test::Approx(0.16384));
  CHECK(engine(kSeventy, c, {2, 1, 1}).transfer(1000).value() == test::Approx(0.08192));
}
