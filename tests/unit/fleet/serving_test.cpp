// Serving in a small world: demand met or shed, which chips serve, what the ledger says.
#include "catch.hpp"
#include "fleet/afford.hpp"
#include "unit/fleet/fixture.hpp"
#include "unit/fleet/forked.hpp"

#include <cmath>

using namespace test;

namespace {

const Date kStart = day(2026, 1, 1);
constexpr int64_t kDaySec = 86400;

struct Total {
  double demanded = 0, served = 0, shed = 0;
  int64_t hours = 0, hours_short = 0;
};

Total total(const Facts& f) {
  Total t;
  for (const auto& m : f.of<ServeMonth>()) {
    CHECK(m.demanded == m.served + m.shed);  // exactly
    t.demanded += m.demanded, t.served += m.served, t.shed += m.shed;
    t.hours += m.hours, t.hours_short += m.hours_short;
  }
  return t;
}

int64_t serving_seconds(const Facts& f, const std::string& chip) {
  int64_t sum = 0;
  for (const auto& m : f.of<ServeChipMonth>())
    if (m.chip == chip) sum += m.chip_seconds;
  return sum;
}

}  // namespace

TEST_CASE("Demand below capacity is served, and the rest of the capacity is idle by lack of demand") {
  // One pod of 8 chips = one cell of 100 requests/s; 80 are asked for.
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart);
  w.service("rec", 80);
  w.rate("rec", {"fast"}, 100);
  const Facts f = run(w);
  const Total t = total(f);
  CHECK(t.demanded == Approx(80.0 * 31 * kDaySec));
  CHECK(t.shed == 0);
  CHECK(t.hours == 31 * 24);
  CHECK(t.hours_short == 0);
  CHECK(f.of<ServeMonth>()[0].capacity_low == Approx(100));
  CHECK(f.of<ServeMonth>()[0].capacity_high == Approx(100));
  // 8 x 31 days: 20 % demand; of the 80 % a quarter stalls.
  const int64_t held = 8 * 31 * kDaySec;
  CHECK(owned(f, "demand", "fast", "rec") == held / 5);
  CHECK(owned(f, "stall", "fast", "rec") == held / 5);
  CHECK(owned(f, "useful", "fast", "rec") == held / 5 * 3);
  REQUIRE(f.of<ServeChipMonth>().size() == 1);
  CHECK(f.of<ServeChipMonth>()[0].served == Approx(t.served));
  CHECK(f.of<ServeChipMonth>()[0].model_flop == Approx(10 * t.served));
  CHECK(f.of<ServeChipMonth>()[0].chip_seconds == held);
}

TEST_CASE("The daily rhythm decides what is shed") {
  // The same mean of 80: half of the day 40, half of it 120; 20 requests/s are shed in 12 hours of each day.
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart);
  auto& s = w.service("rec", 80);
  w.rate("rec", {"fast"}, 100);
  for (size_t h = 0; h < 24; ++h) s.demand.hour[h] = h < 12 ? 0.5 : 1.5;
  const Total t = total(run(w));
  CHECK(t.demanded == Approx(80.0 * 31 * kDaySec));
  CHECK(t.shed == Approx(20.0 * 31 * 12 * 3600));
  CHECK(t.hours_short == 31 * 12);

  // Two regions of half the users, twelve hours apart, level it out.
  s.demand.regions = {{"a", 0.5, 0}, {"b", 0.5, 12}};
  CHECK(total(run(w)).shed == 0);
}

TEST_CASE("Shed load is split over regions by their arrivals") {
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart);
  w.service("rec", 200).demand.regions = {{"a", 0.25, 0}, {"b", 0.75, 0}};
  w.rate("rec", {"fast"}, 100);
  const Facts f = run(w);
  REQUIRE(f.of<ServeMonth>().size() == 2);
  CHECK(f.of<ServeMonth>()[0].shed == Approx(25.0 * 31 * kDaySec));
  CHECK(f.of<ServeMonth>()[1].shed == Approx(75.0 * 31 * kDaySec));
}

