#include <cmath>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

// USD 14bn / 24.8k = 564,516 chips. The licence allows 75,000: 75,000 x 24,800 = USD 1.86bn of the 14 converts.
// nv makes 100,000 a month, so they are there after the first month that follows the permission of June 20.
TEST_CASE("a licence quota of 75,000 converts USD 1.86bn of 14bn") {
  const auto s = study();
  const auto p = at_modes(s, mix(14e9, 0), forced(s, "licence", true, 75000.0));
  const OrderPlan& o = p.orders.front();
  CHECK(o.chips == 564516);
  CHECK(o.allowed == 75000);
  CHECK(o.delivered() == 75000);
  CHECK(o.converted.value() == test::Approx(1.86e9));
  CHECK(o.cancelled_chips == 489516);
  CHECK(o.cancelled == Date::of(2026, 6, 20));
  CHECK(o.status == "quota");
}

// Ordered 2026-03-01, needs nothing; hw makes 62,500 a month. 5.6e9 / 7.5e3 = 746,666 chips take 12 months:
// 11 x 62,500 = 687,500 by the end of January 2027, the other 59,166 in February. First at the dock on
// March 31 + 60 days = May 30.
TEST_CASE("deliveries follow the output and the lead time") {
  const auto s = study();
  const auto p = at_modes(s, mix(0, 5.6e9));
  const OrderPlan& o = p.orders.front();
  REQUIRE(o.chips == 746666);
  REQUIRE(o.deliveries.size() == 12);
  CHECK(o.deliveries.front().date == Date::of(2026, 5, 30));
  CHECK(o.deliveries.front().chips == 62500);
  CHECK(o.deliveries.back().date == Date::of(2027, 2, 28) + Days{60});
  CHECK(o.deliveries.back().chips == 59166);
  CHECK(o.status == "delivered");
  CHECK(o.stranded.value() == test::Approx(5.6e9 - 746666 * 7.5e3));  // change
}

// 84 % of the year from July on, half of the plan made, 30 % of it ours, none before March 16:
// March 750,000 * 0.02 * 0.15 = 2250 a whole month, from the 16th 16/31 of it = 1161.3 -> 1161 chips;
// July 750,000 * 0.14 * 0.15 = 15,750.
TEST_CASE("output takes monthly weights, realised share, buyer's share and the start of production") {
  auto s = study();
  auto& hw = s.producers[s.producers.find("hw")];
  hw.years = {{2026, 750e3, {0.06, 0.02, 0.02, 0.02, 0.02, 0.02, 0.14, 0.14, 0.14, 0.14, 0.14, 0.14}}};
  hw.realised = 0.5;
  hw.share = 0.3;
  hw.from = Date::of(2026, 3, 16);
  const auto p = at_modes(s, mix(0, 20e9));
  const auto& d = p.orders.front().deliveries;
  CHECK(d[0].date == Date::of(2026, 3, 31) + Days{60});
  CHECK(d[0].chips == 1161);
  CHECK(d[4].chips == 15750);
  CHECK(p.orders.front().status == "production");
}

// Both offers from one producer of 100 a month. The first wants 250: months 1, 2 and half of 3; the second gets
// the other half of month 3 and month 4.
TEST_CASE("orders on one producer share its output in the order of their dates") {
  auto s = study();
  auto& npu = s.offers[s.offers.find("npu")];
  auto& h200 = s.offers[s.offers.find("h200")];
  h200.approvals.clear();
  h200.lead_time = Days{0};
  npu.lead_time = Days{0};
  npu.producer = h200.producer;
  npu.opens = Date::of(2026, 3, 2);
  s.producers[h200.producer].years = {{2026, 1200, {}}};
  const auto p = at_modes(s, mix(250 * 24.8e3, 120 * 7.5e3));
  REQUIRE(p.orders.size() == 2);
  CHECK(p.orders[0].deliveries[2].chips == 50);
  REQUIRE(p.orders[1].deliveries.size() == 2);
  CHECK(p.orders[1].deliveries[0].date == Date::of(2026, 5, 31));
  CHECK(p.orders[1].deliveries[0].chips == 50);
  CHECK(p.orders[1].deliveries[1].chips == 70);
}

