#include "catch.hpp"
#include "graph/dag.hpp"

using namespace capmix::graph;

TEST_CASE("a cycle is reported with the nodes on it, in the order of its edges") {
  // 0 -> 1 -> 2 -> 3 -> 1, and 3 -> 4: the cycle is 1, 2, 3.
  try {
    Dag(5, {{0, 1}, {1, 2}, {2, 3}, {3, 1}, {3, 4}});
    FAIL("no error");
  } catch (const CycleError& e) {
    CHECK(e.nodes() == std::vector<int>{1, 2, 3});
  }
  try {
    Dag(2, {{1, 1}});
    FAIL("no error");
  } catch (const CycleError& e) {
    CHECK(e.nodes() == std::vector<int>{1});
  }
}

TEST_CASE("edges that leave the graph are refused") {
  CHECK_THROWS_AS(Dag(2, {{0, 2}}), std::invalid_argument);
  CHECK_THROWS_AS(Dag(2, {{-1, 0}}), std::invalid_argument);
}

TEST_CASE("the order of the edges does not matter, and neither do diamonds or no edges at all") {
  const std::vector<double> duration{3, 5, 7, 2};
  const auto a = Dag(4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}}).schedule(duration);
  const auto b = Dag(4, {{2, 3}, {1, 3}, {0, 2}, {0, 1}}).schedule(duration);
  for (size_t v = 0; v < 4; ++v) CHECK(a.nodes[v].start == b.nodes[v].start);
  CHECK(a.end == 12);                  // 3 + 7 + 2
  CHECK(a.nodes[1].slack == 2);        // 7 - 5
  CHECK(Dag(0, {}).schedule({}).end == 0);
  CHECK(Dag(2, {}).schedule({4, 9}).nodes[0].slack == 5);
}
