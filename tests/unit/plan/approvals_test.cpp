#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

TEST_CASE("at modes what is likelier than not is granted") {
  auto s = study();
  CHECK(at_modes(s, mix(1e9, 0)).approvals[1].granted);
  s.approvals[{1}].probability = 0.4;
  CHECK_FALSE(at_modes(s, mix(1e9, 0)).approvals[1].granted);
}

TEST_CASE("an outcome forces grant, date and quota, each alone") {
  auto s = study();
  s.approvals[{0}].quota = Uncertain<double>(1000.0);
  Outcome o = forced(s, "licence", false);
  CHECK(at_modes(s, mix(1e9, 0), o).approvals[0].decided == Date::of(2026, 4, 10));
  CHECK_FALSE(at_modes(s, mix(1e9, 0), o).approvals[0].granted);
  CHECK(at_modes(s, mix(1e9, 0), o).approvals[0].quota == 1000);
  o.forced[0].granted.reset();
  o.forced[0].decided = Date::of(2027, 1, 1);
  o.forced[0].unlimited = true;
  const auto a = at_modes(s, mix(1e9, 0), o).approvals[0];
  CHECK(a.granted);
  CHECK(a.decided == Date::of(2027, 1, 1));
  CHECK(a.quota == -1);
}

TEST_CASE("the drawn share of grants is the probability") {
  // 600 draws of p = 0.6: standard deviation sqrt(0.24 / 600) = 0.02.
  const auto s = study();
  int granted = 0;
  for (int draw = 0; draw < 600; ++draw) granted += plan::make(s, mix(0, 0), {}, Draw(1, draw)).approvals[1].granted;
  CHECK(granted / 600.0 == test::Approx(0.6).margin(0.06));
}

TEST_CASE("two mixes see the same world") {
  auto s = study();
  s.approvals[{1}].decided = Uncertain<Date>(Date::of(2026, 4, 1), Date::of(2026, 9, 1), Date::of(2027, 3, 1), "decided");
  for (int draw = 0; draw < 30; ++draw) {
    const auto a = plan::make(s, mix(14e9, 0), {}, Draw(2, draw)), b = plan::make(s, mix(0, 5e9), {}, Draw(2, draw));
    for (size_t i = 0; i < a.approvals.size(); ++i) {
      REQUIRE(a.approvals[i].granted == b.approvals[i].granted);
      REQUIRE(a.approvals[i].decided == b.approvals[i].decided);
    }
    REQUIRE(a.tasks.size() == b.tasks.size());
    for (size_t i = 0; i < a.tasks.size(); ++i) REQUIRE(a.tasks[i].end == b.tasks[i].end);
    for (size_t i = 0; i < a.ports[0].steps.size(); ++i) REQUIRE(a.ports[0].steps[i].date == b.ports[0].steps[i].date);
  }
}
