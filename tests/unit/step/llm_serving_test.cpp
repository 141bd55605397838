// Serving profiles of language models: what they promise, and what they refuse.
#include "step/kinds/llm_serving.hpp"

#include <cmath>
#include <numeric>

#include "catch.hpp"
#include "hardware.hpp"

using namespace capmix;
using step::LlmPhase;
using step::LlmServingSetup;

namespace {

LlmModel eight() {
  LlmModel m;
  m.id = "eight", m.layers = 32, m.hidden = 4096, m.heads = 32, m.kv_heads = 8, m.ffn = 14336, m.vocab = 128256;
  return m;
}

Chip chip(const char* id = "fast", double flops = 2e15, double bytes = 4e12) {
  Chip c = step::fixture::chip(id, flops / 2);
  c.peak[Precision::fp8] = FlopRate(flops);
  c.memory_bandwidth = ByteRate(bytes);
  return c;
}

Efficiency efficiency() {
  Efficiency e = step::fixture::efficiency();
  for (auto* share : {&e.gemm, &e.gemm8, &e.gemm4, &e.attention}) *share = 0.6;
  e.llm_products = 1.2, e.llm_memory = 0.85, e.llm_launch = Seconds(2e-6), e.llm_iteration = Seconds(2e-3), e.llm_sequence = Seconds(1e-5);
  e.trust_llm = 0.3, e.llm_calibrated_on = {"somewhere"};
  return e;
}

const LlmModel kEight = eight();
const Chip kFast = chip(), kSlow = chip("slow", 0.8e15, 1.6e12);
const Efficiency kEfficiency = efficiency();
const Node kNode = step::fixture::node("node");
const Software kSoftware{};
const Fabric kFabric{};

LlmServingSetup setup(double ttft, double tpot, const Chip& c = kFast) {
  LlmServingSetup s{kEight, {c, kNode, kEfficiency, kSoftware, 1}, kFabric, {{500, 0.5, 2000}, {200, 0.5, 800}}};
  s.traffic.ttft = Seconds(ttft), s.traffic.tpot = Seconds(tpot);
  return s;
}

double parts(const StepProfile& p) {
  return std::accumulate(p.parts.begin(), p.parts.end(), 0.0, [](double sum, const TimePart& t) { return sum + t.time.value(); });
}

}  // namespace

TEST_CASE("a profile of serving adds up") {
  const auto p = step::serve_llm(setup(1, 0.05));
  REQUIRE(p.feasible);
  CHECK(parts(p) == test::Approx(p.step.value()));
  CHECK(p.latency.value() <= 1);
  CHECK(p.rate() > 0);
  CHECK(p.groups.front().chips == 1);
  CHECK((p.mfu > 0.05 && p.mfu < 0.8));
  Bytes held;
  for (const auto& m : p.memory) held += m.bytes;
  CHECK(held <= p.capacity);
  CHECK(p.trust_low == test::Approx(std::exp(-0.3)));
  CHECK(p.calibrated);
  CHECK(p.plan.find("first token p99") != std::string::npos);
  // A child process per profile, and nothing but the inputs: the same again.
  CHECK(step::serve_llm(setup(1, 0.05)).rate() == p.rate());
}

// Without objectives the queue never empties: the closed form of the steady state, to 5 %.
TEST_CASE("all requests at the start: the closed form") {
  auto s = setup(0, 0);
  const auto p = step::serve_llm(s);
  REQUIRE(p.feasible);
  CHECK(p.rate() == test::Approx(step::closed_rate_per_chip(s, step::means(s.traffic))).epsilon(0.05));
}

TEST_CASE("tighter objectives leave less load, and none above the queue that never empties") {
  const double offline = step::serve_llm(setup(0, 0)).rate(), loose = step::serve_llm(setup(2, 0.1)).rate(), tight = step::serve_llm(setup(0.5, 0.015)).rate();
  CHECK(loose <= offline * 1.03);
  CHECK(tight < loose);
  auto less = setup(0.5, 0.015);
  less.traffic.percentile = 0.9;
  CHECK(step::serve_llm(less).rate() > tight);
}

TEST_CASE("a slower chip serves less, a cached prefix more") {
  auto s = setup(1, 0.05);
  const double base = step::serve_llm(s).rate();
  CHECK(step::serve_llm(setup(1, 0.05, kSlow)).rate() < base);
  s.traffic.cached = 0.6;
  CHECK(step::serve_llm(s).rate() > base * 1.05);
}

// Reading 7.5 GB of weights in 8 bits at 0.85 x 0.85 x 4 TB/s takes 2.4 ms, with the host 4.5 ms and more.
TEST_CASE("an objective below the service time is refused with the floor") {
  const auto p = step::serve_llm(setup(1, 0.003));
  CHECK(!p.feasible);
  CHECK(p.reason.find("one sequence alone takes") == 0);
  CHECK(p.reason.find("the objective is 3.00 ms") != std::string::npos);
  const auto q = step::serve_llm(setup(0.005, 0.05));
  CHECK(!q.feasible);
  CHECK(q.reason.find("to its first token") != std::string::npos);
  CHECK(q.reason.find("the objective is 5.00 ms") != std::string::npos);
}

