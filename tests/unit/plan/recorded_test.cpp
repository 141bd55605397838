// A hall with a recorded timeline has its power by the record and is not built.
#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

// The fixture's new hall, recorded: 1 MW from 2026-06-01, 2 MW from 2026-09-01. Pods still take rack 30 + burn-in 15 days.
TEST_CASE("a recorded hall follows its record, and pods take what the template says") {
  auto s = study();
  Hall& hall = s.sites[{0}].halls[1];
  hall.recorded = {{Date::of(2026, 6, 1), Watts(1e6)}, {Date::of(2026, 9, 1), Watts(2e6)}};
  const auto p = at_modes(s, mix(0, 1e9));
  const auto& h = p.halls[1];
  CHECK(h.power == hall.recorded);
  CHECK(h.network == Date::of(2026, 6, 1));
  CHECK(h.install.n == 30);
  CHECK(h.burn_in.n == 15);
  for (const auto& t : p.tasks) CHECK(t.hall != 1);
  // 128 nodes of 6 kW are 768 kW: one full pod fits in the first MW, and two in 2 MW.
  for (const auto& pod : p.pods)
    if (pod.hall == 1 && !pod.powered.is_never()) CHECK(pod.powered >= Date::of(2026, 6, 1));
}
