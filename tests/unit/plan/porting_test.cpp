#include "catch.hpp"
#include "plan/port_log.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {

PortLogEntry entry(PortEvent event, Date date, const std::string& value = "", double number = 0) {
  return {date, "cann", "llm-training", event, value, -1, number, "a test"};
}

// The stage of the fixture's first port has ended, or is rolled back to.
PortLogEntry ended(const Scenario& s, const std::string& stage, Date date, PortEvent event = PortEvent::stage) {
  PortLogEntry e = entry(event, date, stage);
  const auto& stages = s.ports[0].stages;
  e.stage = static_cast<int>(std::find_if(stages.begin(), stages.end(), [&](const auto& x) { return x.id == stage; }) - stages.begin());
  return e;
}

}  // namespace

// Stages of 60, 60, 90, 60 days with 0.2, 0.4, 0.6, 0.8 after them; production = 1: 0.25, 0.5, 0.75, 1.
TEST_CASE("a port at modes: dates are sums, production is 1, nothing runs before parity") {
  const auto p = at_modes(study(), mix(0, 0));
  REQUIRE(p.ports.size() == 1);  // cuda is native
  const double day[] = {60, 120, 210, 270}, efficiency[] = {0.25, 0.5, 0.75, 1};
  for (size_t i = 0; i < 4; ++i) {
    CHECK(p.ports[0].steps[i].date == kStart + Days{day[i]});
    CHECK(p.ports[0].steps[i].efficiency == test::Approx(efficiency[i]));
    CHECK(p.ports[0].steps[i].functional == (i >= 1));
  }
  CHECK(p.port_efficiency("cann", "llm-training", kStart + Days{119}) == 0);
  CHECK(p.port_efficiency("cann", "llm-training", kStart + Days{120}) == test::Approx(0.5));
  CHECK(p.port_efficiency("cuda", "llm-training", kStart) == 1);
}

TEST_CASE("drawn efficiencies never fall, stay within 1, and end at 1") {
  auto s = study();
  s.ports[0].stages[2].efficiency.high = 1.2;  // above production's in some draws
  for (int draw = 0; draw < 100; ++draw) {
    const auto p = plan::make(s, mix(0, 0), {}, Draw(8, draw));
    double last = 0;
    for (const auto& step : p.ports[0].steps) {
      REQUIRE(step.efficiency >= last);
      last = step.efficiency;
    }
    REQUIRE(last == 1);
  }
}

// Tuned takes 90 days twice: production at 270 + 90.
TEST_CASE("a stage that fails takes its duration twice") {
  auto s = study();
  s.ports[0].retry_stage = 2;
  s.ports[0].retry_probability = 0.4;
  CHECK(at_modes(s, mix(0, 0)).ports[0].steps[3].date == kStart + Days{270});
  s.ports[0].retry_probability = 0.6;
  const auto p = at_modes(s, mix(0, 0));
  CHECK(p.ports[0].steps[1].date == kStart + Days{120});
  CHECK(p.ports[0].steps[2].date == kStart + Days{300});
  CHECK(p.ports[0].steps[3].date == kStart + Days{360});
}

TEST_CASE("a log replaces the draw of the port that it names, and of no other") {
  auto s = study();
  s.ports.push_back(s.ports[0]);
  s.ports[1].family = "rec-serving";
  Service service;
  service.id = "feed", service.stages.emplace_back();
  s.services.add(service);
  const auto drawn = plan::make(s, mix(0, 0), {}, Draw(6, 1));
  s.port_log = {ended(s, "bring-up", Date::of(2026, 2, 1)), ended(s, "parity", Date::of(2026, 5, 5)), ended(s, "tuned", Date::of(2026, 9, 1))};
  const auto p = plan::make(s, mix(0, 0), {}, Draw(6, 1));
  REQUIRE(p.ports.size() == 2);
  CHECK(p.ports[0].replayed);
  REQUIRE(p.ports[0].steps.size() == 3);  // production never happened
  CHECK(p.ports[0].steps[0].stage == "bring-up");
  CHECK_FALSE(p.ports[0].steps[0].functional);
  CHECK(p.ports[0].steps[1].date == Date::of(2026, 5, 5));
  CHECK(p.ports[0].steps[1].functional);
  CHECK(p.ports[0].steps[2].efficiency == test::Approx(0.75));
  CHECK_FALSE(p.ports[1].replayed);
  CHECK(p.ports[1].steps[3].date == drawn.ports[1].steps[3].date);
}

TEST_CASE("a pair in use without a port never becomes functional") {
  auto s = study();
  s.ports.clear();
  const auto p = at_modes(s, mix(0, 0));
  REQUIRE(p.ports.size() == 1);
  CHECK(p.ports[0].steps.empty());
  CHECK(p.port_efficiency("cann", "llm-training", kEnd) == 0);
}

// Functional (0.5) on day 120, tuned (0.75) on 210, production on 270. The cut-over takes 100 days in two phases with a
// dual share of 0.4: factor 0.6 from day 120, 0.8 from day 170, 1 from day 220.
TEST_CASE("a cut-over costs efficiency until the last phase is over") {
  auto s = study();
  s.ports[0].cutover = PortCutover{Days{100}, 2, 0.4};
  const auto p = at_modes(s, mix(0, 0));
  const auto at = [&](double day) { return p.port_efficiency("cann", "llm-training", kStart + Days{day}); };
  CHECK(at(119) == 0);
  CHECK(at(120) == test::Approx(0.5 * 0.6));
  CHECK(at(170) == test::Approx(0.5 * 0.8));
  CHECK(at(210) == test::Approx(0.75 * 0.8));
  CHECK(at(220) == test::Approx(0.75));
  CHECK(at(270) == test::Approx(1));
  CHECK(p.ports[0].dual.share == test::Approx(0.3));  // 0.4 and 0.2, half of the time each
  CHECK(p.ports[0].dual.until == kStart + Days{220});
}

