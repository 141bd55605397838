// Online learning behind a service, and serving chips lent to training at night.
#include "catch.hpp"
#include "fleet/backlog.hpp"
#include "unit/fleet/fixture.hpp"
#include "unit/fleet/forked.hpp"

using namespace test;

namespace {

const Date kStart = day(2026, 1, 1);
constexpr int64_t kDaySec = 86400;

// A service that ranks at 200 requests/s a cell and learns 2 samples of each request at `learns` requests/s a cell.
World learning(double asked, double learns) {
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart);
  w.pod("fast", 8, kStart, "west");
  RecModel m;
  m.id = "rank";
  m.summary.parameters = 1e6, m.summary.row = Bytes(100), m.summary.lookups = Uncertain<double>(10.0), m.summary.tables = Bytes(1e12);
  auto& s = w.service("rec", asked);
  s.stages.resize(2);
  s.stages[0].id = "ranking", s.stages[1].id = "online";
  auto& online = s.stages[1];
  online.kind = StageKind::learn, online.candidates = 2.0;
  online.recommender = w.scenario.recommenders.add(m);
  online.sync.every = Seconds(60), online.sync.dense_every = Seconds(60), online.sync.distinct = 0.5;
  w.rate("rec/ranking", {"fast"}, 200);
  w.rate("rec/online", {"fast"}, learns);
  return w;
}

}  // namespace

TEST_CASE("What waits to be learned is learned in its order, and the lag is the age of the oldest") {
  fleet::Backlog b;
  // 100 samples in 100 s with room for 60: the last 40 wait, of which the oldest came at second 60.
  CHECK(b.pass(0, 100, 100, 60) == Approx(60));
  CHECK(b.waiting() == Approx(40));
  CHECK(b.lag(100) == Approx(40));
  // 10 more come and 20 are learned: the oldest 20 of those 40 remain, from second 80 on.
  CHECK(b.pass(100, 200, 10, 20) == Approx(20));
  CHECK(b.waiting() == Approx(30));
  CHECK(b.lag(200) == Approx(120));
  // Room for more than there is.
  CHECK(b.pass(200, 300, 0, 50) == Approx(30));
  CHECK(b.waiting() == 0);
  CHECK(b.lag(300) == 0);
}

TEST_CASE("A learner that keeps up is stale by half a period and the transfer") {
  // 100 requests/s give 200 samples/s, 12,000 a period: 12,000 x 10 rows x 100 B x 0.5 = 6 MB, and 1e6 parameters x 2 B
  // each period: 8 MB. East ranks (its pod comes first in the plan), west learns; one copy over 1 MB/s takes 8 s.
  World w = learning(100, 150);
  for (auto& site : w.scenario.sites) site.uplink = ByteRate(1e6);
  const Facts f = run(w);
  REQUIRE(f.of<LearnMonth>().size() == 1);
  const LearnMonth& m = f.of<LearnMonth>()[0];
  CHECK(m.pool == "rec/online");
  CHECK(m.arrived == Approx(200.0 * 31 * kDaySec));
  CHECK(m.learned == Approx(m.arrived));
  CHECK(m.waiting == 0);
  CHECK(m.lag_max == 0);
  CHECK(m.sync_bytes == Approx(8e6));
  CHECK(m.sync_seconds == Approx(8));
  CHECK(m.staleness_mean == Approx(30 + 8));
  // Two thirds of the learner's time is busy, and the rest lacks demand.
  CHECK(owned(f, "demand", "fast", "rec/online") == 8 * 31 * kDaySec / 3);
}

TEST_CASE("A learner that is too slow falls behind, by as much as it lacks") {
  // 100 requests/s come and 80 are learned: after T seconds the samples of second 0.8 T are being learned.
  World w = learning(100, 80);
  const Facts f = run(w);
  const LearnMonth& m = f.of<LearnMonth>().at(0);
  const double end = 31.0 * kDaySec;
  CHECK(m.arrived == Approx(200 * end));
  CHECK(m.learned == Approx(160 * end));
  CHECK(m.waiting == Approx(40 * end));
  CHECK(m.lag_max == Approx(0.2 * end));
  CHECK(m.lag_mean == Approx(0.1 * end));
  CHECK(m.staleness_max == Approx(0.2 * end + 30));  // the uplink is not said: no transfer
  // Nobody is refused for it.
  for (const auto& s : f.of<ServeMonth>()) CHECK(s.shed == 0);
}

