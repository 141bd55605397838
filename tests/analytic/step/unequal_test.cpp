// A job that spans a fast and a slow chip, by hand. The chips spend time on matrix products alone and attain all of
// their peak in them (fixture::products_only), so that a micro-batch takes 6 FLOP per parameter and token over the
// peak.
#include "catch.hpp"
#include "step/simulate.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

// A layer: 4 h^2 of attention and 2 h f of FFN = 4 x 256^2 + 2 x 256 x 1024 = 786,432 parameters. Output layer:
// h x vocabulary = 256 x 128 = 32,768 (the embedding looks up, it does not multiply).
LlmModel model(int layers) {
  LlmModel m;
  m.id = "tiny";
  m.layers = layers, m.hidden = 256, m.heads = m.kv_heads = 2, m.ffn = 1024, m.vocab = 128;
  m.gated = false;
  return m;
}
constexpr double kLayer = 786432, kOutput = 32768, kTokens = 512;

struct Pair {
  Efficiency efficiency = fixture::attains_all();
  Node node = fixture::node("box");
  Software software = fixture::software();
  Fabric fabric = fixture::no_latency();
  LlmModel shape;
  Chip fast, slow;
  Campaign campaign;

  // A slow chip takes 1 s for `parameters` of one sequence, a fast one 0.25 s.
  Pair(int layers, double parameters) : shape(model(layers)) {
    const double peak = 6 * parameters * kTokens;
    fast = fixture::products_only("fast", 4 * peak), slow = fixture::products_only("slow", peak);
    campaign.id = "job";
    campaign.seq = static_cast<int>(kTokens), campaign.global_batch = 10;
    campaign.parts = {{{}, 1}, {{}, 1}};
    ParallelPlan p;
    p.recompute = Recompute::none;
    campaign.plans = {p};
  }
  TrainingSetup setup() const {
    return {shape, campaign, {{fast, node, efficiency, software, 1}, {slow, node, efficiency, software, 1}}, fabric};
  }
};

}  // namespace

TEST_CASE("two chips of unequal speed side by side: the batch is divided by speed") {
  // 4 layers and the output layer: 3,178,496 parameters. 10 sequences: 8 on the fast chip at 0.25 s, 2 on the slow
  // one at 1 s, both through after 2 s. Any other split takes longer: 9 and 1 2.25 s, 7 and 3 3 s.
  Pair pair(4, 4 * kLayer + kOutput);
  const auto p = train(pair.setup());
  INFO(p.reason);
  REQUIRE(p.feasible);
  CHECK(p.step.value() == test::Approx(2).epsilon(1e-3));
  REQUIRE(p.groups.size() == 2);
  CHECK(p.groups[0].batch_share == test::Approx(0.8));
  CHECK(p.groups[1].batch_share == test::Approx(0.2));
  // Equal shares of 5: the slow chip would take 5 s.
}

TEST_CASE("gradients between two chips of unequal speed go at the slower NIC") {
  // As above with NICs of 1e9 and 0.5e9 B/s and nothing hidden. Parameters on a chip: 4 layers and two tables of
  // 32,768: 3,211,264. A ring of two: half of the bytes each way, 4 B of gradient and 2 B of weight:
  // 6 x 3,211,264 / 2 / 0.5e9 = 19.267584 ms after the 2 s of passes. (To the closed form two chips side by side are
  // of one domain, and talk over its links.)
  Pair pair(4, 4 * kLayer + kOutput);
  pair.software.overlaps_data = false;
  pair.fast.nic = ByteRate(1e9), pair.slow.nic = ByteRate(0.5e9);
  CHECK(train(pair.setup()).step.value() == test::Approx(2 + 19.267584e-3).epsilon(1e-5));
}

TEST_CASE("two chips of unequal speed as stages of a pipeline: the layers are divided by speed") {
  // 5 layers: 4 on the fast chip, 1 on the slow one, which also has the output layer: 819,200 parameters, 1 s of a
  // sequence (a third forward, two thirds backward). The fast one has 4 x 786,432 at four times the speed: 0.96 s.
  // The slow stage sets the pace: 10 micro-batches one after the other, before them the first forward pass of the
  // fast stage (0.32 s), after them its last backward pass (0.64 s): 10.96 s.
  Pair pair(5, kLayer + kOutput);
  pair.campaign.plans[0].pp = 2, pair.campaign.plans[0].span = Span::pipeline;
  const auto p = train(pair.setup());
  INFO(p.reason);
  REQUIRE(p.feasible);
  CHECK(p.step.value() == test::Approx(10.96).epsilon(1e-4));
  CHECK(p.plan.find("stages on both chips") != std::string::npos);
  REQUIRE(p.groups.size() == 2);
  CHECK(p.groups[0].batch_share == test::Approx(0.8));  // 4 of 5 layers
  // Of the slow stage: 10 s of products, 0.96 s of waiting.
  REQUIRE(p.parts.size() >= 2);
  CHECK(p.parts[0].name == "matrix products");
  CHECK(p.parts[0].time.value() == test::Approx(10).epsilon(1e-4));
  for (const auto& part : p.parts)
    if (part.name == "pipeline bubble and transfers") CHECK(part.time.value() == test::Approx(0.96).epsilon(1e-3));
}

TEST_CASE("activations between stages of unequal chips go at the slower NIC") {
  // 512 tokens x 256 x 2 B = 262,144 B at 1e7 B/s: x = 26.2144 ms. The stages lie in two domains; the first
  // activations and the last gradients are waited for: + 2 x. Between the two the slow stage, 1 s a micro-batch, has
  // one micro-batch in hand while another goes out to the fast stage and comes back after 0.96 s + 2 x = 1.0124288 s:
  // of every two micro-batches it waits 12.4288 ms for the first. That is before the passes of the third, fifth,
  // seventh and ninth of the ten: + 4 x 12.4288 ms. The closed form says the same.
  Pair pair(5, kLayer + kOutput);
  pair.campaign.plans[0].pp = 2, pair.campaign.plans[0].span = Span::pipeline;
  pair.fast.scale_up_domain = pair.slow.scale_up_domain = 1;
  pair.fast.nic = ByteRate(1e9), pair.slow.nic = ByteRate(1e7);
  std::string why;
  const TrainingSetup setup = pair.setup();
  const auto it = lay_out(setup, pair.campaign.plans[0], why);
  INFO(why);
  REQUIRE(it);
  CHECK(simulate(setup, *it).compute.value() == test::Approx(10.96 + 2 * 0.0262144 + 4 * 0.0124288).epsilon(1e-5));
}