// A rollback to parity while `tuned` is worked on: parity's end is undone, nothing runs until it is done again (60 days
// at most times three), and in the end production is 1.
TEST_CASE("a rollback to an earlier stage takes the curve back") {
  auto s = study();
  PortIncident i;
  i.id = "numerical-divergence", i.effect = IncidentEffect::rollback, i.rate = 0.3, i.to = "parity", i.stages = {"tuned"}, i.source = "a test";
  s.port_stacks = {{"cann", 0, Usd(0), {}, {i}}};
  int hit = 0;
  for (int draw = 0; draw < 50; ++draw) {
    const auto p = plan::make(s, mix(0, 0), {}, Draw(4, draw)).ports[0];
    for (const auto& b : p.setbacks) {
      const auto fall = std::find_if(p.steps.begin(), p.steps.end(), [&](const auto& x) { return x.date == b.from && x.cause == "incident numerical-divergence"; });
      REQUIRE(fall != p.steps.end());
      CHECK_FALSE(fall->functional);
      CHECK(fall->source == "a test");
      CHECK(b.until > b.from);
      Plan whole;
      whole.ports = {p};
      CHECK(whole.port_efficiency("cann", "llm-training", b.from) == 0);
      ++hit;
    }
    CHECK(p.steps.back().efficiency == 1);
    CHECK(p.steps.back().functional);
  }
  CHECK(hit > 10);
}

// The log: bring-up on day 50, trouble from day 70 to 100, parity on day 130, 0.3 measured on day 150 (of 0.8: 0.375),
// tuned on day 200, rolled back to parity on day 220, parity again on day 250, tuned again on day 300.
TEST_CASE("a log of events: measured, rolled back, and without each setback") {
  const auto s = study();
  const Port& port = s.ports[0];
  const auto day = [](double n) { return kStart + Days{n}; };
  const plan::PortLog log{entry(PortEvent::start, day(0)), ended(s, "bring-up", day(50)), entry(PortEvent::incident, day(70), "missing-operator"),
                          entry(PortEvent::resume, day(100)), ended(s, "parity", day(130)), entry(PortEvent::efficiency, day(150), "0.3", 0.375),
                          ended(s, "tuned", day(200)), ended(s, "parity", day(220), PortEvent::rollback), ended(s, "parity", day(250)), ended(s, "tuned", day(300))};
  Plan p;
  p.ports = {plan::replay(port, log)};
  const auto at = [&](double n) { return p.port_efficiency("cann", "llm-training", day(n)); };
  CHECK(at(129) == 0);
  CHECK(at(130) == test::Approx(0.5));
  CHECK(at(150) == test::Approx(0.375));
  CHECK(at(200) == test::Approx(0.75));
  CHECK(at(220) == 0);
  CHECK(at(250) == test::Approx(0.5));
  CHECK(at(300) == test::Approx(0.75));

  const auto list = plan::setbacks(port, log);
  REQUIRE(list.size() == 2);
  CHECK(list[0].what.id == "missing-operator");
  CHECK(list[0].lost.n == 30);
  CHECK(list[1].what.effect == "rollback");
  CHECK(list[1].lost.n == 80);  // tuned stood on day 220, and again on day 300
  // Without the stall all after it comes 30 days earlier; without the rollback tuned stands from day 200 on.
  p.ports = {plan::replay(port, plan::without(port, log, list[0]))};
  CHECK(at(99) == 0);
  CHECK(at(100) == test::Approx(0.5));
  CHECK(at(190) == 0);
  CHECK(at(270) == test::Approx(0.75));
  p.ports = {plan::replay(port, plan::without(port, log, list[1]))};
  CHECK(at(220) == test::Approx(0.75));
  CHECK(p.ports[0].steps.size() == 4);
  const auto clean = plan::undisturbed(port, log);
  CHECK(plan::setbacks(port, clean).empty());
  p.ports = {plan::replay(port, clean)};
  CHECK(at(170) == test::Approx(0.75));
}

// Parity on day 100, trouble from day 120, given up on day 200. Without it tuned follows after its 90 days, on day 210,
// and production 60 days later.
TEST_CASE("an abandoned port runs nothing any more; without that the rest follows at modes") {
  const auto s = study();
  const auto day = [](double n) { return kStart + Days{n}; };
  const plan::PortLog log{ended(s, "bring-up", day(60)), ended(s, "parity", day(100)), entry(PortEvent::incident, day(120), "numerical-divergence"), entry(PortEvent::abandon, day(200))};
  Plan p;
  p.ports = {plan::replay(s.ports[0], log)};
  CHECK(p.port_efficiency("cann", "llm-training", day(199)) == test::Approx(0.5));
  CHECK(p.port_efficiency("cann", "llm-training", day(200)) == 0);
  const auto list = plan::setbacks(s.ports[0], log);
  REQUIRE(list.size() == 1);
  CHECK(list[0].what.effect == "abandon");
  const auto clean = plan::without(s.ports[0], log, list[0]);
  REQUIRE(clean.size() == 4);
  // An incident that is not over when the log ends is undone in the same way.
  const plan::PortLog open(log.begin(), log.begin() + 3);
  const auto still = plan::setbacks(s.ports[0], open);
  REQUIRE(still.size() == 1);
  CHECK(still[0].what.effect == "open");
  CHECK(still[0].what.until.is_never());
  CHECK(plan::without(s.ports[0], open, still[0])[3].date == day(270));
  CHECK(clean[2].date == day(210));
  CHECK(clean[3].date == day(270));
  CHECK(clean[3].inferred);
}