// A prompt that is taken in by pieces takes at least as long as at once, and at a load of next to nothing the simulation comes to
// the same: of equal prompts that never meet, each waits for its own pieces alone.
TEST_CASE("the first token of a prompt alone is the floor of every load") {
  auto s = setup(0, 0);
  s.traffic.prompt = {3000, 0}, s.traffic.output = {1, 0};
  const step::LlmEngine engine(s.model, s.group, s.fabric, s.precisions, {1, 1, 1});
  const auto m = step::means(s.traffic);
  const double whole = step::first_alone(engine, m, step::kLargestIteration).value(), pieces = step::first_alone(engine, m, 1024).value();
  CHECK(whole == test::Approx(engine.cost({0, 0, 3000, 3000.0 * 1500, 1}).total().value()));
  CHECK(pieces > whole);
  std::vector<step::LlmRequest> requests;
  for (int i = 0; i < 5; ++i) requests.push_back({i * 1000.0, 3000, 0, 1});
  const auto waits = step::on_simgrid([&] {
    const auto run = step::play([&](const step::LlmWork& w) { return engine.cost(w); }, {1024, 8, 1e6, LlmPhase::both}, requests);
    std::vector<double> out;
    for (size_t i = 0; i < requests.size(); ++i) out.push_back(run.served[i].first - requests[i].arrival);
    return out;
  });
  for (const double w : waits) CHECK(w == test::Approx(pieces).epsilon(1e-6));
  // Just below the floor nothing is served and nothing need be searched; well above it something is.
  s.traffic.ttft = Seconds(whole * 0.99);
  CHECK(step::serve_llm(s).candidates.empty());
  CHECK(step::serve_llm(s).reason.find("a prompt of 3000 tokens alone takes") == 0);
  s.traffic.ttft = Seconds(whole * 2);
  CHECK(step::serve_llm(s).feasible);
}

TEST_CASE("a model that does not fit says what is missing and how many chips would do") {
  Chip small = chip("small");
  small.memory = Bytes(8e9);
  const auto p = step::serve_llm(setup(1, 0.05, small));
  CHECK(!p.feasible);
  CHECK(p.reason.find("are missing, 4 chips would do") != std::string::npos);
  auto four = setup(1, 0.05, small);
  four.group.chips = 4;
  CHECK(step::serve_llm(four).feasible);
}

TEST_CASE("what cannot be meant is refused") {
  const auto refused = [](void (*change)(LlmServingSetup&)) {
    auto s = setup(1, 0.05);
    change(s);
    return step::serve_llm(s).reason;
  };
  CHECK(refused([](LlmServingSetup& s) { s.precisions.weights = Precision::fp4; }) == "fast has no fp4 rate");
  CHECK(refused([](LlmServingSetup& s) { s.splits = {{16, 1, 1}}; }).find("the split tp 16 is not possible") == 0);
  CHECK(refused([](LlmServingSetup& s) { s.traffic.cached = 1; }).find("the share of prompts that is cached") == 0);
  CHECK(refused([](LlmServingSetup& s) { s.traffic.percentile = 99; }).find("the percentile of the objectives") == 0);
}

// Log-normal with v = 2: sigma^2 = ln 5, of a mean of 500 a sixth is above 750 (z = (ln 1.5 + 0.805) / 1.269 = 0.954, 17 %).
TEST_CASE("lengths that are cut are told, with what it leaves of the mean") {
  auto s = setup(2, 0.1);
  s.traffic.prompt = {500, 2, 750};
  const auto m = step::means(s.traffic);
  CHECK(m.cut_prompt == test::Approx(0.17).margin(0.015));
  CHECK(m.prompt < 350);
  const auto p = step::serve_llm(s);
  REQUIRE(p.assumed.size() == 2);
  CHECK(p.assumed[0].find("prompts cut at 750 tokens: 1") == 0);
  CHECK(p.assumed[1].find("answers cut at 800 tokens: 0.") == 0);
}

// A part of much compute for prompts, one of much bandwidth for answers: pools of one each, and of both.
TEST_CASE("prompts and answers in pools of their own") {
  const Chip bandwidth = chip("bandwidth", 1e15, 6e12), compute = chip("compute", 2e15, 1.6e12);
  auto prompts = setup(1, 0.02, compute), answers = setup(1, 0.02, bandwidth);
  prompts.phase = LlmPhase::prefill, answers.phase = LlmPhase::decode;
  const auto p = step::serve_llm(prompts), d = step::serve_llm(answers);
  REQUIRE(p.feasible);
  REQUIRE(d.feasible);
  CHECK(p.limit == "compute");
  CHECK(d.latency.value() <= 0.02);
  const auto pools = step::pools(p, d);
  CHECK(pools.prefill_chips == test::Approx(1 / p.rate()));
  CHECK(pools.decode_chips == test::Approx(1 / d.rate()));
  CHECK(pools.rate_per_chip() == test::Approx(1 / (1 / p.rate() + 1 / d.rate())));
  // The cache of a prompt leaves through one NIC of 0.8 x 50 GB/s; its time is part of the first token's.
  auto slow = compute;
  slow.nic = ByteRate(0.5e9);
  auto narrow = setup(1, 0.02, slow);
  narrow.phase = LlmPhase::prefill;
  const auto q = step::serve_llm(narrow);
  REQUIRE(q.feasible);
  const double each = 500 * 32.0 * 2 * 8 * 128 / (0.8 * 0.5e9);  // 65,536 B a token
  CHECK(q.rate() <= 1 / each * 1.05);
}
