#include <random>

#include "catch.hpp"
#include "plan/passes.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {

using Binding = std::vector<std::pair<std::string, double>>;

const BottleneckPlan& month(const Plan& p, int year, int m) {
  for (const auto& b : p.bottlenecks)
    if (b.month == Date::of(year, m, 1)) return b;
  FAIL("no such month");
  return p.bottlenecks.front();
}

// 10,000 h200 (6e18) and 20,000 npu (4e18), 60 % and 40 % of the potential. Output and halls are ample.
const Mix kSmall = mix(10000 * 24.8e3, 20000 * 7.5e3);

// The last month of a quarter.
const BottleneckPlan& quarter(const Plan& p, int year, int q) { return month(p, year, 3 * q); }

std::string top(const Plan& p, int year, int q) { return quarter(p, year, q).binding.front().first; }

}  // namespace

// By hand, at modes (install + burn-in 45 days, old hall 20 MW = 15 pods of 1.28 MW or 26 of 0.768 MW):
//   Q1 2026  ordered March 1. h200: permission comes on June 20. npu: lead time 60 days has not passed.
//   Q2       h200: approved June 20, docked 30 days after the month's end: lead time. npu: all 20,000 docked on May 30,
//            online July 14: installation.
//   Q3       h200: 33,333 of June's output are ours, all docked by July 30; 10,000 online by mid-September: money,
//            6e18. npu: production of the port since day 270 (September 28): money, 4e18.
TEST_CASE("the binding constraint moves along the chain, by hand") {
  const auto p = at_modes(study(), kSmall);
  CHECK(quarter(p, 2026, 1).capacity == 0);
  CHECK(quarter(p, 2026, 1).binding == Binding{{"approval permission (h200)", 0.6}, {"delivery (npu)", 0.4}});
  CHECK(quarter(p, 2026, 2).capacity == 0);
  CHECK(quarter(p, 2026, 2).binding == Binding{{"delivery (h200)", 0.6}, {"installation (npu)", 0.4}});
  CHECK(quarter(p, 2026, 3).capacity == test::Approx(10e18));
  CHECK(quarter(p, 2026, 3).binding == Binding{{"money", 1.0}});
}

// The same study month by month. January, February: nothing is ordered before March 1. March, April: the npu's lead time
// of 60 days from March 1; the last day of April is the first on which it could have passed, so what is made by then is on
// its way. May: docked on the 30th. July, August: the h200 of June's output, docked by July 30, install until
// mid-September; npu online since July 14, its port since day 210 (July 30) at 0.6 / 0.8: 4e18 x 0.75 = 3e18.
TEST_CASE("the binding constraint by month, by hand") {
  const auto p = at_modes(study(), kSmall);
  REQUIRE(p.bottlenecks.size() == 36);
  const auto binds = [&](int m, const char* h200, const char* npu) { return month(p, 2026, m).binding == Binding{{h200, 0.6}, {npu, 0.4}}; };
  for (const int m : {1, 2}) CHECK(binds(m, "order (h200)", "order (npu)"));
  for (const int m : {3, 4}) CHECK(binds(m, "approval permission (h200)", "delivery (npu)"));
  CHECK(binds(5, "approval permission (h200)", "installation (npu)"));
  CHECK(binds(6, "delivery (h200)", "installation (npu)"));
  for (const int m : {7, 8}) {
    CHECK(binds(m, "installation (h200)", "port cann/llm-training"));
    CHECK(month(p, 2026, m).capacity == test::Approx(3e18));
  }
  for (const int m : {9, 12}) CHECK(month(p, 2026, m).binding == Binding{{"money", 1.0}});
  CHECK(month(p, 2028, 12).capacity == test::Approx(10e18));
}

// The port is at 0.5 on day 120 and stays there: 4e18 * 0.5 = 2e18 beside 6e18 of h200.
TEST_CASE("the port's stage binds when everything else is there") {
  auto s = study();
  s.ports[0].stages[2].duration = Days{2000};
  const auto b = quarter(at_modes(s, kSmall), 2026, 4);
  CHECK(b.capacity == test::Approx(8e18));
  CHECK(b.binding == Binding{{"money", 0.6}, {"port cann/llm-training", 0.4}});
}

// A quota of 2,500 of 10,000: 1.5e18 of 6e18; the constraint carries the whole chain's potential, 60 %. With the
// redirect, half of the blocked 7,500 x 24.8k = USD 186m buys 12,400 more npu: 32,400 x 2e14 = 6.48e18.
// Those 3,750 h200 count no longer: 6,250 x 6e14 = 3.75e18 are left of that chain's potential.
TEST_CASE("a quota binds at what it lets through, a refusal at nothing") {
  const auto s = study();
  auto b = quarter(at_modes(s, kSmall, forced(s, "licence", true, 2500.0)), 2027, 4);
  CHECK(b.capacity == test::Approx(1.5e18 + 6.48e18));
  CHECK(b.binding[0].first == "money");
  CHECK(b.binding[0].second == test::Approx(6.48 / (3.75 + 6.48)));
  auto alone = s;
  alone.study.redirect.to.clear();
  b = quarter(at_modes(alone, kSmall, forced(s, "licence", true, 2500.0)), 2027, 4);
  CHECK(b.capacity == test::Approx(5.5e18));
  CHECK(b.binding == Binding{{"quota licence (h200)", 0.6}, {"money", 0.4}});
  b = quarter(at_modes(alone, kSmall, forced(s, "permission", false)), 2027, 4);
  CHECK(b.capacity == test::Approx(4e18));
  CHECK(b.binding == Binding{{"approval permission (h200)", 0.6}, {"money", 0.4}});
}

