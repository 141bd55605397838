#include "analysis/compare.hpp"

#include <cmath>
#include <limits>

#include "analysis/statistics.hpp"
#include "catch.hpp"
#include "example.hpp"

using namespace capmix;
using test::Approx;

TEST_CASE("quantiles interpolate between order statistics") {
  // n = 5, position 4 p: P10 at 0.4 -> 1 + 0.4, P50 at 2 -> 3, P90 at 3.6 -> 4 + 0.6 * 6.
  const std::vector<double> x{10, 1, 3, 2, 4};
  CHECK(analysis::quantile(x, 0.1) == Approx(1.4));
  CHECK(analysis::quantile(x, 0.5) == 3);
  CHECK(analysis::quantile(x, 0.9) == Approx(7.6));
  CHECK(analysis::quantile({7}, 0.9) == 7);
  CHECK(std::isnan(analysis::quantile({}, 0.5)));
}

TEST_CASE("what never happens sorts last") {
  const double never = std::numeric_limits<double>::infinity();
  CHECK(analysis::quantile({never, 5, never}, 0) == 5);
  CHECK(std::isinf(analysis::quantile({never, 5, never}, 0.9)));  // between two infinities
  CHECK(std::isinf(analysis::quantile({1, never}, 0.5)));
}

TEST_CASE("paired interval") {
  // Differences 1, 2, 3, 4: mean 2.5, s = sqrt(5/3), s / sqrt(4) = 0.645497; t(0.95, 3) = 2.353363 (tables).
  const auto i = analysis::paired_interval({1, 2, 3, 4}, 0.9);
  CHECK(i.mean == Approx(2.5));
  CHECK(i.low == Approx(2.5 - 2.353363 * 0.645497).epsilon(1e-5));
  CHECK(i.high == Approx(2.5 + 2.353363 * 0.645497).epsilon(1e-5));
  // Equal differences: certain.
  CHECK(analysis::paired_interval({2, 2, 2}, 0.9).low == 2);
  CHECK(analysis::paired_interval({2}, 0.9).mean == 2);
  CHECK(std::isnan(analysis::paired_interval({2}, 0.9).low));
  CHECK(std::isnan(analysis::paired_interval({1, std::numeric_limits<double>::infinity()}, 0.9).mean));
}

namespace {

// Mix a trains 40 T reference tokens times its scale, b likewise; draws 0..3 of a: 1 2 3 4, of b: 2 4 6 8.
std::vector<std::pair<RunKey, Facts>> runs(double served_a, double served_b) {
  std::vector<std::pair<RunKey, Facts>> out;
  out.push_back({{"a", "drawn", -1}, example::facts(1, served_a)});
  out.push_back({{"b", "drawn", -1}, example::facts(2, served_b)});
  for (int d = 0; d < 4; ++d) {
    out.push_back({{"a", "drawn", d}, example::facts(d + 1, served_a)});
    out.push_back({{"b", "drawn", d}, example::facts(2 * (d + 1), served_b)});
  }
  return out;
}

}  // namespace

TEST_CASE("modes, spread and difference over the same worlds") {
  const auto c = analysis::compare(example::info(), runs(1, 1));
  REQUIRE(c.outcomes.size() == 1);
  REQUIRE(c.outcomes[0].mixes.size() == 2);
  const auto &a = c.outcomes[0].mixes[0], &b = c.outcomes[0].mixes[1];
  CHECK(a[analysis::kObjective].modes == Approx(4e13));
  CHECK(b[analysis::kObjective].modes == Approx(8e13));
  // a: 40 80 120 160 T. P10 at 0.3: 52 T; P50 at 1.5: 100 T; P90 at 2.7: 148 T.
  CHECK(a[analysis::kObjective].p10 == Approx(52e12));
  CHECK(a[analysis::kObjective].p50 == Approx(100e12));
  CHECK(a[analysis::kObjective].p90 == Approx(148e12));
  CHECK(b[analysis::kObjective].mean == Approx(200e12));
  // b - a in the same world: 40 80 120 160 T, not the spread of two independent samples.
  CHECK(b[analysis::kObjective].diff == Approx(100e12));
  CHECK(b[analysis::kObjective].diff_low == Approx(100e12 - 40e12 * 2.353363 * 0.645497).epsilon(1e-5));
  CHECK(a[analysis::kObjective].diff == 0);
  CHECK(c.outcomes[0].draws == 4);
}

