// Cash by quarter, shocks, what waits for money, and buying while a window is open.
#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;
using test::Approx;

namespace {

// 2026: 40bn x 1.25 = 50bn of profit, 12.5bn a quarter; half of it and 0.75bn of debt make 7bn of capex; 40 % are
// 2.8bn for chips, 15 % are 1.05bn for shells.
Finance cash() {
  Finance f;
  f.profit = Usd(40e9);
  f.base_year = 2025;
  f.growth = 0.25;
  f.payout = 0.5;
  f.extra = Usd(3e9);
  f.split = {0.05, 0.15, 0.08, 0.02, 0.09, 0.17, 0.4, 0.04};
  return f;
}

Shock ban(double probability) {
  Shock s;
  s.id = "ban";
  s.probability = probability;
  s.date = Date::of(2026, 7, 1);
  s.lasts = Days{46};
  s.profit = 0.4;
  s.region = "home";
  s.demand = 0.9;
  return s;
}

double sum(const Plan& p, const std::string& status) {
  double usd = 0;
  for (const auto& o : p.orders)
    if (status.empty() || o.status == status) usd += o.spend.value();
  return usd;
}

}  // namespace

TEST_CASE("capex of a quarter is its share of profit and debt, split by item") {
  auto s = study();
  s.study.finance = cash();
  const auto p = at_modes(s, mix(1e9, 0));
  REQUIRE(p.money.size() == 12);
  CHECK(p.money[0].profit.value() == Approx(12.5e9));
  CHECK(p.money[0].capex.value() == Approx(7e9));
  CHECK(p.money[0].chips.value() == Approx(2.8e9));
  CHECK(p.money[0].items[1].value() == Approx(1.05e9));
  CHECK(p.money[4].profit.value() == Approx(15.625e9));  // 2027: 62.5 / 4
  CHECK(p.money[4].quarter == Date::of(2027, 1, 1));
}

// h200 comes first by its id: 2.8 of its 5.6bn on March 1, 2.8 on the first day of the second quarter; npu's 2bn find
// the third quarter's cash.
TEST_CASE("tranches wait for the cash of later quarters, in the order of their dates") {
  auto s = study();
  s.study.finance = cash();
  const auto p = at_modes(s, mix(5.6e9, 2e9));
  REQUIRE(p.tranches.size() == 3);
  CHECK(p.tranches[0].date == Date::of(2026, 3, 1));
  CHECK(p.tranches[0].money.value() == Approx(2.8e9));
  CHECK(p.tranches[1].date == Date::of(2026, 4, 1));
  CHECK(p.tranches[1].money.value() == Approx(2.8e9));
  CHECK(p.tranches[2].offer == s.offers.find("npu"));
  CHECK(p.tranches[2].date == Date::of(2026, 7, 1));
  CHECK(p.tranches[2].money.value() == Approx(2e9));
  CHECK(sum(p, "unfunded") == 0);
}

// Cash that is not used is kept: on 2026-09-01 three quarters' 8.4bn are there.
TEST_CASE("cash of earlier quarters is at hand") {
  auto s = study();
  s.study.finance = cash();
  s.study.order_date = Date::of(2026, 9, 1);
  const auto p = at_modes(s, mix(0, 8e9));
  REQUIRE(p.tranches.size() == 1);
  CHECK(p.tranches[0].money.value() == Approx(8e9));
  CHECK(p.tranches[0].date == Date::of(2026, 9, 1));
}

// One year has 4 x 2.8 = 11.2bn. h200 takes 10; npu gets 1.2 of its 4 and 2.8 are never there.
TEST_CASE("what the horizon does not pay for is unfunded, and no money is lost") {
  auto s = study();
  s.study.timeline = Timeline(kStart, Date::of(2027, 1, 1));
  s.study.finance = cash();
  const auto p = at_modes(s, mix(10e9, 4e9));
  CHECK(sum(p, "unfunded") == Approx(2.8e9));
  double kept = 0;
  for (const auto& o : p.orders) {
    kept += (o.converted + o.lost + o.outstanding + o.stranded).value();
    if (o.status == "unfunded") CHECK((o.stranded == o.spend && o.chips == 0));
  }
  CHECK(kept == Approx(14e9));
}

// 46 of the third quarter's 92 days at 40 % less: 12.5 x 0.8 = 10bn.
TEST_CASE("a shock takes its share of the profit for its days, and its region's demand") {
  auto s = study();
  s.study.finance = cash();
  s.study.finance->shocks = {ban(1)};
  const auto p = at_modes(s, mix(1e9, 0));
  CHECK(p.money[1].profit.value() == Approx(12.5e9));
  CHECK(p.money[2].profit.value() == Approx(10e9));
  CHECK(p.money[3].profit.value() == Approx(12.5e9));
  REQUIRE(p.lost_regions.size() == 1);
  CHECK(p.lost_regions[0].region == "home");
  CHECK(p.lost_regions[0].why == "ban");
  CHECK(p.lost_regions[0].to == Date::of(2026, 8, 16));
  CHECK(p.lost_regions[0].share == 0.9);
}

TEST_CASE("at modes a shock that is less likely than not does not happen, and every mix sees the same ones") {
  auto s = study();
  s.study.finance = cash();
  s.study.finance->shocks = {ban(0.4)};
  CHECK(at_modes(s, mix(1e9, 0)).lost_regions.empty());
  int happened = 0;
  for (int draw = 0; draw < 200; ++draw) {
    const auto a = plan::make(s, mix(10e9, 0), {}, Draw(3, draw)), b = plan::make(s, mix(0, 9e9), {}, Draw(3, draw));
    REQUIRE(a.lost_regions.size() == b.lost_regions.size());
    happened += !a.lost_regions.empty();
  }
  CHECK(happened > 60);  // 80 expected, standard deviation 7
  CHECK(happened < 100);
}

