#include <set>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {
// No approvals, no lead time, 3000 h200 a month from 2026-03-01.
Scenario plain() {
  auto s = study();
  s.offers[{0}].approvals.clear();
  s.offers[{0}].lead_time = Days{0};
  s.producers[{0}].years = {{2026, 36000, {}}};
  return s;
}
}  // namespace

// A pod is 128 nodes x 8 = 1024 chips. 3000 on March 31: two pods, 952 wait; 3000 on April 30: 3952 = three pods,
// 880 wait; the last 500 of 6500 on May 31: 1380 = one pod and the rest of 356 (45 nodes, the last with 4 chips).
TEST_CASE("deliveries are collected into pods, and the last delivery flushes the rest") {
  const auto p = at_modes(plain(), mix(6500 * 24.8e3, 0));
  std::vector<std::pair<std::string, int>> pods;
  for (const auto& pod : p.pods) pods.emplace_back(pod.delivered.text(), pod.chips);
  CHECK(pods == std::vector<std::pair<std::string, int>>{{"2026-03-31", 1024}, {"2026-03-31", 1024}, {"2026-04-30", 1024},
                                                         {"2026-04-30", 1024}, {"2026-04-30", 1024}, {"2026-05-31", 1024},
                                                         {"2026-05-31", 356}});
}

// The old hall's 20 MW take 15 pods of 1.28 MW. It is ready when chips come, the new one on day 180 (June 30):
// installed 30 and online 15 days after delivery in the old one.
TEST_CASE("a pod goes where it is online first") {
  const auto p = at_modes(plain(), mix(2048 * 24.8e3, 0));
  REQUIRE(p.pods.size() == 2);
  CHECK(p.pods[0].id == "a-old/h200-0001");
  CHECK(p.pods[0].hall == 0);
  CHECK(p.pods[0].powered == Date::of(2026, 3, 31));
  CHECK(p.pods[0].networked == Date::of(2026, 3, 31));
  CHECK(p.pods[0].installed == Date::of(2026, 4, 30));
  CHECK(p.pods[0].online == Date::of(2026, 5, 15));
}

// 20 MW / 1.28 MW = 15.6: fifteen pods, then the sixteenth waits for the new hall of June 30 (day 180).
TEST_CASE("a full hall sends pods to the next one, which may not be ready yet") {
  auto s = plain();
  s.producers[{0}].years = {{2026, 12 * 20000.0, {}}};
  const auto p = at_modes(s, mix(16 * 1024 * 24.8e3, 0));
  REQUIRE(p.pods.size() == 16);
  CHECK(p.pods[14].hall == 0);
  CHECK(p.pods[15].hall == 1);
  CHECK(p.pods[15].delivered == Date::of(2026, 3, 31));
  CHECK(p.pods[15].powered == Date::of(2026, 6, 30));
  CHECK(p.pods[15].online == Date::of(2026, 6, 30) + Days{45});
}

// One hall of 0.5 MW: 50 nodes of 10 kW fit, 400 of 1024 chips; the other 624 are never powered.
TEST_CASE("a pod that fits nowhere whole leaves the nodes that fit, the rest is never powered") {
  auto s = plain();
  s.sites[{0}].halls = {hall("old", 0.5, true)};
  const auto p = at_modes(s, mix(1024 * 24.8e3, 0));
  REQUIRE(p.pods.size() == 2);
  CHECK(p.pods[0].chips == 400);
  CHECK(p.pods[0].online == Date::of(2026, 3, 31));
  CHECK(p.pods[1].chips == 624);
  CHECK_FALSE(p.pods[1].site.valid());
  CHECK(p.pods[1].powered.is_never());
  CHECK(p.pods[1].online.is_never());
}

// 200 nodes stand in a hall of 2.4 MW and retire on 2026-12-01: until then 0.4 MW = 40 nodes are free, and
// nothing is split to use them, because in the end the whole pod (1.28 MW) fits.
TEST_CASE("the standing fleet holds its power until it retires") {
  auto s = plain();
  s.sites[{0}].halls = {hall("old", 2.4, true)};
  s.existing.push_back({"old-fleet", {0}, {0}, 0, 1600, Date::of(2024, 5, 1), Date::of(2026, 12, 1)});
  const auto p = at_modes(s, mix(1024 * 24.8e3, 0));
  REQUIRE(p.pods.size() == 3);
  CHECK(p.pods[0].id == "a-old/existing:old-fleet-0001");
  CHECK(p.pods[0].offer == "existing:old-fleet");
  CHECK(p.pods[0].chips == 1024);
  CHECK(p.pods[1].chips == 576);
  CHECK(p.pods[1].ordered == Date::of(2024, 5, 1));
  CHECK(p.pods[1].online == Date::of(2024, 5, 1));
  CHECK(p.pods[1].retires == Date::of(2026, 12, 1));
  CHECK(p.pods[2].powered == Date::of(2026, 12, 1));
}

TEST_CASE("placed power never exceeds a hall's, dates ascend, ids are unique, chips are those delivered") {
  auto s = study();
  s.sites[{0}].halls[1].power = Watts(300e6);
  s.sites[{0}].halls[1].phases = {{0.3, Days{0}}, {0.3, Days{120}}, {0.4, Days{400}}};
  s.existing.push_back({"fleet", {1}, {0}, 0, 9000, Date::of(2025, 1, 1), Date::of(2027, 7, 1)});
  for (int draw = 0; draw < 20; ++draw) {
    const auto p = plan::make(s, mix(8e9, 4e9), {}, Draw(4, draw));
    std::set<std::string> ids;
    int64_t chips = 0, delivered = 0;
    for (const auto& o : p.orders) delivered += o.delivered();
    for (const auto& pod : p.pods) {
      REQUIRE(ids.insert(pod.id).second);
      if (pod.offer != "existing:fleet") chips += pod.chips;
      REQUIRE((pod.ordered <= pod.approved && pod.approved <= pod.delivered && pod.delivered <= pod.powered));
      REQUIRE((pod.powered <= pod.networked && pod.networked <= pod.installed && pod.installed <= pod.online));
    }
    REQUIRE(chips == delivered);
    for (const auto& hall : p.halls)
      for (const Date day : {Date::of(2026, 9, 1), Date::of(2027, 3, 1), Date::of(2027, 7, 1), Date::of(2028, 12, 31)}) {
        double used = 0, power = 0;
        for (const auto& [date, watts] : hall.power)
          if (date <= day) power = watts.value();
        for (const auto& pod : p.pods)
          if (pod.site == hall.site && pod.hall == hall.hall && pod.powered <= day && day < pod.retires)
            used += s.nodes[pod.node].power.value() * ((pod.chips + 7) / 8);
        REQUIRE(used <= power * (1 + 1e-9));
      }
  }
}
