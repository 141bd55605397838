// Incidents against renewal theory, people and learning against sums by hand.
#include <cmath>
#include <functional>

#include "catch.hpp"
#include "plan/port_schedule.hpp"
#include "unit/plan/fixture.hpp"

using namespace capmix;

namespace {

const Date kBegin = Date::of(2026, 1, 1);
const Date kFar = Date::of(2126, 1, 1);

PortStage stage(const std::string& id, double days, double engineers = 0) {
  PortStage s;
  s.id = id;
  s.duration = Days{days};
  s.efficiency = 1.0;
  s.engineers = engineers;
  return s;
}

Port port(const std::string& family, std::vector<PortStage> stages) {
  Port p;
  p.stack = "npu", p.family = family, p.start = kBegin;
  p.stages = std::move(stages);
  return p;
}

PortIncident incident(const std::string& id, IncidentEffect effect, double per_day, Days duration = {}, double factor = 1) {
  PortIncident i;
  i.id = id, i.effect = effect;
  i.rate = per_day * kDaysPerMonth;
  i.duration = duration, i.factor = factor;
  return i;
}

plan::StackTimes times(const PortStack& stack, const std::vector<Port>& ports, const Draw& draw = Draw::at_modes()) {
  std::vector<const Port*> list;
  for (const auto& p : ports) list.push_back(&p);
  return plan::schedule_ports(stack, list, draw, kFar);
}

// Mean length of the only stage in days, over n draws.
double mean_length(const PortStack& stack, const Port& p, int n) {
  double sum = 0;
  for (int d = 0; d < n; ++d) sum += times(stack, {p}, Draw(11, d)).ports[0].changes.back().day - kBegin.day();
  return sum / n;
}

// Day of a stage's end, counted from the begin.
double end(const plan::StackTimes& t, size_t port, size_t stage) { return (t.ports[port].work[stage].end - kBegin).n; }

}  // namespace

// Stalls come at rate r in T days of work, each of D days, D uniform on [5, 15]: a compound Poisson sum.
//   E = T (1 + r E[D]) = 100 (1 + 0.03 x 10) = 130
//   variance = r T E[D^2] = 3 x (100 + 100/12) = 325; 20,000 draws: standard error 0.127, tolerance four of them
TEST_CASE("stalls lengthen a stage by rate times mean length") {
  PortStack stack{"npu", 0, Usd(0), {}, {incident("operator", IncidentEffect::stall, 0.03)}};
  stack.incidents[0].duration = Uncertain<Days>(Days{5}, Days{10}, Days{15}, "d");
  stack.incidents[0].duration.shape = Shape::uniform;
  CHECK(mean_length(stack, port("training", {stage("a", 100)}), 20000) == test::Approx(130).margin(4 * std::sqrt(325.0 / 20000)));
}

// Each rollback begins the stage again: the time until a gap of T days without an incident (a renewal process).
//   E = (e^(rT) - 1) / r = (e^1 - 1) / 0.01 = 171.8
//   variance = (e^(2rT) - 2 r T e^(rT) - 1) / r^2 = (e^2 - 2 e - 1) x 10^4 = 9524; 20,000 draws: standard error 0.69
TEST_CASE("rollbacks to the start of a stage lengthen it exponentially") {
  const PortStack stack{"npu", 0, Usd(0), {}, {incident("divergence", IncidentEffect::rollback, 0.01)}};
  const double e = std::exp(1.0);
  CHECK(mean_length(stack, port("training", {stage("a", 100)}), 20000) ==
        test::Approx(100 * (e - 1)).margin(4 * 100 * std::sqrt((e * e - 2 * e - 1) / 20000)));
}

