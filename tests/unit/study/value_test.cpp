// The value of a unit where it can be worked by hand. One hall that stands, powered by `watts`, from which chips are
// used on the day on which they are delivered; npu from 9,600 a year (800 a month, on its last day), USD 7.5k each, in
// servers of 8 chips and 6 kW, a pod each; gangs of 8 chips that train 8 tokens a second, as many as there are chips.
// The horizon is 2026; money is ordered on March 1.
//   Chips of the ends of March to December work 276, 246, 215, 185, 154, 123, 93, 62, 32 and 1 days: 1,387 in all.
#include "study/value.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {

constexpr double kDaySeconds = 86400;

Scenario world(double money, double watts) {
  Scenario s = fixture::study();
  s.study.timeline = Timeline(kStart, Date::of(2027, 1, 1));
  s.native_stacks = {"cuda", "cann"};
  s.sites[{0}].halls = {hall("old", watts * 1e-6, true)};
  s.fabrics[{0}].pod_nodes = 1;
  s.producers[s.producers.find("hw")].years = {{2026, 9600, {}}};
  s.offers[s.offers.find("npu")].lead_time = Days{0};
  for (auto& chip : s.chips) chip.nic = ByteRate(50e9);
  LlmModel llm;
  llm.layers = 1, llm.hidden = 1000, llm.heads = llm.kv_heads = 1, llm.ffn = 1000, llm.vocab = 1000, llm.tied = true;
  Campaign& c = s.campaigns[{0}];
  c.model = s.llms.add(llm);
  c.tokens = 1e15;  // no run ends
  c.parts = {{{}, 8}};
  c.earliest = kStart;
  s.study.mixes = {mix(0, money)};
  s.study.redirect.to.clear();
  return s;
}

ValueReport value_of(const Scenario& s, int draws = 0) {
  StepProfile p;
  p.key = "npu", p.feasible = true, p.step = Seconds(1), p.units = 8, p.model_flop = Flop(80);
  p.parts = {{"gemm", Seconds(1), true}};
  RateTable rates;
  rates.rates[{"flagship", {"npu-node"}, "fat-tree"}] = p;
  capmix::study::ValueOptions o;
  o.mix = "mix", o.outcome = "drawn", o.draws = draws, o.jobs = 2;
  o.progress = [](const std::string&, int, int) {};
  o.objective = [](const RunKey&, const Facts& f) {
    double tokens = 0;
    for (const auto& t : f.of<TrainMonth>()) tokens += t.tokens;
    return tokens;
  };
  return capmix::study::value({{std::make_shared<const Scenario>(s)}}, {rates}, o);
}

// By view: for a temporary string GCC 14 warns that the reference may dangle.
const UnitValue& of(const ValueReport& r, std::string_view constraint) {
  for (const auto& v : r.values)
    if (v.constraint == constraint) return v;
  FAIL("no " << constraint);
  return r.values.front();
}

void only(const ValueReport& r, const std::string& constraint) {
  for (const auto& v : r.values) {
    INFO(v.constraint);
    CHECK((v.modes == 0) == (v.constraint != constraint));
  }
}

}  // namespace

// A tenth of 9,600 a year is 80 chips a month, ten more gangs: 80 x 1,387 chip-days at a token a second. 20 GW of hall
// and money for 2.7 million chips do not bind.
TEST_CASE("short output: a thousand chips a year are worth what they train, and nothing else is worth anything") {
  const auto r = value_of(world(20e9, 20e9));
  CHECK(r.modes == test::Approx(800.0 * 1387 * kDaySeconds));
  const auto& v = of(r, "production hw");
  CHECK(v.nudge == test::Approx(0.96));
  CHECK(v.modes == test::Approx(1000.0 / 12 * 1387 * kDaySeconds));
  only(r, "production hw");
}

// 100 kW hold 16 servers, 128 chips from the end of March on. A tenth, 10 kW, lets two more in: 16 chips.
TEST_CASE("no room: a megawatt is worth the chips that it lets in, and chips nothing") {
  const auto r = value_of(world(20e9, 100e3));
  CHECK(r.modes == test::Approx(128.0 * 276 * kDaySeconds));
  const auto& v = of(r, "power a");
  CHECK(v.nudge == test::Approx(0.01));
  CHECK(v.modes == test::Approx(16 / 0.01 * 276 * kDaySeconds));
  only(r, "power a");
}

// The same hall under a cap of the site, and recorded instead of built: the nudge reaches it there too.
TEST_CASE("no room under a cap or in a recorded hall: a megawatt is worth the chips that it lets in") {
  auto capped = world(20e9, 20e9);
  capped.sites[{0}].power_cap = Watts(100e3);
  auto recorded = world(20e9, 100e3);
  Hall& hall = recorded.sites[{0}].halls[0];
  hall.existing = false;
  hall.recorded = {{hall.start, hall.power}};
  for (const auto& s : {capped, recorded}) CHECK(of(value_of(s), "power a").modes > 0);
}