// 100 h200 a month, ours from June 20 on: floor(100 * 11/30) = 36 of June, then 100 a month. September's are docked
// on October 30 and online on December 14, October's only in January: 336 chips = 42 nodes, in pods of one node.
TEST_CASE("short output binds as production, chips in transit included") {
  auto s = study();
  s.producers[{0}].years = {{2026, 1200, {}}};
  s.fabrics[{0}].pod_nodes = 1;
  const auto b = quarter(at_modes(s, mix(10000 * 24.8e3, 0)), 2026, 4);
  CHECK(b.binding == Binding{{"production nv (h200)", 1.0}});
  CHECK(b.capacity == test::Approx(42 * 8 * 600e12));
}

// The same short output, and the licence is paused from the last day of October to the last of November: what is not made
// by then waits for it, and for output again in December.
TEST_CASE("a paused approval binds instead of the output that it stops") {
  auto s = study();
  s.producers[{0}].years = {{2026, 1200, {}}};
  auto p = at_modes(s, mix(10000 * 24.8e3, 0));
  p.approvals[0].steps.push_back({Date::of(2026, 10, 31), ApprovalState::paused});
  p.approvals[0].steps.push_back({Date::of(2026, 12, 1), ApprovalState::granted});
  p.bottlenecks.clear();
  plan::bottleneck(s, Draw::at_modes(), p);
  CHECK(month(p, 2026, 9).binding == Binding{{"production nv (h200)", 1.0}});
  CHECK(month(p, 2026, 10).binding == Binding{{"approval licence (h200)", 1.0}});
  CHECK(month(p, 2026, 11).binding == Binding{{"approval licence (h200)", 1.0}});
  CHECK(month(p, 2026, 12).binding == Binding{{"production nv (h200)", 1.0}});
}

// 187,500 npu are made by the end of May, 62,500 a month from March on; the first ones dock on March 31 + 120 days =
// July 29. On June 30 nothing is there, and output is not to blame.
TEST_CASE("chips that are made and on their way wait for delivery") {
  auto s = study();
  s.offers[{1}].lead_time = Days{120};
  CHECK(quarter(at_modes(s, mix(0, 187500 * 7.5e3)), 2026, 2).binding == Binding{{"delivery (npu)", 1.0}});
}

// 2 MW in all: 200 nodes of 10 kW = 1600 of 10,000 chips; the hall's next phase never comes.
TEST_CASE("power binds at the chips that it carries") {
  auto s = study();
  s.sites[{0}].halls = {hall("old", 2, true)};
  auto p = at_modes(s, mix(10000 * 24.8e3, 0));
  CHECK(quarter(p, 2027, 1).capacity == test::Approx(1600 * 600e12));
  // The 8,400 that no hall takes are severed by power; the 1,600 are through: money.
  CHECK(quarter(p, 2027, 1).binding == Binding{{"power", 0.84}, {"money", 0.16}});
}

// The only hall has power after 180 days and its network after 60 * 0.6 + 400 = 436 days (2027-03-13).
TEST_CASE("the network binds while a powered hall waits for it") {
  auto s = study();
  s.sites[{0}].halls.erase(s.sites[{0}].halls.begin());
  s.sites[{0}].halls[0].tasks[2].duration = Days{400};
  const auto p = at_modes(s, mix(10000 * 24.8e3, 0));
  CHECK(top(p, 2026, 4) == "network");
  CHECK(top(p, 2027, 2) == "money");
}

// 5,000 chips stand there (3e18, native): they count in the capacity, and no constraint is charged for them.
TEST_CASE("the standing fleet adds capacity and no constraint") {
  auto s = study();
  s.existing.push_back({"fleet", {0}, {0}, 1, 5000, Date::of(2025, 1, 1), Date::of(2027, 1, 1)});
  auto p = at_modes(s, mix(0, 20000 * 7.5e3));
  CHECK(quarter(p, 2026, 1).capacity == test::Approx(3e18));
  CHECK(quarter(p, 2026, 1).binding == Binding{{"delivery (npu)", 1.0}});
  CHECK(quarter(p, 2027, 1).capacity == test::Approx(4e18));  // retired
  CHECK(at_modes(s, mix(0, 0)).bottlenecks[0].binding == Binding{{"money", 1.0}});
}

