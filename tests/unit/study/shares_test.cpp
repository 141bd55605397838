#include "study/shares.hpp"

#include <memory>

#include "catch.hpp"
#include "study/share_search.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;
using capmix::study::shares_within;

TEST_CASE("shares on a grid under limits") {
  // Quarters of two: 5. With at most 0.6 of the first and 0.75 of the second: 2 + 2, 1 + 3.
  CHECK(shares_within({1, 1}, 4).size() == 5);
  CHECK(shares_within({0.6, 0.75}, 4) == std::vector<std::vector<double>>{{0.5, 0.5}, {0.25, 0.75}});
  // Three offers in quarters: (4 + 2 choose 2) = 15.
  CHECK(shares_within({1, 1, 1}, 4).size() == 15);
  CHECK(shares_within({0.3, 0.3}, 4).empty());
  CHECK(shares_within({2, 0}, 10) == std::vector<std::vector<double>>{{1, 0}});
  CHECK(shares_within({0.3, 1}, 10).front()[0] == test::Approx(0.3));  // 0.3 x 10 is a hair below 3
}

TEST_CASE("what a producer can make for this buyer bounds what can be spent") {
  // 12,000 units a year in 2026 and, repeated, 2027 and 2028, from 2026 on; half of the plan is made, 0.8 good, 0.25 of it for us; 100 each.
  auto s = fixture::study();
  const auto offer = s.offers.find("npu");
  auto& p = s.producers[s.offers[offer].producer];
  p.years = {{2026, 12000, {}}};
  p.realised = 0.5, p.yield = 0.8, p.share = 0.25;
  s.offers[offer].price = Usd(100);
  s.study.timeline = Timeline(kStart, kEnd);
  CHECK(study::supply_limit(s, offer) == test::Approx(36000 * 0.5 * 0.8 * 0.25 * 100));
  p.stock.emplace();
  p.stock->units = 400.0;
  CHECK(study::supply_limit(s, offer) == test::Approx((36000 * 0.4 + 400) * 0.25 * 100));
}

// A file keeps money, not shares: whatever the shares were, the money of those that come back is the same to the last bit, and so is the id, also where it is
// rounded (78.125 % is "78.12", a hair more would be "78.13").
TEST_CASE("shares of a mix are found again by its money") {
  for (const double budget : {22.5e9, 64e6, 7e9 / 7.1, 1e9 / 3})
    for (const auto& x : study::clipped_shares({0.3731, 1, 0.129}, 128)) {
      std::vector<double> usd;
      for (const double share : x) usd.push_back(budget * share);
      const auto back = study::shares_of(study::share_id(x), usd, budget);
      REQUIRE(back.has_value());
      for (size_t i = 0; i < x.size(); ++i) CHECK(budget * (*back)[i] == usd[i]);
      CHECK(study::share_id(*back) == study::share_id(x));
    }
  CHECK_FALSE(study::shares_of("50-50", {5e8, 5e8}, 2e9));      // of another budget
  CHECK_FALSE(study::shares_of("article", {5e8, 5e8}, 1e9));    // no mix by shares
  CHECK_FALSE(study::shares_of("50-50-0", {5e8, 5e8}, 1e9));    // of other offers
  CHECK_FALSE(study::shares_of("50", {5e8, 5e8}, 1e9));
}

TEST_CASE("worlds with other mixes") {
  auto s = std::make_shared<Scenario>(fixture::study());
  s->study.chip_budget = Usd(2e9);
  study::Worlds worlds;
  worlds.scenarios = {s, s};
  const auto w = study::with_shares(worlds, {{0.75, 0.25}, {1, 0}});
  REQUIRE(w.study().mixes.size() == 2);
  CHECK(w.study().mixes[0].id == "75-25");
  CHECK(w.study().mixes[0].spend[0].value() == test::Approx(1.5e9));
  CHECK(w.study().mixes[1].name == "100/0");
  CHECK(w.study().name.find("; mixes in % of the budget for h200/npu") != std::string::npos);
  CHECK(w.scenarios[0] == w.scenarios[1]);
}
