// Halls that share a site: crews, calendars, what may happen to a task, a cap on power.
#include <cmath>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {

enum { permit, grid, fibre, rack, burn_in };

// The fixture's site with halls a, b, c to be built and a crew of `units` for the grid.
Scenario three_halls(int units) {
  auto s = study();
  Site& site = s.sites[{0}];
  site.halls = {hall("a", 10, false), hall("b", 10, false), hall("c", 10, false)};
  site.halls[2].start = kStart + Days{30};
  site.crews = {{"grid", "one connection", units}};
  for (auto& h : site.halls) h.tasks[grid].crew = "grid";
  return s;
}

Plan built(const Scenario& s, const Draw& draw = Draw::at_modes()) {
  Plan p;
  plan::Sites(s).schedule(draw, p);
  return p;
}

Date power(const Plan& p, size_t hall) { return p.halls[hall].power.front().first; }

const TaskPlan& task(const Plan& p, int hall, int index) {
  for (const auto& t : p.tasks)
    if (t.hall == hall && t.task == index) return t;
  FAIL("no such task");
  return p.tasks.front();
}

double mean_power(const Scenario& s, int n) {
  const plan::Sites sites(s);
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    Plan p;
    sites.schedule(Draw(8, i), p);
    sum += (power(p, 0) - kStart).n;
  }
  return sum / n;
}

}  // namespace

// Each grid needs 120 days after a permit of 60. One unit: a 60..180, b 180..300, c (permit until 90) 300..420. Two units:
// a and b 60..180, c waits for the end of the job two before it, a's: 180..300. Three: c at 90 + 120 = 210.
TEST_CASE("a crew serves its jobs in order, as many at a time as it has units") {
  const auto one = built(three_halls(1)), two = built(three_halls(2)), three = built(three_halls(3));
  CHECK(power(one, 0) == kStart + Days{180});
  CHECK(power(one, 1) == kStart + Days{300});
  CHECK(power(one, 2) == kStart + Days{420});
  CHECK(power(two, 1) == kStart + Days{180});
  CHECK(power(two, 2) == kStart + Days{300});
  CHECK(power(three, 2) == kStart + Days{210});
}

// The order is by start, then id, whatever the order of the file: with c's start before the others' it is served first.
TEST_CASE("who starts first is served first") {
  auto s = three_halls(1);
  s.sites[{0}].halls[2].start = kStart + Days{-10};
  std::swap(s.sites[{0}].halls[0], s.sites[{0}].halls[1]);  // b, a, c
  const auto p = built(s);
  CHECK(power(p, 2) == kStart + Days{-10 + 180});
  CHECK(power(p, 1) == kStart + Days{170 + 120});
  CHECK(power(p, 0) == kStart + Days{290 + 120});
}

// Hall a with a fibre of 300 days (36..336): alone its grid (60..180) could slip by 156 days. With the crew b's grid waits for
// it and b's power for that, so it cannot slip at all; nor can a's permit.
TEST_CASE("a task can be critical through a crew") {
  auto s = three_halls(1);
  s.sites[{0}].halls[0].tasks[fibre].duration = Days{300};
  const auto shared = built(s);
  CHECK(task(shared, 0, grid).critical);
  CHECK(task(shared, 0, permit).critical);
  CHECK(task(shared, 1, permit).slack.n == test::Approx(120));
  s.sites[{0}].crews.clear();
  for (auto& h : s.sites[{0}].halls) h.tasks[grid].crew.clear();
  const auto apart = built(s);
  CHECK_FALSE(task(apart, 0, grid).critical);
  CHECK(task(apart, 0, grid).slack.n == test::Approx(156));
}

