// Linear programs with a solution that is known.
#include <limits>

#include "catch.hpp"
#include "solve/linear.hpp"

using namespace capmix::solve;

namespace {
constexpr double kInf = std::numeric_limits<double>::infinity();
}

// Maximise 3 x + 5 y under x <= 4, 2 y <= 12, 3 x + 2 y <= 18: the corner x = 2, y = 6 has 36 (Hillier and Lieberman's glass company).
TEST_CASE("a program of two products") {
  LinearProgram p;
  const int x = p.column(3, 4), y = p.column(5, kInf);
  const int second = p.row(-kInf, 12), third = p.row(-kInf, 18);
  p.entries = {{second, y, 2}, {third, x, 3}, {third, y, 2}};
  const auto a = solve(p);
  REQUIRE(a.optimal);
  CHECK(a.value == test::Approx(36));
  CHECK(a.x[0] == test::Approx(2));
  CHECK(a.x[1] == test::Approx(6));
}

TEST_CASE("a program that nothing satisfies, and one without a bound") {
  LinearProgram none;
  none.entries = {{none.row(3, kInf), none.column(1, 2), 1}};
  CHECK_FALSE(solve(none).optimal);
  LinearProgram open;
  open.entries = {{open.row(0, kInf), open.column(1, kInf), 1}};
  CHECK_FALSE(solve(open).optimal);
}