TEST_CASE("more tokens rank first, among those that serve the demand") {
  const auto both = analysis::compare(example::info(), runs(1, 1));
  CHECK(both.outcomes[0].mixes[0].rank == 2);
  CHECK(both.outcomes[0].mixes[1].rank == 1);
  CHECK(both.outcomes[0].mixes[1].leads == 4);
  // b serves half of the first month's demand: it trains twice as much and still ranks last.
  const auto one = analysis::compare(example::info(), runs(1, 0.5));
  CHECK(one.outcomes[0].mixes[0].rank == 1);
  CHECK(one.outcomes[0].mixes[1].rank == 2);
  CHECK_FALSE(one.outcomes[0].mixes[1].meets);
  CHECK(one.outcomes[0].mixes[0].leads == 4);
  CHECK(one.outcomes[0].mixes[1].leads == 0);
}

TEST_CASE("equal mixes share a rank and both lead") {
  std::vector<std::pair<RunKey, Facts>> equal{{{"a", "drawn", -1}, example::facts()}, {{"b", "drawn", -1}, example::facts()},
                                              {{"a", "drawn", 0}, example::facts()}, {{"b", "drawn", 0}, example::facts()}};
  const auto c = analysis::compare(example::info(), equal);
  for (const auto& m : c.outcomes[0].mixes) {
    CHECK(m.rank == 1);
    CHECK(m.leads == 1);
  }
}

TEST_CASE("a run that failed leaves its pair out") {
  auto some = runs(1, 1);
  some.erase(some.begin() + 2);  // a, draw 0
  const auto c = analysis::compare(example::info(), some);
  CHECK(c.outcomes[0].draws == 3);
  CHECK(c.outcomes[0].mixes[1].draws == 4);
  CHECK(c.outcomes[0].mixes[1][analysis::kObjective].diff == Approx(120e12));  // 80 120 160
  some.erase(some.begin() + 1);  // b at modes
  const auto d = analysis::compare(example::info(), some);
  CHECK(d.outcomes[0].mixes[1].rank == 0);
  CHECK(std::isnan(d.outcomes[0].mixes[1][analysis::kObjective].modes));
}

// a: online on day 1 and 10, trained and served by month. Each change shows in its own date, at the earlier of two days.
TEST_CASE("the first date at which two runs part") {
  Facts f = example::facts();
  f.of<OnlineChange>() = {{"2026-12-10", "big", "north", 100}, {"2026-11-01", "big", "north", 5}, {"2026-12-10", "small", "south", 8}};
  const auto reduce = [](const Facts& facts) { return analysis::reduce(example::info(), {"a", "drawn", -1}, facts); };
  const auto same = analysis::first_difference(reduce(f), reduce(f));
  CHECK_FALSE(same.online);
  CHECK_FALSE(same.trained);
  CHECK_FALSE(same.served);
  Facts g = f;
  g.of<OnlineChange>()[2].date = "2026-12-24";
  CHECK(analysis::first_difference(reduce(f), reduce(g)).online->text() == "2026-12-10");
  CHECK(analysis::first_difference(reduce(g), reduce(f)).online->text() == "2026-12-10");
  g.of<OnlineChange>() = f.of<OnlineChange>();
  g.of<OnlineChange>().push_back({"2027-02-01", "big", "north", -5});  // one more, after all others
  CHECK(analysis::first_difference(reduce(f), reduce(g)).online->text() == "2027-02-01");
  g.of<TrainMonth>()[1].model_flop *= 1 + 1e-12;  // of month 2: rounding
  CHECK_FALSE(analysis::first_difference(reduce(f), reduce(g)).trained);
  g.of<TrainMonth>()[1].model_flop *= 1.001;
  g.of<ServeMonth>()[3].served -= 1e6;
  CHECK(analysis::first_difference(reduce(f), reduce(g)).trained == 2);
  CHECK(analysis::first_difference(reduce(f), reduce(g)).served == 3);
}

TEST_CASE("every two outcomes of a mix are set against each other, and every mix against the first") {
  auto info = example::info();
  info.outcomes = {{"drawn", "as drawn"}, {"refused", "refused"}, {"full", "full"}};
  Facts less = example::facts();
  less.of<LedgerFact>()[0].owner = "approval";          // 10 h of big
  less.of<LedgerFact>()[3].chip_seconds -= 3600 * 15;   // of 40 useful
  std::vector<std::pair<RunKey, Facts>> runs;
  for (const char* mix : {"a", "b"})
    for (const char* outcome : {"drawn", "refused", "full"})
      if (std::string(mix) == "a" || std::string(outcome) != "full")  // b failed in one of them
        runs.push_back({{mix, outcome, -1}, std::string(outcome) == "refused" || std::string(mix) == "b" ? less : example::facts()});
  const auto c = analysis::compare(info, runs);
  REQUIRE(c.pairs.size() == 4);  // three of a, one of b
  CHECK(c.pairs[0].mix == "a");
  CHECK(c.pairs[0].outcome == "refused");
  CHECK(c.pairs[0].base == "drawn");
  const analysis::OwnerSeconds expected{3600 * 10, -3600 * 10, 0, 0, 0, 0, 0, 0, 0, 0, -3600 * 15};
  CHECK(c.pairs[0].less == expected);
  CHECK(c.pairs[1].less == analysis::OwnerSeconds{});   // full as drawn
  CHECK(c.outcomes[0].mixes[1].less_first == expected);
  CHECK(analysis::total(c.outcomes[0].mixes[1].less_first) == -3600 * 15);
  CHECK(c.outcomes[0].mixes[0].less_first == analysis::OwnerSeconds{});
  CHECK(c.outcomes[2].mixes[1].less_first == analysis::OwnerSeconds{});
}

