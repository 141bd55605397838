// Orders under approvals that open, close and turn: pauses, reversals, ratios, quotas a year, schedules, options, patience.
#include <cmath>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {

// The licence was granted on 2026-04-10; the permission on 2026-06-20, and then what is said.
Scenario recorded(std::vector<std::pair<Date, ApprovalState>> permission) {
  auto s = study();
  s.study.as_of = Date::of(2028, 12, 31);
  s.approvals[{0}].history = {{Date::of(2026, 4, 10), ApprovalState::granted, {}, ""}};
  auto& history = s.approvals[{1}].history;
  for (const auto& [date, state] : permission) history.push_back({date, state, {}, ""});
  return s;
}

const Date kGranted = Date::of(2026, 6, 20);
constexpr double kH200 = 24.8e3;
using State = ApprovalState;

Mix by_day(std::vector<Tranche> tranches) {
  Mix m = mix(0, 0);
  for (const auto& t : tranches) m.spend[t.offer.index] += t.money;
  m.tranches = std::move(tranches);
  return m;
}

}  // namespace

// nv makes 100,000 a month. Open June 20 to June 30: 11 of 30 days, 36,666; closed in July and August, when output goes
// to others; September and October 100,000; the last 13,334 in November.
TEST_CASE("chips pass only while all approvals are granted, and what is made meanwhile goes to others") {
  const auto s = recorded({{kGranted, State::granted}, {Date::of(2026, 7, 1), State::paused}, {Date::of(2026, 9, 1), State::granted}});
  const auto p = at_modes(s, mix(250e3 * kH200, 0));
  const auto& o = p.orders.front();
  REQUIRE(o.deliveries.size() == 4);
  CHECK(o.decided == kGranted);
  CHECK(o.deliveries[0].date == Date::of(2026, 7, 30));
  CHECK(o.deliveries[0].chips == 36666);
  CHECK(o.deliveries[1].date == Date::of(2026, 10, 30));
  CHECK(o.deliveries[1].chips == 100000);
  CHECK(o.deliveries[3].chips == 13334);
  CHECK(o.status == "delivered");
}

// Refused on 2026-08-15. June's 36,666 docked on July 30; July's would dock on August 30. 213,334 are given up:
// USD 5.2907bn, of which 20 % were prepaid and half of that does not come back: 0.529 lost. Half of the other 4.7616bn
// moves on November 13: 2.3808bn / 7.5k = 317,440 npu.
TEST_CASE("a refusal after a grant gives up what is not at the dock, and its money moves") {
  auto s = recorded({{kGranted, State::granted}, {Date::of(2026, 8, 15), State::refused}});
  auto& h200 = s.offers[s.offers.find("h200")];
  h200.prepaid = 0.2;
  h200.refundable = 0.5;
  const auto p = at_modes(s, mix(250e3 * kH200, 0));
  REQUIRE(p.orders.size() == 2);
  const auto &o = p.orders[0], &moved = p.orders[1];
  CHECK(o.status == "reversed");
  CHECK(o.delivered() == 36666);
  CHECK(o.allowed == 250000);
  CHECK(o.cancelled == Date::of(2026, 8, 15));
  CHECK(o.cancelled_chips == 213334);
  CHECK(o.lost.value() == test::Approx(213334 * kH200 * 0.1));
  CHECK(o.outstanding.value() == 0);
  CHECK(moved.ordered == Date::of(2026, 11, 13));
  CHECK(moved.chips == static_cast<int64_t>(213334 * kH200 * 0.9 * 0.5 / 7500));
  CHECK(o.redirected.value() == test::Approx(moved.spend.value()));
}

// A quota of 100,000 cuts 150,000 off on the day of the grant; the refusal takes 63,334 of the rest. Two days, two orders.
TEST_CASE("a quota and a later refusal give chips up on their own days") {
  auto s = recorded({{kGranted, State::granted}, {Date::of(2026, 8, 15), State::refused}});
  s.approvals[{0}].history[0].quota = 100e3;
  const auto p = at_modes(s, mix(250e3 * kH200, 0));
  REQUIRE(p.orders.size() >= 2);
  CHECK(p.orders[0].status == "quota");
  CHECK(p.orders[0].chips == 150000);
  CHECK(p.orders[0].cancelled == kGranted);
  CHECK(p.orders[1].status == "reversed");
  CHECK(p.orders[1].delivered() == 36666);
  CHECK(p.orders[1].cancelled_chips == 63334);
}

TEST_CASE("a grant after a refusal helps the orders that are placed from then on") {
  const auto s = recorded({{kGranted, State::refused}, {Date::of(2026, 10, 1), State::granted}});
  const Id<Offer> h200{0};
  const auto p = at_modes(s, by_day({{h200, Usd(kH200), Date::of(2026, 3, 1)}, {h200, Usd(kH200), Date::of(2026, 7, 1)}, {h200, Usd(kH200), Date::of(2026, 10, 1)}}));
  CHECK(p.orders[0].status == "refused");
  CHECK(p.orders[0].cancelled == kGranted);
  CHECK(p.orders[1].status == "refused");
  CHECK(p.orders[1].cancelled == Date::of(2026, 7, 1));  // at once
  CHECK(p.orders[2].status == "delivered");
  CHECK(p.orders[2].deliveries[0].date == Date::of(2026, 11, 30));
}

