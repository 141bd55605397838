// Scarce output: price, shares, stock, and what a decision does to other buyers.
#include <cmath>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {

Producer& producer(Scenario& s, const char* id) { return s.producers[s.producers.find(id)]; }

// Others who want so many chips a year of an offer's price.
void add_rival(Scenario& s, const char* id, double chips, double price) {
  producer(s, id).rivals.push_back({"others", "", Uncertain<Usd>(Usd(chips * price * 4)), Uncertain<double>(0.25)});
}

const MarketMonth& market(const Scenario& s, const Plan& p, const char* id, Date month) {
  for (const auto& m : p.market)
    if (m.producer == s.producers.find(id) && m.month == month) return m;
  throw std::runtime_error("no such month");
}

}  // namespace

// Elasticity 1 and nobody else: price = base n / S above S, so n^2 base / S = money and n = sqrt(money S / base).
// npu: 7.5k, S = 750,000 in twelve months: 20bn -> sqrt(20e9 x 750e3 / 7.5e3) = sqrt(2e12) = 1,414,213 chips of
// 7.5k x 1.41421/0.75 = 14,142. At 5bn 666,666 are wanted, less than S: the base price.
TEST_CASE("with elasticity 1 and no rivals money buys the square root of money x supply / price") {
  auto s = study();
  producer(s, "hw").elasticity = 1.0;
  producer(s, "hw").price_limit = 1e9;
  auto o = at_modes(s, mix(0, 20e9)).orders.front();
  CHECK(o.chips == 1414213);
  CHECK(o.price.value() == test::Approx(14142.13).epsilon(1e-6));
  CHECK(o.stranded.value() < 2 * 14143);  // change: one more chip would raise the price of all
  o = at_modes(s, mix(0, 5e9)).orders.front();
  CHECK(o.chips == 666666);
  CHECK(o.price.value() == 7500);
  producer(s, "hw").price_limit = 1.5;  // 20bn / 11,250
  o = at_modes(s, mix(0, 20e9)).orders.front();
  CHECK(o.chips == 1777777);
  CHECK(o.price.value() == 11250);
}

// The article's order: 5.6bn at 14k; 750,000 x 0.8 = 600,000 are made in 2026; others want 70bn x 0.0914 / 14k = 457,000.
// n = 400,000 / m with m = ((n + 457,000) / 600,000)^0.25: from 400,000: m = 1.0932, n = 365,900; m = 1.0821,
// n = 369,640; m = 1.0833, n = 369,250; ... n = 369,249, x1.08326 = USD 15,166.
TEST_CASE("the article's order pays for scarcity by hand") {
  auto s = study();
  s.study.order_date = Date::of(2026, 1, 15);
  s.offers[s.offers.find("npu")].price = Usd(14e3);
  auto& hw = producer(s, "hw");
  hw.realised = 0.8;
  hw.elasticity = 0.25;
  hw.rivals.push_back({"others", "", Uncertain<Usd>(Usd(70e9)), Uncertain<double>(0.0914)});
  const auto o = at_modes(s, mix(0, 5.6e9)).orders.front();
  CHECK(o.chips == test::Approx(369250).margin(2));
  CHECK(o.price.value() == test::Approx(15166).margin(1));
}

// Others want 1,000,000, supply is 750,000, elasticity 1: the price is 7.5k (book + n + 1,000,000) / 750,000. With
// nothing in the book n (n + 1,000,000) = 5e9 / 7.5e3 x 750,000 = 5e11: n1 = 366,025; the day after, with n1 in the
// book, n2 (n2 + 1,366,025) = 5e11: n2 = 299,934.
TEST_CASE("what is in the book raises the price of the next order") {
  auto s = study();
  producer(s, "hw").elasticity = 1.0;
  producer(s, "hw").price_limit = 10;
  add_rival(s, "hw", 1e6, 7500);
  Mix two = mix(0, 10e9);
  const auto npu = s.offers.find("npu");
  two.tranches = {{npu, Usd(5e9), Date::of(2026, 3, 1)}, {npu, Usd(5e9), Date::of(2026, 3, 2)}};
  const auto p = at_modes(s, two);
  const double n1 = static_cast<double>(p.orders[0].chips), n2 = static_cast<double>(p.orders[1].chips);
  CHECK(n1 == test::Approx(366025).margin(1));
  CHECK(n2 == test::Approx((-1366025 + std::sqrt(1366025.0 * 1366025 + 4 * 5e11)) / 2).margin(1));
}