// Permit 60 days of work from 1 January 2026: 45 until 14 February, nine days of holiday, 15 more: until the morning of 11
// March. Fibre starts at 60 % of the work, day 36 (6 February), grid's 120 days on 11 March: permit has no slack.
TEST_CASE("durations under a calendar are net working time, and partial dependencies go by progress") {
  auto s = three_halls(1);
  s.sites[{0}].halls.resize(1);
  s.calendars.add(WorkCalendar({{Date::of(2026, 2, 15), Date::of(2026, 2, 23), false, 0}}));
  s.sites[{0}].halls[0].tasks[permit].calendar = {0};
  auto p = built(s);
  CHECK(task(p, 0, permit).end == Date::of(2026, 3, 11));
  CHECK(task(p, 0, fibre).start == Date::of(2026, 2, 6));
  CHECK(power(p, 0) == Date::of(2026, 3, 11) + Days{120});
  CHECK(task(p, 0, permit).critical);
  // Fibre from 80 % of it, 48 days of work: 45 and 3 after the holiday.
  s.sites[{0}].halls[0].tasks[fibre].after = {{permit, 0.8}};
  p = built(s);
  CHECK(task(p, 0, fibre).start == Date::of(2026, 2, 27));
}

// At modes an event happens from a probability of one half on: 60 x (1 + 0.5) + 20 = 110 days of permit, or 60.
TEST_CASE("at modes likely delays and rework happen, unlikely ones do not") {
  auto s = three_halls(3);
  Task& t = s.sites[{0}].halls[0].tasks[permit];
  t.risk = {0.5, Days{20}};
  t.rework = {0.5, 0.5};
  auto p = built(s);
  CHECK(task(p, 0, permit).end == kStart + Days{110});
  Facts facts;
  plan::record(p, s, facts);
  CHECK(facts.of<DateFact>().front().note == "critical, delayed, reworked");
  t.risk.probability = t.rework.probability = 0.49;
  p = built(s);
  CHECK(task(p, 0, permit).end == kStart + Days{60});
  CHECK_FALSE((task(p, 0, permit).delayed || task(p, 0, permit).reworked));
}

// Permit and grid of fixed 60 and 120 days, network at once. Delay 50 days with 0.3 and rework of half of the 60 with 0.4:
// mean 180 + 15 + 12 = 207. Variance 50^2 x 0.21 + 30^2 x 0.24 = 741, standard error of 4,000 draws 0.43; five: 2.2.
TEST_CASE("delays and rework have their probabilities") {
  auto s = three_halls(3);
  s.sites[{0}].halls.resize(1);
  auto& tasks = s.sites[{0}].halls[0].tasks;
  tasks[permit].duration = Days{60}, tasks[grid].duration = Days{120}, tasks[fibre].duration = Days{0};
  tasks[permit].risk = {0.3, Days{50}};
  tasks[permit].rework = {0.4, 0.5};
  CHECK(std::fabs(mean_power(s, 4000) - 207) < 2.2);
}

// Two branches side by side, each uniform on 0..100 days: E max = 2/3 x 100, standard deviation 100 sqrt(1/18) = 23.6. Either
// is critical in half of the draws (0.5 / sqrt(n)); mean slack of one is E max - 50 = 16.7, standard deviation 23.6.
// n = 10,000: five standard errors are 1.2 days and 0.025.
TEST_CASE("two parallel uncertain branches against the closed form") {
  auto s = three_halls(3);
  s.sites[{0}].halls.resize(1);
  auto& tasks = s.sites[{0}].halls[0].tasks;
  for (const int i : {permit, fibre}) {
    tasks[static_cast<size_t>(i)].duration = Uncertain<Days>(Days{0}, Days{50}, Days{100});
    tasks[static_cast<size_t>(i)].duration.shape = Shape::uniform;
  }
  tasks[fibre].after.clear();
  tasks[grid].duration = Days{0}, tasks[grid].after = {{permit, 1}, {fibre, 1}};
  const plan::Sites sites(s);
  const int n = 10000;
  double critical = 0, slack = 0, end = 0;
  for (int i = 0; i < n; ++i) {
    Plan p;
    sites.schedule(Draw(8, i), p);
    critical += task(p, 0, permit).critical;
    slack += task(p, 0, permit).slack.n;
    end += (power(p, 0) - kStart).n;
    REQUIRE((task(p, 0, permit).critical || task(p, 0, fibre).critical));
  }
  CHECK(std::fabs(end / n - 200.0 / 3) < 1.2);
  CHECK(std::fabs(slack / n - 50.0 / 3) < 1.2);
  CHECK(std::fabs(critical / n - 0.5) < 0.025);
}

