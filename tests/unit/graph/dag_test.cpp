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

// Two projects, nodes 0 -> 1 (ends at 5) and 2 -> 3 (ends at 12), where 2 also waits for 0: 0 has no slack though its own
// project ends long before the other, 1 has none to its own end.
TEST_CASE("groups have ends of their own, and share what holds them up") {
  const auto s = Dag(4, {{0, 1}, {2, 3}, {0, 2}}, {0, 0, 1, 1}).schedule({3, 2, 4, 5});
  CHECK(s.ends == std::vector<double>{5, 12});
  CHECK(s.end == 12);
  for (const auto& n : s.nodes) CHECK(n.critical);
  const auto apart = Dag(4, {{0, 1}, {2, 3}, {0, 2}}, {0, 0, 1, 1}).schedule({3, 2, 4, 5}, {0, 0, 10, 0});
  CHECK(apart.nodes[2].start == 10);
  CHECK(apart.nodes[0].critical);      // its own project still ends with it
  CHECK(Dag(2, {{0, 1}}, {0, 1}).schedule({3, 2}, {0, 10}).nodes[0].critical);
}

// Work stands still from 10 to 20: 0 (8 of work from day 4) does 6 before and ends at 22. 1 starts at half of it, on day 8,
// does 2 before and ends at 23, last of all. By itself 0 could start on day 23 - 18 = 5, by its lag of 4 on day 4.
TEST_CASE("progress may be uneven") {
  const Progress holiday = [](int, double start, double work) {
    const double before = start < 10 ? 10 - start : 0;
    return work <= before ? start + work : (start < 20 ? 20 : start) + work - before;
  };
  const auto s = Dag(2, {{0, 1, 0.5}}).schedule({8, 5}, {4, 0}, holiday);
  CHECK(s.nodes[0].end == 22);
  CHECK(s.nodes[1].start == 8);
  CHECK(s.nodes[1].end == 23);
  CHECK(s.nodes[1].critical);
  CHECK(s.nodes[0].latest_start == 4);
  CHECK(s.nodes[0].critical);
}

TEST_CASE("an order in which each node follows what it waits for, the least first") {
  CHECK(Dag(5, {{3, 1}, {1, 0}}).order() == std::vector<int>{2, 3, 1, 0, 4});
  CHECK(Dag(3, {}).order() == std::vector<int>{0, 1, 2});
  CHECK(Dag(3, {{2, 1, 0.5}, {1, 0}}).order() == Dag(3, {{1, 0}, {2, 1}}).order());
}
