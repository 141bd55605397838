// Ledgers are added and subtracted in whole chip-seconds.
#include "analysis/ledger.hpp"

#include <random>
#include <stdexcept>

#include "catch.hpp"

using namespace capmix;

namespace {

std::vector<LedgerFact> some(std::mt19937& rng) {
  std::uniform_int_distribution<int> pick(0, 9), seconds(0, 1 << 30);
  std::vector<LedgerFact> out;
  for (int i = 0; i < 60; ++i)
    out.push_back({pick(rng) % 3, pick(rng) % 2 ? "big" : "small", pick(rng) % 2 ? "north" : "", "", kOwners[pick(rng)], seconds(rng)});
  return out;
}

}  // namespace

// Month 0: 10 h of production become 4 h, and 7 h of approval appear. Month 1: 20 h useful on both sides cancel.
TEST_CASE("the difference of two ledgers is a ledger, by hand") {
  const std::vector<LedgerFact> base{{0, "big", "", "", "production", 36000}, {1, "big", "north", "run", "useful", 72000}};
  const std::vector<LedgerFact> of{{1, "big", "north", "run", "useful", 72000}, {0, "big", "", "", "production", 14400}, {0, "big", "", "", "approval", 25200}};
  const auto d = analysis::ledger_difference(of, base);
  REQUIRE(d.size() == 2);
  CHECK(d[0].owner == "approval");
  CHECK(d[0].chip_seconds == 25200);
  CHECK(d[1].owner == "production");
  CHECK(d[1].chip_seconds == -21600);
  CHECK(analysis::total(analysis::by_owner(d)) == 3600);  // 11 + 20 h less 10 + 20 h
}

TEST_CASE("it sums to the difference in accrued chip-seconds, whole and by owner; against itself it is empty") {
  std::mt19937 rng(3);
  for (int round = 0; round < 50; ++round) {
    const auto a = some(rng), b = some(rng);
    const auto d = analysis::by_owner(analysis::ledger_difference(a, b));
    CHECK(d == analysis::difference(analysis::by_owner(a), analysis::by_owner(b)));
    CHECK(analysis::total(d) == analysis::total(analysis::by_owner(a)) - analysis::total(analysis::by_owner(b)));
    CHECK(analysis::ledger_difference(a, a).empty());
  }
}

TEST_CASE("an owner that the ledger does not know is refused") {
  CHECK_THROWS_AS(analysis::by_owner({{0, "big", "", "", "nobody", 1}}), std::runtime_error);
}