// Two runs of 2,048 chips of any kind: 4096 x 600e12 is all that is wanted.
TEST_CASE("demand binds when every campaign is finite") {
  auto s = study();
  s.campaigns[{0}].runs = 2;
  s.campaigns[{0}].parts[0].chips = 2048;
  const auto b = quarter(at_modes(s, kSmall), 2027, 1);
  CHECK(b.capacity == test::Approx(4096 * 600e12));
  CHECK(b.binding == Binding{{"demand", 1.0}});
}

TEST_CASE("an offer that opens later is not charged to approvals or output") {
  auto s = study();
  s.offers[{1}].opens = Date::of(2027, 5, 1);
  CHECK(quarter(at_modes(s, mix(0, 1e9)), 2027, 1).binding == Binding{{"order (npu)", 1.0}});
}

TEST_CASE("chips that cannot train at the reference's precision do not appear") {
  auto s = study();
  s.chips[{1}].trains = false;
  CHECK(quarter(at_modes(s, kSmall), 2027, 1).capacity == test::Approx(6e18));
  s.chips[{1}].trains = true;
  s.chips[{1}].peak = {{Precision::int8, FlopRate(1e15)}};
  CHECK(quarter(at_modes(s, kSmall), 2027, 1).capacity == test::Approx(6e18));
}

// Two sites with halls of unequal power and dates; only h200, whose stack is native: then every chip that the cut lets
// through is one that is online.
TEST_CASE("capacity is what is online, where the port is whole") {
  auto s = study();
  Site other = s.sites[{0}];
  other.id = "b";
  other.halls = {hall("late", 60, false), hall("small", 3, true)};
  other.halls[0].phases = {{0.5, Days{100}}, {0.5, Days{300}}};
  s.sites.add(other);
  s.sites[{0}].halls[1].power = Watts(80e6);
  s.approvals[{0}].quota = Uncertain<double>(5e3, 50e3, 200e3, "quota");
  int flowing = 0;
  for (int draw = 0; draw < 40; ++draw) {
    const auto p = plan::make(s, mix(1e9 + 100e6 * draw, 0), {}, Draw(31, draw));
    for (const auto& b : p.bottlenecks) {
      const Date last = Date::of(b.month.year() + b.month.month() / 12, b.month.month() % 12 + 1, 1) + Days{-1};
      const double npu = static_cast<double>(online(p, "npu", last)) * 200e12 * p.port_efficiency("cann", "llm-training", last);
      const double h200 = static_cast<double>(online(p, "h200", last)) * 600e12;
      if (npu > 0) continue;
      REQUIRE(b.capacity == test::Approx(h200));
      flowing += h200 > 0;
    }
  }
  CHECK(flowing > 50);
}

// Pods alike and one installation time everywhere: there the greedy placement has no scheduling anomaly (with
// unequal pods or halls it can have: a hall that is ready earlier may take the pod that another one suits).
TEST_CASE("more power never lowers the max-flow") {
  std::mt19937 rng(13);
  std::uniform_real_distribution<double> share(0, 1);
  int rose = 0;
  for (int round = 0; round < 40; ++round) {
    auto s = study();
    s.producers[{0}].years = {{2026, 20e3 + 200e3 * share(rng), {}}};
    auto& halls = s.sites[{0}].halls;
    halls[0].power = Watts(1e6 + 50e6 * share(rng));
    halls[1].power = Watts(1e6 + 150e6 * share(rng));
    halls[1].phases = {{0.4, Days{0}}, {0.6, Days{300 * share(rng)}}};
    const Draw draw(17, round);
    // The old hall installs in the new one's durations, drawn apart: make them certain and thus equal.
    for (auto& t : halls[1].tasks)
      if (t.needs_chips) t.duration = t.duration.mode;
    const auto before = plan::make(s, mix(6e9, 0), {}, draw);
    halls[static_cast<size_t>(round % 2)].power = halls[static_cast<size_t>(round % 2)].power * (1 + share(rng));
    const auto after = plan::make(s, mix(6e9, 0), {}, draw);
    for (size_t q = 0; q < before.bottlenecks.size(); ++q) {
      REQUIRE(after.bottlenecks[q].capacity >= before.bottlenecks[q].capacity * (1 - 1e-12));
      rose += after.bottlenecks[q].capacity > before.bottlenecks[q].capacity * 1.001;
    }
  }
  CHECK(rose > 20);
}

TEST_CASE("shares sum to 1 and descend") {
  const auto s = study();
  for (int draw = 0; draw < 30; ++draw)
    for (const auto& b : plan::make(s, mix(10e9, 4e9), {}, Draw(21, draw)).bottlenecks) {
      double sum = 0, last = 1;
      for (const auto& [name, share] : b.binding) {
        REQUIRE(share <= last);
        sum += last = share;
      }
      REQUIRE(sum == test::Approx(1));
    }
}

// One domestic chip's value for an import's, and no domestic chip is bought: none of the 10,000 may dock.
TEST_CASE("a ratio binds under its own name") {
  auto s = study();
  s.approvals[{1}].ratio = Approval::Ratio{{s.offers.find("npu")}, 1.0, true};
  const auto p = at_modes(s, mix(10000 * 24.8e3, 0));
  CHECK(month(p, 2026, 12).binding == Binding{{"ratio permission (h200)", 1.0}});
}
