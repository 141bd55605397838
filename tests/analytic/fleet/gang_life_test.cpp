// A gang under failures: the simulation against renewal-reward, where nothing is approximate, and where it is said to be.
#include <cmath>

#include "base/statistics.hpp"
#include "catch.hpp"
#include "engine/isolate.hpp"
#include "fleet/gang_life.hpp"
#include "fleet/goodput.hpp"

using namespace capmix;
using namespace capmix::fleet;

namespace {

Strike cause(double between, double nodes, bool hot, double repair, double detect, double resume) {
  Strike s;
  s.rate = PerSecond(1 / between), s.nodes = nodes, s.hot = hot;
  s.repair.lognormal = true, s.repair.mean = Seconds(repair), s.repair.median = Seconds(repair / 2);
  s.detect = Seconds(detect), s.resume = Seconds(resume);
  return s;
}

// Failures so frequent that every second-order term shows: one in about 3,000 s, recoveries of 400 to 600 s.
GangFailures gang() {
  GangFailures g;
  g.strikes = {cause(6000, 1, true, 20000, 100, 250), cause(8000, 0, true, 0, 40, 120), cause(20000, 1, true, 30000, 200, 250)};
  g.reload = Seconds(50), g.warm_up = Seconds(80), g.spares = 1e6;
  g.stall = Seconds(30), g.interval = Seconds(420);
  return g;
}

constexpr int kBatches = 40;
constexpr double kT99 = 2.708, kT999 = 3.558;  // Student's t of 39 degrees of freedom, two-sided 99 % and 99.9 %

// Shares of each part by batch, then interruptions a second: kBatches values of each, in this order; last the whole.
std::vector<double> played(const GangFailures& g, double batch, uint64_t seed) {
  return engine::in_child([&] {
    engine::Clock clock;
    GangLife life(clock, g, Draw(seed, 0), "test");
    std::vector<double> out;
    GangTimes before = life.times();
    for (int b = 1; b <= kBatches; ++b) {
      clock.run(Seconds(b * batch));
      const GangTimes now = life.times();
      int struck = 0;
      for (size_t i = 0; i < now.strikes.size(); ++i) struck += now.strikes[i] - before.strikes[i];
      for (size_t i = 0; i < kGangTimes; ++i) out.push_back((now.of[i] - before.of[i]) / batch);
      out.push_back(struck / batch);
      before = now;
    }
    out.push_back(before.total());
    return out;
  });
}

struct Estimate { double mean = 0, error = 0; };
Estimate of(const std::vector<double>& all, size_t part) {
  Estimate out;
  double squares = 0;
  for (size_t b = 0; b < kBatches; ++b) out.mean += all[b * (kGangTimes + 1) + part] / kBatches;
  for (size_t b = 0; b < kBatches; ++b) squares += std::pow(all[b * (kGangTimes + 1) + part] - out.mean, 2);
  out.error = std::sqrt(squares / (kBatches - 1) / kBatches);
  return out;
}

// The goodput within its 99 % interval; of the ten others each within its 99.9 % one.
void agree(const GangFailures& g, uint64_t seed, double batch = 4e6) {
  const auto all = played(g, batch, seed);
  const GangShares want = expected_shares(g);
  double sum = 0;
  for (size_t i = 0; i < kGangTimes; ++i) {
    const Estimate e = of(all, i);
    INFO(kGangTimeNames[i] << ": expected " << want.of[i] << ", played " << e.mean << " +- " << e.error);
    CHECK(std::fabs(e.mean - want.of[i]) <= (i == 0 ? kT99 : kT999) * e.error + 1e-9);
    sum += want.of[i];
  }
  CHECK(sum == test::Approx(1));
  const Estimate rate = of(all, kGangTimes);
  INFO("strikes: expected " << want.interruptions << ", played " << rate.mean << " +- " << rate.error);
  CHECK(std::fabs(rate.mean - want.interruptions) <= kT999 * rate.error);
  CHECK(all.back() == test::Approx(kBatches * batch).epsilon(1e-9));  // every second is booked once
}

}  // namespace

TEST_CASE("goodput under several causes: the simulation is within its interval of renewal-reward") { agree(gang(), 1); }

TEST_CASE("the same with checkpoints that are flushed beside the work") {
  GangFailures g = gang();
  g.stall = Seconds(4), g.flush = Seconds(300);
  agree(g, 2);
}

TEST_CASE("the same with nodes that are slow for a time") {
  GangFailures g = gang();
  g.slow_rate = PerSecond(1 / 9000.0), g.slow_for = Seconds(3000), g.slowdown = 0.3;
  CHECK(g.slow_share() == test::Approx(1 - std::exp(-1 / 3.0)));
  agree(g, 3);
}

TEST_CASE("the same with causes whose repair is waited for") {
  GangFailures g = gang();
  g.strikes.push_back(cause(50000, 100, false, 7000, 0, 250));  // found at once, so that no strike falls between
  agree(g, 4);
}

