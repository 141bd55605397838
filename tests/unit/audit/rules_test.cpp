// Each rule on a few made-up statements: it finds the conflict with the size worked out beside it, and one other number
// removes it.
#include <algorithm>

#include "audit/audit.hpp"
#include "catch.hpp"

using namespace capmix;
using test::Approx;

namespace {

Claim claim(const std::string& id, const std::string& quantity, double low, double high, int period = 2026) {
  Claim c;
  c.id = c.says = id;
  c.about = "firm";
  c.quantity = quantity;
  c.low = low, c.high = high;
  c.period = period;
  c.currency = "USD";
  c.source = "made up";
  c.place = {"claims.toml", 1, 1};
  return c;
}

Claim product(Claim c, const std::string& name) {
  c.product = name;
  return c;
}

Scenario with(std::vector<Claim> claims) {
  Scenario s;
  s.study.id = "synthetic";
  s.study.cny_per_usd = 7;
  s.claims = std::move(claims);
  return s;
}

// The only finding of a rule; a consistent one of size 0 when there is none.
Finding found(const Scenario& s, const std::string& rule) {
  Finding out;
  out.size = 0;
  int n = 0;
  for (const auto& f : audit::audit(s))
    if (f.rule == rule) out = f, ++n;
  CHECK(n <= 1);
  return out;
}

bool conflict(const Finding& f) { return f.severity != Finding::Severity::consistent; }
bool has(const Finding& f, const std::string& part) { return f.text.find(part) != std::string::npos; }

}  // namespace

// 10 to 12 and 18: 18 / 12 = 1.5. At 12.5 they are 1.04 apart, within what round figures may be.
TEST_CASE("one quantity with two values is a conflict") {
  auto s = with({claim("a", "capex", 10e9, 12e9), claim("b", "capex", 18e9, 18e9)});
  CHECK(found(s, "same quantity").size == Approx(1.5));
  CHECK(found(s, "same quantity").severity == Finding::Severity::clear);
  s.claims[1].low = s.claims[1].high = 12.5e9;
  CHECK_FALSE(conflict(found(s, "same quantity")));
  s.claims[1].low = s.claims[1].high = 18e9;
  s.claims[1].edition = "older";  // another plan
  CHECK(found(s, "same quantity").size == 0);
}

TEST_CASE("a bound holds what is on its side") {
  auto s = with({claim("a", "capex", 10e9, 10e9), claim("b", "capex", 70e9, 70e9)});
  s.claims[1].kind = ClaimKind::at_most;
  CHECK_FALSE(conflict(found(s, "same quantity")));
  s.claims[1].kind = ClaimKind::at_least;
  CHECK(found(s, "same quantity").size == Approx(7));
}

// CNY 140bn / 7 = USD 20bn, twice the 10.
TEST_CASE("amounts in CNY are compared at the study's rate, and not without one") {
  auto s = with({claim("a", "capex", 10e9, 10e9), claim("b", "capex", 140e9, 140e9)});
  s.claims[1].currency = "CNY";
  CHECK(found(s, "same quantity").size == Approx(2));
  s.study.cny_per_usd = 0;
  CHECK(found(s, "same quantity").size == 0);
}

// 6 + 7 = 13 of 10; with 4 instead of 7 all of it.
TEST_CASE("parts may not exceed their whole") {
  auto s = with({claim("whole", "chip-spend", 8e9, 10e9), claim("x", "order", 6e9, 6e9), claim("y", "order", 7e9, 7e9)});
  s.claims[1].part_of = s.claims[2].part_of = "whole";
  CHECK(found(s, "parts of a whole").size == Approx(1.3));
  s.claims[2].low = s.claims[2].high = 4e9;
  CHECK_FALSE(conflict(found(s, "parts of a whole")));
}

TEST_CASE("a part that fills the least its whole may be is doubtful") {
  auto s = with({claim("all", "capex", 70e9, 70e9), claim("one", "capex", 70e9, 70e9)});
  s.claims[0].about = "everybody", s.claims[0].kind = ClaimKind::at_least;
  s.claims[1].part_of = "all";
  CHECK(found(s, "parts of a whole").severity == Finding::Severity::slight);
  s.claims[1].low = s.claims[1].high = 50e9;
  CHECK_FALSE(conflict(found(s, "parts of a whole")));
}

TEST_CASE("spending may not exceed means") {
  auto s = with({claim("plan", "capex", 30e9, 70e9), claim("earned", "profit", 50e9, 50e9, 2025)});
  CHECK(found(s, "spending and means").size == Approx(1.4));
  CHECK(has(found(s, "spending and means"), "USD 20.00bn must come from elsewhere"));
  s.claims[0].high = 50e9;
  CHECK_FALSE(conflict(found(s, "spending and means")));
  s.claims[1].period = 2023;  // too old to say anything
  CHECK(found(s, "spending and means").size == 0);
}

