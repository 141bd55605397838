#include "fleet/demand.hpp"

#include "catch.hpp"
#include "unit/fleet/fixture.hpp"

using capmix::fleet::DemandCurve;
using namespace test;

TEST_CASE("Demand follows the local hour and the local day of the week") {
  // 2026-01-01 is a Thursday. Region b is at UTC+8: at 20:00 UTC it is Friday 04:00 there.
  World w;
  auto& demand = w.service("rec", 100).demand;
  demand.hour.fill(1);
  demand.hour[4] = 3;
  demand.weekday[3] = 1;    // Thursday
  demand.weekday[4] = 0.5;  // Friday
  demand.regions = {{"a", 0.25, 0}, {"b", 0.75, 8}};
  const DemandCurve curve(demand, w.scenario.study.timeline, Draw::at_modes());
  CHECK(curve.hours() == 365 * 24);
  CHECK(curve.rate(0, 4) == Approx(25 * 3));        // a, Thursday 04
  CHECK(curve.rate(0, 5) == Approx(25));
  CHECK(curve.rate(0, 24 + 4) == Approx(25 * 1.5)); // a, Friday 04
  CHECK(curve.rate(1, 15) == Approx(75));           // b, Thursday 23
  CHECK(curve.rate(1, 20) == Approx(75 * 3 * 0.5)); // b, Friday 04
  CHECK(curve.rate(20) == curve.rate(0, 20) + curve.rate(1, 20));
  CHECK(curve.peak(0, 24) == Approx(75 + 75));       // at 04: a at three times, b on Thursday noon
  CHECK(curve.peak(15, 24) == Approx(25 + 75 * 1.5));
  CHECK(curve.peak(5, 15) == Approx(100));
}

TEST_CASE("Demand west of Greenwich is still in the day before") {
  World w;
  auto& demand = w.service("rec", 10).demand;
  demand.weekday[2] = 2;  // Wednesday
  demand.regions = {{"us", 1, -8}};
  const DemandCurve curve(demand, w.scenario.study.timeline, Draw::at_modes());
  CHECK(curve.rate(7) == Approx(20));  // Thursday 07 UTC = Wednesday 23 local
  CHECK(curve.rate(8) == Approx(10));
}

TEST_CASE("Demand grows by the annual rate") {
  World w(day(2028, 1, 1));
  auto& demand = w.service("rec", 100).demand;
  demand.annual_growth = 0.21;
  const DemandCurve curve(demand, w.scenario.study.timeline, Draw::at_modes());
  CHECK(curve.rate(0) == Approx(100));
  // 365 days = 365 / 365.2425 years.
  CHECK(curve.rate(365 * 24) == Approx(120.9848).epsilon(1e-6));
}

// 100 requests/s, a quarter of them in a. From 2026-01-03 (hour 48) to 01-05 (hour 96) a loses 80 %, and a second
// loss of half of it from 01-04 on lasts: 25 x 0.2 = 5, then 25 x 0.2 x 0.5 = 2.5, then 25 x 0.5 = 12.5. b stays at 75.
TEST_CASE("A lost region is not demanded, day by day") {
  World w;
  auto& demand = w.service("rec", 100).demand;
  demand.regions = {{"a", 0.25, 0}, {"b", 0.75, 8}};
  const std::vector<LostRegion> lost{{"a", "ban", day(2026, 1, 3), day(2026, 1, 5), 0.8}, {"a", "slump", day(2026, 1, 4), Date::never(), 0.5}};
  const DemandCurve curve(demand, w.scenario.study.timeline, Draw::at_modes(), lost);
  CHECK(curve.rate(0, 47) == Approx(25));
  CHECK(curve.rate(0, 48) == Approx(5));
  CHECK(curve.rate(0, 72) == Approx(2.5));
  CHECK(curve.rate(0, 95) == Approx(2.5));
  CHECK(curve.rate(0, 96) == Approx(12.5));
  CHECK(curve.rate(1, 72) == Approx(75));
  CHECK(curve.rate(72) == Approx(77.5));
  CHECK(curve.peak(72, 120) == Approx(87.5));
}
