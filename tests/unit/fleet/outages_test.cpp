// Failures as events of campaigns, services and logs: what a strike takes, what comes back, and that no chip-second is lost from
// sight. Where a closed form is known the simulation is held against it.
#include <cmath>

#include "catch.hpp"
#include "fleet/gang_goodput.hpp"
#include "fixture.hpp"
#include "forked.hpp"

using namespace capmix;
using namespace test;

namespace {

constexpr int64_t kDay1 = 86400;
const Date kStart = day(2026, 1, 1);

// One cause on every node of "fast", and its recovery: 100 s to detect, 200 s to new processes, 60 s of warm-up.
FailureCause& fails(World& w, double days, double repair_days, Blast blast = Blast::node, FailureUnit per = FailureUnit::node) {
  Failures f;
  f.id = "model";
  FailureCause c;
  c.id = "all", c.per = per, c.between = Seconds(days * kDay1), c.blast = blast, c.repair.range = Uncertain<Seconds>(Seconds(repair_days * kDay1));
  f.causes = {c};
  f.recovery.detect = Seconds(100), f.recovery.requeue = f.recovery.in_place = Seconds(200), f.recovery.warm_up = Seconds(60);
  w.scenario.study.failure_events = true;
  const auto id = w.scenario.failures.add(f);
  if (per != FailureUnit::site) w.scenario.nodes[w.scenario.nodes.find("fast-node")].failures = id;
  for (auto& site : w.scenario.sites)
    if (per == FailureUnit::site) site.failures = id;
  return w.scenario.failures[id].causes[0];
}

// A checkpoint holds the gang up for 2.5 s, and takes as long to load.
const CheckpointTimes kCheckpoint{Seconds(2.5), Seconds(0), Seconds(2.5)};

// It never ends.
void endless(World& w, int chips) {
  w.campaign("train", chips, 1e30).runs = 1;
  w.rate("train", {"fast"}, 1000).checkpoint = kCheckpoint;
}

int64_t strikes_of(const Facts& f) {
  int64_t n = 0;
  for (const auto& m : f.of<OutageMonth>()) n += m.strikes;
  return n;
}

double tokens_of(const Facts& f) {
  double n = 0;
  for (const auto& m : f.of<TrainMonth>()) n += m.tokens;
  return n;
}

// A gang of the world as gang_goodput.hpp sees it, with spares in plenty.
double expected(const World& w, int chips) {
  const fleet::GangSetup setup{static_cast<double>(chips), Layout{8, 0, 0, 0}, kCheckpoint, Seconds(0), Seconds(1), 1000};
  return fleet::expected_shares(fleet::gang_failures(*w.scenario.failures.begin(), setup, Draw::at_modes())).goodput();
}

}  // namespace

TEST_CASE("A gang with spare nodes beside it keeps what renewal and reward say") {
  // 64 chips are 8 nodes; each fails every 2 days: a strike every 6 h, 1,460 in a year. The share of time that a year keeps has a
  // standard deviation of about the recovery and half an interval, times the square root of the strikes, over the year:
  // 2,000 s x 38 / 3.15e7 = 0.25 %; four of them are the tolerance.
  World w;
  w.pod("fast", 640, kStart);
  fails(w, 2, 0.1);
  endless(w, 64);
  const Facts f = run(w);
  CHECK(strikes_of(f) > 1000);
  const double kept = tokens_of(f) / (1000 * 365.0 * kDay1);
  CHECK(kept == Approx(expected(w, 64)).margin(0.01));
  CHECK(kept < 0.97);   // it does cost something
  CHECK(owned(f, "*") == 640 * 365 * kDay1);
}

