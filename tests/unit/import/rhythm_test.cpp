// Shapes and bursts of series that are made by hand.
#include "import/rhythm.hpp"

#include <cmath>
#include <cstdlib>
#include <numeric>

#include "base/calendar.hpp"
#include "base/draw.hpp"
#include "catch.hpp"

using namespace capmix;
using import::Series;

namespace {

// Hours from Monday 2024-01-01 00:00 on.
Series hours(size_t n) {
  Series s;
  s.step = 3600, s.calendar = true, s.start = Date::of(2024, 1, 1).day() * 86400.0;
  s.values.assign(n, 100.0);
  return s;
}

}  // namespace

// Two weeks, 100 an hour, 340 at 20 h: a day of 23 x 100 + 340 = 2,640, 110 an hour. On Saturdays twice as much: the mean
// of a weekday is then 8/7 of that of a plain one.
TEST_CASE("hours and weekdays, each counted alike") {
  Series s = hours(14 * 24);
  for (size_t i = 0; i < s.values.size(); ++i) s.values[i] = (i % 24 == 20 ? 340 : 100) * (i / 24 % 7 == 5 ? 2 : 1);
  auto r = import::rhythm_of(s);
  REQUIRE((r.hour && r.weekday));
  CHECK((*r.hour)[20] == test::Approx(340 / 110.0));
  CHECK((*r.hour)[3] == test::Approx(100 / 110.0));
  CHECK((*r.weekday)[0] == test::Approx(7 / 8.0));
  CHECK((*r.weekday)[5] == test::Approx(14 / 8.0));
  CHECK(r.mean == test::Approx(110 * 8.0 / 7 / 3600));
  CHECK(r.peak == test::Approx(680 / 3600.0));
  CHECK(r.peak_at == 5 * 24 + 20);
  CHECK(!r.month);
  // One Saturday less changes nothing: a gap is no zero, and a weekday that is recorded less often counts alike.
  for (size_t i = 12 * 24; i < 13 * 24; ++i) s.values[i] = std::nan("");
  r = import::rhythm_of(s);
  CHECK((*r.weekday)[5] == test::Approx(14 / 8.0));
  CHECK((*r.hour)[20] == test::Approx(340 / 110.0));
  s.calendar = false;
  CHECK(!import::rhythm_of(s).hour);
}

TEST_CASE("less than a week has hours alone, less than a day none, a year has months") {
  auto r = import::rhythm_of(hours(100));
  CHECK(r.hour);
  CHECK(!r.weekday);
  CHECK(!import::rhythm_of(hours(23)).hour);
  Series s = hours(366 * 24);
  for (size_t i = 0; i < 31 * 24; ++i) s.values[i] = 1200;  // January: 12 times the others
  r = import::rhythm_of(s);
  REQUIRE(r.month);
  CHECK((*r.month)[0] == test::Approx(12 * 12 / 23.0));
  CHECK((*r.month)[6] == test::Approx(12 / 23.0));
}

// 120 s: 3 in the first second of the first minute, 1 in each of the second: mean 63 / 120. By the second the peak is
// 3 / (63 / 120); by the minute 60 / 60 over it. Variance of the counts 3 and 60 by the minute: 57^2 / 2, over 31.5.
TEST_CASE("bursts by the second and the minute") {
  Series s;
  s.step = 1;
  s.values.assign(120, 0.0);
  s.values[0] = 3;
  for (size_t i = 60; i < 120; ++i) s.values[i] = 1;
  auto b = import::bursts_of(s);
  REQUIRE(b.size() == 2);
  CHECK(b[0].window == 1);
  CHECK(b[0].peak_to_mean == test::Approx(3 / (63.0 / 120)));
  CHECK(b[1].window == 60);
  CHECK(b[1].windows == 2);
  CHECK(b[1].peak_to_mean == test::Approx(120 / 63.0));
  CHECK(b[1].dispersion == test::Approx(57.0 * 57 / 2 / 31.5));
  // A gap takes its minute with it.
  s.values[119] = std::nan("");
  b = import::bursts_of(s);
  CHECK(b[1].windows == 1);
  CHECK(std::isnan(b[1].dispersion));
}

// Arrivals of a Poisson process: variance and mean of its counts are alike, whatever the window. Standard error of the
// ratio: sqrt(2 / n) over n windows, 0.014 at 1 s and 0.11 at 1 min.
TEST_CASE("a Poisson process has an index of dispersion of 1") {
  import::RequestList list;
  const Draw draw(1, 0);
  for (double t = 0; t < 10000;) {
    list.arrival.push_back(t);
    t -= std::log(draw.uniform("gap " + std::to_string(list.arrival.size()))) / 5;
  }
  const auto s = import::counted(list, 1);
  CHECK(s.total() == static_cast<double>(list.arrival.size()));
  const auto b = import::bursts_of(s);
  REQUIRE(b.size() == 3);
  CHECK(std::fabs(b[0].dispersion - 1) < 4 * 0.014);
  CHECK(std::fabs(b[1].dispersion - 1) < 4 * 0.11);
}

// README of the data: hour of the day, peak 16 UTC over trough 07 UTC: 1.565.
TEST_CASE("the published page views have their known rhythm") {
  const char* reference = std::getenv("CAPMIX_REFERENCE");
  if (reference == nullptr) return;
  Diagnostics problems;
  const auto s = import::read_series(std::string(reference) + "/data/wikipedia_en_hourly/wiki_en_hourly_2020-2021.csv", {"wikipedia-hourly"}, problems);
  REQUIRE(s);
  const auto r = import::rhythm_of(*s);
  REQUIRE((r.hour && r.weekday && r.month));
  CHECK((*r.hour)[16] / (*r.hour)[7] == test::Approx(1.565).epsilon(5e-4));
  for (size_t h = 0; h < 24; ++h) CHECK(((*r.hour)[h] <= (*r.hour)[16] && (*r.hour)[h] >= (*r.hour)[7]));
  for (const auto* shape : {&*r.hour, &*r.weekday, &*r.month}) CHECK(std::accumulate(shape->begin(), shape->end(), 0.0) == test::Approx(static_cast<double>(shape->size())));
}