// Refused on 2026-06-20 after an order of USD 10bn, 20 % prepaid, half of it refundable: 10 % = 1bn is lost.
// Half of the other 9bn moves 90 days later: 4.5bn / 7.5k = 600,000 chips of npu, ordered on 2026-09-18. Its
// producer makes 62,500 a month until the last month that docks by the horizon, October 2028: 13 days of
// September 2026 (27,083) and 25 months give 1.59m, so all fit.
TEST_CASE("a refusal loses the prepayment and redirects its share") {
  auto s = study();
  auto& h200 = s.offers[s.offers.find("h200")];
  h200.prepaid = 0.2;
  h200.refundable = 0.5;
  const auto p = at_modes(s, mix(10e9, 0), forced(s, "permission", false));
  REQUIRE(p.orders.size() == 2);
  const OrderPlan &refused = p.orders[0], &moved = p.orders[1];
  CHECK(refused.status == "refused");
  CHECK(refused.cancelled == Date::of(2026, 6, 20));
  CHECK(refused.cancelled_chips == refused.chips);
  CHECK(refused.lost.value() == test::Approx(1e9));
  CHECK(refused.redirected.value() == test::Approx(4.5e9));
  CHECK(refused.stranded.value() == test::Approx(4.5e9));
  CHECK(moved.origin == "redirected from h200");
  CHECK(moved.ordered == Date::of(2026, 9, 18));
  CHECK(moved.chips == 600000);
  CHECK(moved.deliveries.front().chips == 27083);
  CHECK(moved.status == "delivered");
}

// hw is told to stop early: 1,000 a month. 2026-09-18 .. October 2028 is floor(1000 * 13/30) + 25 * 1000 = 25,433.
TEST_CASE("a redirect takes no more than the producer can still deliver by the horizon") {
  auto s = study();
  s.producers[s.producers.find("hw")].years = {{2026, 12000, {}}};
  const auto p = at_modes(s, mix(10e9, 0), forced(s, "permission", false));
  REQUIRE(p.orders.size() == 2);
  CHECK(p.orders[1].chips == 25433);
  CHECK(p.orders[1].delivered() == 25433);
  CHECK(p.orders[0].stranded.value() == test::Approx(10e9 - 25433 * 7.5e3));
}

// Both offers need the licence, which allows 75,000. h200 opens first and takes 40,000 of it; npu's 50,000 get 35,000.
TEST_CASE("offers share one approval's quota in the order of their dates") {
  auto s = study();
  s.offers[{1}].approvals = {{0}};
  s.offers[{1}].opens = Date::of(2026, 3, 2);
  const auto p = at_modes(s, mix(40e3 * 24.8e3, 50e3 * 7.5e3), forced(s, "licence", true, 75000.0));
  CHECK(p.orders[0].allowed == 40000);
  CHECK(p.orders[1].allowed == 35000);
}

// h200 waits for a refused permission and leaves the licence alone; npu needs the licence, and of its 75,000 a
// redirect may still take what the mix's own 50,000 leave: 25,000.
TEST_CASE("a redirect takes no more than the quota leaves") {
  auto s = study();
  s.offers[{1}].approvals = {{0}};
  Outcome o = forced(s, "licence", true, 75000.0);
  o.forced.push_back(forced(s, "permission", false).forced[0]);
  const auto p = at_modes(s, mix(10e9, 50e3 * 7.5e3), o);
  REQUIRE(p.orders.size() == 3);
  CHECK(p.orders[2].origin == "redirected from h200");
  CHECK(p.orders[2].chips == 25000);
}

TEST_CASE("a refusal that was known before the order costs no prepayment") {
  auto s = study();
  auto& h200 = s.offers[s.offers.find("h200")];
  h200.prepaid = 1;
  h200.refundable = 0;
  s.study.order_date = Date::of(2026, 7, 1);
  const auto p = at_modes(s, mix(10e9, 0), forced(s, "permission", false));
  CHECK(p.orders[0].lost.value() == 0);
  CHECK(p.orders[0].cancelled == Date::of(2026, 7, 1));
}