// 375,000 ours and 1,125,000 of others against 750,000: we get 375 / 1,500 of each month's 62,500, 15,625, for 24 months;
// with a ceiling of 0.2 it is 12,500; without scarcity (300,000 of others) the ceiling of 1.
TEST_CASE("in a rationed market an order gets its part of what is wanted, at most the buyer's share") {
  auto s = study();
  add_rival(s, "hw", 1.125e6, 7500);
  const double money = 375e3 * 7500;
  auto o = at_modes(s, mix(0, money)).orders.front();
  CHECK(o.deliveries.size() == 24);
  CHECK(o.deliveries[3].chips == 15625);
  producer(s, "hw").share = 0.2;
  o = at_modes(s, mix(0, money)).orders.front();
  CHECK(o.deliveries[3].chips == 12500);
  producer(s, "hw").share = 1.0;
  producer(s, "hw").rivals.clear();
  add_rival(s, "hw", 300e3, 7500);
  o = at_modes(s, mix(0, money)).orders.front();
  CHECK(o.deliveries[3].chips == 62500);
}

// From March 1 to full rate in 61 days (March and April): March at a mean of 31/2/61, April at (31 + 61)/2/61, May at 1.
// Half of it is good: 62,500 x 0.5 x 0.2541 = 7,940.6; x 0.7541 = 23,565.6; cumulative 7,940, 31,506.1, 62,756.
TEST_CASE("a producer ramps up, and not all it makes is good") {
  auto s = study();
  auto& hw = producer(s, "hw");
  hw.from = Date::of(2026, 3, 1);
  hw.ramp = Days{61};
  hw.yield = 0.5;
  const auto o = at_modes(s, mix(0, 5e9)).orders.front();
  CHECK(o.deliveries[0].chips == 7940);
  CHECK(o.deliveries[1].chips == 31506 - 7940);
  CHECK(o.deliveries[2].chips == 62756 - 31506);
}

namespace {

// Nothing is made, distributors hold 60,000 from January on and add 1,000 a month.
Scenario speculation() {
  auto s = study();
  auto& nv = producer(s, "nv");
  nv.years = {{2026, 0, {}}};
  nv.share = 0.5;
  nv.stock = Producer::Stock{Uncertain<double>(60e3), Date::of(2026, 1, 1), 20e3, 1e3, Uncertain<Days>(Days{10})};
  return s;
}

}  // namespace

// The last key turns on 2026-06-20. By June 60,000 + 5 x 1,000 are there; at 20,000 a month 20,000 x 11/30 = 7,333.3 leave
// in June, half of it for us: 3,666. July 10,000. In September 17,666.7 are left of 65,000 - 7,333.3 - 2 x 20,000, half
// of them ours; cumulative 32,500.
TEST_CASE("distributors' stock waits for the approvals and then leaves at its own pace and lead time") {
  const auto s = speculation();
  const auto p = at_modes(s, mix(10e9, 0));
  const auto& d = p.orders.front().deliveries;
  REQUIRE(d.size() == 4);
  CHECK(d[0].date == Date::of(2026, 7, 10));
  CHECK(d[0].chips == 3666);
  CHECK(d[1].chips == 10000);
  CHECK(p.orders.front().delivered() == 32500);
  CHECK(market(s, p, "nv", Date::of(2026, 6, 1)).stock == 65e3);
  CHECK(market(s, p, "nv", Date::of(2026, 10, 1)).stock == test::Approx(0).margin(1e-6));
}

