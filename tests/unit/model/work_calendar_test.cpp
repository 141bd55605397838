#include "model/work_calendar.hpp"

#include "base/draw.hpp"
#include "catch.hpp"

using namespace capmix;
using test::Approx;

namespace {
double day(int y, int m, int d) { return Date::of(y, m, d).day(); }
WorkSeason once(Date from, Date to, double rate) { return {from, to, false, rate}; }
WorkSeason yearly(int m1, int d1, int m2, int d2, double rate) { return {Date::of(2000, m1, d1), Date::of(2000, m2, d2), true, rate}; }
}  // namespace

TEST_CASE("without seasons every day is a full one") {
  CHECK(WorkCalendar().end_of(20000.25, 10) == 20010.25);
  CHECK(WorkCalendar(std::vector<WorkSeason>{}).end_of(20000, 0) == 20000);
}

// From 1 January: 31 + 14 = 45 full days before the morning of 15 February, then nine days off. 60 days of work: 15 more
// from 24 February on, 5 of them in February: the morning of 11 March. 45 days end before the holiday, 45.5 after it.
TEST_CASE("work stands still on holidays") {
  const WorkCalendar c({once(Date::of(2026, 2, 15), Date::of(2026, 2, 23), 0)});
  CHECK(c.end_of(day(2026, 1, 1), 60) == Approx(day(2026, 3, 11)));
  CHECK(c.end_of(day(2026, 1, 1), 45) == Approx(day(2026, 2, 15)));
  CHECK(c.end_of(day(2026, 1, 1), 45.5) == Approx(day(2026, 2, 24) + 0.5));
  CHECK(c.end_of(day(2026, 2, 18), 1) == Approx(day(2026, 2, 25)));
  CHECK(c.end_of(day(2027, 2, 10), 30) == Approx(day(2027, 2, 10) + 30));
}

// November to March at 0.4: 151 days (152 in a leap year) give 60.4. From 1 October 2026: 31 full days, 60.4 in winter,
// 8.6 more in April: 100 days of work end at 8.6 days into April 2027.
TEST_CASE("a season slows work and wraps over the year's end") {
  const WorkCalendar c({yearly(11, 1, 3, 31, 0.4)});
  CHECK(c.end_of(day(2026, 10, 1), 100) == Approx(day(2027, 4, 1) + 8.6));
  CHECK(c.end_of(day(2027, 12, 24), 4) == Approx(day(2028, 1, 3)));
}

// The worst season rules: within 0.4 a holiday of two days at 0.
TEST_CASE("of two seasons on one day the slower one counts") {
  const WorkCalendar c({yearly(11, 1, 3, 31, 0.4), once(Date::of(2027, 1, 1), Date::of(2027, 1, 2), 0)});
  CHECK(c.end_of(day(2026, 12, 31), 0.8) == Approx(day(2027, 1, 4)));
  CHECK_FALSE(WorkCalendar({yearly(1, 1, 12, 31, 0)}).ever_works());
  CHECK(c.ever_works());
}

TEST_CASE("the end rises with the start and with the work") {
  const WorkCalendar c({yearly(11, 1, 3, 31, 0.3), yearly(10, 1, 10, 7, 0), once(Date::of(2026, 2, 15), Date::of(2026, 2, 23), 0)});
  for (int i = 0; i < 5000; ++i) {
    const Draw d(1, i);
    const double begin = day(2025, 1, 1) + 2000 * d.uniform("begin"), work = 300 * d.uniform("work");
    const double end = c.end_of(begin, work);
    REQUIRE(end >= begin + work - 1e-6);
    REQUIRE(c.end_of(begin + 5 * d.uniform("later"), work) >= end - 1e-6);
    REQUIRE(c.end_of(begin, work + 5 * d.uniform("more")) >= end - 1e-6);
  }
}