TEST_CASE("Without a free node a gang keeps its others and waits for the repair") {
  // The same gang alone in its pod, every node up for 10 days on the mean and a day under repair, also while the gang waits for another:
  // all 8 are up (10 / 11)^8 = 0.4665 of the time. From strike to strike 1.25 days, then 1.43 of waiting, whose deviation is half
  // of that: 136 cycles a year, so the share has a deviation of sqrt((1.43^2 x 1.25^2 + 1.25^2 x 0.7^2) / 136) / 2.68^2 = 2.4 %. A
  // recovery of 360 s and half an interval take 0.5 % of what is up.
  World w;
  w.pod("fast", 64, kStart);
  fails(w, 10, 1);
  endless(w, 64);
  const Facts f = run(w);
  const double kept = tokens_of(f) / (1000 * 365.0 * kDay1);
  CHECK(kept == Approx(std::pow(10.0 / 11, 8) * 0.995).margin(0.06));
  CHECK(owned(f, "*") == 64 * 365 * kDay1);
  // Nobody else has the chips: whatever is not kept is lost to failure, and a quarter of what is kept is stalled (fixture).
  CHECK(owned(f, "queue") == 0);
  CHECK(static_cast<double>(owned(f, "failure")) == Approx((1 - kept) * 64 * 365 * kDay1).epsilon(1e-3));
}

TEST_CASE("A cause that no spare may answer waits for its repair, spares or not") {
  World w;
  w.pod("fast", 640, kStart);
  fails(w, 10, 1).hot = false;
  endless(w, 64);
  const double cold = tokens_of(run(w));
  World hot;
  hot.pod("fast", 640, kStart);
  fails(hot, 10, 1);
  endless(hot, 64);
  // It runs for 1.25 days on the mean; a wait of a day is begun anew by each of the other 7 nodes that fails in it, at 0.7 a day:
  // (exp(0.7) - 1) / 0.7 = 1.45 days. 1.25 / 2.70 = 0.463 of the time, with the deviation above, against 0.99.
  CHECK(cold / tokens_of(run(hot)) == Approx(0.463 / 0.99).margin(0.06));
}

TEST_CASE("A failure that is counted by job starts the gang again where it is") {
  // One a day: 365 strikes of 360 s and half an interval; a Poisson count of 365 lies within 290 and 440 (4 deviations).
  World w;
  w.pod("fast", 64, kStart);
  fails(w, 1, 0, Blast::job, FailureUnit::job);
  endless(w, 64);
  const Facts f = run(w);
  CHECK(strikes_of(f) > 290);
  CHECK(strikes_of(f) < 440);
  for (const auto& m : f.of<OutageMonth>()) CHECK(m.nodes == 0);
  CHECK(owned(f, "failure", "fast", "") == 0);   // nothing was under repair
  CHECK(owned(f, "failure", "fast", "train") > 64 * 290 * 360);
  CHECK(owned(f, "*") == 64 * 365 * kDay1);
}

TEST_CASE("A pod that serves serves with the nodes that are up") {
  // 100 nodes, each up 20 days and down 5 on the mean: 80 % of the capacity over the long run. Demand is twice the capacity, so what is
  // served is the capacity. A year has 73 independent spans of 5 days for 100 nodes: a deviation of sqrt(0.8 x 0.2 / 100 / 36) =
  // 0.7 %, and the first days, in which all are up, 1 % more.
  World w;
  w.pod("fast", 800, kStart);
  fails(w, 20, 5);
  w.service("feed", 2000);
  w.rate("feed", {"fast"}, 10);   // a cell of 8 chips
  const Facts f = run(w);
  double served = 0;
  for (const auto& m : f.of<ServeMonth>()) served += m.served;
  CHECK(served / (1000 * 365.0 * kDay1) == Approx(0.81).margin(0.025));
  CHECK(owned(f, "*") == 800 * 365 * kDay1);
  CHECK(static_cast<double>(owned(f, "failure")) / (800 * 365.0 * kDay1) == Approx(0.19).margin(0.025));
  // What was up was busy: of it nothing was idle.
  CHECK(owned(f, "demand") < 800 * 365 * kDay1 / 1000);
}

