// Who gets which nodes: best fit in pods, nodes and chips, counted and not listed.
#include "catch.hpp"
#include "fleet/cluster.hpp"

using namespace capmix;
using namespace capmix::fleet;

namespace {

Placement take(Cluster& cluster, double chips, int part = 0) {
  REQUIRE(cluster.fits(width_of(chips), part));
  Placement p = cluster.find(width_of(chips), part);
  cluster.take(p);
  return p;
}

}  // namespace

TEST_CASE("a width is whole chips or thousandths of one, rounded up") {
  CHECK(width_of(8).chips == 8);
  CHECK(width_of(1.5).chips == 2);
  CHECK(width_of(0.5).share == 500);
  CHECK(width_of(0.9999).chips == 1);
  CHECK(width_of(1e-9).share == 1);
}

// Three pods of 4 nodes. 3 nodes go into a whole pod, the next 1 into what it left; 6 have no pod that holds them: 4 of one and 2 of another.
TEST_CASE("a gang lies in the fullest pod that holds it, else over as few as can be") {
  Cluster cluster({{"a", 3, 4, 8}});
  const Placement a = take(cluster, 24), b = take(cluster, 8), c = take(cluster, 48);
  REQUIRE(a.whole.size() == 1);
  CHECK(b.whole[0].pod == a.whole[0].pod);
  REQUIRE(c.whole.size() == 2);
  CHECK(c.whole[0].nodes == 4);
  CHECK(c.whole[1].nodes == 2);
  CHECK(c.pods() == 2);
  CHECK(cluster.busy_nodes() == 10);
  CHECK(cluster.busy_chips() == 80);
  CHECK(cluster.widest() == 16);
  for (const auto& p : {a, b, c}) cluster.give_back(p);
  CHECK(cluster.busy_nodes() == 0);
  CHECK(cluster.widest() == 96);
}

// Of pods with 4, 4 and 3 free nodes, 7 take 4 and then the 3, not 3 of the second 4.
TEST_CASE("what is left of a gang goes into the fullest pod that has the room") {
  Cluster cluster({{"a", 3, 4, 1}});
  const Placement one = take(cluster, 1), seven = take(cluster, 7);
  REQUIRE(seven.whole.size() == 2);
  CHECK(seven.whole[1].pod == one.whole[0].pod);
  CHECK(seven.whole[1].nodes == 3);
}

TEST_CASE("narrow gangs share the fullest node, and a node that is empty is whole again") {
  Cluster cluster({{"a", 1, 2, 8}});
  const Placement five = take(cluster, 5), three = take(cluster, 3), two = take(cluster, 2);
  CHECK(three.node == five.node);
  CHECK(two.node != five.node);
  CHECK(cluster.busy_nodes() == 2);
  CHECK(cluster.free_nodes(0) == 0);
  CHECK(cluster.widest() == 6);
  CHECK_FALSE(cluster.fits(width_of(8), 0));
  cluster.give_back(five);
  CHECK(take(cluster, 5).node == five.node);   // 5 free there, 6 on the other
  cluster.give_back(five);
  cluster.give_back(three);
  CHECK(cluster.free_nodes(0) == 1);
  CHECK(cluster.widest() == 14);
}

// 12 chips on nodes of 8: a whole node and half of one more.
TEST_CASE("a gang that is no multiple of a node takes a part of one") {
  Cluster cluster({{"a", 1, 3, 8}});
  const Placement a = take(cluster, 12), b = take(cluster, 12);
  CHECK(a.node == b.node);
  CHECK(cluster.busy_nodes() == 3);
  CHECK(cluster.busy_chips() == 24);
  CHECK_FALSE(cluster.fits(width_of(1), 0));
}

// 0.6 and 0.6 are two chips, though 0.8 are left over; 0.4 fits beside one of them.
TEST_CASE("shares of a chip lie on one chip each") {
  Cluster cluster({{"a", 1, 1, 2}});
  const Placement a = take(cluster, 0.6), b = take(cluster, 0.6);
  CHECK(a.chip != b.chip);
  CHECK_FALSE(cluster.fits(width_of(0.5), 0));
  const Placement c = take(cluster, 0.4);
  CHECK(cluster.busy_chips() == test::Approx(1.6));
  CHECK(cluster.busy_nodes() == 1);
  for (const auto& p : {a, b, c}) cluster.give_back(p);
  CHECK(cluster.busy_nodes() == 0);
  CHECK(cluster.fits(width_of(2), 0));
}

TEST_CASE("a gang suits the smallest node that holds all of it, else the largest") {
  const Cluster cluster({{"eight", 1, 1, 8}, {"two", 1, 8, 2}});
  CHECK(cluster.order(width_of(1)) == std::vector<int>{1, 0});
  CHECK(cluster.order(width_of(0.5)) == std::vector<int>{1, 0});
  CHECK(cluster.order(width_of(4)) == std::vector<int>{0, 1});
  CHECK(cluster.order(width_of(16)) == std::vector<int>{0, 1});
  CHECK(cluster.ever_fits(width_of(16)));
  CHECK_FALSE(cluster.ever_fits(width_of(17)));
}
