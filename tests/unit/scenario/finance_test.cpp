// Where the money comes from, as read; the broken files are in tests/errors.
#include "catch.hpp"
#include "scenario/scenario.hpp"

using namespace capmix;
using test::Approx;

namespace {

Scenario money(const std::vector<std::string>& overrides = {}) {
  return scenario::load(std::string(CAPMIX_SOURCE_DIR) + "/tests/errors/money.toml", overrides);
}

}  // namespace

TEST_CASE("a study's finance, shocks, loop and window are read") {
  const Scenario s = money();
  REQUIRE(s.study.finance);
  const Finance& f = *s.study.finance;
  CHECK(f.profit.mode.value() == 3e9);
  CHECK(f.base_year == 2025);
  CHECK(f.split[kChipsItem] == 0.4);
  CHECK(f.extra.mode.value() == 100e6);
  REQUIRE(f.shocks.size() == 1);
  CHECK(f.shocks[0].date.mode == Date::of(2026, 6, 1));
  CHECK(f.shocks[0].lasts->mode.n == Approx(6 * kDaysPerMonth));
  CHECK(f.shocks[0].region == "west");
  REQUIRE(s.study.loop);
  CHECK(s.study.loop->revenue.mode.value() == Approx(0.6e-18));
  CHECK(s.study.loop->demand->mode.value() == Approx(40e18));
  CHECK(s.study.mixes[0].window.at(s.offers.find("alpha")).n == Approx(12 * kDaysPerMonth));
  CHECK(money({"study:finance.shock.ban.probability=1"}).study.finance->shocks[0].probability.mode == 1);
}

TEST_CASE("statements are read in their own currency, and are no facts of the study") {
  const Scenario s = money();
  REQUIRE(s.claims.size() == 3);
  CHECK(s.claims[0].kind == ClaimKind::at_most);
  CHECK(s.claims[1].currency == "CNY");
  CHECK(s.claims[1].low == 13e9);
  CHECK(s.claims[1].high == 15e9);
  CHECK(s.claims[2].low == Approx(12));
  for (const auto& f : s.facts) CHECK(f.subject.rfind("claims/", 0) != 0);
  CHECK(money({"claims/plain:claim.plan.value=USD 3bn"}).claims[0].high == 3e9);
}

TEST_CASE("a study without them has none") {
  const Scenario s = scenario::load(std::string(CAPMIX_SOURCE_DIR) + "/tests/errors/good/study.toml");
  CHECK_FALSE(s.study.finance);
  CHECK_FALSE(s.study.loop);
  CHECK(s.claims.empty());
  CHECK(s.study.mixes[0].window.empty());
}
