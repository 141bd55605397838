#include <string_view>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {
const TaskPlan& task(const Plan& p, std::string_view id) {
  const auto all = tasks();  // of the one hall that is built
  for (const auto& t : p.tasks)
    if (all[static_cast<size_t>(t.task)].id == id) return t;
  FAIL("no task " << id);
  return p.tasks.front();
}
}  // namespace

// permit 0..60; grid 60..180 = power; fibre from 0.6 * 60 = 36 to 136 = network; rack from max(180, 136) to 210;
// burn-in to 225. Fibre may slip by 180 - 136 = 44 days, all else is critical.
TEST_CASE("a hall's dates and slack at modes are the critical path by hand") {
  const auto p = at_modes(study(), mix(0, 0));
  const HallPlan& hall = p.halls[1];
  CHECK(hall.power.front().first == kStart + Days{180});
  CHECK(hall.network == kStart + Days{136});
  CHECK(hall.install.n == test::Approx(30));
  CHECK(hall.burn_in.n == test::Approx(15));
  CHECK(task(p, "fibre").slack.n == test::Approx(44));
  CHECK_FALSE(task(p, "fibre").critical);
  for (const char* id : {"permit", "grid", "rack", "burn-in"}) CHECK(task(p, id).critical);
  CHECK(task(p, "burn-in").end == kStart + Days{225});
}

// Rack without any dependency: it still waits for power and network at day 180, and lasts 30 days per pod.
TEST_CASE("tasks that need chips start when the hall is ready") {
  auto s = study();
  s.sites[{0}].halls[1].tasks[3].after.clear();
  const auto p = at_modes(s, mix(0, 0));
  CHECK(task(p, "rack").start == kStart + Days{180});
  CHECK(p.halls[1].install.n == test::Approx(30));
}

// 40 % of 2000 MW with the power milestone, the rest 100 days later.
TEST_CASE("power arrives by phases") {
  auto s = study();
  s.sites[{0}].halls[1].phases = {{0.4, Days{0}}, {0.6, Days{100}}};
  const auto power = at_modes(s, mix(0, 0)).halls[1].power;
  REQUIRE(power.size() == 2);
  CHECK(power[0].first == kStart + Days{180});
  CHECK(power[0].second.value() == test::Approx(800e6));
  CHECK(power[1].first == kStart + Days{280});
  CHECK(power[1].second.value() == test::Approx(2000e6));
}

// An existing hall is ready on its day and installs like the hall next to it; alone on its site it takes no time.
TEST_CASE("an existing hall has power and network at its start") {
  auto s = study();
  auto p = at_modes(s, mix(0, 0));
  CHECK(p.halls[0].power.front().first == kStart);
  CHECK(p.halls[0].network == kStart);
  CHECK(p.halls[0].install.n == test::Approx(30));
  s.sites[{0}].halls.pop_back();
  p = at_modes(s, mix(0, 0));
  CHECK(p.halls[0].install.n == 0);
  CHECK(p.halls[0].burn_in.n == 0);
}

TEST_CASE("a longer task never brings a hall forward, and a shorter fibre does not bring power forward") {
  for (int draw = 0; draw < 50; ++draw) {
    auto s = study();
    const auto before = plan::make(s, mix(5e9, 2e9), {}, Draw(3, draw));
    auto& longer = s.sites[{0}].halls[1].tasks[static_cast<size_t>(draw % 3)].duration;
    longer.low = longer.low + Days{40}, longer.mode = longer.mode + Days{40}, longer.high = longer.high + Days{40};
    const auto after = plan::make(s, mix(5e9, 2e9), {}, Draw(3, draw));
    REQUIRE(after.halls[1].power[0].first >= before.halls[1].power[0].first);
    REQUIRE(after.halls[1].network >= before.halls[1].network);
    if (draw % 3 < 2) REQUIRE(after.halls[1].power[0].first == before.halls[1].power[0].first + Days{40});
    else REQUIRE(after.halls[1].power[0].first == before.halls[1].power[0].first);
  }
}

TEST_CASE("two halls of one template draw for themselves") {
  auto s = study();
  s.sites[{0}].halls.push_back(hall("twin", 10, false));
  const auto p = plan::make(s, mix(0, 0), {}, Draw(1, 0));
  CHECK(p.halls[1].power[0].first != p.halls[2].power[0].first);
}