// Others want 100,000 a month, nv makes 50,000 and the stock is 240,000. Scarcity is
// part of our price: n sqrt((n + 1.2m) / 840,000) = 10bn / 24.8k = 403,225, so n = 301,587 are in the book.
// A refusal on June 20: our chips leave the book and the stock goes to the others, whose wants of the next twelve months are
// 240,000 less, so in July price, backlog and wait are below June's and below those of a grant. A grant: our chips may
// pass, so the book that others wait behind grows. Nobody may have the stock before the decision: it shortens no wait.
TEST_CASE("a refusal eases the market for others, a grant tightens it") {
  auto s = study();
  auto& nv = producer(s, "nv");
  nv.years = {{2026, 600e3, {}}};
  nv.elasticity = 0.5;
  nv.stock = Producer::Stock{Uncertain<double>(240e3), Date::of(2026, 1, 1), 20e3, 0, Uncertain<Days>(Days{0})};
  add_rival(s, "nv", 1.2e6, 24.8e3);
  const Date june = Date::of(2026, 6, 1), july = Date::of(2026, 7, 1);
  const auto granted = at_modes(s, mix(10e9, 0), forced(s, "permission", true)), refused = at_modes(s, mix(10e9, 0), forced(s, "permission", false));
  const auto before = market(s, granted, "nv", june), same = market(s, refused, "nv", june);
  CHECK(before.price == same.price);  // nobody knows yet
  CHECK(before.wanted == 301587);
  // Price: (1.2m + 301,587) / (600,000 + 240,000).
  CHECK(before.price == test::Approx(std::sqrt(1501587 / 840e3)));
  const auto eased = market(s, refused, "nv", july), tight = market(s, granted, "nv", july);
  CHECK(eased.wanted == 0);
  CHECK(eased.stock == 0);
  CHECK(tight.firm > 280e3);
  CHECK(eased.firm == 0);
  // June: short of 50,000 a month for five months, and 100,000 of June; 50,000 are made a month.
  CHECK(same.backlog == test::Approx(5 * 50e3 + 100e3));
  CHECK(same.lead == test::Approx(350e3 / 50e3));
  // July, refused: 300,000 short and 100,000 of July, less the 240,000. Price: (1.2m - 240,000) / 600,000.
  CHECK(eased.backlog == test::Approx(6 * 50e3 + 100e3 - 240e3));
  CHECK(eased.lead == test::Approx(160e3 / 50e3));
  CHECK(eased.price == test::Approx(std::sqrt(960e3 / 600e3)));
  for (const auto& worse : {same, tight}) {
    CHECK(eased.price < worse.price);
    CHECK(eased.lead < worse.lead);
  }
  CHECK(tight.lead > same.lead);
}

// The rival needs the same permission: a refusal sends it away, with what it waited for.
TEST_CASE("a rival that needs the key that refuses gives up") {
  auto s = study();
  auto& nv = producer(s, "nv");
  nv.years = {{2026, 600e3, {}}};
  nv.elasticity = 0.5;
  add_rival(s, "nv", 1.2e6, 24.8e3);
  add_rival(s, "nv", 300e3, 24.8e3);
  nv.rivals[0].approvals = {s.approvals.find("permission")};
  const auto refused = at_modes(s, mix(0, 0), forced(s, "permission", false)), granted = at_modes(s, mix(0, 0), forced(s, "permission", true));
  const Date june = Date::of(2026, 6, 1), july = Date::of(2026, 7, 1);
  CHECK(market(s, refused, "nv", june).rivals == test::Approx(1.5e6));
  CHECK(market(s, refused, "nv", july).rivals == test::Approx(300e3));
  CHECK(market(s, refused, "nv", july).price == 1);
  CHECK(market(s, granted, "nv", july).price == test::Approx(std::sqrt(1.5e6 / 600e3)));
  // Short of 75,000 a month for six months, a fifth of it the other rival's, and 25,000 of July.
  CHECK(market(s, refused, "nv", july).backlog == test::Approx(6 * 75e3 / 5 + 25e3));
}

TEST_CASE("what others want depends on the world, not on the mix") {
  auto s = study();
  add_rival(s, "hw", 1e6, 7500);
  producer(s, "hw").rivals[0].part = Uncertain<double>(0.0, 0.2, 0.5, "part");
  for (int draw = 0; draw < 20; ++draw) {
    const auto a = plan::make(s, mix(5e9, 5e9), {}, Draw(8, draw)), b = plan::make(s, mix(0, 10e9), {}, Draw(8, draw));
    REQUIRE(a.market.size() == b.market.size());
    for (size_t i = 0; i < a.market.size(); ++i) {
      REQUIRE(a.market[i].rivals == b.market[i].rivals);
      REQUIRE(a.market[i].made == b.market[i].made);
    }
  }
}