TEST_CASE("spares that run out are waited for as Erlang has it") {
  // A detection of 1 s leaves next to no strike that finds the gang short already.
  GangFailures g;
  g.strikes = {cause(5000, 1, true, 12000, 1, 250)};
  g.stall = Seconds(20), g.interval = Seconds(400);
  for (const double spares : {0.0, 1.0, 3.0}) {
    g.spares = spares;
    agree(g, 5 + static_cast<uint64_t>(spares));
  }
  // Without a spare every strike waits for one repair: 2.4 times the time between strikes.
  g.spares = 0;
  const GangShares s = expected_shares(g);
  CHECK(s[GangTime::wait] / (1 - s[GangTime::wait]) == test::Approx(2.4));
}

TEST_CASE("the same seed gives the same life, another one another") {
  const auto first = played(gang(), 1e5, 7), again = played(gang(), 1e5, 7), other = played(gang(), 1e5, 8);
  CHECK(first == again);
  CHECK(first != other);
}

TEST_CASE("renewal-reward by hand") {
  // One cause, no recovery: useful = L tau / (exp(L (tau + delta)) - 1), Daly's equation.
  GangFailures g;
  g.strikes = {cause(10000, 0, true, 0, 0, 0)};
  g.stall = Seconds(60), g.interval = Seconds(1000);
  CHECK(expected_shares(g).goodput() == test::Approx(0.1 / std::expm1(0.106)));
  // A recovery of 500 s that may be struck: exp(R / M) longer.
  g.warm_up = Seconds(500);
  CHECK(expected_shares(g).goodput() == test::Approx(0.1 / std::expm1(0.106) * std::exp(-0.05)));
  // No failures: the stalls alone.
  g.strikes.clear();
  CHECK(expected_shares(g).goodput() == test::Approx(1000.0 / 1060));
}

TEST_CASE("the closed form with rare failures is the first-order formula of the fleet's rates") {
  for (const double m : {1e5, 1e6, 1e7}) {
    GangFailures g;
    g.strikes = {cause(m, 0, true, 0, 0, 0)};
    g.warm_up = Seconds(600), g.stall = Seconds(2), g.interval = young_daly(g.stall, Seconds(m));
    // What differs is of second order: (R + tau)^2 / M^2, and failures during the stall.
    const double second = std::pow((600 + g.interval.value()) / m, 2) + 2 * 2 / m;
    CHECK(std::fabs(expected_shares(g).goodput() - goodput(g.stall, Seconds(m), Seconds(600))) < 2 * second);
  }
}

TEST_CASE("the best interval: no other is better, and Daly's estimate is near it") {
  for (const double stall : {1.0, 30.0, 600.0}) {
    const Seconds m(20000);
    GangFailures g;
    g.strikes = {cause(m.value(), 1, true, 100, 60, 60)};
    g.stall = Seconds(stall), g.spares = 1e6;
    const auto at = [&](double factor) {
      g.interval = best_interval(g.stall, m) * factor;
      return expected_shares(g).goodput();
    };
    CHECK(at(1) > at(0.98));
    CHECK(at(1) > at(1.02));
    CHECK(daly_interval(g.stall, m) / best_interval(g.stall, m) == test::Approx(1).epsilon(1e-3));
  }
  CHECK(daly_interval(Seconds(5000), Seconds(2000)).value() == 2000);  // stall above twice the mean time between failures
}

TEST_CASE("Erlang's loss formula") {
  CHECK(erlang_b(0, 3) == 1);
  CHECK(erlang_b(1, 2) == test::Approx(2 / 3.0));
  CHECK(erlang_b(2, 1) == test::Approx(0.2));  // (1 / 2) / (1 + 1 + 1 / 2)
}

TEST_CASE("a gang's failures follow from the model, its size and its checkpoints") {
  Failures f;
  f.causes.resize(2);
  f.causes[0].id = "node", f.causes[0].between = Seconds(3.6e6), f.causes[0].repair.range = Seconds(3600);
  f.causes[1].id = "software", f.causes[1].per = FailureUnit::job, f.causes[1].blast = Blast::job, f.causes[1].between = Seconds(1e5);
  f.recovery.requeue = Seconds(200), f.recovery.in_place = Seconds(50), f.recovery.spares = 0.03;
  GangSetup setup;
  setup.chips = 800, setup.checkpoint = {Seconds(8), Seconds(0), Seconds(20)};
  const GangFailures g = gang_failures(f, setup, Draw::at_modes());
  CHECK(g.strikes[0].rate.value() == test::Approx(100 / 3.6e6));
  CHECK(g.strikes[0].resume.value() == 200);
  CHECK(g.strikes[1].resume.value() == 50);
  CHECK(g.spares == 3);
  CHECK(g.interval.value() == test::Approx(std::sqrt(2 * 8 / (100 / 3.6e6 + 1e-5))));
  setup.checkpoint.flush = Seconds(5000);  // no second checkpoint before the first one counts
  CHECK(gang_failures(f, setup, Draw::at_modes()).interval.value() == 5000);
  setup.chips = 0;
  CHECK_THROWS_AS(gang_failures(f, setup, Draw::at_modes()), std::invalid_argument);
}
