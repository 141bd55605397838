// Edges of services that share chips, with one another and with training.
#include "catch.hpp"
#include "unit/fleet/fixture.hpp"
#include "unit/fleet/forked.hpp"

using namespace test;

namespace {

const Date kStart = day(2026, 1, 1);
constexpr int64_t kDaySec = 86400;

void borrows(World& w, const std::string& id) {
  auto& c = w.campaign(id, 8, 1e12);
  c.borrows = true, c.runs = 0;
}

}  // namespace

TEST_CASE("A service of which everything is lent while nobody asks is not short") {
  // 100 - 100 x 1 - 30.7 x 1 out of their sum leaves less than nothing in floating point: what is kept is added up instead.
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart), w.pod("slow", 8, kStart);
  w.port("rec-serving", {{kStart, 1.0}});
  auto& s = w.service("rec", 65);
  for (size_t h = 0; h < 24; ++h) s.demand.hour[h] = h < 12 ? 1.99 : 0;
  s.take_back = Seconds(600);
  w.rate("rec", {"fast"}, 100), w.rate("rec", {"slow"}, 30.7);
  borrows(w, "night");
  w.rate("night", {"fast"}, 1000), w.rate("night", {"slow"}, 1000);
  const Facts f = run(w);
  for (const auto& m : f.of<ServeMonth>()) {
    CHECK(m.shed == 0);
    CHECK(m.hours_short == 0);
  }
  CHECK(f.of<ShedHour>().empty());
  CHECK(f.of<TrainMonth>().size() == 2);
}

TEST_CASE("Of two services that want alike the one that a pod serves better has it, whatever they are called") {
  // One pod, which covers 100 of 100 requests/s of the strong one or 25 of 100 of the weak one; nothing trains.
  for (const auto& [strong, weak] : {std::pair("a", "b"), std::pair("b", "a")}) {
    World w(day(2026, 2, 1));
    w.pod("fast", 8, kStart);
    for (const char* id : {"a", "b"}) w.service(id, 100), w.rate(id, {"fast"}, std::string(id) == strong ? 100 : 25);
    const Facts f = run(w);
    for (const auto& m : f.of<ServeMonth>()) {
      CAPTURE(strong, weak, m.service);
      CHECK(m.served == Approx(m.service == strong ? 100.0 * 31 * kDaySec : 0));
    }
  }
}

TEST_CASE("A gang that comes pays for loading and leaving in full, however many hours that takes") {
  // Three gangs of 8 are lent from 12 to 23 h (to 22 h where they are away for more than an hour), and in the last hour of the
  // last day, behind which nothing is known. Each pays twice the time once a night: 2 x 6000 s are 3 hours and 20 minutes.
  for (const auto& [back, hours] : {std::pair(600.0, 11 * 31 + 1), std::pair(3600.0, 11 * 31 + 1), std::pair(6000.0, 10 * 31 + 2)}) {
    World w(day(2026, 2, 1));
    for (int i = 0; i < 4; ++i) w.pod("fast", 8, kStart);
    auto& s = w.service("rec", 250);
    for (size_t h = 0; h < 24; ++h) s.demand.hour[h] = h < 12 ? 1.6 : 0.4;
    s.take_back = Seconds(back);
    w.rate("rec", {"fast"}, 100);
    borrows(w, "night");
    w.rate("night", {"fast"}, 1000);
    const Facts f = run(w);
    REQUIRE(f.of<TrainMonth>().size() == 1);
    CHECK(f.of<TrainMonth>()[0].chip_seconds == int64_t{3} * 8 * 3600 * hours);
    CHECK(f.of<TrainMonth>()[0].tokens == Approx(1000.0 * 3 * (3600.0 * hours - 2 * back * 31)));
    CHECK(owned(f, "*", "fast") == 32 * 31 * kDaySec);
  }
}
