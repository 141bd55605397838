#include "fleet/pool.hpp"

#include "catch.hpp"
#include "unit/fleet/fixture.hpp"

using namespace capmix::fleet;

namespace {

const test::Date kStart = test::day(2026, 1, 1);

Pool online(const test::World& w) {
  const Months months(w.scenario.study.timeline);
  Pool pool(w.scenario, w.plan, months);
  for (int p = 0; p < static_cast<int>(pool.pods().size()); ++p) pool.switch_on(p);
  return pool;
}

}  // namespace

TEST_CASE("Pods with the same node at the same site are one kind") {
  test::World w;
  w.pod("fast", 16, kStart);
  w.pod("fast", 16, kStart, "west");
  w.pod("slow", 16, kStart);
  w.pod("fast", 8, kStart);
  w.pod("fast", 8, test::day(2030, 1, 1));     // beyond the horizon
  w.pod("fast", 8, kStart).retires = kStart;   // gone before the start
  const Pool pool = online(w);
  REQUIRE(pool.kinds().size() == 3);
  CHECK(pool.pods().size() == 4);
  CHECK(pool.kind(0).chips == 24);
  CHECK(pool.kind(0).usable == 24);
}

TEST_CASE("Gangs take whole nodes, and chips beside them are idle but not usable") {
  test::World w;
  w.pod("fast", 12, kStart);
  w.pod("fast", 12, kStart);
  Pool pool = online(w);
  CHECK(pool.kind(0).idle == 24);
  CHECK(pool.kind(0).usable == 16);
  const auto held = pool.take(0, 9);  // two nodes
  REQUIRE(held.size() == 2);
  CHECK(held[0].chips + held[1].chips == 16);
  CHECK(pool.kind(0).idle == 8);
  CHECK(pool.kind(0).usable == 0);
  pool.give_back(held);
  CHECK(pool.kind(0).usable == 16);
}

TEST_CASE("The fullest pods are filled first, so that whole ones stay free") {
  test::World w;
  w.pod("fast", 16, kStart);
  w.pod("fast", 16, kStart);
  Pool pool = online(w);
  CHECK(pool.take(0, 8)[0].pod == 0);
  CHECK(pool.take(0, 8)[0].pod == 0);
  CHECK(pool.take(0, 8)[0].pod == 1);
}

TEST_CASE("A pod that serves or is off has no free chips") {
  test::World w;
  w.pod("fast", 16, kStart);
  w.pod("fast", 16, kStart);
  Pool pool = online(w);
  pool.serve(0, 0);
  CHECK(pool.kind(0).usable == 16);
  pool.switch_off(1);
  CHECK(pool.kind(0).usable == 0);
  pool.serve(0, -1);
  CHECK(pool.kind(0).idle == 16);
}
