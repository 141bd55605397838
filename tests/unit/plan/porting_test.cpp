#include "catch.hpp"
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
  service.id = "feed";
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