// Regressions come at rate r, also in production, and each halves the efficiency for D days: the number in force on a
// day is Poisson with mean r D (an M/D/infinity queue), so the mean of 0.5^N is exp(-r D / 2).
//   r = 0.02, D = 30: exp(-0.3) = 0.7408. Second moment: exp(-r D 3/4) = 0.6376; variance 0.0888; 20,000 draws: 0.0021
TEST_CASE("regressions slow the work in production as an M/D/infinity queue has it") {
  auto s = fixture::study();
  s.ports = {port("llm-training", {stage("a", 50)})};
  s.ports[0].stack = "cann";
  s.port_stacks = {{"cann", 0, Usd(0), {}, {incident("regression", IncidentEffect::slow, 0.02, Days{30}, 0.5)}}};
  double sum = 0;
  const int n = 20000;
  for (int d = 0; d < n; ++d) {
    Plan p;
    const auto t = plan::schedule_ports(s.port_stacks[0], {&s.ports[0]}, Draw(5, d), fixture::kEnd);
    double factor = 1;
    for (const auto& c : t.ports[0].changes) {
      if (c.day > kBegin.day() + 200) break;
      if (c.kind == plan::PortChange::Kind::slower) factor *= c.factor;
      if (c.kind == plan::PortChange::Kind::faster) factor /= c.factor;
    }
    sum += factor;
  }
  CHECK(sum / n == test::Approx(std::exp(-0.3)).margin(4 * std::sqrt((std::exp(-0.45) - std::exp(-0.6)) / n)));
}

// Two kinds of stalls at once: T (1 + r1 D1 + r2 D2) = 100 (1 + 0.1 + 0.2); variance T (r1 D1^2 + r2 D2^2) = 100 + 400.
// And nothing happens at modes.
TEST_CASE("kinds of incidents add up, and at modes there are none") {
  const PortStack stack{"npu", 0, Usd(0), {}, {incident("one", IncidentEffect::stall, 0.01, Days{10}), incident("two", IncidentEffect::stall, 0.01, Days{20})}};
  const Port p = port("training", {stage("a", 100)});
  CHECK(mean_length(stack, p, 10000) == test::Approx(130).margin(4 * std::sqrt(500.0 / 10000)));
  const auto modes = times(stack, {p});
  CHECK(end(modes, 0, 0) == 100);
  CHECK(modes.ports[0].setbacks.empty());
}

// Training a 10, b 20, c 30 days, serving a 12, b 24; everyone needs 6 people. Packages are given out in the order
// serving a, training a, serving b, training b, training c.
//   18 people: three squads are enough: 36 and 60 days, as without a limit.
//   12 to 17: two squads. Serving b gets the squad that is free on day 10, and keeps it from day 12 to 36; training b gets
//     the other on day 12: 32, and c 62.
//   11 people: one squad: 12, 22, 46, 66, 96.
//   Training first by priority: 10, 30, 60, then serving 72, 96.
TEST_CASE("people are served in a fixed order") {
  std::vector<Port> ports{port("serving", {stage("a", 12, 6), stage("b", 24, 6)}), port("training", {stage("a", 10, 6), stage("b", 20, 6), stage("c", 30, 6)})};
  const auto check = [&](double people, double serving, double training) {
    const auto t = times({"npu", people, Usd(0), {}, {}}, ports);
    INFO(people);
    CHECK(end(t, 0, 1) == serving);
    CHECK(end(t, 1, 2) == training);
  };
  check(0, 36, 60);
  check(18, 36, 60);
  check(12, 36, 62);
  const auto one = times({"npu", 11, Usd(0), {}, {}}, ports);
  CHECK(end(one, 0, 0) == 12);
  CHECK(end(one, 1, 0) == 22);
  CHECK(end(one, 0, 1) == 46);
  CHECK(end(one, 1, 1) == 66);
  CHECK(end(one, 1, 2) == 96);
  CHECK(one.ports[1].work[0].after == "team");
  CHECK(one.ports[1].work[0].ready == kBegin);
  CHECK(one.ports[1].work[0].start == kBegin + Days{12});
  ports[1].priority = 1;
  const auto first = times({"npu", 11, Usd(0), {}, {}}, ports);
  CHECK(end(first, 1, 2) == 60);
  CHECK(end(first, 0, 0) == 72);
  CHECK(end(first, 0, 1) == 96);
}

// Collectives take 40 days, the kernel 30 after them. Training a 50, b (needs the kernel) 20, c (after a, beside b) 45,
// d after b and c. b may begin at max(50, 70) = 70 and ends at 90; c at 50 + 45 = 95; d = 95 + 10 = 105.
TEST_CASE("stages wait for shared components, and may stand side by side") {
  PortStack stack{"npu", 0, Usd(0), {{"collectives", "", Days{40}, 3, {}, {}, "", ""}, {"kernel", "", Days{30}, 2, {0}, {}, "", ""}, {"unused", "", Days{900}, 1, {}, {}, "", ""}}, {}};
  Port p = port("training", {stage("a", 50), stage("b", 20), stage("c", 45), stage("d", 10)});
  p.stages[1].needs = {1};
  p.stages[2].after = std::vector<int>{0};
  p.stages[3].after = std::vector<int>{1, 2};
  const auto t = times(stack, {p});
  CHECK(end(t, 0, 1) == 90);
  CHECK(t.ports[0].work[1].after == "component kernel");
  CHECK(end(t, 0, 2) == 95);
  CHECK(end(t, 0, 3) == 105);
  CHECK(t.ports[0].work[3].after == "stage c");
  REQUIRE(t.components.size() == 2);  // nobody needs the third
  CHECK(t.components[1].end == kBegin + Days{70});
}

