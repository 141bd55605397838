#include <cmath>
#include <random>

#include "catch.hpp"
#include "graph/flow.hpp"

using namespace capmix::graph;

// Source 0, sink 5. Two suppliers that share one hall:
//   0 -(10)-> 1 -(4)-> 3        money and approval of the first
//   0 -( 8)-> 2 -(9)-> 3        money and approval of the second
//   3 -(11)-> 4 -(inf)-> 5      power of the hall
// Approval lets 4 through and money 8: 12 arrive at a hall of 11. Min-cut {3->4} = 11, against
// {1->3, 0->2} = 12.
TEST_CASE("min-cut of a small plan by hand") {
  std::vector<FlowEdge> edges{{0, 1, 10}, {1, 3, 4}, {0, 2, 8}, {2, 3, 9}, {3, 4, 11}, {4, 5, kUnbounded}};
  auto r = max_flow(6, edges, 0, 5);
  CHECK(r.value == test::Approx(11));
  CHECK(r.cut == std::vector<int>{4});

  edges[4].capacity = 20;  // more power: now the approval and the money bind
  r = max_flow(6, edges, 0, 5);
  CHECK(r.value == test::Approx(12));
  CHECK(r.cut == std::vector<int>{1, 2});

  edges[4].capacity = 12;  // a tie: the cut nearest to the source is named
  CHECK(max_flow(6, edges, 0, 5).cut == std::vector<int>{1, 2});
}

// The diamond with a cross edge (Ford and Fulkerson): 0->1 3, 0->2 2, 1->2 1, 1->3 2, 2->3 3; max-flow 5.
TEST_CASE("a cross edge carries flow, and flow is conserved") {
  const std::vector<FlowEdge> edges{{0, 1, 3}, {0, 2, 2}, {1, 2, 1}, {1, 3, 2}, {2, 3, 3}};
  const auto r = max_flow(4, edges, 0, 3);
  CHECK(r.value == test::Approx(5));
  CHECK(r.flow == std::vector<double>{3, 2, 1, 2, 3});
}

namespace {
std::vector<FlowEdge> random_network(std::mt19937& rng, int n) {
  std::uniform_real_distribution<double> share(0, 1), exponent(-3, 15);
  const double scale = std::pow(10, exponent(rng));
  std::vector<FlowEdge> edges;
  for (int a = 0; a < n; ++a)
    for (int b = 0; b < n; ++b)
      if (a != b && share(rng) < 0.3) edges.push_back({a, b, share(rng) * scale});
  return edges;
}
}  // namespace

TEST_CASE("max-flow equals its cut, is conserved, and more capacity never lowers it") {
  std::mt19937 rng(11);
  for (int round = 0; round < 200; ++round) {
    const int n = 10;
    auto edges = random_network(rng, n);
    const auto r = max_flow(n, edges, 0, n - 1);
    double cut = 0;
    for (const int i : r.cut) cut += edges[static_cast<size_t>(i)].capacity;
    REQUIRE(r.value == test::Approx(cut));
    std::vector<double> net(n, 0.0);
    for (size_t i = 0; i < edges.size(); ++i) {
      REQUIRE(r.flow[i] <= edges[i].capacity * (1 + 1e-9));
      net[static_cast<size_t>(edges[i].from)] -= r.flow[i];
      net[static_cast<size_t>(edges[i].to)] += r.flow[i];
    }
    for (size_t v = 1; v + 1 < n; ++v) REQUIRE(std::abs(net[v]) <= 1e-9 * (r.value + 1e-12));
    auto& wider = edges[rng() % edges.size()];
    wider.capacity *= 2;
    REQUIRE(max_flow(n, edges, 0, n - 1).value >= r.value * (1 - 1e-12));
  }
}