TEST_CASE("Without capacity everything is shed") {
  World w(day(2026, 2, 1));
  w.service("rec", 10);
  const Facts f = run(w);
  const Total t = total(f);
  CHECK(t.served == 0);
  CHECK(t.shed == Approx(10.0 * 31 * kDaySec));
  CHECK(t.hours_short == 31 * 24);
  CHECK(f.of<LedgerFact>().empty());
}

TEST_CASE("A port at half efficiency serves half, and a step of the port serves more from that day") {
  World w(day(2026, 2, 1));
  w.pod("slow", 8, kStart);
  w.service("rec", 100);
  w.rate("rec", {"slow"}, 100);
  w.port("rec-serving", {{kStart, 0.5}, {day(2026, 1, 11), 1.0}});
  const Facts f = run(w);
  CHECK(total(f).shed == Approx(50.0 * 10 * kDaySec));
  CHECK(f.of<ServeMonth>()[0].capacity_low == Approx(50));
  CHECK(f.of<ServeMonth>()[0].capacity_high == Approx(100));
  CHECK(owned(f, "porting", "slow", "rec") == 8 * 5 * kDaySec);
}

TEST_CASE("Serving comes first, on the chips that give up the least training") {
  // One pod of each; the campaign runs on either. Per request/s given: fast gives up 10000 x 10 / 100, slow 1000 x 10
  // / 100 model FLOP/s. So the slow pod serves and the fast one trains, whatever their order.
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart);
  w.pod("slow", 8, kStart);
  w.service("rec", 100);
  w.campaign("fill", 8, 1e12);
  w.rate("rec", {"fast"}, 100);
  w.rate("rec", {"slow"}, 100);
  w.rate("fill", {"fast"}, 10000);
  w.rate("fill", {"slow"}, 1000);
  Facts f = run(w);
  CHECK(serving_seconds(f, "slow") == 8 * 31 * kDaySec);
  CHECK(serving_seconds(f, "fast") == 0);
  CHECK(job(f, "fill-0001").chips == "fast x 8");

  // A slow chip that serves badly turns it round: slow gives up 1000 x 10 / 5.
  w.rate("rec", {"slow"}, 5);
  f = run(w);
  CHECK(serving_seconds(f, "fast") == 8 * 31 * kDaySec);
  CHECK(job(f, "fill-0001").chips == "slow x 8");

  // A chip that cannot train serves first, even if badly; it is not enough, so both serve.
  w.rates.rates.erase({"fill", {"slow-node"}, "net"});
  f = run(w);
  CHECK(serving_seconds(f, "slow") == 8 * 31 * kDaySec);
  CHECK(serving_seconds(f, "fast") == 8 * 31 * kDaySec);
  CHECK(job(f, "fill-0001").state == "waiting");
}

TEST_CASE("A port that is rolled back sheds what it served") {
  // 8 slow chips serve 100/s at efficiency 1; 50/s are wanted. From day 10 to day 20 the port is not functional.
  World w;
  w.pod("slow", 8, kStart);
  w.service("rec", 50);
  w.rate("rec", {"slow"}, 100);
  w.port("rec-serving", {{kStart, 1.0}, {day(2026, 1, 11), 0}, {day(2026, 1, 21), 1.0}});
  const Facts f = run(w);
  double shed = 0;
  for (const auto& row : f.of<ServeMonth>()) shed += row.shed;
  CHECK(shed == Approx(50.0 * 10 * kDaySec));
  CHECK(owned(f, "porting", "slow") == 8 * 10 * kDaySec);
}

