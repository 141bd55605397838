// The article's orders at modes, each with the hand arithmetic beside it: refused, quota, full; what of the blocked money is
// converted; ratio and option as in the READMEs.
//
// What is the same in all of them. 950PR: USD 5.6bn at 14k; 600,000 made for everybody in 2026, others want USD 6.4bn, so
// n x 14k x ((n + 457,000) / 600,000)^0.25 = 5.6bn: n = 369,249 at USD 15,166. For this buyer 0.4 x 600,000 = 240,000 a year,
// 600,000 of them at the dock by the end of 2028 (output until June 2028, 6 months' lead): 230,751 are left for a redirect.
// Third: 2.9bn / 2.5k = 1,160,000, of which 700,000 a year from April 2027 to September 2028 dock: 1,050,000, so it has none left.
// H200: 14bn / 24.8k = 564,516; of the stock 28,000 a month from June 2026 on (100,000 x 0.28), of 2027's 1.3m 30,333 a month.
#include <algorithm>
#include <cmath>
#include <string_view>

#include "catch.hpp"
#include "house.hpp"

using namespace capmix;

namespace {

Plan plan_of(const std::string& outcome, const std::vector<std::string>& changes = {}) {
  return study::make_plan(study::load(test::study_file("bytedance-2026.toml"), changes), {"article", outcome, -1});
}

const OrderPlan& order(const Plan& plan, std::string_view offer, std::string_view origin = "mix") {
  for (const auto& o : plan.orders)
    if (o.offer == offer && o.origin == origin) return o;
  throw std::runtime_error("no order of " + std::string(offer));
}

double converted(const Plan& plan) {
  double usd = 0;
  for (const auto& f : plan.flows) usd += f.kind == FlowKind::converted ? f.money.value() : 0;
  return usd;
}

}  // namespace

TEST_CASE("the article's mix: what scarcity makes of the orders that need nobody's leave") {
  const Plan p = plan_of("full");
  CHECK(order(p, "ascend-950pr").chips == test::Approx(369249).margin(2));
  CHECK(order(p, "ascend-950pr").price.value() == test::Approx(15166).margin(1));
  CHECK(order(p, "third").delivered() == 1050000);
  CHECK(order(p, "h200").delivered() == 564516);
  CHECK(order(p, "h200").deliveries.front().chips == 28000);
  CHECK(p.flows.empty());
}

// 9.8bn (70 %) may move on 2026-10-01 (4 months). 246,849 of the mix's order are open then (122,400 made by September) and
// 294,000 + 450,000 are made in the next twelve months: 230,751 chips at 14k x ((457,000 + 246,849 + 230,751) / 744,000)^0.25 =
// USD 14,821: USD 3.42bn, 24 % of the 14.
TEST_CASE("refused on 2026-06-01: a quarter of the USD 14bn is converted by the end of 2028") {
  const Plan p = plan_of("refused");
  CHECK(order(p, "h200").cancelled == Date::of(2026, 6, 1));
  CHECK(order(p, "h200").delivered() == 0);
  const auto& moved = order(p, "ascend-950pr", "redirected from h200");
  CHECK(moved.ordered == Date::of(2026, 10, 1));
  CHECK(moved.chips == test::Approx(230751).margin(2));
  CHECK(moved.price.value() == test::Approx(14e3 * std::pow((457e3 + 246849 + 230751) / 744e3, 0.25)).epsilon(1e-4));
  CHECK(converted(p) / 14e9 == test::Approx(0.244).margin(0.001));
  REQUIRE(p.flows.size() > 2);
  CHECK(p.flows[1].ceiling == Ceiling::output);
  CHECK(p.flows[1].left == 0);
}

// 75,000 x 24.8k = 1.86bn of the 14 arrive; of the other 12.14bn 8.498bn may move, and the same 230,751 chips are there.
TEST_CASE("a licence for 75,000: USD 1.86bn arrive, and as much as after a refusal moves") {
  const Plan p = plan_of("quota");
  CHECK(order(p, "h200").converted.value() == test::Approx(1.86e9));
  CHECK(converted(p) == test::Approx(converted(plan_of("refused"))));
}