// Existing 20 MW, then 80 MW each on the days 180 (a) and 210 (c, d): of a cap of 150 MW the old hall takes 20, a 80, c what
// is left, 50, and d, by its id after c on the same day, nothing. By phases a cap is met in the middle of a hall.
TEST_CASE("under a cap halls get what is left when their power comes") {
  auto s = study();
  Site& site = s.sites[{0}];
  site.halls = {hall("old", 20, true), hall("d", 80, false), hall("c", 80, false), hall("a", 80, false)};
  site.halls[1].start = site.halls[2].start = kStart + Days{30};
  site.power_cap = Watts(150e6);
  const auto watts = [](const Plan& p, size_t h) { return p.halls[h].power.back().second.value(); };
  auto p = built(s);
  CHECK(watts(p, 0) == test::Approx(20e6));
  CHECK(watts(p, 3) == test::Approx(80e6));
  CHECK(watts(p, 2) == test::Approx(50e6));
  CHECK(watts(p, 1) == test::Approx(0));
  site.halls[3].phases = {{0.5, Days{0}}, {0.5, Days{100}}};  // 40 MW on day 180, 40 on day 280: c has taken 80 by then
  p = built(s);
  CHECK(watts(p, 2) == test::Approx(80e6));
  CHECK(watts(p, 1) == test::Approx(10e6));
  CHECK(p.halls[3].power.front().second.value() == test::Approx(40e6));
  CHECK(watts(p, 3) == test::Approx(40e6));
}

// models.md: a longer task never brings a hall forward - with crews, calendars and partial dependencies, over worlds.
TEST_CASE("with crews and calendars a longer task brings no hall's power or network forward") {
  for (int draw = 0; draw < 60; ++draw) {
    auto s = three_halls(1 + draw % 2);
    auto& halls = s.sites[{0}].halls;
    for (const char* id : {"d", "e", "f"}) halls.push_back(hall(id, 10, false)), halls.back().tasks[grid].crew = "grid";
    s.sites[{0}].crews.push_back({"fibre", "", 2});
    s.calendars.add(WorkCalendar({{Date::of(2000, 11, 1), Date::of(2000, 3, 31), true, 0.3}, {Date::of(2026, 2, 15), Date::of(2026, 2, 23), false, 0}}));
    for (auto& h : halls) h.tasks[permit].calendar = h.tasks[grid].calendar = {0}, h.tasks[fibre].crew = "fibre", h.tasks[permit].risk = {0.4, Days{30}};
    const auto before = built(s, Draw(5, draw));
    auto& longer = halls[static_cast<size_t>(draw) % halls.size()].tasks[static_cast<size_t>(draw % 3)].duration;
    longer.low = longer.low + Days{25}, longer.mode = longer.mode + Days{25}, longer.high = longer.high + Days{25};
    const auto after = built(s, Draw(5, draw));
    for (size_t h = 0; h < halls.size(); ++h) {
      REQUIRE(power(after, h) >= power(before, h));
      REQUIRE(after.halls[h].network >= before.halls[h].network);
    }
  }
}

// Slack is what it says: a permit that ends later by its slack moves no hall's end, by two days more it moves one. (Without
// fibre's partial dependency, so that the delay acts at the permit's end alone.)
TEST_CASE("slack with crews is how far a task may slip without moving the end of any hall") {
  const auto ends = [](const Plan& p) { return std::vector<Date>{task(p, 0, burn_in).end, task(p, 1, burn_in).end, task(p, 2, burn_in).end}; };
  for (int draw = 0; draw < 20; ++draw) {
    auto s = three_halls(1 + draw % 2);
    for (auto& h : s.sites[{0}].halls) h.tasks[fibre].after.clear();
    const auto p = built(s, Draw(6, draw));
    for (size_t h = 0; h < 3; ++h) {
      auto slipped = s;
      auto& risk = slipped.sites[{0}].halls[h].tasks[permit].risk;
      const double slack = task(p, static_cast<int>(h), permit).slack.n;
      risk = {1, Days{slack}};
      REQUIRE(ends(built(slipped, Draw(6, draw))) == ends(p));
      risk.delay = Days{slack + 2};
      REQUIRE(ends(built(slipped, Draw(6, draw))) != ends(p));
    }
  }
}
