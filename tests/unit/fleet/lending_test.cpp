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