// 200 / 27.5 = 7.27 and 200 / 30 = 6.67: 30 / 27.5 = 1.09.
TEST_CASE("one amount in two currencies implies a rate, and rates must agree") {
  auto s = with({claim("cny", "capex", 200e9, 200e9), claim("usd", "capex", 27.5e9, 27.5e9), claim("rounded", "capex", 30e9, 30e9)});
  s.claims[0].currency = "CNY";
  s.claims[1].same_as = s.claims[2].same_as = "cny";
  CHECK(found(s, "exchange rate").size == Approx(30 / 27.5));
  CHECK(conflict(found(s, "exchange rate")));
  CHECK(has(found(s, "exchange rate"), "7.27"));
  s.claims[2].low = s.claims[2].high = 27.6e9;
  CHECK_FALSE(conflict(found(s, "exchange rate")));
  s.claims.push_back(claim("rate", "exchange", 6.5, 6.5));  // 200 / 27.5 / 6.5 = 1.12
  CHECK(found(s, "exchange rate").size == Approx(200 / 27.5 / 6.5));
}

TEST_CASE("one number for two things is one too few") {
  auto s = with({claim("chips", "chip-spend", 23e9, 23e9, 2024), claim("all", "capex", 23e9, 23e9)});
  CHECK(found(s, "one number, two meanings").severity == Finding::Severity::clear);
  s.claims[1].low = s.claims[1].high = 24e9;
  CHECK(found(s, "one number, two meanings").size == 0);
}

// 70 / 805 = 8.7 %; of 700 it would be 10 %.
TEST_CASE("a stated share must be that of its amounts") {
  auto s = with({claim("part", "capex", 70e9, 70e9), claim("whole", "capex", 805e9, 805e9), claim("share", "share", 0.087, 0.087)});
  s.claims[1].about = "five";
  s.claims[2].part = "part", s.claims[2].whole = "whole";
  CHECK_FALSE(conflict(found(s, "stated ratio")));
  CHECK(has(found(s, "stated ratio"), "checks out"));
  s.claims[1].low = s.claims[1].high = 700e9;
  CHECK(found(s, "stated ratio").size == Approx(0.1 / 0.087));
  s.claims[2].quantity = "growth", s.claims[2].low = s.claims[2].high = 10;  // 700 is ten times 70
  CHECK_FALSE(conflict(found(s, "stated ratio")));
}

// 20 to 25 of 70 is 28.6 to 35.7 %, 85 of 160 is 53.1 %: 1.49.
TEST_CASE("shares that follow from amounts must agree") {
  auto s = with({claim("capex", "capex", 70e9, 70e9), claim("chips", "chip-spend", 20e9, 25e9), claim("old", "capex", 160e9, 160e9),
                 claim("old-chips", "chip-spend", 85e9, 85e9)});
  s.claims[2].edition = s.claims[3].edition = "older";
  s.claims[1].part_of = "capex", s.claims[3].part_of = "old";
  CHECK(found(s, "chips' share of capex").size == Approx(85.0 / 160 * 70 / 25));
  s.claims[3].low = s.claims[3].high = 55e9;
  CHECK_FALSE(conflict(found(s, "chips' share of capex")));
}

// 14 + 6 = 20 of 25 is 80 %, where chips have half of a budget elsewhere: 1.6. Of 40 it is that half.
TEST_CASE("orders must fit the chips' share of a budget") {
  auto s = with({product(claim("x", "order", 14e9, 14e9), "x"), product(claim("y", "order", 6e9, 6e9), "y"), claim("budget", "capex", 25e9, 25e9),
                 claim("old", "capex", 10e9, 10e9), claim("old-chips", "chip-spend", 5e9, 5e9)});
  s.claims[3].edition = "older", s.claims[4].part_of = "old";
  CHECK(found(s, "orders in the budget").size == Approx(1.6));
  s.claims[2].low = s.claims[2].high = 40e9;
  CHECK_FALSE(conflict(found(s, "orders in the budget")));
}

// 23 on chips, then a whole capex of 25: 92 %, where chips have half elsewhere: 1.84.
TEST_CASE("chips of one year against all capex of the next") {
  auto s = with({claim("before", "chip-spend", 23e9, 23e9, 2024), claim("after", "capex", 25e9, 25e9, 2025), claim("chips", "chip-spend", 12.5e9, 12.5e9, 2025)});
  s.claims[2].part_of = "after";
  CHECK(found(s, "chips and next year's capex").size == Approx(1.84));
  CHECK(has(found(s, "chips and next year's capex"), "0.54 of the year before"));
  s.claims[0].low = s.claims[0].high = 12e9;
  CHECK_FALSE(conflict(found(s, "chips and next year's capex")));
}

