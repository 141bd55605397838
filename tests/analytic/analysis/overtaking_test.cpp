#include "analysis/overtaking.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"

using namespace capmix;
using analysis::passes;
using analysis::Work;
using test::Approx;

TEST_CASE("cumulative work is passed inside a month, by straight lines") {
  // a: 10 a month. b: 0, 0, 30, 30. Sums of a: 0 10 20 30 40; of b: 0 0 0 30 60. b is 20 behind after two months, level after three
  // and ahead after four: it is level at the third boundary, so it passes at 3.
  CHECK(passes({10, 10, 10, 10}, {0, 0, 30, 30}, Work::cumulative) == 3);
  // b: 0, 0, 25, 25. After 3 months 5 behind, after 4 it is 10 ahead: a third of the way through the fourth.
  CHECK(passes({10, 10, 10, 10}, {0, 0, 25, 25}, Work::cumulative) == Approx(3 + 5.0 / 15));
  // Each month by itself: ahead from the third on.
  CHECK(passes({10, 10, 10, 10}, {0, 0, 25, 25}, Work::monthly) == 2);
}

TEST_CASE("one that falls back, that was never behind or that is level at the end has not passed") {
  CHECK(std::isinf(passes({10, 10, 10}, {20, 0, 0}, Work::cumulative)));   // ahead first, behind at the end
  CHECK(std::isinf(passes({10, 10}, {20, 20}, Work::cumulative)));
  CHECK(std::isinf(passes({10, 10}, {10, 20}, Work::cumulative)));         // level, then ahead: nothing was passed
  CHECK(std::isinf(passes({10, 10}, {0, 20}, Work::cumulative)));          // level at the end
  CHECK(std::isinf(passes({10, 10}, {10 * (1 - 1e-12), 20}, Work::cumulative)));  // behind by rounding alone
  CHECK(std::isinf(passes({}, {}, Work::monthly)));
  CHECK_THROWS(passes({1}, {1, 2}, Work::monthly));
}

TEST_CASE("of several passings the last counts, and a tie does not undo one") {
  // b less a by month: -5 +10 -20 +40; sums -5 5 -15 25: it passes in the second month and again, for good, 15/40 into the fourth.
  CHECK(passes({10, 10, 20, 10}, {5, 20, 0, 50}, Work::cumulative) == Approx(3 + 15.0 / 40));
  // - + 0 +: ahead since the second month and never behind after it.
  CHECK(passes({10, 10, 10, 10}, {5, 20, 10, 20}, Work::monthly) == 1);
  // - 0 0 +: level from month 1 on, ahead from month 3 on.
  CHECK(passes({10, 10, 10, 10}, {5, 10, 10, 20}, Work::monthly) == 3);
  // Sums -5 0 0 +10: level until the end of the third month.
  CHECK(passes({10, 10, 10, 10}, {5, 15, 10, 20}, Work::cumulative) == 3);
}

TEST_CASE("the moment as a day") {
  const Timeline t(Date::of(2026, 11, 1), Date::of(2027, 3, 1));  // months of 30, 31, 31 and 28 days
  CHECK(analysis::day_of_month(t, 0).text() == "2026-11-01");
  CHECK(analysis::day_of_month(t, 1).text() == "2026-12-01");
  CHECK(analysis::day_of_month(t, 1.5).text() == "2026-12-16");  // 15.5 days in
  CHECK(analysis::day_of_month(t, 3.5).text() == "2027-02-15");
  CHECK(analysis::day_of_month(t, 4).text() == "2027-03-01");
  CHECK(analysis::day_of_month(t, std::numeric_limits<double>::infinity()).is_never());
}

TEST_CASE("over draws, those in which it never happens count as infinite") {
  const double never = std::numeric_limits<double>::infinity();
  const auto o = analysis::overtaking("a", "b", Work::cumulative, 5, {4, 6, 8, never, never});
  CHECK(o.share == Approx(0.6));
  CHECK(o.p10 == 4);  // the first of five has a fifth behind it
  CHECK(o.p50 == 8);  // the third
  CHECK(std::isinf(o.p90));
  CHECK(o.happens());
  const auto none = analysis::overtaking("a", "b", Work::monthly, never, {});
  CHECK(std::isnan(none.share));
  CHECK_FALSE(none.happens());
}
