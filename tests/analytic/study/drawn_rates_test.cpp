// Rates that are drawn, against what can be worked by hand. One hall that stands, with room for all; npu of USD 7.5k in servers of 8, a pod each, on the dock and online on
// the last day of March; gangs of 8 that train 8 tokens a second and never end. The horizon is 2026: a chip that was paid in March works 276 days, so
// a mix of n chips trains n x 276 x 86,400 x F tokens, where F is what the draw makes of the rate.
#include "study/drawn_rates.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/poisson.hpp"
#include "base/statistics.hpp"
#include "catch.hpp"
#include "engine/workers.hpp"
#include "results/codec.hpp"
#include "study/runner.hpp"
#include "study/value.hpp"
#include "study/vary.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {

// P5 and P95 of a log-normal with median 1: s = ln 2 / 1.644854 = 0.421404, mean exp(s^2 / 2), variance (exp(s^2) - 1) exp(s^2).
constexpr double kLow = 0.5, kHigh = 2;
constexpr double kMean = 1.092852, kVariance = 0.232087;
constexpr double kChipTokens = 276.0 * 86400;

const RateKey kKey{"flagship", {"npu-node"}, "fat-tree"};

StepProfile profile(double low, double high) {
  StepProfile p;
  p.key = "npu", p.feasible = true, p.step = Seconds(1), p.units = 8, p.model_flop = Flop(80), p.energy = Joules(600), p.mfu = 0.4, p.latency = Seconds(0.1);
  p.groups = {{"npu", 8, 1}};
  p.parts = {{"gemm", Seconds(0.75), true}, {"bubble", Seconds(0.25), false}};
  p.trust_low = low, p.trust_high = high;
  return p;
}

std::vector<RateTable> rates(double low = kLow, double high = kHigh) {
  RateTable table;
  table.rates[kKey] = profile(low, high);
  return {table};
}

// Mixes of 400 and of 200 npu.
study::Worlds world(bool drawn) {
  Scenario s = fixture::study();
  s.study.timeline = Timeline(kStart, Date::of(2027, 1, 1));
  s.study.draw_rates = drawn;
  s.native_stacks = {"cuda", "cann"};
  s.ports.clear();
  s.sites[{0}].halls = {hall("old", 20e3, true)};
  s.fabrics[{0}].pod_nodes = 1;
  s.producers[s.producers.find("hw")].years = {{2026, 9600, {}}};
  s.offers[s.offers.find("npu")].lead_time = Days{0};
  for (auto& chip : s.chips) chip.nic = ByteRate(50e9);
  LlmModel llm;
  llm.layers = 1, llm.hidden = 1000, llm.heads = llm.kv_heads = 1, llm.ffn = 1000, llm.vocab = 1000, llm.tied = true;
  Campaign& c = s.campaigns[{0}];
  c.model = s.llms.add(llm);
  c.tokens = 1e15;  // no run ends
  c.parts = {{{}, 8}};
  c.earliest = kStart;
  s.study.mixes = {mix(0, 3e6), mix(0, 1.5e6)};
  s.study.mixes[0].id = "large", s.study.mixes[1].id = "small";
  s.study.redirect.to.clear();
  return {{std::make_shared<const Scenario>(s)}};
}

double tokens(const Facts& f) {
  double sum = 0;
  for (const auto& t : f.of<TrainMonth>()) sum += t.tokens;
  return sum;
}

double joules(const Facts& f) {
  double sum = 0;
  for (const auto& e : f.of<EnergyMonth>()) sum += e.joules;
  return sum;
}

// [mix][draw]
std::vector<std::vector<double>> draws(const study::Worlds& w, int n, int jobs = 2, const study::Objective& what = [](const RunKey&, const Facts& f) { return tokens(f); }) {
  return study::outputs(w, nullptr, rates(), 0, {0, 1}, static_cast<size_t>(n), what, jobs, [](const std::string&, int, int) {});
}

// By the normal number of a draw, z: 2^(z / 1.644854).
double at_quantile(double u, double low = kLow, double high = kHigh) { return std::exp(normal_quantile(u) / 1.6448536 * (u < 0.5 ? -std::log(low) : std::log(high))); }

double factor(int draw, const char* chip = "npu") { return at_quantile(Draw(world(true).study().seed, draw).uniform(std::string("rate of ") + chip)); }

double variance(const std::vector<double>& x) {
  const double m = mean(x);
  double sum = 0;
  for (const double v : x) sum += (v - m) * (v - m);
  return sum / static_cast<double>(x.size() - 1);
}

}  // namespace