// 5.6bn / 750,000 = USD 7,467: at 7,000 it is 800,000 chips, 1.067 years of output.
TEST_CASE("an order against a year's production breaks even at a price") {
  auto s = with({product(claim("order", "order", 5.6e9, 5.6e9), "card"), product(claim("made", "production", 750e3, 750e3), "card"),
                 product(claim("price", "price", 7e3, 9e3), "card-b")});
  CHECK(found(s, "order and production").size == Approx(800.0 / 750));
  CHECK(has(found(s, "order and production"), "below USD 7.5k a chip"));
  s.claims[2].low = 8e3;
  CHECK_FALSE(conflict(found(s, "order and production")));
}

// 12bn / 750,000 = USD 16,000; 18,000 is 1.125 times that.
TEST_CASE("a maker's revenue is a ceiling for its price") {
  auto s = with({product(claim("revenue", "revenue", 12e9, 12e9), "card"), product(claim("made", "production", 750e3, 750e3), "card"),
                 product(claim("price", "price", 10e3, 18e3), "card")});
  CHECK(found(s, "price ceiling").size == Approx(1.125));
  s.claims[2].high = 15e3;
  CHECK_FALSE(conflict(found(s, "price ceiling")));
}

// 75,000 x 24.8k = 1.86bn of 14bn: 7.53.
TEST_CASE("a quota bounds what an order can be") {
  auto s = with({product(claim("order", "order", 14e9, 14e9), "card"), product(claim("cap", "quota", 75e3, 75e3), "card"),
                 product(claim("price", "price", 24.8e3, 24.8e3), "card")});
  CHECK(found(s, "order and quota").size == Approx(14e9 / 1.86e9));
  s.claims[1].low = s.claims[1].high = 600e3;
  CHECK_FALSE(conflict(found(s, "order and quota")));
}

namespace {

// A card of 378, 756 and 1,512 TFLOP/s with 47 of vector units, and another of 989.5 and 1,979 at 16 and 8 bits.
std::vector<Claim> two_chips() {
  std::vector<Claim> out;
  const auto peak = [&](const char* chip, const char* precision, double tflops) {
    out.push_back(product(claim(std::string(chip) + precision, "peak", tflops * 1e12, tflops * 1e12, 0), chip));
    out.back().precision = precision;
  };
  peak("card", "bf16", 378), peak("card", "fp8", 756), peak("card", "fp4", 1512);
  peak("other", "bf16", 989.5), peak("other", "fp8", 1979);
  out.push_back(product(claim("vector", "vector", 47e12, 47e12, 0), "card"));
  return out;
}

}  // namespace

// 1,512 + 47 = 1,559; 1,560 / 378 = 4.13.
TEST_CASE("a peak without precision is matched to one") {
  auto claims = two_chips();
  claims.push_back(product(claim("peak", "peak", 1.56e15, 1.56e15, 0), "card"));
  auto s = with(claims);
  CHECK(found(s, "peak without precision").size == Approx(1560.0 / 378));
  CHECK(has(found(s, "peak without precision"), "is fp4 of card at 1512 TFLOP/s + 47 by vector units = 1559"));
  s.claims.back().low = s.claims.back().high = 378e12;
  CHECK_FALSE(conflict(found(s, "peak without precision")));
}

// fp4 against fp8: 1,512 / 1,979 = 0.76 and (1,512 + 47) / 1,979 = 0.79; like for like 378 / 989.5 = 0.382: 0.7 is 1.83 times it.
TEST_CASE("a comparison of chips is matched to a pair of rates") {
  auto claims = two_chips();
  claims.push_back(product(claim("compared", "performance", 0.7, 0.8, 0), "card"));
  claims.back().against = "other";
  auto s = with(claims);
  CHECK(found(s, "comparison of chips").size == Approx(0.7 * 989.5 / 378));
  CHECK(has(found(s, "comparison of chips"), "fp4 of card against fp8 of other (0.76, 0.79 with vector units)"));
  CHECK(has(found(s, "comparison of chips"), "bf16 0.38, fp8 0.38"));
  s.claims.back().low = 0.35;
  CHECK_FALSE(conflict(found(s, "comparison of chips")));
}

