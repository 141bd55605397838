// Failures of pods in expectation: what is down, how often nodes are struck, and what gangs keep, each against its own formula.
#include "fleet/mean_failures.hpp"

#include <cmath>

#include "catch.hpp"
#include "fixture.hpp"
#include "fleet/gang_goodput.hpp"
#include "forked.hpp"

using namespace capmix;
using namespace test;

namespace {

constexpr int64_t kDay1 = 86400;
const Date kStart = day(2026, 1, 1);

FailureCause& fails(World& w, double days, double repair_days, Blast blast = Blast::node) {
  Failures f;
  f.id = "model";
  FailureCause c;
  c.id = "all", c.per = FailureUnit::node, c.between = Seconds(days * kDay1), c.blast = blast, c.repair.range = Uncertain<Seconds>(Seconds(repair_days * kDay1));
  f.causes = {c};
  f.recovery.detect = Seconds(100), f.recovery.requeue = f.recovery.in_place = Seconds(200), f.recovery.warm_up = Seconds(60);
  w.scenario.study.failure_events = true;
  const auto id = w.scenario.failures.add(f);
  w.scenario.nodes[w.scenario.nodes.find("fast-node")].failures = id;
  return w.scenario.failures[id].causes[0];
}

const CheckpointTimes kCheckpoint{Seconds(2.5), Seconds(0), Seconds(2.5)};

std::pair<int64_t, int64_t> strikes_and_nodes(const Facts& f) {
  std::pair<int64_t, int64_t> out;
  for (const auto& m : f.of<OutageMonth>()) out.first += m.strikes, out.second += m.nodes;
  return out;
}

Facts coarse(const World& w) { return run(w, Draw::at_modes(), true); }

}  // namespace

TEST_CASE("A cause's age factor over some ages") {
  FailureCause c;
  c.infant_decay = Seconds(100);
  // The mean of 1 + 2 exp(-t / 100) over [0, 100): 1 + 2 (1 - 1 / e). From 50 to 150: 1 + 2 (exp(-0.5) - exp(-1.5)).
  CHECK(fleet::mean_age_factor(c, 3, {0, 100}) == Approx(1 + 2 * (1 - std::exp(-1))));
  CHECK(fleet::mean_age_factor(c, 3, {50, 150}) == Approx(1 + 2 * (std::exp(-0.5) - std::exp(-1.5))));
  CHECK(fleet::mean_age_factor(c, 3, {10, 10}) == 1);
  c.infant_decay = Seconds(0);
  CHECK(fleet::mean_age_factor(c, 3, {0, 100}) == 1);
}

TEST_CASE("Nodes that are down on the mean are down all the time, and parts of nodes go to the next pod") {
  // A node is up for 9 days and a day under repair: x = 1/9, a tenth is down. Of two pods of 15 nodes 1.5 each: 1, then 2, together 3 of 30 nodes.
  // All are struck 0.9 x 30 x 365 / 9 = 1,095 times in the year, one node each.
  World w;
  w.pod("fast", 120, kStart), w.pod("fast", 120, kStart);
  fails(w, 9, 1);
  const Facts f = coarse(w);
  CHECK(owned(f, "failure") == 3 * 8 * 365 * kDay1);
  CHECK(owned(f, "*") == 240 * 365 * kDay1);
  CHECK(strikes_and_nodes(f) == std::pair<int64_t, int64_t>(1095, 1095));
}

TEST_CASE("A gang keeps what renewal and reward say, and the rest of its time is told by cause") {
  World w;
  w.pod("fast", 640, kStart);
  fails(w, 2, 0.1);
  w.campaign("train", 64, 1e30).runs = 1;
  w.rate("train", {"fast"}, 1000).checkpoint = kCheckpoint;
  const Facts f = coarse(w);
  const fleet::GangSetup setup{64, Layout{8, 0, 0, 0}, kCheckpoint, Seconds(0), Seconds(1), 1000};
  const auto shares = fleet::expected_shares(fleet::gang_failures(*w.scenario.failures.begin(), setup, Draw::at_modes()));
  double tokens = 0, held = 0, undone = 0, recovery = 0;
  for (const auto& m : f.of<TrainMonth>())
    tokens += m.tokens, held += static_cast<double>(m.chip_seconds), undone += static_cast<double>(m.undone), recovery += static_cast<double>(m.recovery);
  CHECK(tokens == Approx(1000 * 365.0 * kDay1 * shares.goodput()).epsilon(1e-9));
  CHECK(held == Approx(64 * 365.0 * kDay1).epsilon(1e-9));
  CHECK(undone / held == Approx(shares[fleet::GangTime::lost]).epsilon(1e-6));
  CHECK(recovery / held == Approx(shares[fleet::GangTime::detect] + shares[fleet::GangTime::resume] + shares[fleet::GangTime::reload] + shares[fleet::GangTime::warm_up]).epsilon(1e-6));
}

TEST_CASE("Infants strike gangs as often as their pods are old") {
  // Rates three times as high that fall by e in 73 days, a fifth of the year: a mean of 1 + 2 x 0.2 x (1 - exp(-5)) = 1.3973.
  World w, older;
  for (World* x : {&w, &older}) {
    x->pod("fast", 640, kStart);
    x->campaign("train", 64, 1e30).runs = 1;
    x->rate("train", {"fast"}, 1000).checkpoint = {};   // or the interval would differ
  }
  FailureCause& c = fails(w, 2, 0.1);
  c.infant = Uncertain<double>(3.0), c.infant_decay = Seconds(73.0 * kDay1);
  fails(older, 2 / (1 + 0.4 * (1 - std::exp(-5))), 0.1);
  double a = 0, b = 0;
  for (const auto& m : coarse(w).of<TrainMonth>()) a += m.tokens;
  for (const auto& m : coarse(older).of<TrainMonth>()) b += m.tokens;
  CHECK(a > 0);
  CHECK(a == Approx(b).epsilon(1e-3));
}

TEST_CASE("Where a cause takes more than a rack all failures stay events") {
  World w;
  w.pod("fast", 64, kStart);
  FailureCause& c = fails(w, 9, 1, Blast::pod);
  CHECK_FALSE(fleet::takes_means(w.scenario));
  CHECK(run_bytes(w, Draw::at_modes(), true) == run_bytes(w));
  c.per = FailureUnit::site;   // counted elsewhere
  CHECK(fleet::takes_means(w.scenario));
}

TEST_CASE("That nothing failed is said, with events and in expectation") {
  World w;
  w.pod("fast", 64, kStart);
  fails(w, 1e9, 1);
  for (const bool means : {false, true}) {
    const Facts f = run(w, Draw::at_modes(), means);
    REQUIRE(f.of<OutageMonth>().size() == 1);
    CHECK(f.of<OutageMonth>()[0].strikes == 0);
  }
  w.scenario.study.failure_events = false;
  CHECK(run(w).of<OutageMonth>().empty());
}
