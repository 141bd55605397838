// Compute that earns money that buys compute: against the recursion, and against the delayed exponential.
#include <cmath>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;
using test::Approx;

namespace {

constexpr double kQuarter = 3 * kDaysPerMonth * 86400;  // seconds

// npu as a native chip of 400 TFLOP/s for USD 7.5k, made without limit, docked at its month's end into a hall without
// limit. A chip earns `gain` of its price a quarter.
Scenario unlimited(double gain, int years) {
  auto s = study();
  s.native_stacks = {"cuda", "cann"};
  s.ports.clear();
  s.chips[s.chips.find("npu")].stack = "cuda";
  s.offers[s.offers.find("npu")].lead_time = Days{0};
  s.producers[s.producers.find("hw")].years = {{2026, 1e12, {}}};
  s.fabrics[s.sites[{0}].fabric].pod_nodes = 1000000;
  s.sites[{0}].halls = {hall("old", 1e9, true)};
  s.study.timeline = Timeline(kStart, Date::of(2026 + years, 1, 1));
  s.study.order_date = kStart;
  Loop loop;
  loop.revenue = UsdPerFlop(gain * 7.5e3 / (400e12 * kQuarter));
  loop.reinvest = 1.0;
  loop.delay = Days{62};
  s.study.loop = loop;
  return s;
}

}  // namespace

// lambda = g exp(-lambda d): lambda = ln 2 with d = 1 needs g = 2 ln 2.
TEST_CASE("growth under a delay solves its equation") {
  CHECK(plan::loop_growth(2 * std::log(2.0), 1) == Approx(std::log(2.0)).epsilon(1e-12));
  for (const double g : {0.01, 0.3, 2.0})
    for (const double d : {0.1, 1.5, 12.0}) {
      const double lambda = plan::loop_growth(g, d);
      CHECK(lambda == Approx(g * std::exp(-lambda * d)).epsilon(1e-12));
    }
  CHECK(plan::loop_growth(0.3, 0) == 0.3);
  CHECK(plan::loop_growth(0, 3) == 0);
}

// A quarter's revenue is ordered 62 days after its end, in the third month of the next quarter, and is online with the
// quarter after that: K(j+2) = K(j+1) + g K(j), so K grows by z a quarter with z^2 - z = g: g = 0.3 gives z = 1.2416,
// ln z = 0.2164. The delayed exponential has d = 62 days + about 28 from order to dock + half a quarter, 1.49 quarters:
// lambda = W(0.3 x 1.49) / 1.49 = 0.217. Without a delay it would be 0.3. Quarters have 90 to 92 days, so eight of them
// are averaged.
TEST_CASE("with supply without limit the plan grows as the delayed exponential") {
  const auto s = unlimited(0.3, 10);
  const auto p = at_modes(s, mix(0, 1e9));
  REQUIRE(p.loop.size() == 40);
  const double ratio = std::pow(p.loop[39].revenue / p.loop[31].revenue, 1.0 / 8);
  CHECK(ratio == Approx((1 + std::sqrt(1 + 4 * 0.3)) / 2).epsilon(0.003));
  CHECK(p.loop_delay == Approx(1.49).epsilon(0.01));
  CHECK(p.loop[39].gain == Approx(0.3).epsilon(0.02));
  CHECK(p.loop[39].damped < 0.75 * p.loop[39].gain);
  CHECK(p.loop[39].damped == Approx(std::log(ratio)).epsilon(0.02));
}

TEST_CASE("what the loop orders is what it has earned, and off it orders nothing") {
  auto s = unlimited(0.3, 4);
  const auto p = at_modes(s, mix(0, 1e9));
  double earned = 0, ordered = 0;
  for (const auto& q : p.loop)
    if (q.paid < s.study.timeline.end()) earned += q.extra.value();
  for (const auto& o : p.orders)
    if (o.origin == "loop") ordered += o.spend.value();
  CHECK(earned > 1e9);
  CHECK(ordered == Approx(earned).epsilon(1e-6));
  s.study.loop->reinvest = 0;
  CHECK(at_modes(s, mix(0, 1e9)).orders.size() == 1);
  s.study.loop.reset();
  CHECK(at_modes(s, mix(0, 1e9)).orders.size() == 1);
  CHECK(at_modes(s, mix(0, 1e9)).loop.empty());
}

