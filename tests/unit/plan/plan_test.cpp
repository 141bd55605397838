#include <algorithm>

#include "catch.hpp"
#include "unit/plan/fixture.hpp"

using namespace fixture;

namespace {

Facts facts_of(const Scenario& s, const Mix& m, const Draw& draw) {
  Facts f;
  plan::record(plan::make(s, m, s.study.outcomes[0], draw), s, f);
  return f;
}

// One line per fact, sorted: what a comparison of two runs sees.
struct Lines {
  std::string line;
  void operator()(const char*, const std::string& v) { line += "|" + v; }
  void operator()(const char*, int64_t v) { line += "|" + std::to_string(v); }
  void operator()(const char*, double v) { line += "|" + std::to_string(v); }
};
std::vector<std::string> lines(Facts f) {
  std::vector<std::string> out;
  f.each_table([&](auto& table) {
    for (auto& fact : table) {
      Lines l{fact.kTable};
      fact.visit(l);
      out.push_back(l.line);
    }
  });
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("equal arguments, equal plan, and another draw, another plan") {
  const auto s = study();
  const auto a = lines(facts_of(s, mix(10e9, 4e9), Draw(1, 3)));
  CHECK(a == lines(facts_of(s, mix(10e9, 4e9), Draw(1, 3))));
  CHECK(a != lines(facts_of(s, mix(10e9, 4e9), Draw(1, 4))));
}

TEST_CASE("the order of offers and of halls in a file changes nothing") {
  const auto s = study();
  auto t = s;
  std::swap(t.offers[{0}], t.offers[{1}]);
  t.study.redirect.to = {t.offers.find("npu")};
  std::swap(t.sites[{0}].halls[0], t.sites[{0}].halls[1]);
  for (int draw = 0; draw < 10; ++draw)
    CHECK(lines(facts_of(s, mix(10e9, 4e9), Draw(1, draw))) == lines(facts_of(t, mix(4e9, 10e9), Draw(1, draw))));
}

TEST_CASE("facts name their subjects") {
  const auto s = study();
  const auto f = facts_of(s, mix(10e9, 4e9), Draw::at_modes());
  REQUIRE(f.of<OrderFact>().size() == 2);
  CHECK(f.of<OrderFact>()[0].offer == "h200");
  CHECK(f.of<OrderFact>()[1].position == 1);
  CHECK(f.of<OrderFact>()[0].decided == "2026-06-20");
  CHECK(f.of<OrderFact>()[0].cancelled == "never");
  CHECK(f.of<BottleneckFact>()[0].month == "2026-01");
  const auto& dates = f.of<DateFact>();
  const auto has = [&](const std::string& kind, const std::string& subject, const std::string& date, const std::string& note) {
    return std::any_of(dates.begin(), dates.end(), [&](const DateFact& d) {
      return d.kind == kind && d.subject == subject && d.date == date && d.note == note;
    });
  };
  CHECK(has("task-end", "a/new/grid", "2026-06-30", "critical"));
  CHECK(has("task-start", "a/new/fibre", "2026-02-06", ""));
  CHECK(has("approval", "permission", "2026-06-20", "granted"));
  CHECK(has("port", "cann/llm-training/parity", "2026-05-01", "functional"));
  CHECK(has("hall-power", "a/new", "2026-06-30", ""));
  CHECK(has("hall-network", "a/old", "2026-01-01", ""));
}

// A component of 70 days with 3 people before `tuned` (ready on day 120), at USD 120k a year: 3 x 70 / 30.44 = 6.90
// engineer-months, USD 69k. The cut-over takes 60 days from day 120 on, at 0.5 x (2 + 1) / (2 x 2) = 37.5 % of the time:
// of 800 chips 800 x 60 / 30.44 x 0.375 = 591.4 chip-months, at USD 300 a month USD 177.4k.
TEST_CASE("facts of the work on ports: people, effort, incidents, cut-over") {
  auto s = study();
  s.port_stacks = {{"cann", 0, Usd(120e3), {{"kernel", "", Days{70}, 3, {}, {}, "", ""}}, {}}};
  s.ports[0].stages[2].needs = {0};
  s.ports[0].cutover = PortCutover{Days{60}, 2, 0.5, Usd(300)};
  s.existing.push_back({"npus", s.offers[s.offers.find("npu")].node, {0}, 0, 800, kStart, Date::never()});
  s.ports[0].retry_stage = 2, s.ports[0].retry_probability = 0.6;
  const auto f = facts_of(s, mix(10e9, 4e9), Draw::at_modes());
  const auto& work = f.of<PortWorkFact>();
  REQUIRE(work.size() == 5);
  CHECK(work[0].package == "kernel");
  CHECK(work[0].family.empty());
  CHECK(work[0].end == (kStart + Days{70}).text());
  CHECK(work[0].months == test::Approx(3 * 70 / kDaysPerMonth));
  CHECK(work[0].usd == test::Approx(3 * 70 / kDaysPerMonth * 10e3));
  CHECK(work[3].package == "tuned");
  CHECK(work[3].after == "stage parity");
  const auto date = [&](const std::string& kind) {
    for (const auto& d : f.of<DateFact>())
      if (d.kind == kind) return d;
    return DateFact{};
  };
  CHECK(date("port-setback").subject == "cann/llm-training/tuned");
  CHECK(date("port-setback").note == "retry: failed stage");
  CHECK(date("port-setback").value == 90);
  CHECK(date("port-dual").date == (kStart + Days{120}).text());
  CHECK(date("port-dual").note == "until " + (kStart + Days{180}).text() + ", 38 % of the time of its chips, USD 177.4k");
  CHECK(date("port-dual").value == test::Approx(800 * 60 / kDaysPerMonth * 0.375));
}

// Sums of changes up to any day are the chips online on it: also of a fleet that retires, and none of it before it comes.
TEST_CASE("the days on which chips come online add up to those that are") {
  auto s = study();
  s.existing.push_back({"fleet", {0}, {0}, 1, 5000, Date::of(2025, 1, 1), Date::of(2027, 1, 1)});
  for (int draw = 0; draw < 5; ++draw) {
    const auto p = plan::make(s, mix(1e9, 1e9), s.study.outcomes[0], Draw(3, draw));
    Facts f;
    plan::record(p, s, f);
    const auto& changes = f.of<OnlineChange>();
    CHECK(std::all_of(changes.begin(), changes.end(), [](const auto& c) { return c.chips != 0 && c.date < "2029-01-01"; }));
    for (const char* day : {"2024-12-31", "2025-01-01", "2026-12-31", "2027-01-01", "2028-12-31"}) {
      Date date;
      REQUIRE(Date::parse(day, date));
      int64_t summed = 0, online = 0;
      for (const auto& c : changes)
        if (c.date <= day) summed += c.chips;
      for (const auto& pod : p.pods)
        if (pod.online <= date && date < pod.retires) online += pod.chips;
      CHECK(summed == online);
    }
  }
}

TEST_CASE("a study without offers, halls or reference still has a plan") {
  Scenario s;
  s.study.timeline = Timeline(kStart, kEnd);
  CHECK(plan::make(s, {}, {}, Draw(1, 1)).pods.empty());
}