// One domestic chip of 7.5k unlocks 7.5 / (0.5 x 24.8) = 0.605 of an H200. npu's 62,500 a month are at the dock two months
// later: 187,500 by the end of July, 250,000 of August, 312,500 of September, 375,000 of October. So of h200 113,407 may be
// there by the end of July (36,666 are made), 151,209 by August (100,000 more are made), 189,012 by September: 52,346; then
// 37,802 or 37,803 a month.
TEST_CASE("a ratio lets imports pass as domestic chips arrive") {
  auto s = recorded({{kGranted, State::granted}});
  s.approvals[{1}].ratio = Approval::Ratio{{s.offers.find("npu")}, Uncertain<double>(0.5), true};
  const auto p = at_modes(s, mix(250e3 * kH200, 6e9));
  const auto& o = p.orders.back();
  REQUIRE(o.offer == "h200");  // after the domestic chips that unlock it
  REQUIRE(o.deliveries.size() >= 4);
  CHECK(o.deliveries[0].chips == 36666);
  CHECK(o.deliveries[1].chips == 100000);
  CHECK(o.deliveries[2].chips == 52346);
  CHECK(o.deliveries[3].chips == test::Approx(37802).margin(1));
  REQUIRE(p.unlocks.size() == 1);
  CHECK(p.unlocks[0].chips == test::Approx(7.5 / (0.5 * 24.8)));

  s.approvals[{1}].ratio->by_value = false;  // two for each domestic chip: no limit before output is
  s.approvals[{1}].ratio->per_import = 0.5;
  CHECK(at_modes(s, mix(250e3 * kH200, 6e9)).orders.back().deliveries[2].chips == 100000);
  CHECK(at_modes(s, mix(250e3 * kH200, 0)).orders.front().status == "ratio");  // no domestic chips, no imports
  CHECK(at_modes(s, mix(250e3 * kH200, 0)).orders.front().outstanding.value() == test::Approx(250e3 * kH200));
}

// At the article's prices: 14k / (0.5 x 24.8k) = 1.13 H200 for each 950PR.
TEST_CASE("how many imports one domestic chip unlocks at the article's prices") {
  auto s = study();
  s.offers[s.offers.find("npu")].price = Usd(14e3);
  s.approvals[{1}].ratio = Approval::Ratio{{s.offers.find("npu")}, Uncertain<double>(0.0, 0.5, 1.0, "ratio"), true};
  CHECK(at_modes(s, mix(0, 0)).unlocks.at(0).chips == test::Approx(1.129).epsilon(1e-3));
}

// 75,000 a calendar year at the dock: 36,666 and 38,334 in 2026; output of December docks in January 2027.
TEST_CASE("a quota a year lets the next year's chips wait for the next year") {
  auto s = recorded({{kGranted, State::granted}});
  s.approvals[{0}].yearly = true;
  s.approvals[{0}].history[0].quota = 75e3;
  const auto p = at_modes(s, mix(250e3 * kH200, 0));
  const auto& o = p.orders.front();
  REQUIRE(o.deliveries.size() == 4);
  CHECK(o.deliveries[1].chips == 75000 - 36666);
  CHECK(o.deliveries[2].date == Date::of(2027, 1, 30));
  CHECK(o.deliveries[2].chips == 75000);
  CHECK(o.delivered() == 225000);
  CHECK(o.status == "quota");
  CHECK(o.cancelled.is_never());
  CHECK(o.outstanding.value() == test::Approx(25e3 * kH200));
}

// 100,000 npu at 62,500 a month: 10 % in the month of the order, 30 % by the next, then all: 10,000, 20,000, 62,500, 7,500.
TEST_CASE("a schedule caps how fast an order is delivered") {
  auto s = study();
  s.offers[s.offers.find("npu")].schedule = {0.1, 0.3, 1.0};
  const auto p = at_modes(s, mix(0, 750e6));
  const auto& d = p.orders.front().deliveries;
  REQUIRE(d.size() == 4);
  CHECK(d[0].chips == 10000);
  CHECK(d[1].chips == 20000);
  CHECK(d[2].chips == 62500);
  CHECK(d[3].chips == 7500);
}

