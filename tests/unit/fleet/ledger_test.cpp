#include "fleet/ledger.hpp"

#include <numeric>

#include "catch.hpp"
#include "unit/fleet/fixture.hpp"

using namespace capmix::fleet;

namespace {

int64_t sum(const OwnerSeconds& parts) { return std::accumulate(parts.begin(), parts.end(), int64_t{0}); }
int64_t at(const OwnerSeconds& parts, Owner o) { return parts[static_cast<size_t>(o)]; }

}  // namespace

TEST_CASE("Parts of held time are whole and sum to it exactly") {
  for (int64_t held : {int64_t{0}, int64_t{1}, int64_t{7}, int64_t{1000003}, int64_t{2'678'400} * 999'983}) {
    for (double g : {1.0, 0.97, 1.0 / 3}) {
      for (double e : {1.0, 0.7, 0.1}) CHECK(sum(apportion(held, busy(g, e, 0.123456789))) == held);
    }
  }
}

TEST_CASE("Held time splits into failure, porting, stall and useful") {
  // 1000 chip-seconds; failures take 10 %: 100. Of the 900 left the port gives 60 %: porting 360, and of the 540
  // a quarter stalls: 135, useful 405.
  const auto parts = apportion(1000, busy(0.9, 0.6, 0.25));
  CHECK(at(parts, Owner::failure) == 100);
  CHECK(at(parts, Owner::porting) == 360);
  CHECK(at(parts, Owner::stall) == 135);
  CHECK(at(parts, Owner::useful) == 405);
}

TEST_CASE("The largest remainder gets the last chip-second, useful first among equals") {
  // 3 chip-seconds, half useful and half stalled: 1.5 each, rounded down to 1; the one left goes to useful.
  const auto parts = apportion(3, busy(1, 1, 0.5));
  CHECK(at(parts, Owner::stall) == 1);
  CHECK(at(parts, Owner::useful) == 2);
}

TEST_CASE("Shares that are not a whole are taken in proportion") {
  // stall 1, useful 3 of 100 chip-seconds.
  OwnerShares shares{};
  CHECK(at(apportion(100, shares), Owner::useful) == 100);
  shares[static_cast<size_t>(Owner::stall)] = 1;
  shares[static_cast<size_t>(Owner::useful)] = 3;
  shares[static_cast<size_t>(Owner::porting)] = -2;
  CHECK(at(apportion(100, shares), Owner::stall) == 25);
  CHECK(at(apportion(100, shares), Owner::useful) == 75);
}

TEST_CASE("A span is cut at months and at the horizon") {
  const test::World w(test::day(2026, 3, 1));
  const Months months(w.scenario.study.timeline);
  Ledger ledger(w.scenario, months);
  ledger.span(-5, months.horizon() + 5, {w.chip("slow"), {}, -1}, Owner::approval, 2);
  const auto facts = ledger.facts();
  REQUIRE(facts.size() == 2);
  CHECK(facts[0].chip_seconds == 2 * 31 * 86400);  // January
  CHECK(facts[1].chip_seconds == 2 * 28 * 86400);  // February
  CHECK(facts[1].month == 1);
  CHECK(facts[0].chip == "slow");
  CHECK(facts[0].site.empty());
  CHECK(facts[0].owner == "approval");
  CHECK(ledger.total() == 2 * 59 * 86400);
}