TEST_CASE("nine of ten factors of a rate lie in its trust range, half above the prediction; at modes it is 1") {
  const auto w = world(true);
  std::vector<double> drawn;
  for (int d = 0; d < 20000; ++d) drawn.push_back(study::rate_factor(w.base(), kKey, profile(kLow, kHigh), Draw(1, d)));
  CHECK(mean(drawn) == test::Approx(kMean).margin(4 * std::sqrt(kVariance / 20000)));
  CHECK(variance(drawn) == test::Approx(kVariance).epsilon(0.05));
  const auto share = [&](double from, double to) { return static_cast<double>(std::count_if(drawn.begin(), drawn.end(), [&](double x) { return x >= from && x < to; })) / 20000; };
  CHECK(share(kLow, kHigh) == test::Approx(0.9).margin(4 * std::sqrt(0.09 / 20000)));
  CHECK(share(0, kLow) == test::Approx(0.05).margin(4 * std::sqrt(0.0475 / 20000)));
  CHECK(share(0, 1) == test::Approx(0.5).margin(4 * std::sqrt(0.25 / 20000)));
  CHECK(study::rate_factor(w.base(), kKey, profile(kLow, kHigh), Draw::at_modes()) == 1);
}

TEST_CASE("one number per chip, whatever it does; how much it moves is each work's own range") {
  const auto w = world(true);
  const Draw d(7, 3);
  const RateKey other{"ranking", {"npu-node"}, "fat-tree"};
  const double npu = d.uniform("rate of npu"), h200 = d.uniform("rate of h200");
  CHECK(study::rate_factor(w.base(), kKey, profile(0.5, 2.1), d) == test::Approx(at_quantile(npu, 0.5, 2.1)));
  CHECK(study::rate_factor(w.base(), other, profile(0.8, 1.3), d) == test::Approx(at_quantile(npu, 0.8, 1.3)));
  StepProfile on_h200 = profile(0.5, 2.1);
  on_h200.groups[0].chip = "h200";
  CHECK(study::rate_factor(w.base(), kKey, on_h200, d) == test::Approx(at_quantile(h200, 0.5, 2.1)));
  // A profile that names no chips: those of its nodes.
  StepProfile by_hand = profile(0.5, 2.1);
  by_hand.groups.clear();
  CHECK(study::rate_factor(w.base(), kKey, by_hand, d) == study::rate_factor(w.base(), kKey, profile(0.5, 2.1), d));
}

// Three quarters of the batch and a quarter of it, each at its own factor: the mean stays, and the variance of two independent ones is
// 0.75^2 + 0.25^2 = 0.625 of one.
TEST_CASE("a gang over two kinds of chips takes their factors by shares of the batch") {
  const auto w = world(true);
  StepProfile both = profile(kLow, kHigh);
  both.groups = {{"h200", 8, 0.75}, {"npu", 8, 0.25}};
  std::vector<double> drawn;
  for (int d = 0; d < 20000; ++d) drawn.push_back(study::rate_factor(w.base(), {"bridge", {"h200-node", "npu-node"}, "fat-tree"}, both, Draw(1, d)));
  CHECK(drawn[5] == test::Approx(0.75 * factor(5, "h200") + 0.25 * factor(5)));
  CHECK(mean(drawn) == test::Approx(kMean).margin(4 * std::sqrt(0.625 * kVariance / 20000)));
  CHECK(variance(drawn) == test::Approx(0.625 * kVariance).epsilon(0.05));
}

TEST_CASE("at 1.25 x the rate a step and its energy take 0.8 of it, and the latency of a service stays") {
  const StepProfile p = profile(kLow, kHigh), q = study::at_rate(p, 1.25);
  CHECK(q.rate() == test::Approx(1.25 * p.rate()));
  CHECK(q.step.value() == test::Approx(0.8));
  CHECK(q.parts[0].time.value() + q.parts[1].time.value() == test::Approx(0.8));
  CHECK(q.stall() == test::Approx(p.stall()));
  CHECK(q.energy.value() == test::Approx(480));
  CHECK(q.mfu == test::Approx(0.5));
  CHECK(q.latency == p.latency);
  CHECK(q.units == p.units);
}

