#include "catch.hpp"
#include "graph/flow.hpp"

using namespace capmix::graph;

TEST_CASE("wrong networks are refused") {
  CHECK_THROWS_AS(max_flow(2, {{0, 1, -1}}, 0, 1), std::invalid_argument);
  CHECK_THROWS_AS(max_flow(2, {{0, 1, std::numeric_limits<double>::quiet_NaN()}}, 0, 1), std::invalid_argument);
  CHECK_THROWS_AS(max_flow(2, {{0, 2, 1}}, 0, 1), std::invalid_argument);
  CHECK_THROWS_AS(max_flow(2, {{0, 1, 1}}, 0, 0), std::invalid_argument);
  CHECK_THROWS_AS(max_flow(3, {{0, 1, kUnbounded}, {1, 2, kUnbounded}}, 0, 2), std::invalid_argument);
}

TEST_CASE("an edge of capacity 0 is a cut, and so is no edge at all") {
  const auto r = max_flow(3, {{0, 1, 5}, {1, 2, 0}}, 0, 2);
  CHECK(r.value == 0);
  CHECK(r.cut == std::vector<int>{1});
  CHECK(max_flow(2, {}, 0, 1).value == 0);
}

// 0.1 + 0.2 is not 0.3 in doubles: without rounding to units the edge of 0.3 would bind instead of the two.
TEST_CASE("a tie is a tie whatever the last bit says") {
  const std::vector<FlowEdge> edges{{0, 1, 0.1}, {0, 1, 0.2}, {1, 2, 0.3}};
  CHECK(max_flow(3, edges, 0, 2).cut == std::vector<int>{0, 1});
}

TEST_CASE("capacities of very different size keep their value") {
  const std::vector<FlowEdge> edges{{0, 1, 6.5e20}, {1, 2, 1.25e9}, {0, 2, 3e20}};
  CHECK(max_flow(3, edges, 0, 2).value == test::Approx(3e20 + 1.25e9).epsilon(1e-13));
}
