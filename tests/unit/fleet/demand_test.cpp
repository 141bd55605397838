#include "fleet/demand.hpp"

#include <cmath>

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

// India is at 5:30: 22 UTC is 03:30 to 04:30 there, so half of 22 and half of 23 UTC are its hour 4; at 18 UTC on Thursday its
// Friday begins in the middle.
TEST_CASE("Demand at half an hour's offset is shared by two local hours") {
  World w;
  auto& demand = w.service("rec", 100).demand;
  demand.hour.fill(1);
  demand.hour[4] = 3;
  demand.weekday[4] = 0.5;  // Friday; 2026-01-01 is a Thursday
  demand.regions = {{"in", 1, 5.5}};
  const DemandCurve curve(demand, w.scenario.study.timeline, Draw::at_modes());
  CHECK(curve.rate(17) == Approx(100));                    // 22:30 to 23:30
  CHECK(curve.rate(18) == Approx(100 * (1 + 0.5) / 2));
  CHECK(curve.rate(19) == Approx(50));
  CHECK(curve.rate(22) == Approx(50 * (1 + 3) / 2.0));     // Friday 03:30 to 04:30
  CHECK(curve.rate(23) == Approx(50 * (3 + 1) / 2.0));
  // A recorded series on the region's clock is shifted alike: a peak in one local hour is one half each in two.
  demand.hour.fill(1), demand.weekday.fill(1);
  demand.recorded.first = int64_t{day(2025, 12, 29).day()} * 24, demand.recorded.hours.assign(168, 1.0), demand.recorded.local = true;
  demand.recorded.hours[3 * 24 + 10] = 5;  // Thursday, 10 to 11
  const DemandCurve local(demand, w.scenario.study.timeline, Draw::at_modes());
  CHECK(local.hours() == 365 * 24);
  CHECK(local.rate(3) == Approx(100));
  CHECK(local.rate(4) == Approx(300));
  CHECK(local.rate(5) == Approx(300));
  CHECK(local.rate(6) == Approx(100));
  CHECK(local.rate(7 * 24 + 4) == Approx(300));
}

// 100 requests/s, a quarter of them in a, which has a series of its own: a week of 2 in even and 0 in odd hours, on UTC. b keeps
// hours and weekdays: three times its share at local 04, which is 20 UTC.
TEST_CASE("A region may follow a recorded series of its own") {
  World w;
  auto& demand = w.service("rec", 100).demand;
  demand.hour[4] = 3;
  demand.regions = {{"a", 0.25, 5}, {"b", 0.75, 8}};
  auto& own = demand.regions[0].recorded;
  const int64_t monday = int64_t{day(2025, 12, 29).day()} * 24;
  own.first = monday;
  for (int h = 0; h < 168; ++h) own.hours.push_back(h % 2 == 0 ? 2 : 0);
  const DemandCurve curve(demand, w.scenario.study.timeline, Draw::at_modes());
  CHECK(curve.rate(0, 0) == Approx(50));
  CHECK(curve.rate(0, 1) == 0);
  CHECK(curve.rate(0, 100 * 24 + 2) == Approx(50));
  CHECK(curve.rate(1, 0) == Approx(75));
  CHECK(curve.rate(1, 20) == Approx(225));
  CHECK(curve.rate(20) == Approx(275));
  // The other way round, and with one of all besides: each region keeps to its own.
  std::swap(demand.regions[0], demand.regions[1]);
  demand.recorded.first = monday, demand.recorded.hours.assign(168, 1.0);
  demand.recorded.hours[0] = 1.5;
  const DemandCurve other(demand, w.scenario.study.timeline, Draw::at_modes());
  CHECK(other.rate(1, 1) == 0);
  CHECK(other.rate(0, 20) == Approx(75));
  CHECK(other.rate(0, 4 * 24) == Approx(112.5));  // Monday 2026-01-05 00:00
}

