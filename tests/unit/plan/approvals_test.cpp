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

namespace {

Approval::Event event(Date date, ApprovalState state, std::optional<double> quota = {}) { return {date, state, quota, ""}; }

// The licence is drawn for 2026-04-10, quota 1,000; the record says granted on 2026-03-05 with 75,000.
Scenario recorded() {
  auto s = study();
  auto& licence = s.approvals[{0}];
  licence.quota = Uncertain<double>(1000.0);
  licence.history = {event(Date::of(2026, 1, 13), ApprovalState::pending), event(Date::of(2026, 3, 5), ApprovalState::granted, 75000),
                     event(Date::of(2026, 6, 1), ApprovalState::refused)};
  return s;
}

const ApprovalPlan licence_of(const Scenario& s, const Outcome& o = {}, const Draw& draw = Draw::at_modes()) { return plan::make(s, mix(0, 0), o, draw).approvals[0]; }

Outcome forced_on(const Scenario& s, bool granted, Date day) {
  Outcome o = forced(s, "licence", granted);
  o.forced[0].decided = day;
  return o;
}

}  // namespace

TEST_CASE("recorded history counts up to the cut-off date alone, and not at all without one") {
  auto s = recorded();
  auto a = licence_of(s);
  CHECK(a.decided == Date::of(2026, 4, 10));
  CHECK(a.quota == 1000);
  CHECK(a.steps.size() == 1);

  s.study.as_of = Date::of(2026, 3, 5);  // up to and including it
  a = licence_of(s);
  REQUIRE(a.steps.size() == 2);
  CHECK(a.granted);
  CHECK(a.decided == Date::of(2026, 3, 5));
  CHECK(a.quota == 75000);
  CHECK(a.steps[1].recorded);
  CHECK(a.on(Date::of(2026, 3, 4)) == ApprovalState::pending);
  CHECK(a.on(Date::of(2028, 1, 1)) == ApprovalState::granted);

  s.study.as_of = Date::of(2026, 6, 1);
  a = licence_of(s);
  CHECK(a.decided == Date::of(2026, 3, 5));  // the first decision
  CHECK(a.on(Date::of(2026, 6, 1)) == ApprovalState::refused);
}

TEST_CASE("what the record leaves undecided is drawn, later than the cut-off") {
  auto s = recorded();
  auto& licence = s.approvals[{0}];
  licence.decided = Uncertain<Date>(Date::of(2026, 1, 1), Date::of(2026, 2, 1), Date::of(2026, 9, 1), "licence.decided");
  s.study.as_of = Date::of(2026, 2, 20);
  CHECK(licence_of(s).decided == Date::of(2026, 2, 21));  // the mode lies before it
  int granted = 0;
  for (int draw = 0; draw < 200; ++draw) {
    const auto a = licence_of(s, {}, Draw(3, draw));
    CHECK(a.decided > *s.study.as_of);
    CHECK(a.decided <= Date::of(2026, 9, 1));
    CHECK(a.steps.front().recorded);
    granted += a.granted;
  }
  CHECK(granted / 200.0 == test::Approx(0.7).margin(0.1));
  // A date that lay after the cut-off anyway is the number that it was.
  auto t = recorded();
  t.approvals[{0}].decided = Uncertain<Date>(Date::of(2026, 4, 1), Date::of(2026, 5, 1), Date::of(2026, 9, 1), "licence.decided");
  const auto without = licence_of(t, {}, Draw(3, 7));
  t.study.as_of = Date::of(2026, 2, 20);
  CHECK(licence_of(t, {}, Draw(3, 7)).decided == without.decided);
}

TEST_CASE("a forced decision replaces what is drawn, and the history from its date on") {
  auto s = recorded();
  s.study.as_of = Date::of(2026, 6, 1);
  auto a = licence_of(s, forced_on(s, true, Date::of(2026, 5, 1)));  // the refusal of 2026-06-01 never comes
  REQUIRE(a.steps.size() == 3);
  CHECK(a.steps[1].recorded);
  CHECK_FALSE(a.steps[2].recorded);
  CHECK(a.on(Date::of(2027, 1, 1)) == ApprovalState::granted);
  CHECK(a.decided == Date::of(2026, 5, 1));
  a = licence_of(s, forced_on(s, true, Date::of(2026, 8, 1)));  // granted, refused, and granted once more
  CHECK(a.on(Date::of(2026, 4, 1)) == ApprovalState::granted);
  CHECK(a.on(Date::of(2026, 7, 1)) == ApprovalState::refused);
  CHECK(a.on(Date::of(2026, 8, 1)) == ApprovalState::granted);
  s.study.as_of = Date::of(2026, 4, 1);  // what the record says already is not decided again
  a = licence_of(s, forced(s, "licence", true));
  CHECK(a.decided == Date::of(2026, 3, 5));
  CHECK(a.steps.size() == 2);
  s.study.as_of = Date::of(2026, 2, 1);  // no date said: on the drawn one
  a = licence_of(s, forced(s, "licence", false));
  CHECK(a.decided == Date::of(2026, 4, 10));
  CHECK(a.on(Date::of(2026, 4, 10)) == ApprovalState::refused);
}

// Granted on 2026-04-10, horizon 2029-01-01: 997 days. Open times are exponential with mean 997, so no pause comes with
// probability exp(-1) = 0.368; of 1,000 draws 368 +- 15.
TEST_CASE("pauses: exponential open times, none at modes, and a final one ends in a refusal") {
  auto s = study();
  s.approvals[{0}].probability = 1;
  s.approvals[{0}].pauses = Approval::Pauses{Days{997}, Days{60}, 0};
  CHECK(licence_of(s).steps.size() == 1);
  int quiet = 0;
  for (int draw = 0; draw < 1000; ++draw) {
    const auto a = licence_of(s, {}, Draw(11, draw));
    quiet += a.steps.size() == 1;
    for (size_t i = 1; i < a.steps.size(); ++i) {
      REQUIRE(a.steps[i].from > a.steps[i - 1].from);
      REQUIRE(a.steps[i].state == (i % 2 == 1 ? ApprovalState::paused : ApprovalState::granted));
      if (i % 2 == 0) REQUIRE(a.steps[i].from == a.steps[i - 1].from + Days{60});
    }
  }
  CHECK(quiet == test::Approx(368).margin(45));
  s.approvals[{0}].pauses->final = 1;
  for (int draw = 0; draw < 50; ++draw) {
    const auto a = licence_of(s, {}, Draw(11, draw));
    REQUIRE((a.steps.size() == 1 || a.steps.size() == 3));
    if (a.steps.size() == 3) CHECK(a.steps[2].state == ApprovalState::refused);
    CHECK(licence_of(s, forced(s, "licence", true), Draw(11, draw)).steps.size() == 1);  // forced: no pauses
  }
}

// Pauses after a recorded grant begin after the cut-off, however long the grant is past.
TEST_CASE("pauses leave recorded history alone") {
  auto s = recorded();
  s.study.as_of = Date::of(2026, 5, 31);
  s.approvals[{0}].pauses = Approval::Pauses{Days{20}, Days{10}, 0.1};
  for (int draw = 0; draw < 50; ++draw)
    for (const auto& step : licence_of(s, {}, Draw(4, draw)).steps) CHECK(step.recorded == (step.from <= *s.study.as_of));
}