TEST_CASE("a decision after the horizon leaves the order pending") {
  auto s = study();
  s.approvals[{1}].decided = Date::of(2029, 6, 1);
  const auto p = at_modes(s, mix(10e9, 0));
  CHECK(p.orders[0].status == "pending");
  CHECK(p.orders[0].outstanding.value() == test::Approx(10e9));
  CHECK(p.orders.size() == 1);
  CHECK(p.orders[0].delivered() == 0);
}

namespace {

// A study in which everything that can go wrong is drawn.
Scenario uncertain() {
  auto s = study();
  s.approvals[{0}].quota = Uncertain<double>(20e3, 200e3, 900e3, "quota");
  s.approvals[{1}].decided = Uncertain<Date>(Date::of(2026, 4, 1), Date::of(2026, 9, 1), Date::of(2029, 12, 1), "decided");
  s.approvals[{1}].decided.shape = Shape::uniform;
  s.offers[{0}].prepaid = 0.3;
  s.offers[{0}].refundable = 0.4;
  s.offers[{0}].price = Uncertain<Usd>(Usd(20e3), Usd(24.8e3), Usd(40e3), "price");
  s.producers[{0}].realised = Uncertain<double>(0.05, 0.5, 1.0, "realised.nv");
  s.producers[{1}].realised = Uncertain<double>(0.02, 0.3, 1.0, "realised.hw");
  s.study.redirect.share = Uncertain<double>(0.2, 0.7, 1.0, "share");
  s.study.redirect.to = {s.offers.find("h200"), s.offers.find("npu")};
  return s;
}

}  // namespace

TEST_CASE("money and chips are conserved in 200 worlds, and none is spent twice") {
  const auto s = uncertain();
  int refused = 0, limited = 0, moved = 0, pending = 0;
  for (int draw = 0; draw < 200; ++draw) {
    const auto p = plan::make(s, mix(12e9, 4e9), {}, Draw(5, draw));
    double planned = 0, final = 0, left = 0, arrived = 0;
    for (const auto& o : p.orders) {
      const double kept = (o.converted + o.lost + o.outstanding + o.stranded).value();
      REQUIRE(o.spend.value() == test::Approx(kept + o.redirected.value()).epsilon(1e-12));
      for (const Usd part : {o.converted, o.redirected, o.lost, o.outstanding, o.stranded}) REQUIRE(part.value() >= -1e-3);
      const int64_t due = std::llround(o.outstanding / o.price);
      REQUIRE(o.delivered() <= o.allowed);
      REQUIRE(o.allowed <= o.chips);
      if (o.status != "pending") REQUIRE(o.chips == o.delivered() + o.cancelled_chips + due);
      (o.origin == "mix" ? planned : arrived) += o.spend.value();
      left += o.redirected.value();
      final += kept;
      refused += o.status == "refused";
      limited += o.status == "quota";
      pending += o.status == "pending";
      moved += o.origin != "mix";
    }
    REQUIRE(planned <= s.study.chip_budget.value());
    REQUIRE(final == test::Approx(16e9).epsilon(1e-12));
    REQUIRE(left == test::Approx(arrived).epsilon(1e-12));
  }
  CHECK(refused > 20);  // the draws reach the states that the identities are about
  CHECK(limited > 5);
  CHECK(moved > 20);
  CHECK(pending > 0);
}

TEST_CASE("no chip of a refused order is ever online, and quotas hold over all orders") {
  const auto s = uncertain();
  for (int draw = 0; draw < 200; ++draw) {
    const auto p = plan::make(s, mix(12e9, 4e9), {}, Draw(9, draw));
    const bool granted = p.approvals[0].granted && p.approvals[1].granted;
    int64_t chips = 0;
    for (const auto& pod : p.pods)
      if (pod.offer == "h200") chips += pod.chips;
    if (!granted) REQUIRE(chips == 0);
    REQUIRE(static_cast<double>(chips) <= p.approvals[0].quota);
    for (const auto& pod : p.pods)
      if (pod.offer == "h200") REQUIRE(pod.delivered > std::max(p.approvals[0].decided, p.approvals[1].decided));
  }
}