// 30 and 10 requests/s in the hours 02 and 03 of the first day: 30 before them, 10 behind.
TEST_CASE("A series that stays holds its first and its last hour") {
  World w;
  auto& demand = w.service("held", 20).demand;
  demand.recorded.first = int64_t{day(2026, 1, 1).day()} * 24 + 2;
  demand.recorded.hours = {1.5, 0.5};
  demand.recorded.stays = true;
  const DemandCurve curve(demand, w.scenario.study.timeline, Draw::at_modes());
  CHECK(curve.rate(0) == Approx(30));
  CHECK(curve.rate(2) == Approx(30));
  CHECK(curve.rate(3) == Approx(10));
  CHECK(curve.rate(364 * 24 + 23) == Approx(10));
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

namespace {

// Three weeks from Monday 2020-01-06 on, mean 1: weeks of 0.5, 1 and 1.5 with the hour of the day in the 4th digit.
RecordedShape three_weeks() {
  RecordedShape shape;
  shape.first = int64_t{day(2020, 1, 6).day()} * 24;
  for (int h = 0; h < 3 * 168; ++h) shape.hours.push_back(0.5 * (1 + h / 168) + 1e-4 * (h % 24 - 11.5));
  return shape;
}

}  // namespace

// 2026-01-01 is a Thursday. The series of three weeks ended on 2020-01-27: 2026-01-01 00:00 is 2187 days behind its first
// day, 104 periods of 21 days and 3 days, so its fourth day, a Thursday of the first week. Three weeks later it is there again.
TEST_CASE("A recorded series repeats by whole weeks, and keeps weekday and hour") {
  World w;
  auto& demand = w.service("rec", 100).demand;
  demand.recorded = three_weeks();
  demand.regions = {{"a", 0.25, 0}, {"b", 0.75, 8}};
  const DemandCurve curve(demand, w.scenario.study.timeline, Draw::at_modes());
  CHECK((day(2026, 1, 1) - day(2020, 1, 6)).n == 104 * 21 + 3);
  CHECK(curve.rate(5) == Approx(100 * (0.5 + 1e-4 * (5 - 11.5))));
  CHECK(curve.rate(1, 5) == Approx(75 * (0.5 + 1e-4 * (5 - 11.5))));  // UTC for all
  CHECK(curve.rate(4 * 24 + 5) == Approx(100 * (1 + 1e-4 * (5 - 11.5))));  // Monday the 5th
  CHECK(curve.rate(11 * 24) == Approx(100 * (1.5 - 1e-4 * 11.5)));
  for (int h = 0; h < 24 * 300; h += 7) CHECK(curve.rate(h) == curve.rate(h + 21 * 24));
  // Whole periods sum to the level.
  double sum = 0;
  for (int h = 0; h < 21 * 24 * 10; ++h) sum += curve.rate(h);
  CHECK(sum / (21 * 24 * 10) == Approx(100));
  demand.recorded.local = true;
  const DemandCurve local(demand, w.scenario.study.timeline, Draw::at_modes());
  CHECK(local.rate(0, 5) == Approx(25 * (0.5 + 1e-4 * (5 - 11.5))));
  CHECK(local.rate(1, 5) == Approx(75 * (0.5 + 1e-4 * (13 - 11.5))));
  // 16:00 UTC on Sunday the 4th is Monday 00:00 in b.
  CHECK(local.rate(1, 3 * 24 + 16) == Approx(75 * (1 - 1e-4 * 11.5)));
}

// Two years from Wednesday 2020-01-01 on (731 days). 2 x 365.2425 days are 104.35 weeks, so 2022 goes back by 104 weeks;
// 2026 by 6 years, 313.07 weeks: 2026-01-01 (Thursday) stands on 2020-01-02. 2024-01-01 is 730 days
// behind the end, less than a period: back by 104 weeks it is 2022-01-03, behind the end still, and one week more is 2021-12-27.
TEST_CASE("A recorded series of years repeats by whole years, rounded to weeks") {
  const int64_t first = int64_t{day(2020, 1, 1).day()} * 24, length = 731 * 24;
  const auto of = [&](Date d, int hour) { return fleet::recorded_hour(first, length, int64_t{d.day()} * 24 + hour); };
  CHECK(of(day(2021, 3, 4), 5) == (366 + 31 + 28 + 3) * 24 + 5);
  CHECK(of(day(2026, 1, 1), 7) == 1 * 24 + 7);
  CHECK(of(day(2022, 1, 10), 0) == (9 + 731 - 728) * 24);
  CHECK(of(day(2024, 1, 1), 0) == (366 + 360) * 24);
  // Before it: 2019-12-31 is a Tuesday, and so is the last of 2021, not quite; two years on it is 2021-12-28.
  CHECK(of(day(2019, 12, 31), 3) == (366 + 361) * 24 + 3);
  // Every hour of 60 years: the weekday and the hour hold, the season is off by no more than half a week and, at the ends, one.
  for (int64_t h = int64_t{day(1990, 1, 1).day()} * 24; h < int64_t{day(2050, 1, 1).day()} * 24; h += 5) {
    const int64_t at = fleet::recorded_hour(first, length, h);
    REQUIRE(at >= 0);
    REQUIRE(at < length);
    REQUIRE((h - first - at) % 168 == 0);
    const double years = static_cast<double>(h - first - at) / 24 / 365.2425;
    REQUIRE(std::fabs(years - std::round(years)) * 365.2425 < 7 + 3.5);
  }
}

// 100 requests/s from 2026-01-01 on. On the 3rd at 10:00 region a (25) wants 5 times as much for 90 minutes: hour 58 has
// 125, hour 59 half of the crowd, 25 x 3. Nobody expects it, so the pool's peak is 100.
TEST_CASE("A flash crowd multiplies its hours, and only who expects it sizes for it") {
  World w;
  auto& demand = w.service("rec", 100).demand;
  demand.regions = {{"a", 0.25, 0}, {"b", 0.75, 8}};
  FlashCrowd crowd;
  crowd.id = "match", crowd.region = "a", crowd.from = day(2026, 1, 3), crowd.hour = 10;
  crowd.lasts = Seconds(5400), crowd.times = 5.0;
  demand.flashes = {crowd};
  const auto curve = [&](std::vector<LostRegion> lost = {}) { return DemandCurve(demand, w.scenario.study.timeline, Draw::at_modes(), lost); };
  const auto surprise = curve();
  CHECK(surprise.rate(0, 57) == Approx(25));
  CHECK(surprise.rate(0, 58) == Approx(125));
  CHECK(surprise.rate(0, 59) == Approx(75));
  CHECK(surprise.rate(0, 60) == Approx(25));
  CHECK(surprise.rate(1, 58) == Approx(75));
  CHECK(surprise.rate(58) == Approx(200));
  CHECK(surprise.peak(0, 720) == Approx(100));
  demand.flashes[0].expected = true;
  CHECK(curve().peak(0, 720) == Approx(200));
  CHECK(curve().rate(58) == Approx(200));
  // What is lost of the region is lost of its crowd.
  CHECK(curve({{"a", "ban", day(2026, 1, 2), Date::never(), 0.8}}).rate(0, 58) == Approx(25));
  // All regions, and one on top of another: their product.
  demand.flashes.push_back(crowd);
  demand.flashes[1].id = "sale", demand.flashes[1].region = "", demand.flashes[1].times = 2.0;
  CHECK(curve().rate(58) == Approx(25 * 10 + 75 * 2));
}

// 12 a year over 10 years: 120 expected, standard deviation 11. The mean rate grows by 120 x 1 h x (3 - 1) / 87,660 h.
TEST_CASE("Flash crowds of a rate are drawn, and none comes at modes") {
  World w(day(2036, 1, 1));
  auto& demand = w.service("rec", 100).demand;
  FlashCrowd crowd;
  crowd.id = "news", crowd.once = false;
  crowd.per_year = Uncertain<double>(12, 12, 12, "demand/x:flash.news.per_year");
  crowd.lasts = Uncertain<Seconds>(Seconds(1800), Seconds(3600), Seconds(5400), "demand/x:flash.news.lasts");
  crowd.times = 3.0;
  demand.flashes = {crowd};
  const auto extra = [&](const Draw& draw) {
    const DemandCurve curve(demand, w.scenario.study.timeline, draw);
    double sum = 0;
    for (int64_t h = 0; h < curve.hours(); ++h) sum += curve.rate(h) - 100;
    return sum / 200;  // hours of crowds
  };
  CHECK(extra(Draw::at_modes()) == 0);
  double sum = 0;
  for (int d = 0; d < 20; ++d) sum += extra(Draw(1, d));
  CHECK(sum / 20 == Approx(120).epsilon(0.1));  // standard error 2.5
  CHECK(extra(Draw(1, 3)) == extra(Draw(1, 3)));
  CHECK(extra(Draw(1, 3)) != extra(Draw(1, 4)));
  // A longer horizon moves no crowd of the shorter one.
  const DemandCurve longer(demand, w.scenario.study.timeline, Draw(1, 3)), shorter(demand, Timeline(day(2026, 1, 1), day(2028, 1, 1)), Draw(1, 3));
  for (int64_t h = 0; h < shorter.hours(); ++h) CHECK(shorter.rate(h) == longer.rate(h));
}

TEST_CASE("Months have a shape of their own") {
  World w;
  auto& demand = w.service("rec", 100).demand;
  demand.month = {1.5, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const DemandCurve curve(demand, w.scenario.study.timeline, Draw::at_modes());
  CHECK(curve.rate(0) == Approx(150));
  CHECK(curve.rate(31 * 24 - 1) == Approx(150));
  CHECK(curve.rate(31 * 24) == Approx(50));
  CHECK(curve.rate(59 * 24) == Approx(100));
}
