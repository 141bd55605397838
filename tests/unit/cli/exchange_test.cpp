// How many 950PR replace one H200 in the shipped study, with the arithmetic at modes beside it.
#include <string_view>

#include "study/exchange.hpp"

#include <cmath>

#include "catch.hpp"
#include "house.hpp"

using namespace capmix;
using study::ExchangeRow;
using study::ExchangeWork;

namespace {

study::Exchange exchange(const std::string& of, const std::string& by, const std::vector<std::string>& set = {}, double tpot = 0.05) {
  const auto worlds = study::load(test::study_file("bytedance-2026.toml"), set);
  study::ExchangeQuery q;
  q.of = of, q.by = by, q.tpot = Seconds(tpot);
  return study::exchange(worlds, q, test::profile_cache(), 2, [](const std::string&, int, int) {});
}

const ExchangeWork& work(const study::Exchange& x, std::string_view kind) {
  for (const auto& w : x.works)
    if (w.kind == kind) return w;
  throw std::runtime_error("no " + std::string(kind));
}

const ExchangeRow& row(const ExchangeWork& w, std::string_view stage) {
  for (const auto& r : w.rows)
    if (r.stage == stage) return r;
  throw std::runtime_error("no " + std::string(stage));
}

}  // namespace

// Stages of the port at modes: 0.4 / 0.75 = 0.533 after numerics, 0.65 / 0.75 = 0.867 tuned, 1 in production; before
// numerics (1.6 + 1.6 + 2.4 = 5.6 months after 2026-03-20: 170.4 days, 2026-09-06) nothing runs. At equal shares of the
// peak an H200 would be 989.5 / 432 = 2.29 of the Atlas 850's part; the profiles say 2.33.
TEST_CASE("training: numbers by the stage of the port, and a gang that cannot be widened") {
  const auto x = exchange("h200", "ascend-950pr");
  CHECK(x.of.watts == test::Approx(10200.0 / 8));
  CHECK(x.by.usd == 14000);
  const auto& w = work(x, "training");
  CHECK(w.id == "flagship");
  const double mature = row(w, "production").number;
  CHECK(mature == test::Approx(989.5 / 432).epsilon(0.05));
  CHECK(row(w, "tuned").number == test::Approx(mature * 0.75 / 0.65));
  CHECK(row(w, "numerics").number == test::Approx(mature * 0.75 / 0.4));
  CHECK(row(w, "numerics").from.text() == "2026-09-06");
  CHECK(std::isnan(row(w, "functional").number));
  CHECK(row(w, "functional").reason == "before functional: real work runs from numerics on (2026-09-06)");
  // One job of 8,192 sequences: at 0.533 of a mature rate no width keeps the step of 16,384 H200.
  CHECK(row(w, "numerics").gang == 0);
  CHECK(row(w, "numerics").gang_reason.find("8192 sequences") != std::string::npos);
  CHECK(row(w, "production").gang > 2.29 * 16384);  // never fewer than at a perfect spread
}

// The campaign's first plan needs 75 GB a chip. At 4 GB none of its plans fits, but one of 32 stages with tensor parallelism
// over 8 does; at 1 GB none: 175e9 x 2 B / 256 = 1.4 GB of weights alone in that one.
TEST_CASE("training: a memory that only another plan fits, and one that no plan fits") {
  const auto small = exchange("h200", "ascend-950pr", {"chips/ascend-950pr-atlas850:memory.size=4 GB"});
  CHECK(row(work(small, "training"), "production").number > 989.5 / 432);
  CHECK(work(small, "training").plan_by.find("a plan of the search") != std::string::npos);
  const auto tiny = exchange("h200", "ascend-950pr", {"chips/ascend-950pr-atlas850:memory.size=1 GB"});
  const auto& none = row(work(tiny, "training"), "production");
  CHECK(std::isnan(none.number));
  CHECK(none.reason.find("on ascend-950pr-atlas850: no plan fits: the closest, ") == 0);
}