// 7.5e9 buy a million chips, 4e20 FLOP/s, online from the end of January. Own services want 1e20 of them: in the second
// quarter (91 days) 3e20 are sold. Nothing is bought again.
TEST_CASE("capacity that own services leave over is sold") {
  auto s = unlimited(0.3, 1);
  s.study.loop->reinvest = 0;
  s.study.loop->demand = FlopRate(1e20);
  s.study.loop->revenue = UsdPerFlop(8e-19);
  s.study.loop->rent = UsdPerFlop(5e-19);
  const auto p = at_modes(s, mix(0, 7.5e9));
  CHECK(p.loop[1].capacity.value() == Approx(4e20));
  CHECK(p.loop[1].sold.value() == Approx(3e20));
  CHECK(p.loop[1].rent.value() == Approx(3e20 * 5e-19 * 91 * 86400));
  CHECK(p.loop[1].revenue.value() == Approx((1e20 * 8e-19 + 3e20 * 5e-19) * 91 * 86400));
}

// Three quarters of the mix's money are h200's: so are three quarters of what the loop orders.
TEST_CASE("what is earned is spread like the mix") {
  const auto s = unlimited(0.3, 3);
  const auto p = at_modes(s, mix(3e9, 1e9));
  double h200 = 0, npu = 0;
  for (const auto& o : p.orders)
    if (o.origin == "loop") (o.offer == "h200" ? h200 : npu) += o.spend.value();
  CHECK(npu > 0);
  CHECK(h200 / npu == Approx(3));
}

// A million chips stand (4e20 FLOP/s), a million more are there from the end of January. Own services want 2e20, and the
// square root of twice as much 62 days later: in the third quarter (92 days) they use 2.83e20, 0.83e20 more than on the
// first day, and 8 - 2.83 = 5.17e20 are sold, 3.17e20 more than on the first day.
TEST_CASE("own demand grows with the compute of some time ago, and only what is new earns") {
  auto s = unlimited(0.3, 1);
  ExistingFleet e;
  e.id = "first", e.node = s.offers[s.offers.find("npu")].node, e.site = {0};
  e.chips = 1000000, e.since = Date::of(2025, 1, 1);
  s.existing.push_back(e);
  s.study.loop->reinvest = 0;
  s.study.loop->demand = FlopRate(2e20);
  s.study.loop->elasticity = 0.5;
  s.study.loop->revenue = UsdPerFlop(8e-19);
  s.study.loop->rent = UsdPerFlop(5e-19);
  const auto p = at_modes(s, mix(0, 7.5e9));
  const double own = 2e20 * std::sqrt(2.0);
  CHECK(p.loop[2].capacity.value() == Approx(8e20));
  CHECK(p.loop[2].sold.value() == Approx(8e20 - own));
  CHECK(p.loop[2].rent.value() == Approx((8e20 - own - 2e20) * 5e-19 * 92 * 86400));
  CHECK(p.loop[2].revenue.value() == Approx(((own - 2e20) * 8e-19 + (8e20 - own - 2e20) * 5e-19) * 92 * 86400));
}

// The port stands at 0.5 until the second quarter's middle (day 45 of 91) and at 1 from then on.
TEST_CASE("a chip earns as much as its port lets it") {
  auto s = unlimited(0.3, 1);
  s.native_stacks = {"cuda"};
  s.chips[s.chips.find("npu")].stack = "cann";
  Port port;
  port.stack = "cann", port.family = "llm-training", port.start = kStart;
  port.stages = {{"half", Days{0}, 0.5}, {"whole", Days{135}, 1.0}};  // January 1 + 135 days = May 16
  s.ports = {port};
  s.study.loop->reinvest = 0;
  const auto p = at_modes(s, mix(0, 7.5e9));
  CHECK(p.loop[1].capacity.value() == Approx(4e20 * (0.5 * 45 + 46) / 91));
}
