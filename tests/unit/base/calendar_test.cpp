#include "base/calendar.hpp"

#include "catch.hpp"

using namespace capmix;
using test::Approx;

TEST_CASE("dates read and write themselves") {
  Date d;
  REQUIRE(Date::parse("2026-01-31", d));
  CHECK(d == Date::of(2026, 1, 31));
  CHECK(d.text() == "2026-01-31");
  CHECK(d.year() == 2026);
  CHECK(d.month() == 1);
  CHECK(Date::of(1970, 1, 1).day() == 0);
  CHECK(Date::of(2000, 3, 1).day() == 11017);  // 30 years of 365 days, 7 leap days until then, 31 + 29 days
  CHECK(Date::parse("2028-02-29", d));         // a leap year
  for (const char* bad : {"2026-02-29", "2026-13-01", "2026-1-31", "31-01-2026", "2026/01/31", "2026-01-31T", ""}) {
    INFO(bad);
    CHECK_FALSE(Date::parse(bad, d));
  }
}

TEST_CASE("adding a duration rounds to the nearest day, and never stays never") {
  CHECK(Date::of(2026, 1, 1) + Days{31} == Date::of(2026, 2, 1));
  CHECK(Date::of(2026, 1, 1) + Days{1.4} == Date::of(2026, 1, 2));
  CHECK(Date::of(2026, 1, 1) + Days{-1} == Date::of(2025, 12, 31));
  CHECK(Date::of(2026, 1, 1) + months(12) == Date::of(2027, 1, 1));  // 365.2425 days
  CHECK(Date::never() + Days{-100} == Date::never());
  CHECK((Date::of(2026, 1, 1) + Days{1e12}).is_never());
  CHECK(Date::never().text() == "never");
  CHECK((Date::of(2029, 1, 1) - Date::of(2026, 1, 1)).n == 1096);  // 2028 is a leap year
}

TEST_CASE("a timeline turns dates into seconds and months") {
  const Timeline t(Date::of(2026, 1, 1), Date::of(2029, 1, 1));
  CHECK(t.length().value() == Approx(1096 * 86400.0));
  CHECK(t.months() == 36);
  CHECK(t.at(Date::of(2025, 12, 31)).value() == Approx(-86400));
  CHECK(t.date(t.at(Date::of(2027, 7, 9))) == Date::of(2027, 7, 9));
  CHECK(t.date(t.at(Date::of(2027, 7, 9)) + Seconds(86399)) == Date::of(2027, 7, 9));
  CHECK(t.month(Date::of(2026, 1, 31)) == 0);
  CHECK(t.month(Date::of(2028, 12, 31)) == 35);
  CHECK(t.month_start(13) == Date::of(2027, 2, 1));
  CHECK(t.month_name(35) == "2028-12");
}

TEST_CASE("a timeline that starts inside a month touches that month") {
  const Timeline t(Date::of(2026, 11, 15), Date::of(2027, 1, 2));
  CHECK(t.months() == 3);  // November, December, and one day of January
  CHECK(t.month_start(0) == Date::of(2026, 11, 15));
  CHECK(t.month_start(2) == Date::of(2027, 1, 1));
  CHECK(t.month_name(0) == "2026-11");
}

TEST_CASE("a day tells its quarter") {
  CHECK(quarter_name(Date::of(2026, 1, 1)) == "2026-Q1");
  CHECK(quarter_name(Date::of(2026, 3, 31)) == "2026-Q1");
  CHECK(quarter_name(Date::of(2026, 4, 1)) == "2026-Q2");
  CHECK(quarter_name(Date::of(2026, 12, 31)) == "2026-Q4");
}

TEST_CASE("a day knows the first day of its month and of the next one, into the next year too") {
  CHECK(month_of(Date::of(2028, 2, 29)) == Date::of(2028, 2, 1));
  CHECK(month_after(Date::of(2026, 1, 31)) == Date::of(2026, 2, 1));  // not 31 days on
  CHECK(month_after(Date::of(2026, 11, 1)) == Date::of(2026, 12, 1));
  CHECK(month_after(Date::of(2026, 12, 31)) == Date::of(2027, 1, 1));
}

TEST_CASE("a horizon falls into the quarters that it touches, cut where it begins and ends") {
  // From 15 November (47 of the 92 days of the fourth quarter) to 1 May (30 of the 91 days of the second).
  const auto q = quarters(Timeline(Date::of(2026, 11, 15), Date::of(2027, 5, 1)));
  REQUIRE(q.size() == 3);
  CHECK(q[0].first == Date::of(2026, 11, 15));
  CHECK(q[0].part == Approx(47.0 / 92));
  CHECK(q[1].first == Date::of(2027, 1, 1));
  CHECK(q[1].part == 1);
  CHECK(q[2].next == Date::of(2027, 5, 1));
  CHECK(q[2].part == Approx(30.0 / 91));
}

TEST_CASE("a text that is no date is never") {
  CHECK(date_or_never("2026-02-28") == Date::of(2026, 2, 28));
  CHECK(date_or_never("2026-02-29").is_never());
  CHECK(date_or_never("never").is_never());
  CHECK(date_or_never("").is_never());
}

// 1970-01-01 was a Thursday, 2026-01-05 a Monday, 1969-12-28 a Sunday.
TEST_CASE("an hour knows its place in the week, before 1970 too") {
  CHECK(week_hour(0) == 72);
  CHECK(week_hour(int64_t{Date::of(2026, 1, 5).day()} * 24) == 0);
  CHECK(week_hour(int64_t{Date::of(2026, 1, 11).day()} * 24 + 23) == 167);
  CHECK(week_hour(int64_t{Date::of(1969, 12, 28).day()} * 24 + 23) == 167);
  CHECK(week_hour(-1) == 71);
}