TEST_CASE("ranking: an objective that one request alone misses on slowed chips") {
  const auto loose = exchange("h200", "ascend-950pr");
  const auto& w = work(loose, "ranking");
  CHECK(row(w, "numerics").number == test::Approx(row(w, "production").number * 0.75 / 0.4));
  // In production the cell is the profile's own. Before, launches and network are not slowed, which makes the cell a little
  // better than in proportion where its plan stays (tuned); at half the speed the plan needs more head-room.
  CHECK(row(w, "production").replanned == test::Approx(row(w, "production").number));
  CHECK(row(w, "tuned").replanned == test::Approx(row(w, "tuned").number).epsilon(0.02));
  CHECK(row(w, "numerics").replanned > row(w, "numerics").number);
  // A request is 500 candidates x 4 GFLOP = 2 TFLOP: on 8 chips of 432 TFLOP/s at best 0.58 ms, at 75 % of the peak and
  // with small products well above; so nothing meets 1 ms, in production either.
  const auto tight = exchange("h200", "ascend-950pr", {"recommendation/bytedance-2026:service.feed.stage.ranking.objective=1 ms"});
  const auto& none = row(work(tight, "ranking"), "production");
  CHECK(std::isnan(none.number));
  CHECK(none.reason.find("the objective is 1.00 ms") != std::string::npos);
}

// The reference model holds 2 x 96 layers x 12,288 x 2 B = 4.72 MB of cache a token: 19.5 GB for a sequence of 4,096 and half
// a page, and 350 GB of weights. An H200 has 0.92 x 141 - 43.8 - 3 GB = 83 for the cache: 34 sequences on eight, by memory.
// Eight 950PR read the weights in 350 / (8 x 1.6 TB/s x 0.870 x 0.85) = 37 ms and each sequence's cache in 1.74 ms; the host
// takes 4.9 ms, and the sums and launches of 96 layers some 4.5: two sequences by time. The H200's take 12.3 + 34 x 0.58 +
// 6 ms and the sums, 44 ms. So one is worth about (34 / 44.1) / (2 / 49.9) = 19, where bandwidth alone says 4.8 / 1.6 = 3.
TEST_CASE("decode: at 50 ms one H200 is worth far more than its bandwidth") {
  const auto x = exchange("h200", "ascend-950pr");
  const auto& w = work(x, "decode");
  CHECK(w.plan_of.find("replicas of 8, 34 sequences") == 0);
  CHECK(w.plan_by.find("replicas of 8, 2 sequences") == 0);
  CHECK(row(w, "production").number == test::Approx(34 / 44.1 / (2 / 49.9)).epsilon(0.02));
  // Before, reading the weights alone takes 37 / 0.867 = 43 ms, and the rest no less than it did.
  CHECK(std::isnan(row(w, "tuned").number));
  CHECK(row(w, "tuned").reason.find("one sequence alone takes 54") == 0);
}

// 37 ms for the weights: at 30 ms no number of 950PR decodes, while 8 H200 read them in 12.3 ms.
TEST_CASE("decode: bandwidth alone forbids an objective") {
  const auto x = exchange("h200", "ascend-950pr", {}, 0.03);
  const auto& w = work(x, "decode");
  CHECK(w.rate_of > 0);
  CHECK(w.rate_by == 0);
  CHECK(std::isnan(row(w, "production").number));
  CHECK(row(w, "production").reason.find("reading the weights and") == 0);
}

TEST_CASE("what is not ported has no number, and what is not there is told") {
  const auto x = exchange("h200", "third");
  REQUIRE(work(x, "training").rows.size() == 1);
  CHECK(work(x, "training").rows[0].stage == study::kNoPort);
  // A native stack has one stage, and a chip replaces itself one to one.
  const auto same = exchange("h200", "hgx-h200");
  CHECK(row(work(same, "training"), "mature").number == test::Approx(1));
  CHECK(row(work(same, "decode"), "mature").number == test::Approx(1));
  CHECK(row(work(same, "training"), "mature").gang == 16384);
  CHECK_THROWS_AS(exchange("h200", "ascend-950p"), InputError);
}