TEST_CASE("A port that becomes functional frees better chips for training") {
  // Only the fast pod can serve until the slow one, which cannot train, is ported on day 10.
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart);
  w.pod("slow", 8, kStart);
  w.service("rec", 100);
  w.campaign("fill", 8, 1e12);
  w.rate("rec", {"fast"}, 100);
  w.rate("rec", {"slow"}, 100);
  w.rate("fill", {"fast"}, 1000);
  w.port("rec-serving", {{day(2026, 1, 11), 1.0}});
  const Facts f = run(w);
  CHECK(total(f).shed == 0);
  CHECK(serving_seconds(f, "fast") == 8 * 10 * kDaySec);
  CHECK(serving_seconds(f, "slow") == 8 * 21 * kDaySec);
  CHECK(job(f, "fill-0001").started == 10 * kDaySec);
  // Nobody is short of the slow chips, but until then nothing runs on them: that is the port's.
  CHECK(owned(f, "porting", "slow") == 8 * 10 * kDaySec);
}

TEST_CASE("A pod serves with its whole cells") {
  World w(day(2026, 2, 1));
  w.pod("fast", 12, kStart);  // one cell of 8
  w.service("rec", 1000);
  w.rate("rec", {"fast"}, 100);
  CHECK(run(w).of<ServeMonth>()[0].capacity_high == Approx(100));
}

TEST_CASE("Headroom and growth take more pods, and pods that are not needed train again") {
  // Cells of 100 requests/s. 95 need one pod; with a headroom of 10 % two.
  World w(day(2026, 4, 1));
  for (int i = 0; i < 3; ++i) w.pod("fast", 8, kStart);
  auto& s = w.service("rec", 95);
  w.rate("rec", {"fast"}, 100);
  CHECK(run(w).of<ServeMonth>()[0].capacity_low == Approx(100));
  s.headroom = 0.1;
  CHECK(run(w).of<ServeMonth>()[0].capacity_low == Approx(200));
  // Demand that falls to a tenth in a year is below 90.9 from February on: one pod is given back.
  s.demand.annual_growth = -0.9;
  const Facts f = run(w);
  CHECK(f.of<ServeMonth>()[0].capacity_low == Approx(200));
  CHECK(f.of<ServeMonth>()[1].capacity_high == Approx(100));
}

TEST_CASE("Serving that is short takes a gang's chips as soon as they are free") {
  // A pod retires on day 10; the other one is in a gang until 1,000,000 s (277 h 46 min 40 s), and another job of
  // the same campaign waits. Between day 10 (864,000 s) and then all demand is shed; afterwards none is.
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart).retires = day(2026, 1, 11);
  w.pod("fast", 8, kStart);
  w.service("rec", 100);
  w.campaign("fill", 8, 1e9).runs = 0;
  w.rate("rec", {"fast"}, 100);
  w.rate("fill", {"fast"}, 1000);
  const Facts f = run(w);
  CHECK(total(f).shed == Approx(100.0 * 136'000));
  CHECK(total(f).hours_short == 38);  // 37 whole hours and the broken one
  CHECK(f.of<ServeMonth>()[0].capacity_low == 0);
  CHECK(job(f, "fill-0002").state == "waiting");
}

// 80 requests/s are asked for until January 16, 20 afterwards: 16 x 80 + 15 x 20 a second and day. The loss is no
// demand that is shed.
TEST_CASE("A lost region is neither served nor shed") {
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart);
  w.service("rec", 80);
  w.rate("rec", {"fast"}, 100);
  w.plan.lost_regions = {{"home", "ban", day(2026, 1, 17), Date::never(), 0.75}};
  const Total t = total(run(w));
  CHECK(t.demanded == Approx((16 * 80.0 + 15 * 20.0) * kDaySec));
  CHECK(t.shed == 0);
}