namespace {

// One hall of 1 MW at USD 4m/MW; chips of USD 10k in nodes of 8 with 8 kW and hosts of USD 40k; 1,000 a year, half of
// them ours: with a horizon of one year and USD 4m, 400 chips, 400 kW, halls 4m + hosts 2m + chips 4m = USD 10m.
Scenario synthetic() {
  Scenario s = with({});
  Chip chip;
  chip.id = "card", chip.stack = "native";
  chip.peak[Precision::bf16] = FlopRate(1e15);
  Node node;
  node.chip = s.chips.add(chip), node.chips = 8, node.power = Watts(8e3), node.host_price = Usd(40e3);
  Site site;
  site.build_cost = UsdPerWatt(4);
  Hall hall;
  hall.power = Watts(1e6);
  site.halls = {hall};
  s.sites.add(site);
  Producer producer;
  producer.years = {{2026, 1000, std::vector<double>(12, 1.0 / 12)}};
  producer.share = 0.5, producer.from = Date::of(2025, 1, 1);
  Approval approval;
  approval.quota = Uncertain<double>(450);
  Offer offer;
  offer.id = "card", offer.node = s.nodes.add(node), offer.producer = s.producers.add(producer), offer.price = Usd(10e3);
  offer.approvals = {s.approvals.add(approval)};
  s.offers.add(offer);
  s.native_stacks = {"native"};
  Campaign campaign;
  campaign.parts = {{{}, 8}};
  s.campaigns.add(campaign);
  s.study.timeline = Timeline(Date::of(2026, 1, 1), Date::of(2027, 1, 1));
  s.study.order_date = Date::of(2026, 1, 1);
  s.study.capex = Usd(12e6), s.study.chip_budget = Usd(4e6);
  s.study.mixes = {{"all", "", {Usd(4e6)}}};
  return s;
}

}  // namespace

TEST_CASE("a clean study has no conflict") {
  for (const auto& f : audit::audit(synthetic())) {
    INFO(f.rule << ": " << f.text);
    CHECK_FALSE(conflict(f));
  }
  CHECK(audit::audit(synthetic()).size() == 4);  // power, capex, output and quota are looked at
}

TEST_CASE("a study against itself: power, capex, output, quota, idle work, chips' share") {
  auto s = synthetic();
  s.sites[{0}].halls[0].power = Watts(320e3);
  CHECK(found(s, "study: power").size == Approx(1.25));
  s = synthetic();
  s.study.capex = Usd(8e6);
  CHECK(found(s, "study: capex").size == Approx(1.25));
  s = synthetic();  // 10m of profit, a quarter of it for chips, one year: 4 / 2.5
  s.study.finance = Finance();
  s.study.finance->profit = Usd(10e6), s.study.finance->base_year = 2026, s.study.finance->split[kChipsItem] = 0.25;
  CHECK(found(s, "study: cash").size == Approx(1.6));
  s.study.finance->extra = Usd(6e6);
  CHECK_FALSE(conflict(found(s, "study: cash")));
  s = synthetic();
  s.producers[{0}].share = 0.2;  // 200 of the year for 400
  CHECK(found(s, "study: output").size == Approx(2));
  s.producers[{0}].yield = 0.5;  // half of them good
  CHECK(found(s, "study: output").size == Approx(4));
  s.producers[{0}].stock = Producer::Stock{Uncertain<double>(1500), s.study.timeline.start(), {}, 0, {}};  // 300 of it ours, beside 100
  CHECK(found(s, "study: output").size == Approx(1));
  s = synthetic();
  s.approvals[{0}].quota = Uncertain<double>(100);
  CHECK(found(s, "study: quota").size == Approx(4));
  CHECK(has(found(s, "study: quota"), "USD 1.0m of USD 4.0m"));
  s = synthetic();
  s.campaigns[{0}].precision = Precision::fp8;
  CHECK(found(s, "study: idle work").severity == Finding::Severity::grave);
  s = synthetic();  // 4 / 12 is a third
  s.claims = {claim("capex", "capex", 10e6, 10e6), claim("chips", "chip-spend", 2e6, 3e6)};
  s.claims[1].part_of = "capex";
  CHECK(found(s, "study: chips' share").size == Approx(4.0 / 12 / 0.3));
  s.claims[1].high = 4e6;
  CHECK_FALSE(conflict(found(s, "study: chips' share")));
}

TEST_CASE("the gravest finding comes first") {
  const auto findings = audit::audit(with({claim("a", "capex", 10e9, 10e9), claim("b", "capex", 30e9, 30e9), claim("p", "profit", 25e9, 25e9, 2025)}));
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].rule == "same quantity");
  CHECK(findings[0].statements == std::vector<std::string>{"a (claims.toml:1)", "b (claims.toml:1)"});
  CHECK(findings[0].sources == std::vector<std::string>{"made up"});
  CHECK(findings[1].size == Approx(1.2));
}