TEST_CASE("A site that goes down takes all its pods, of gangs that span them too, and nothing elsewhere") {
  World w;
  w.pod("fast", 64, kStart), w.pod("fast", 64, kStart), w.pod("fast", 64, kStart, "west");
  fails(w, 30, 1, Blast::site, FailureUnit::site);
  endless(w, 128);
  const Facts f = run(w);
  int64_t east = 0;
  for (const auto& m : f.of<OutageMonth>()) {
    CHECK(m.model == "model");
    CHECK(m.cause == "all");
    if (m.nodes > 0) CHECK(m.nodes % 8 == 0);
    east += m.nodes;
  }
  CHECK(east > 0);
  CHECK(owned(f, "*") == 192 * 365 * kDay1);
  // The gang fits in the east alone: it waits while the east is down, 1 day of about 31, and loses half of the day between two
  // checkpoints. Some 12 outages: a deviation of sqrt(12) x 1.5 days of 365, 1.4 %.
  CHECK(tokens_of(f) / (1000 * 365.0 * kDay1) == Approx(29.5 / 31).margin(0.05));
}

TEST_CASE("Nothing fails where the study does not say so, and the same seed fails alike") {
  const auto once = [](uint64_t seed, bool events) {
    World w;
    w.scenario.study.seed = seed;
    w.pod("fast", 640, kStart);
    fails(w, 2, 0.1);
    w.scenario.study.failure_events = events;
    endless(w, 64);
    return run_bytes(w);
  };
  CHECK(once(1, true) == once(1, true));
  CHECK(once(1, true) != once(2, true));
  CHECK(strikes_of(unpack(once(1, false))) == 0);
}

TEST_CASE("A gang of higher priority takes the node of a lower one, and a full fleet loses little of it") {
  // 40 gangs of 16 chips at priority 0 and one of 64 at priority 1 fill 704 chips. The wide one is struck every 1.25 days and would wait a
  // day for each repair; with the nodes of the narrow ones it loses recoveries alone, as with spares in plenty.
  World w;
  w.pod("fast", 704, kStart);
  fails(w, 10, 1);
  w.campaign("train", 64, 1e30, 1).runs = 1;
  w.campaign("narrow", 16, 1e30).runs = 40;
  for (const char* id : {"train", "narrow"}) w.rate(id, {"fast"}, 1000).checkpoint = kCheckpoint;
  const Facts f = run(w);
  double wide = 0;
  int64_t waited = 0, held = 0;
  for (const auto& m : f.of<TrainMonth>())
    if (m.campaign == "train") wide += m.tokens, waited += m.waiting, held += m.chip_seconds;
  CHECK(wide / (1000 * 365.0 * kDay1) == Approx(expected(w, 64)).margin(0.01));
  CHECK(waited == 0);
  CHECK(held > 0.999 * 64 * 365 * kDay1);
  CHECK(owned(f, "*") == 704 * 365 * kDay1);
}

TEST_CASE("A pod that serves and is lost is given up for another") {
  // Two pods of which the demand takes one. A year has about 12 blasts of a pod, each out for 20 days.
  World w;
  w.pod("fast", 80, kStart), w.pod("fast", 80, kStart);
  fails(w, 300, 20, Blast::pod);
  w.service("feed", 100);
  w.rate("feed", {"fast"}, 10);
  const Facts f = run(w);
  double served = 0, shed = 0;
  for (const auto& m : f.of<ServeMonth>()) served += m.served, shed += m.shed;
  CHECK(strikes_of(f) > 3);
  // Both are down together less than a third of the time that either is.
  CHECK(served / (served + shed) > 0.7);
  World alone;
  alone.pod("fast", 80, kStart);
  fails(alone, 300, 20, Blast::pod);
  alone.service("feed", 100);
  alone.rate("feed", {"fast"}, 10);
  double one = 0;
  for (const auto& m : run(alone).of<ServeMonth>()) one += m.served;
  CHECK(served > one * 1.1);
}

TEST_CASE("A rack takes as many nodes as it has") {
  World w;
  w.pod("fast", 80, kStart);
  fails(w, 20, 0.001, Blast::rack);
  w.scenario.nodes[w.scenario.nodes.find("fast-node")].rack_nodes = 2;
  int64_t nodes = 0, strikes = 0;
  const Facts f = run(w);
  for (const auto& m : f.of<OutageMonth>()) nodes += m.nodes, strikes += m.strikes;
  // Ten nodes are five racks; a repair of a minute and a half is over before the next strike.
  CHECK(strikes > 100);
  CHECK(nodes == 2 * strikes);
}