TEST_CASE("Spare serving chips train at night and are back in time") {
  // Four pods of 8 chips, 100 requests/s each; 400 are asked for by day (12 h) and 100 by night. From 12 on 3/4 of 32
  // chips are spare: three gangs of 8. At 23 the coming hour needs all of them, and ten minutes to come back reach into
  // it, so they are lent from 12 to 23: 11 hours a day, less ten minutes at each end. After the last day comes nothing, and
  // its hour 23 is lent too.
  World w(day(2026, 2, 1));
  for (int i = 0; i < 4; ++i) w.pod("fast", 8, kStart);
  auto& s = w.service("rec", 250);
  for (size_t h = 0; h < 24; ++h) s.demand.hour[h] = h < 12 ? 1.6 : 0.4;
  s.take_back = Seconds(600);
  w.rate("rec", {"fast"}, 100);
  auto& c = w.campaign("night", 8, 1e9);
  c.borrows = true, c.runs = 0;
  w.rate("night", {"fast"}, 1000);
  const Facts f = run(w);
  for (const auto& m : f.of<ServeMonth>()) CHECK(m.shed == 0);
  REQUIRE(f.of<TrainMonth>().size() == 1);
  const TrainMonth& m = f.of<TrainMonth>()[0];
  const int64_t lent = 3 * 8 * 3600 * (11 * 31 + 1);
  CHECK(m.chip_seconds == lent);
  CHECK(m.tokens == Approx(1000.0 * 3 * (3600 * (11 * 31 + 1) - 1200 * 31)));
  CHECK(owned(f, "*", "fast", "night") == lent);
  CHECK(owned(f, "*", "fast") == 32 * 31 * kDaySec);
  // 3.58e9 tokens: three runs are through, and the fourth is on.
  CHECK(job(f, "night-0003").state == "finished");
  CHECK(job(f, "night-0004").state == "running");

  // Without lending the same nights are idle.
  s.take_back = Seconds(0);
  const Facts g = run(w);
  CHECK(g.of<TrainMonth>().empty());
  CHECK(owned(g, "useful", "fast", "rec") == owned(f, "useful", "fast", "rec"));
  CHECK(owned(g, "demand", "fast", "rec") == owned(f, "demand", "fast", "rec") + lent);
}

TEST_CASE("Chips that are lent when a crowd comes that nobody expected serve it once they are back, and not before") {
  // The nights of above: 24 of 32 chips are lent from 12 on, for 100 requests/s. On January 11th at 18 h three times as many come,
  // for two hours. What is not lent serves 100 of 300 for ten minutes, so 200 x 600 are shed; then two gangs are back and
  // one may stay. At 20 h they are lent again.
  const auto nights = [](bool crowd, double take_back) {
    World w(day(2026, 2, 1));
    for (int i = 0; i < 4; ++i) w.pod("fast", 8, kStart);
    auto& s = w.service("rec", 250);
    for (size_t h = 0; h < 24; ++h) s.demand.hour[h] = h < 12 ? 1.6 : 0.4;
    s.take_back = Seconds(take_back);
    if (crowd) {
      FlashCrowd flash;
      flash.id = "crowd", flash.from = day(2026, 1, 11), flash.hour = 18, flash.lasts = Seconds(7200), flash.times = 3.0;
      s.demand.flashes.push_back(flash);
    }
    w.rate("rec", {"fast"}, 100);
    auto& c = w.campaign("night", 8, 1e12);
    c.borrows = true, c.runs = 0;
    w.rate("night", {"fast"}, 1000);
    return run(w);
  };
  const auto shed = [](const Facts& f) {
    double sum = 0;
    for (const auto& m : f.of<ServeMonth>()) sum += m.shed;
    return sum;
  };
  const Facts calm = nights(false, 600), crowd = nights(true, 600);
  CHECK(shed(calm) == 0);
  CHECK(shed(crowd) == Approx(200.0 * 600));
  for (const auto& m : crowd.of<ServeMonth>()) CHECK(m.hours_short == 1);
  // Two gangs less for 3,000 s and for an hour, and each pays twice ten minutes for coming once more.
  const TrainMonth& before = calm.of<TrainMonth>().at(0);
  const TrainMonth& after = crowd.of<TrainMonth>().at(0);
  CHECK(before.chip_seconds - after.chip_seconds == 16 * (3000 + 3600));
  CHECK(before.tokens - after.tokens == Approx(1000.0 * 2 * (3000 + 3600 + 1200)));
  CHECK(owned(crowd, "*", "fast") == 32 * 31 * kDaySec);
  // Where coming back takes 100 minutes, the crowd waits for them into its second hour. Chips that are back at 23 h 40 at the
  // latest leave at 22 h, as the next day's first hour needs them: from 12 on as before.
  const Facts slow = nights(true, 6000);
  CHECK(shed(slow) == Approx(200.0 * 6000));
  CHECK(owned(slow, "*", "fast") == 32 * 31 * kDaySec);
  // Without lending all of it is served.
  CHECK(shed(nights(true, 0)) == 0);
}