// USD 3m buy 400 chips, all of March's output; a tenth buys 40 more.
TEST_CASE("no money: a billion is worth the chips that it buys") {
  const auto r = value_of(world(3e6, 20e9));
  const auto& v = of(r, "money");
  CHECK(v.nudge == test::Approx(0.3e-3));
  CHECK(v.modes == test::Approx(40 / 0.3e-3 * 276 * kDaySeconds));
  only(r, "money");
}

// 400 chips wait for a port that gives 0.5 on day 120, 0.75 on day 210 and 1 on day 270. 30 days earlier they are there
// (day 89) and gain 30 x (0.5 + 0.25 + 0.25) days each.
TEST_CASE("a port that is late: 30 days are worth its steps, 30 days earlier") {
  auto s = world(3e6, 20e9);
  s.native_stacks = {"cuda"};
  const auto r = value_of(s);
  CHECK(of(r, "port cann/llm-training").modes == test::Approx(400.0 * 30 * kDaySeconds));
  CHECK(of(r, "money").modes > 0);
  CHECK(of(r, "production hw").modes == 0);
  // A recorded log moves as well, and no other.
  PortLogEntry own, other;
  own.date = other.date = Date::of(2026, 5, 1);
  own.stack = other.stack = "cann", own.family = "llm-training", other.family = "rec-serving";
  s.port_log = {own, other};
  const auto all = capmix::study::nudges(s, s.study.mixes[0]);
  const auto port = std::find_if(all.begin(), all.end(), [](const auto& n) { return n.constraint == "port cann/llm-training"; });
  REQUIRE(port != all.end());
  const auto moved = capmix::study::nudged(s, *port, 0, 0, Draw::at_modes());
  CHECK(moved.port_log[0].date == Date::of(2026, 4, 1));
  CHECK(moved.port_log[1].date == Date::of(2026, 5, 1));
}

// The npu needs the licence of April 10: of April's 800 those since the 10th, 21/30 = 560, and then all. 30 days earlier,
// March 11: 21/31 of March's, 541 chips, 67 servers and 5 chips in a last one that waits; and the rest of April's.
// The 400 that money buys come at the end of March instead of April: 30 + 1 - 1 days.
TEST_CASE("a late approval: 30 days are worth the chips that come earlier, also where the outcome says the day") {
  auto s = world(3e6, 20e9);
  s.offers[s.offers.find("npu")].approvals = {s.approvals.find("licence")};
  const double earlier = 400.0 * (276 - 246) * kDaySeconds;
  CHECK(of(value_of(s), "approval licence").modes == test::Approx(earlier));
  s.study.outcomes[0].forced = {{s.approvals.find("licence"), {}, Date::of(2026, 4, 10), false, {}}};
  s.approvals[s.approvals.find("licence")].decided = Date::of(2026, 12, 1);
  CHECK(of(value_of(s), "approval licence").modes == test::Approx(earlier));
  CHECK(of(value_of(s), "approval permission").modes == 0);
}

// Each draw makes another share of the plan, and gives this buyer 1,000 more a year all the same.
TEST_CASE("over draws the pair sees one world, and the buyer gets what the nudge says") {
  auto s = world(20e9, 20e9);
  s.producers[s.producers.find("hw")].realised = Uncertain<double>(0.6, 0.8, 1.0, "realised");
  const auto r = value_of(s, 4);
  const auto& v = of(r, "production hw");
  CHECK(v.nudge == test::Approx(0.768));
  REQUIRE(v.draws.size() == 4);
  CHECK(r.draws[0] != r.draws[1]);
  // 64 a month, but for servers that are not full at an end of a month: at most 7 chips of each of the two runs.
  for (const double x : v.draws) CHECK(std::abs(x * v.nudge - 64.0 * 1387 * kDaySeconds) <= 2 * 8.0 * 276 * kDaySeconds);
  CHECK(of(r, "money").draws == std::vector<double>(4, 0.0));
}

TEST_CASE("what is not there has no nudge") {
  auto s = world(0, 20e9);
  s.producers[s.producers.find("hw")].share = 0.0;
  const auto r = value_of(s);
  for (const auto& v : r.values) {
    CHECK(v.constraint != "money");
    CHECK(v.constraint != "production hw");
    CHECK(v.constraint != "building a");
    CHECK(v.constraint != "delivery npu");
  }
  CHECK_THROWS(capmix::study::value({{std::make_shared<const Scenario>(s)}}, {RateTable()}, {"none", "drawn", 0, 1, {}, {}}));
}
