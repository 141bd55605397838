// Decode at a time-per-token objective, against sums by hand.
#include "step/kinds/decode.hpp"

#include "catch.hpp"

using namespace capmix;
using step::Decode;

namespace {

// A chip by its memory; matrix units that never bind.
Chip chip(const char* id, double gigabytes, double terabytes_per_second, int domain) {
  Chip c;
  c.id = id;
  c.peak[Precision::bf16] = FlopRate(1e18);
  c.memory = Bytes(gigabytes * 1e9);
  c.memory_bandwidth = ByteRate(terabytes_per_second * 1e12);
  c.scale_up = ByteRate(450e9);
  c.scale_up_domain = domain;
  return c;
}

Efficiency efficiency(double memory) {
  Efficiency e;
  e.llm_memory = memory, e.scale_up = 1.0;
  return e;
}

// 32 layers, width 4,096, 32 heads of 128 and 8 of keys; gated FFN of 14,336; tied table of 128,256 rows.
// Attention 2 x 4096^2 + 2 x 4096 x 1024 = 41.94e6; FFN 3 x 4096 x 14336 = 176.16e6; 32 x 218.10e6 + 525.34e6 =
// 7.5046e9 parameters = 15.009 GB. Cache of a token: 32 x 8 x 256 x 2 B = 131,072 B; of 8,192 tokens 1.0737 GB.
LlmModel model() {
  LlmModel m;
  m.id = "m", m.layers = 32, m.hidden = 4096, m.heads = 32, m.kv_heads = 8, m.ffn = 14336, m.vocab = 128256, m.tied = true;
  return m;
}

// A product moves its operands and its result at 85 % of the attained bandwidth. A sequence reads its cache, streams 32 layers
// x (8 x 4096 + 3 x 14336) x 2 B = 4.85 MB of activations, and its rows go through products of 32 layers x (3 x 4096 +
// 14336 in, 6144 + 4096 + 2 x 14336 + 4096 out) x 2 B = 4.46 MB.
const double kWeights = 15.009e9 / 0.85, kCache = 131072.0 * 8192, kSequence = kCache + 4.85e6 + 4.46e6 / 0.85;

Decode at(const Chip& c, const Efficiency& e, double objective, double stage = 1) {
  const LlmModel m = model();
  return step::decode({m, c, e, Seconds(2e-6), 8192, Precision::bf16, Seconds(objective), stage});
}

const Chip h200 = chip("h200", 141, 4.8, 1), npu = chip("npu", 128, 1.6, 1);
const Efficiency nvidia = efficiency(0.85), huawei = efficiency(0.75);

}  // namespace

// In 20 ms an H200 reads 0.02 x 4.8e12 x 0.85 = 81.6 GB: 81.6 - 17.66 = 63.94 GB for sequences of 1.0838, 58 of them. The
// other part reads 0.02 x 1.6e12 x 0.75 = 24 GB: 6.34 GB, 5 sequences. So one is worth 58 / 5 x (their times per token, both
// just below 20 ms) of the other, far more than the 4.8 x 0.85 / (1.6 x 0.75) = 3.4 of their bandwidths: what the weights
// take comes off both.
TEST_CASE("the objective leaves a slow memory less than its share") {
  const auto a = at(h200, nvidia, 0.020), b = at(npu, huawei, 0.020);
  REQUIRE(a.feasible);
  REQUIRE(b.feasible);
  CHECK(a.batch == 58);
  CHECK(b.batch == 5);
  CHECK(a.limit == "objective");
  CHECK(a.token.value() == test::Approx((kWeights + 58 * kSequence) / (4.8e12 * 0.85)).epsilon(3e-3));
  CHECK(a.rate_per_chip() / b.rate_per_chip() == test::Approx(58.0 / 5 * ((kWeights + 5 * kSequence) / (1.6e12 * 0.75)) / ((kWeights + 58 * kSequence) / (4.8e12 * 0.85))).epsilon(5e-3));
}

// The NPU reads the weights and one sequence's cache in (17.66 + 1.07) GB / 1,200 GB/s = 15.6 ms: at 14 ms no number of it
// decodes, at 15.8 ms one sequence a chip. At a stage of a port that gives half it takes 31.2 ms.
TEST_CASE("an objective below what bandwidth allows is met by no number of chips") {
  const auto none = at(npu, huawei, 0.014);
  CHECK(!none.feasible);
  CHECK(none.reason == "reading the weights and one sequence's cache takes 15.6 ms on 1 x npu, the objective is 14.0 ms");
  CHECK(at(npu, huawei, 0.0158).batch == 1);
  CHECK(!at(npu, huawei, 0.031, 0.5).feasible);
  CHECK(at(npu, huawei, 0.0316, 0.5).batch == 1);
}

// Without haste memory binds: 0.92 x 141 - 15.009 - 3 GB of workspace - 512 x (6 x 4096 + 3 x 14336) x 2 B = 111.64 GB of
// cache, for sequences of 8,192 tokens and half a page of 32: 103; 0.92 x 128: 99.68 GB, 92.
TEST_CASE("memory bounds the batch when time does not") {
  const auto a = at(h200, nvidia, 1), b = at(npu, huawei, 1);
  CHECK(a.batch == 103);
  CHECK(a.limit == "memory");
  CHECK(b.batch == 92);
}

// On two chips of 14 GB: 2 x (0.92 x 14 - 3 - 0.047 GB) = 19.67 GB hold the weights and 4 sequences; one holds not even the
// weights. Each chip streams all of a sequence's width and half of its FFN.
TEST_CASE("a model larger than a chip spans a domain, and pays for two sums a layer") {
  const auto d = at(chip("small", 14, 2, 2), huawei, 1);
  REQUIRE(d.feasible);
  CHECK(d.chips == 2);
  CHECK(d.batch == 4);
  const double read = (kWeights + 4 * kCache) / (2 * 2e12 * 0.75);
  const double talk = 64 * 2 * (0.5 * 4 * 4096 * 2 / 450e9 + 2e-6);  // 32 layers x 2, there and back
  CHECK(d.token.value() == test::Approx(read + talk).epsilon(5e-3));
  const auto none = at(chip("smaller", 9, 2, 2), huawei, 1);
  CHECK(none.reason.find("the weights take 15.0 GB, and a scale-up domain of 2 x smaller leaves 10.5 GB") != std::string::npos);
}

// Of 8 experts with 2 a token, one token reads 2, and two tokens on average 8 x (1 - 0.75^2) = 3.5.
TEST_CASE("more tokens reach more experts") {
  LlmModel m = model();
  m.experts = 8, m.top_k = 2, m.expert_ffn = 14336, m.ffn = 0;
  const double rest = m.parameters() - m.expert_parameters(), expert = m.expert_parameters() / 8;
  const auto token = [&](double objective) { return step::decode({m, h200, nvidia, Seconds(0), 1, Precision::bf16, Seconds(objective), 1}); };
  const double two = (rest + 3.5 * expert) * 2 / 0.85 / (4.8e12 * 0.85);
  const auto d = token(two * 1.01);
  CHECK(d.batch == 2);
  CHECK(d.token.value() == test::Approx(two).epsilon(5e-3));
}