// The record grants the licence on 2026-05-14, whatever the draw; the permission (0.3) is refused on 2026-09-30.
TEST_CASE("as drawn: the record up to 2026-06-01, and what comes after it") {
  const auto worlds = study::load(test::study_file("bytedance-2026.toml"));
  for (int draw = -1; draw < 20; ++draw) {
    const Plan p = study::make_plan(worlds, {"article", "drawn", draw});
    for (const auto& a : p.approvals) {
      if (a.approval == "us-licence") CHECK((a.granted && a.decided == Date::of(2026, 5, 14) && a.quota == 75000));
      else CHECK(a.decided > Date::of(2026, 6, 1));
      for (const auto& step : a.steps) CHECK(step.recorded == (step.from <= Date::of(2026, 6, 1)));
    }
  }
  CHECK(order(study::make_plan(worlds, {"article", "drawn", -1}), "h200").cancelled == Date::of(2026, 9, 30));
}

// 14k / (0.5 x 24.8k) = 1.129 at list prices, 15,166 / 12,400 = 1.223 at those paid: 369,249 of the 950PR let 451,612 H200 in
// (451,612 x 24.8k x 0.5 = 369,249 x 15,166 = 5.6bn).
TEST_CASE("platforms/README: a ratio of one half") {
  const Plan p = plan_of("full", {"platform:approval.cn-permission.ratio={ domestic = [\"ascend-950pr\"], per_import = { low = 0, mode = 0.5, high = 1.0 }, "
                                  "by = \"value\", source = \"discussed\", confidence = \"assumption\" }"});
  REQUIRE(p.unlocks.size() == 1);
  CHECK(p.unlocks[0].chips == test::Approx(1.129).epsilon(1e-3));
  CHECK(p.unlocks[0].paid == test::Approx(1.223).epsilon(1e-3));
  CHECK(order(p, "h200").status == "ratio");
  CHECK(order(p, "h200").delivered() == test::Approx(451612).margin(2));
}

// Half of it as an option for 2026-09-01. Granted by then: it is exercised. At modes as drawn the permission is open on that day:
// 5 % of 7bn is lost, and the rest is blocked a month before the refusal blocks the other half.
TEST_CASE("analysis/studies/README: half of the H200 as an option") {
  const std::vector<std::string> half{"study:mix.article.spend.h200=[{ money = \"USD 7bn\", date = 2026-01-15 }, "
                                      "{ money = \"USD 7bn\", date = 2026-09-01, option = true, premium = 0.05 }]"};
  const Plan granted = plan_of("full", half), drawn = plan_of("drawn", half);
  int64_t chips = 0;
  for (const auto& o : granted.orders) chips += o.offer == "h200" ? o.delivered() : 0;
  CHECK(chips == 2 * 282258);
  for (const auto& o : drawn.orders)
    if (o.status == "lapsed") CHECK(o.lost.value() == test::Approx(350e6));
  CHECK(std::count_if(drawn.orders.begin(), drawn.orders.end(), [](const auto& o) { return o.status == "lapsed"; }) == 1);
}

// With an elasticity of 0.3. In April others want 35.7bn / 24.8k = 1,439,516 and this buyer n; there are 700,000 in stock and
// 3 x 108,333 made by next March, 1,025,000. The price of n: 14bn / 24.8k / n = max(1, (1,439,516 + n) / s)^0.3 in January, when
// only the stock is there, s = 700,000: n = 421,000. So (1,860,500 / 1,025,000)^0.3 = 1.196 in April, and the
// queue of four months, 479,839, is 12 x 479,839 / 325,000 = 17.7 months of output. The refusal of June 1 sends
// this buyer and the others away, who need the same permission: one price, and no queue.
TEST_CASE("platforms/README: what the refusal does to other buyers of H200") {
  const Plan p = plan_of("refused", {"platform:producer.nvidia-h200.elasticity=0.3"});
  const auto producer = study::load(test::study_file("bytedance-2026.toml")).base().producers.find(std::string("nvidia-h200"));
  const auto at = [&](int month) {
    for (const auto& m : p.market)
      if (m.producer == producer && m.month == Date::of(2026, month, 1)) return m;
    throw std::runtime_error("no such month");
  };
  CHECK(order(p, "h200").chips == test::Approx(421000).epsilon(1e-3));
  CHECK(at(4).price == test::Approx(1.196).epsilon(1e-3));
  CHECK(at(4).lead == test::Approx(17.7).epsilon(0.01));
  CHECK(at(7).price == 1);
  CHECK(at(7).rivals == 0);
  CHECK(at(7).lead == 0);
}