TEST_CASE("missing rates are counted by run") {
  const auto c = analysis::compare(example::info(), runs(1, 1));
  REQUIRE(c.missing.size() == 1);
  CHECK(c.missing.begin()->first == "feed on big: does not fit by 3 GB");
  CHECK(c.missing.begin()->second == 10);
}

// The draws of a and b are 40 80 120 160 and twice that (T): variances 40^2 x 5/3 and 80^2 x 5/3; their differences have 40^2 x 5/3.
TEST_CASE("how much less a difference varies on common worlds") {
  const auto c = analysis::compare(example::info(), runs(1, 1));
  CHECK(c.outcomes[0].mixes[1][analysis::kObjective].pairing == Approx((1.0 + 4.0) / 1.0));
  CHECK(std::isnan(c.outcomes[0].mixes[0][analysis::kObjective].pairing) == false);
  CHECK(std::isinf(c.outcomes[0].mixes[0][analysis::kObjective].pairing));  // against itself every pair differs by nothing
  CHECK(std::isnan(c.outcomes[0].mixes[1]["rec.served"].pairing));           // varies in neither
}

TEST_CASE("the order over draws, and who passes whom") {
  // b trains nothing in its first training month and four times as much in the last.
  auto some = runs(1, 1);
  for (auto& [key, facts] : some)
    if (key.mix == "b") facts.of<TrainMonth>() = {{3, "flagship", "big", 1e12, 8e25, 3600}};
  for (auto& [key, facts] : some)
    if (key.mix == "b" && key.draw == 3) facts.of<TrainMonth>().front().model_flop = 1;
  const auto c = analysis::compare(example::info(), some);
  const auto& o = c.outcomes[0];
  // a trains 40 T x (1 + draw) and 40 T at modes; b 80 T, but nothing in draw 3. Level in draw 1: a and b share the first rank.
  CHECK(o.order.first[0] == Approx(0.75));
  CHECK(o.order.first[1] == Approx(0.5));
  CHECK(o.order.beats[1][0] == Approx(0.25));
  CHECK(o.order.beats[0][1] == Approx(0.5));
  const auto find = [&](const std::string& passing, analysis::Work work) -> const analysis::Overtaking* {
    for (const auto& x : o.overtakings)
      if (x.passing == passing && x.work == work) return &x;
    return nullptr;
  };
  // Sums at modes, T: a 0 0 20 30 40, b 0 0 0 0 80: 30 behind, then 40 ahead.
  REQUIRE(find("b", analysis::Work::cumulative) != nullptr);
  CHECK(find("b", analysis::Work::cumulative)->modes == Approx(3 + 30.0 / 70));
  CHECK(find("b", analysis::Work::cumulative)->share == Approx(0.25));  // draw 0 alone: level in draw 1
  CHECK(find("b", analysis::Work::monthly)->modes == 3);
  CHECK(find("b", analysis::Work::monthly)->share == Approx(0.75));      // the last month of a has 10 T x (1 + draw)
  CHECK(find("a", analysis::Work::cumulative) == nullptr);               // never behind
}

// Metrics that only some runs have: what struck in them, say.
TEST_CASE("a metric that one run has is none in the others") {
  analysis::RunSet set;
  const auto metrics = analysis::reduce(example::info(), {"a", "drawn", -1}, example::facts());
  set.add({"a", "drawn", -1}, metrics);
  auto other = metrics;
  other.values.insert(other.values.begin() + 3, analysis::Metric{"failures.strikes", "strikes", 7});
  other.values.pop_back();
  set.add({"b", "drawn", -1}, other);
  set.add({"b", "drawn", 0}, metrics);
  const size_t strikes = set.place("failures.strikes"), last = set.place(metrics.values.back().id);
  CHECK(set.find("b", "drawn", -1)->value(strikes) == 7);
  CHECK(std::isnan(set.find("a", "drawn", -1)->value(strikes)));
  CHECK(std::isnan(set.find("b", "drawn", 0)->value(strikes)));
  CHECK(std::isnan(set.find("b", "drawn", -1)->value(last)));
  CHECK(set.objective(*set.find("b", "drawn", -1)) == metrics[analysis::kObjective]);
  CHECK_THROWS(set.place("no.such.metric"));
}
