#include <random>

#include "catch.hpp"
#include "graph/dag.hpp"

using namespace capmix::graph;

// permit 60 -> shell 100 -> (from 60 % of shell) cooling 90 -> rack 20
// grid 170 -------------------------------------------------> rack
// permit 60 -> fibre 30 ------------------------------------> rack
// Starts: permit 0, shell 60, cooling 60 + 0.6*100 = 120, fibre 60, grid 0, rack max(210, 170, 90) = 210.
// End 230. Backwards from rack at 210: cooling 120, grid 40, fibre 180; shell: cooling needs 120 - 60 = 60, and
// shell's own end is free until 230 (L <= 130), so 60; permit 0.
TEST_CASE("critical path of a small build-out by hand") {
  enum { permit, shell, cooling, grid, fibre, rack };
  const Dag dag(6, {{permit, shell, 1}, {shell, cooling, 0.6}, {permit, fibre, 1}, {cooling, rack, 1}, {grid, rack, 1}, {fibre, rack, 1}});
  const auto s = dag.schedule({60, 100, 90, 170, 30, 20});
  CHECK(s.end == test::Approx(230));
  const double starts[] = {0, 60, 120, 0, 60, 210}, slack[] = {0, 0, 0, 40, 120, 0};
  for (size_t v = 0; v < 6; ++v) {
    INFO("node " << v);
    CHECK(s.nodes[v].start == test::Approx(starts[v]));
    CHECK(s.nodes[v].slack == test::Approx(slack[v]));
    CHECK(s.nodes[v].latest_start == test::Approx(starts[v] + slack[v]));
    CHECK(s.nodes[v].critical == (slack[v] == 0));
  }
  CHECK(s.nodes[cooling].end == test::Approx(210));
}

// permit 60 -> shell 150 -> rack 20, and chips for the rack arrive on day 300 instead of 210: the rack runs
// 300..320, and both tasks before it may slip by 300 - 210 = 90 days.
TEST_CASE("an earliest start delays a node and gives slack to what is before it") {
  const Dag dag(3, {{0, 1, 1}, {1, 2, 1}});
  const auto s = dag.schedule({60, 150, 20}, {0, 0, 300});
  CHECK(s.nodes[2].start == test::Approx(300));
  CHECK(s.end == test::Approx(320));
  CHECK(s.nodes[0].slack == test::Approx(90));
  CHECK(s.nodes[1].slack == test::Approx(90));
  CHECK(s.nodes[2].critical);
  CHECK_FALSE(s.nodes[0].critical);
}

TEST_CASE("longer tasks never bring any node forward, slack is what a node can slip") {
  std::mt19937 rng(7);
  std::uniform_real_distribution<double> days(1, 100), share(0, 1);
  for (int round = 0; round < 200; ++round) {
    const int n = 12;
    std::vector<DagEdge> edges;
    for (int a = 0; a < n; ++a)
      for (int b = a + 1; b < n; ++b)
        if (share(rng) < 0.3) edges.push_back({a, b, share(rng)});
    std::vector<double> duration;
    for (int v = 0; v < n; ++v) duration.push_back(days(rng));
    const Dag dag(n, edges);
    const auto before = dag.schedule(duration);
    const size_t pick = static_cast<size_t>(rng() % n);

    auto longer = duration;
    longer[pick] += days(rng);
    const auto after = dag.schedule(longer);
    for (size_t v = 0; v < n; ++v) REQUIRE(after.nodes[v].start >= before.nodes[v].start);
    REQUIRE(after.end >= before.end);

    std::vector<double> slip(n, 0.0);
    slip[pick] = before.nodes[pick].latest_start;
    REQUIRE(dag.schedule(duration, slip).end == test::Approx(before.end));
    slip[pick] += 1;
    REQUIRE(dag.schedule(duration, slip).end > before.end + 0.5);
  }
}