// Serving learns from training's a (done on day 60), factor 0.4. Serving a 30 days: ends on day 30, untouched. b 50 days:
// 30 of it by day 60, the 20 left take 8: day 68. c begins after that: 50 x 0.4 = 20: day 88.
TEST_CASE("what is left to do after another family's stage takes a part of its time") {
  std::vector<Port> ports{port("serving", {stage("a", 30), stage("b", 50), stage("c", 50)}), port("training", {stage("a", 60)})};
  ports[0].learns = {{"training", 0, 0.4}};
  const auto t = times({"npu", 0, Usd(0), {}, {}}, ports);
  CHECK(end(t, 0, 0) == 30);
  CHECK(end(t, 0, 1) == 68);
  CHECK(end(t, 0, 2) == 88);
  ports.pop_back();  // a family that is not in use teaches nothing
  CHECK(end(times({"npu", 0, Usd(0), {}, {}}, ports), 0, 2) == 130);
}

// Random stacks: three families of four stages, two components, lessons, one to four squads. One package takes longer:
// nothing may end earlier. (With people who go wherever work is, it could: Graham 1969.)
TEST_CASE("longer work never brings a port forward") {
  for (int n = 0; n < 400; ++n) {
    const Draw draw(77, n);
    int k = 0;
    const auto number = [&](double high) { return std::floor(draw.uniform("n" + std::to_string(k++)) * high); };
    PortStack stack{"npu", 3 * (1 + number(4)), Usd(0), {{"c0", "", Days{5 + number(60)}, 3, {}, {}, "", ""}, {"c1", "", Days{5 + number(60)}, 3, {}, {}, "", ""}}, {}};
    std::vector<Port> ports;
    for (const char* f : {"f0", "f1", "f2"}) {
      ports.push_back(port(f, {}));
      for (int i = 0; i < 4; ++i) ports.back().stages.push_back(stage("s" + std::to_string(i), 5 + number(60), 3));
      ports.back().stages[static_cast<size_t>(number(4))].needs = {static_cast<int>(number(2))};
      ports.back().priority = static_cast<int>(number(2));
    }
    ports[1].stages[2].after = std::vector<int>{0};
    ports[1].learns = {{"f0", static_cast<int>(number(4)), 0.4}};
    ports[2].learns = {{"f1", static_cast<int>(number(4)), 0.6}, {"f0", 1, 0.5}};
    const auto before = times(stack, ports);
    auto& longer = ports[static_cast<size_t>(number(3))].stages[static_cast<size_t>(number(4))].duration;
    longer = Days{longer.mode.n + 1 + number(80)};
    const auto after = times(stack, ports);
    for (size_t p = 0; p < 3; ++p)
      for (size_t i = 0; i < 4; ++i) {
        INFO(n << " port " << p << " stage " << i);
        REQUIRE(end(after, p, i) >= end(before, p, i));
      }
  }
}

// A stall that is added in one stage moves nothing before it, and a kind of incident moves no other kind.
TEST_CASE("incidents of one stage or kind move no other number") {
  const auto run = [](const std::vector<PortIncident>& list, int draw) {
    return times({"npu", 0, Usd(0), {}, list}, {port("training", {stage("a", 100), stage("b", 100)})}, Draw(3, draw)).ports[0];
  };
  auto first = incident("one", IncidentEffect::stall, 0.02, Days{10}), second = incident("two", IncidentEffect::stall, 0.02, Days{10});
  first.stages = {"a"}, second.stages = {"b"};
  for (int d = 0; d < 50; ++d) {
    const auto alone = run({first}, d), both = run({first, second}, d);
    REQUIRE(both.work[0].end == alone.work[0].end);
    REQUIRE(both.changes[0].day == alone.changes[0].day);
  }
}