// USD 2.48bn, 5 % premium. Open on the day: 100,000 chips at the strike, the premium is part of what they cost. Still closed
// on it: 0.124bn is lost, half of the other 2.356bn moves 90 days later.
TEST_CASE("an option is exercised when its offer is open, and costs its premium when it is not") {
  const auto s = study();
  const Id<Offer> h200{0};
  auto p = at_modes(s, by_day({{h200, Usd(2.48e9), Date::of(2026, 7, 1), true, 0.05}}));
  CHECK(p.orders[0].chips == 100000);
  CHECK(p.orders[0].lost.value() == 0);
  CHECK(p.orders[0].ordered == Date::of(2026, 7, 1));
  CHECK(p.orders[0].status == "delivered");
  p = at_modes(s, by_day({{h200, Usd(2.48e9), Date::of(2026, 5, 1), true, 0.05}}));
  CHECK(p.orders[0].status == "lapsed");
  CHECK(p.orders[0].chips == 0);
  CHECK(p.orders[0].lost.value() == test::Approx(0.124e9));
  CHECK(p.orders[0].redirected.value() == test::Approx(1.178e9).epsilon(1e-4));
  CHECK(p.orders[1].ordered == Date::of(2026, 5, 1) + Days{90});
}

// Others want 24,000 a year and 12,000 are made until 2028, then 1.2m. The strike is twice the price (the limit of 2); on
// 2028-01-15 the price is the base again, below the strike, and the option lapses. Without a price that moves it does not.
TEST_CASE("an option is not exercised above the price of the day") {
  auto s = study();
  const Id<Offer> npu{1};
  auto& hw = s.producers[s.producers.find("hw")];
  hw.years = {{2026, 12e3, {}}, {2028, 1.2e6, {}}};
  hw.rivals.push_back({"others", "", Uncertain<Usd>(Usd(24e3 * 7500)), Uncertain<double>(1.0)});
  hw.elasticity = 1.0;
  const Mix m = by_day({{npu, Usd(75e6), Date::of(2028, 1, 15), true, 0.1}});
  CHECK(at_modes(s, m).orders[0].status == "lapsed");
  CHECK(at_modes(s, m).orders[0].price.value() == 15000);
  hw.elasticity = 0.0;
  CHECK(at_modes(s, m).orders[0].chips == 10000);
}

// Ordered on March 1, patience of 90 days: given up on May 30, three weeks before the permission. What it frees moves on
// August 28. With 120 days (June 29) the permission comes first.
TEST_CASE("an order that is undecided for longer than the rule's patience is given up, and its money moves") {
  auto s = study();
  s.study.redirect.patience = Uncertain<Days>(Days{90});
  auto p = at_modes(s, mix(2.48e9, 0));
  CHECK(p.orders[0].status == "late");
  CHECK(p.orders[0].cancelled == Date::of(2026, 5, 30));
  CHECK(p.orders[0].cancelled_chips == 100000);
  CHECK(p.orders[1].ordered == Date::of(2026, 8, 28));
  s.study.redirect.patience = Uncertain<Days>(Days{120});
  CHECK(at_modes(s, mix(2.48e9, 0)).orders[0].status == "delivered");
  // A mix may be more patient than the rule, or less.
  Mix own = mix(2.48e9, 0);
  own.patience = Days{60};  // until April 30
  CHECK(at_modes(s, own).orders[0].cancelled == Date::of(2026, 4, 30));
  s.study.redirect.patience = Uncertain<Days>(Days{30});
  own.patience = Days{120};
  CHECK(at_modes(s, own).orders[0].status == "delivered");
}

// 10bn are blocked on June 20; half may move, 90 days later, to npu, whose maker of 1,000 a month has 25,433 left for us by
// the horizon: USD 190.7m. The flows say that production was the limit and that none is left, and sum to the order.
TEST_CASE("flows tell what was blocked, what moved where and when it was converted, and what kept the rest") {
  auto s = study();
  s.producers[s.producers.find("hw")].years = {{2026, 12000, {}}};
  auto p = at_modes(s, mix(10e9, 0), forced(s, "permission", false));
  double blocked = 0, moved = 0, converted = 0, stranded = 0;
  int64_t chips = 0;
  for (const auto& f : p.flows) {
    (f.kind == FlowKind::blocked ? blocked : f.kind == FlowKind::moved ? moved : f.kind == FlowKind::converted ? converted : stranded) += f.money.value();
    if (f.kind == FlowKind::converted) chips += f.chips;
    if (f.kind != FlowKind::moved) continue;
    CHECK(f.date == Date::of(2026, 9, 18));
    CHECK(f.chips == 25433);
    CHECK(f.ceiling == Ceiling::output);
    CHECK(f.left == 0);
  }
  CHECK(blocked == test::Approx(10e9));
  CHECK(moved == test::Approx(25433 * 7.5e3));
  CHECK(converted == test::Approx(moved));
  CHECK(chips == 25433);
  CHECK(stranded == test::Approx(blocked - moved));
  // 60,000 a month: the money is the limit, and the rest of what could still come is left.
  s.producers[s.producers.find("hw")].years = {{2026, 720e3, {}}};
  p = at_modes(s, mix(1e9, 0), forced(s, "permission", false));
  REQUIRE(p.flows[1].kind == FlowKind::moved);
  CHECK(p.flows[1].ceiling == Ceiling::money);
  CHECK(p.flows[1].chips == 66666);
  CHECK(p.flows[1].left == 26000 + 25 * 60000 - 66666);  // 13 days of September and 25 months
}
