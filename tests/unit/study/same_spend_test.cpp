// The same money on the Ascend 950PR and on the H200, at mature stacks and the prices of bare chips: what each wins, and why.
// Ratios by hand are of attained rates per dollar (catalogue: peak x share / price); what is simulated has launches, batches
// and objectives on top, hence the tolerance.
#include <cmath>

#include "catch.hpp"
#include "shipped.hpp"
#include "step/kinds/llm_serving.hpp"
#include "step/step.hpp"

using namespace capmix;
using test::catalogue;

namespace {

struct Bought {
  double per_dollar = 0;  // requests/s
  std::string limit;
};

Bought bought(const StepProfile& p, const Chip& chip) {
  REQUIRE(p.reason == "");
  return {p.rate() / p.groups.at(0).chips / chip.price.mode.value(), p.limit};
}

step::Group group(const std::string& node, int chips) { return step::group_on(catalogue(), catalogue().nodes.find(node), chips); }

// A ranker with `flop` and `lookups` rows of 128 B per candidate, all of them in the chips' own memory.
Bought rank(const std::string& node, double flop, double lookups, Precision precision) {
  RecModel m;
  m.id = "ranker";
  m.summary.flop_per_candidate = Uncertain<Flop>(Flop(flop));
  m.summary.parameters = 1e9, m.summary.lookups = Uncertain<double>(lookups), m.summary.row = Bytes(128), m.summary.tables = Bytes(100e9), m.summary.cached = 1;
  ServiceStage stage;
  stage.candidates = Uncertain<double>(500.0), stage.objective = Seconds(0.08), stage.precision = precision;
  const auto g = group(node, 8);
  return bought(step::serve({m, stage, "ranking", g, Fabric()}), g.chip);
}

Bought decode(const std::string& node) {
  const Scenario& s = catalogue();
  const auto g = group(node, 8);
  const TextTraffic traffic{{2000, 0, 1 << 20, {}}, {500, 0, 1 << 20, {}}, 0, Seconds(0), Seconds(0.05), 0.99};
  const Fabric fabric;
  return bought(step::serve_llm({s.llms[s.llms.find("llama-3.1-70b")], g, fabric, traffic, {Precision::fp8, Precision::fp8}, step::LlmPhase::decode}), g.chip);
}

const std::string k950 = "atlas-850", kH200 = "hgx-h200";

}  // namespace

// 950PR: USD 14.0k, 432 TFLOP/s at 16 bits, 1730 at FP4, shares of 0.46 in products and 0.47 in rows, 1.6 TB/s.
// H200: USD 24.8k, 989.5 at 16 bits, 1979 at FP8 (no FP4), shares of 0.622 and 0.47, 4.8 TB/s.
TEST_CASE("the same spend: a ranking that computes goes to the 950PR in FP4, and to the H200 in 16 bits") {
  const auto a = rank(k950, 4e9, 10, Precision::fp4), b = rank(kH200, 4e9, 10, Precision::fp8);
  CHECK(a.limit == "compute");
  CHECK(b.limit == "compute");
  // 1730 x 0.46 / 14.0 = 56.8 against 1979 x 0.622 / 24.8 = 49.6.
  CHECK(a.per_dollar / b.per_dollar == test::Approx(56.8 / 49.6).epsilon(0.1));
  CHECK(a.per_dollar > b.per_dollar);
  // 432 x 0.46 / 14.0 = 14.2 against 989.5 x 0.622 / 24.8 = 24.8: the article's figure is the FP4 rate.
  const auto c = rank(k950, 4e9, 10, Precision::fp16), d = rank(kH200, 4e9, 10, Precision::fp16);
  CHECK(c.per_dollar / d.per_dollar == test::Approx(14.2 / 24.8).epsilon(0.1));
}

TEST_CASE("the same spend: a ranking that reads rows goes to the H200, whatever the precision") {
  const auto a = rank(k950, 10e6, 3000, Precision::fp4), b = rank(kH200, 10e6, 3000, Precision::fp8);
  CHECK(a.limit == "memory bandwidth");
  CHECK(b.limit == "memory bandwidth");
  // 1.6 x 0.47 / 14.0 against 4.8 x 0.47 / 24.8: 0.590.
  CHECK(a.per_dollar / b.per_dollar == test::Approx(0.590).epsilon(0.1));
}

TEST_CASE("the same spend: between the two lies the work per byte at which they are equal") {
  double low = 10e6, high = 4e9;  // FLOP per candidate, with 300 rows; the 950PR loses at the first and wins at the second
  const auto wins = [](double flop) { return rank(k950, flop, 300, Precision::fp4).per_dollar > rank(kH200, flop, 300, Precision::fp8).per_dollar; };
  REQUIRE_FALSE(wins(low));
  REQUIRE(wins(high));
  while (high / low > 1.05) (wins(std::sqrt(low * high)) ? high : low) = std::sqrt(low * high);
  // Products and rows follow each other, so a candidate costs flop / C + 38,400 B / G dollar-seconds. With C = 56.8 and
  // 49.6 GFLOP/s, G = 53.7 and 91.0 MB/s per dollar both are equal at 38,400 (1/53.7e6 - 1/91.0e6) / (1/49.6e9 - 1/56.8e9)
  // = 115 MFLOP, 3 kFLOP per byte of rows: a twentieth to a fortieth of what a tower of a billion weights computes.
  CHECK(low == test::Approx(115e6).epsilon(0.1));
}

TEST_CASE("the same spend: decode goes to the H200, for its memory's bandwidth") {
  const auto a = decode(k950), b = decode(kH200);
  CHECK(a.limit == "memory bandwidth");
  CHECK(b.limit == "memory bandwidth");
  // By bandwidth alone 1.6 / 14.0 against 4.8 / 24.8, with the same share of it: 0.590.
  CHECK(a.per_dollar / b.per_dollar == test::Approx(0.590).epsilon(0.05));
  // Ranking in FP4 and decode are won by different chips: no single number says how many of one make up for one of the other.
  CHECK(rank(k950, 4e9, 10, Precision::fp4).per_dollar > rank(kH200, 4e9, 10, Precision::fp8).per_dollar);
}