// Both keys of h200 have turned on 2026-06-20. Twelve months later is 2027-06-20: the first two tranches are ordered
// at once, the third one stays.
TEST_CASE("an open window takes what would be ordered within it") {
  auto s = study();
  Mix m = mix(15e9, 0);
  const auto h200 = s.offers.find("h200");
  for (const Date d : {Date::of(2026, 9, 1), Date::of(2027, 5, 1), Date::of(2027, 7, 1)}) m.tranches.push_back({h200, Usd(5e9), d});
  m.window[h200] = months(12);
  const auto p = at_modes(s, m);
  REQUIRE(p.tranches.size() == 3);
  CHECK(p.tranches[0].date == Date::of(2026, 6, 20));
  CHECK(p.tranches[1].date == Date::of(2026, 6, 20));
  CHECK(p.tranches[2].date == Date::of(2027, 7, 1));
  CHECK(at_modes(s, m, forced(s, "permission", false)).tranches[0].date == Date::of(2026, 9, 1));  // it never opens
}

// Cash for h200 comes with 2.8bn a quarter; the window orders the third and fourth quarters' on June 20 too.
TEST_CASE("a window orders ahead of the cash") {
  auto s = study();
  s.study.finance = cash();
  Mix m = mix(11.2e9, 0);
  m.window[s.offers.find("h200")] = months(12);
  const auto p = at_modes(s, m);
  REQUIRE(p.tranches.size() == 4);
  CHECK(p.tranches[0].date == Date::of(2026, 3, 1));
  CHECK(p.tranches[1].date == Date::of(2026, 4, 1));
  CHECK(p.tranches[2].date == Date::of(2026, 6, 20));
  CHECK(p.tranches[3].date == Date::of(2026, 6, 20));
}

// 62,500 npu reach the dock on May 30: 61 pods of 1,024 and one of 36. The old hall's 20 MW take 26 pods of 768 kW and
// the small one (5 nodes, 30 of the 32 kW left); 35 pods = 35,840 chips wait until June 30, 31 days.
TEST_CASE("chips that wait for a hall are counted, in chips and in chip-months") {
  const auto s = study();
  Facts f;
  plan::record(at_modes(s, mix(0, 62500 * 7.5e3)), s, f);
  REQUIRE(f.of<WaitingFact>().size() == 1);
  const auto& w = f.of<WaitingFact>()[0];
  CHECK(w.offer == "npu");
  CHECK(w.peak == 35840);
  CHECK(w.peak_on == "2026-05-30");
  CHECK(w.chip_months == Approx(35840 * 31 / kDaysPerMonth));
}

TEST_CASE("money and lost regions become facts, and without a [finance] there are none") {
  auto s = study();
  Facts none, some;
  plan::record(at_modes(s, mix(1e9, 0)), s, none);
  CHECK(none.of<MoneyFact>().empty());
  s.study.finance = cash();
  s.study.finance->shocks = {ban(1)};
  plan::record(at_modes(s, mix(5.6e9, 0)), s, some);
  double ordered = 0, chips = 0;
  for (const auto& m : some.of<MoneyFact>()) {
    if (m.quarter == "2026-Q2" && m.item == "ordered") ordered = m.usd;
    if (m.quarter == "2026-Q2" && m.item == "chips") chips = m.usd;
  }
  CHECK(ordered == Approx(2.8e9));
  CHECK(chips == Approx(2.8e9));
  REQUIRE(some.of<LostRegionFact>().size() == 1);
  CHECK(some.of<LostRegionFact>()[0].from == "2026-07-01");
}

// Everything at once, drawn: cash that may not suffice, a ban, a window, the loop. Of the mix's 16bn and of what the loop
// has earned, every dollar is converted, stranded, lost or outstanding, and no quarter's chips cost more than its cash.
TEST_CASE("money is conserved in 200 worlds with cash, shocks, a window and the loop") {
  auto s = study();
  s.study.finance = cash();
  s.study.finance->profit = Uncertain<Usd>(Usd(5e9), Usd(15e9), Usd(50e9), "profit");
  s.study.finance->shocks = {ban(0.5)};
  s.offers[{0}].price = Uncertain<Usd>(Usd(20e3), Usd(24.8e3), Usd(40e3), "price");
  Loop loop;
  loop.revenue = Uncertain<UsdPerFlop>(UsdPerFlop(1e-19), UsdPerFlop(3e-19), UsdPerFlop(9e-19), "revenue");
  loop.reinvest = 0.4;
  loop.delay = months(4);
  s.study.loop = loop;
  Mix m = mix(12e9, 4e9);
  m.window[s.offers.find("h200")] = months(6);
  int unfunded = 0, earned = 0, pulled = 0;
  for (int draw = 0; draw < 200; ++draw) {
    const auto p = plan::make(s, m, {}, Draw(11, draw));
    double kept = 0, extra = 0, cash = 0, ordered = 0;
    for (const auto& o : p.orders) {
      kept += (o.converted + o.lost + o.outstanding + o.stranded).value();
      unfunded += o.status == "unfunded", earned += o.origin == "loop";
    }
    for (const auto& q : p.loop)
      if (q.paid < s.study.timeline.end()) extra += q.extra.value();
    REQUIRE(kept == Approx(16e9 + extra).epsilon(1e-5));
    for (const auto& q : p.money) cash += q.chips.value();
    for (const auto& t : p.tranches) {
      if (!t.loop) ordered += t.money.value();
      pulled += !t.loop && t.date == Date::of(2026, 6, 20);
    }
    REQUIRE(ordered <= cash * (1 + 1e-9));
  }
  CHECK(unfunded > 5);
  CHECK(earned > 100);
  CHECK(pulled > 20);
}