// Two mixes of one chip: 400 F and 200 F. Their difference is 200 F; drawn apart its variance would be that of 400 F and 200 F together, 5 times as much.
TEST_CASE("a draw trains what its factor says, in both mixes by the same, and their difference varies a fifth as much") {
  constexpr int n = 60;
  const auto x = draws(world(true), n);
  std::vector<double> difference;
  for (int d = 0; d < n; ++d) {
    const auto i = static_cast<size_t>(d);
    CHECK(x[0][i] == test::Approx(400 * kChipTokens * factor(d)));
    CHECK(x[1][i] == test::Approx(200 * kChipTokens * factor(d)));
    difference.push_back(x[0][i] - x[1][i]);
  }
  CHECK((variance(x[0]) + variance(x[1])) / variance(difference) == test::Approx(5));
  CHECK(mean(x[0]) / (400 * kChipTokens) == test::Approx(kMean).margin(4 * std::sqrt(kVariance / n)));
}

TEST_CASE("faster chips need the same power: energy of a token goes inversely") {
  const auto energy = draws(world(true), 4, 2, [](const RunKey&, const Facts& f) { return joules(f); });
  REQUIRE(energy[0][0] > 0);
  for (const double e : energy[0]) CHECK(e == energy[0][0]);
}

TEST_CASE("the same draws with one worker and with two, and none but by name") {
  CHECK(draws(world(true), 8, 1) == draws(world(true), 8, 2));
  const auto as_predicted = draws(world(false), 3);
  for (const double t : as_predicted[0]) CHECK(t == test::Approx(400 * kChipTokens));
}

TEST_CASE("a trust range of 1 to 1 changes no byte and asks for no number") {
  const auto bytes = [&](bool drawn) {
    const auto w = world(drawn);
    std::string out;
    REQUIRE(engine::attempt([&] { return results::pack(study::simulate(w, rates(1, 1), {"large", "drawn", 2})); }, out));
    return out;
  };
  CHECK(bytes(true) == bytes(false));
  CHECK(study::rate_factor(world(true).base(), kKey, profile(1, 1), Draw(1, 0)) == 1);
  CHECK(study::asked_streams(world(true), rates(1, 1), 0, {0}, 2).count(study::rate_stream("npu").hash()) == 0);
}

TEST_CASE("the value of a unit goes with the rate of its draw") {
  study::ValueOptions o;
  o.mix = "small", o.outcome = "drawn", o.draws = 5, o.jobs = 2;
  o.progress = [](const std::string&, int, int) {};
  o.objective = [](const RunKey&, const Facts& f) { return tokens(f); };
  const auto r = study::value(world(true), rates(), o);
  const auto money = std::find_if(r.values.begin(), r.values.end(), [](const auto& v) { return v.constraint == "money"; });
  REQUIRE(money != r.values.end());
  REQUIRE(money->modes > 0);
  for (int d = 0; d < 5; ++d) CHECK(money->draws[static_cast<size_t>(d)] == test::Approx(money->modes * factor(d)));
}

TEST_CASE("sensitivity moves the rate of a chip that a mix has, and designs have a column for it") {
  auto w = world(true);
  auto asked = study::asked_streams(w, rates(), 0, {0}, 2);
  const auto hash = study::rate_stream("npu").hash();
  CHECK(asked.count(hash) == 1);
  CHECK(asked.count(study::rate_stream("h200").hash()) == 0);
  const auto factors = study::factors(w, 0, asked, {"rate of npu"}, false);
  REQUIRE(factors.size() == 1);
  CHECK(factors[0].streams == std::vector<uint64_t>{hash});
  // At its quantiles of 10 and 90 % the output is the factor's there.
  const auto points = design::one_at_a_time(study::factor_of_columns(factors), 0.1, 0.9);
  const auto y = study::outputs(w, study::at_points(w, factors, points), rates(), 0, {0}, points.n, [](const RunKey&, const Facts& f) { return tokens(f); }, 2, [](const std::string&, int, int) {});
  const auto swings = design::swings(y[0]);
  CHECK(swings[0].low == test::Approx(400 * kChipTokens * at_quantile(0.1)));
  CHECK(swings[0].high == test::Approx(400 * kChipTokens * at_quantile(0.9)));

  const auto streams = study::designed_streams(w);
  CHECK(std::count(streams.begin(), streams.end(), hash) == 1);
  const auto before = study::designed_streams(world(false));
  CHECK(std::count(before.begin(), before.end(), hash) == 0);
  REQUIRE(streams.size() == before.size() + 2);                     // h200 and npu are on offer
  CHECK(std::equal(before.begin(), before.end(), streams.begin()));  // and move no other column
}