TEST_CASE("A request passes through every stage, and the narrowest pool sets what is served") {
  // Retrieval at 300 requests/s a cell, ranking at 100; three pods of one cell each and 120 requests/s asked for. The
  // first pod goes to retrieval (both are uncovered, the first stage asks first), then ranking is covered less: two pods.
  World w(day(2026, 2, 1));
  for (int i = 0; i < 3; ++i) w.pod("fast", 8, kStart);
  auto& s = w.service("rec", 120);
  s.stages.resize(2);
  s.stages[0].id = "retrieval", s.stages[1].id = "ranking";
  w.rate("rec/retrieval", {"fast"}, 300);
  w.rate("rec/ranking", {"fast"}, 100);
  const Facts f = run(w);
  CHECK(total(f).shed == 0);
  REQUIRE(f.of<StageMonth>().size() == 2);
  CHECK(f.of<StageMonth>()[0].pool == "rec/retrieval");
  CHECK(f.of<StageMonth>()[0].capacity_low == Approx(300));
  CHECK(f.of<StageMonth>()[0].use == Approx(120.0 / 300));
  CHECK(f.of<StageMonth>()[1].capacity_low == Approx(200));
  CHECK(f.of<StageMonth>()[1].use == Approx(120.0 / 200));
  const int64_t held = 8 * 31 * kDaySec;
  CHECK(owned(f, "*", "fast", "rec/retrieval") == held);
  CHECK(owned(f, "*", "fast", "rec/ranking") == 2 * held);

  // Without the third pod ranking's 100 are all that is served, whatever retrieval could do.
  w.plan.pods.pop_back();
  CHECK(total(run(w)).served == Approx(100.0 * 31 * kDaySec));
}

TEST_CASE("A stage takes only the chips that it may") {
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart);
  w.pod("slow", 8, kStart);
  w.port("rec-serving", {{kStart, 1.0}});
  auto& s = w.service("rec", 150);
  w.rate("rec", {"fast"}, 100);
  w.rate("rec", {"slow"}, 100);
  CHECK(total(run(w)).shed == 0);
  s.stages[0].any_of = {w.chip("slow")};
  const Facts f = run(w);
  CHECK(total(f).served == Approx(100.0 * 31 * kDaySec));
  CHECK(serving_seconds(f, "fast") == 0);
  // What is shed is counted by region and hour of the day: 50 a second for 3600 x 31 seconds in each of 24 hours.
  REQUIRE(f.of<ShedHour>().size() == 24);
  CHECK(f.of<ShedHour>()[7].hour == 7);
  CHECK(f.of<ShedHour>()[7].shed == Approx(50.0 * 3600 * 31));
}

// One pod of 8 chips, each for 2 accelerators: 16. A day of 12 wanted, then 20 for the other 30 days of the month:
// 24 x 12 + 720 x 20 = 14,688 accelerator-hours wanted, 288 + 720 x 16 = 11,808 held, 720 hours short. Half a host for each:
// 5,904 host-hours in 744 h. On the first day a quarter of 8 chips has nothing to hold.
TEST_CASE("A fleet of instances is held by chips that stand in, and is no request") {
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart);
  Service& s = w.service("rankers", 16);
  s.stages[0].kind = StageKind::hold, s.stages[0].cell_chips = 1, s.stages[0].any_of = {w.chip("fast")}, s.stages[0].stands_for = {2};
  s.held = HeldFleet{{"app"}, 0.5};
  s.demand.recorded.first = int64_t{kStart.day()} * 24, s.demand.recorded.stays = true;
  for (int h = 0; h < 48; ++h) s.demand.recorded.hours.push_back(h < 24 ? 0.75 : 1.25);
  w.rate("rankers", {"fast"}, 2);
  const Facts f = run(w);
  CHECK(f.of<ServeMonth>().empty());
  CHECK(f.of<ShedHour>().empty());
  REQUIRE(f.of<HeldMonth>().size() == 1);
  const HeldMonth& m = f.of<HeldMonth>()[0];
  CHECK(m.service == "rankers");
  CHECK(m.wanted == Approx(14688));
  CHECK(m.held == Approx(11808));
  CHECK(m.hosts == Approx(5904.0 / 744));
  CHECK(m.hours == 744);
  CHECK(m.hours_short == 720);
  CHECK(owned(f, "demand", "fast", "rankers") == 8 * kDaySec / 4);
}

namespace {

// Requests served of two services that together want twice what there is: 300 and 100 a second, of 8 pods with 25 each.
std::pair<double, double> two_services(const char* large, const char* small, int priority_of_small = 0, bool small_first = false) {
  World w(day(2026, 2, 1));
  for (int i = 0; i < 8; ++i) w.pod("fast", 8, kStart);
  const auto add = [&](const char* id, double rate, int priority) {
    w.service(id, rate).priority = priority;
    w.rate(id, {"fast"}, 25);
  };
  if (small_first) add(small, 100, priority_of_small);
  add(large, 300, 0);
  if (!small_first) add(small, 100, priority_of_small);
  const Facts f = run(w);
  double served[2] = {0, 0};
  for (const auto& m : f.of<ServeMonth>()) served[m.service == small] += m.served / (31.0 * kDaySec);
  return {served[0], served[1]};
}

}  // namespace

TEST_CASE("Services of one priority are covered evenly, whatever they are called and in which order they stand") {
  // 8 x 25 = 200 of 400 requests/s: half of each is covered by 6 pods (150 of 300) and 2 pods (50 of 100).
  const auto even = std::pair(150.0, 50.0);
  for (const auto& got : {two_services("a", "b"), two_services("b", "a"), two_services("a", "b", 0, true), two_services("zz", "m", 0, true)}) {
    CHECK(got.first == Approx(even.first));
    CHECK(got.second == Approx(even.second));
  }
}

TEST_CASE("A service of higher priority has its pods first") {
  // 4 pods cover all of the small one's 100, 4 are left for 100 of the large one's 300; or all 8 for the large one.
  CHECK(two_services("a", "b", 1).first == Approx(100));
  CHECK(two_services("a", "b", 1).second == Approx(100));
  CHECK(two_services("a", "b", -1).first == Approx(200));
  CHECK(two_services("a", "b", -1).second == Approx(0));
  CHECK(two_services("b", "a", -1) == two_services("a", "b", -1));
}

TEST_CASE("A service of higher priority takes pods from one of lower priority when its demand grows") {
  // Two pods of 100 requests/s. January: each service wants one. From February on the first wants 150.
  World w(day(2026, 3, 1));
  for (int i = 0; i < 2; ++i) w.pod("fast", 8, kStart);
  auto& first = w.service("b", 100);
  first.priority = 1, first.demand.month = {1, 1.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  w.service("a", 100);
  for (const char* id : {"a", "b"}) w.rate(id, {"fast"}, 100);
  const Facts f = run(w);
  for (const auto& m : f.of<ServeMonth>()) {
    CAPTURE(m.service, m.month);
    CHECK(m.shed == Approx(m.service == "a" && m.month == 1 ? 100.0 * 28 * kDaySec : 0));
  }
}

TEST_CASE("The rate at a scale between two is on the line between their logarithms, and nothing beyond the edge") {
  StepProfile p;
  p.by_scale = {{0.5, 2}, {1, 1}, {2, 0.5}, {2.4, 0.4}, {4, 0}};
  CHECK(fleet::rate_at(p, 1) == 1);
  CHECK(fleet::rate_at(p, std::sqrt(2.0)) == Approx(std::sqrt(0.5)));  // half way from 1 to 2: half way from 1 to 0.5
  CHECK(fleet::rate_at(p, 2.4) == 0.4);
  CHECK(fleet::rate_at(p, std::sqrt(2 * 2.4)) == Approx(std::sqrt(0.5 * 0.4)));
  CHECK(fleet::rate_at(p, 2.41) == 0);
  CHECK(fleet::rate_at(p, 5) == 0);
}
