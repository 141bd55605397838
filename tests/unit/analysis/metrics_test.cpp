// Every metric of the small study, derived by hand. See example.hpp for the facts.
#include "catch.hpp"
#include "example.hpp"

#include <cmath>

using namespace capmix;
using test::Approx;

namespace {
analysis::Metrics metrics() { return analysis::reduce(example::info(), {"a", "drawn", -1}, example::facts()); }
}  // namespace

TEST_CASE("chips are those of a year's last month, over chips and sites") {
  const auto m = metrics();
  // 2026 ends with month 1: 60 + 8 online, 80 + 9 powered, 100 + 10 delivered; 2027 with month 3, the horizon's last.
  CHECK(m["fleet.online.2026"] == 68);
  CHECK(m["fleet.powered.2026"] == 89);
  CHECK(m["fleet.delivered.2026"] == 110);
  CHECK(m["fleet.online.2027"] == 150);
  CHECK(m["fleet.powered.2027"] == 200);
  CHECK(m["fleet.delivered.2027"] == 300);
}

TEST_CASE("training: reference tokens, mean rates, peak, finish") {
  const auto m = metrics();
  // 2e25 + 1e25 + 1e25 FLOP at 1e12 FLOP per token; 10 + 4 + 1 T tokens as they were.
  CHECK(m["train.reference_tokens"] == Approx(4e13));
  CHECK(m["train.tokens"] == Approx(15e12));
  CHECK(m["train.flop_rate"] == Approx(4e25 / (120 * 86400.0)));
  CHECK(m["train.flop_rate.2026"] == Approx(2e25 / (61 * 86400.0)));
  CHECK(m["train.flop_rate.2027"] == Approx(2e25 / (59 * 86400.0)));
  // December: 2e25 FLOP in 31 days.
  CHECK(m["train.peak_flop_rate"] == Approx(2e25 / (31 * 86400.0)));
  CHECK(m["train.peak_month"] == 1);
  // The earlier of the two finished flagship runs; the other campaign's does not count.
  CHECK(m["train.first_finish"] == Approx(75.5));
  CHECK(m["train.runs_finished"] == 2);
}

// Two months of 720 and 744 h: 7,200 + 7,440 accelerator-hours wanted are 10 at a time, 7,200 + 3,720 held are 10,920 of
// 14,640; hosts 5 x 720 + 2.5 x 744 = 5,460 host-hours.
TEST_CASE("a fleet of instances: wanted, held, short, hosts; it serves no requests") {
  Facts f = example::facts();
  f.of<HeldMonth>() = {{0, "rankers", 7200, 7200, 5, 720, 0}, {1, "rankers", 7440, 3720, 2.5, 744, 744}};
  const auto m = analysis::reduce(example::info(), {"a", "drawn", -1}, f);
  CHECK(m["held.rankers.wanted"] == Approx(10));
  CHECK(m["held.rankers.share"] == Approx(100 * 10920.0 / 14640));
  CHECK(m["held.rankers.hours_short"] == 744);
  CHECK(m["held.rankers.hosts"] == Approx(5460.0 / 1464));
  CHECK(m["held.rankers.hosts_each"] == Approx(0.5));
  CHECK(m["rec.served"] == metrics()["rec.served"]);
}

// Of 1,000 chip-seconds that campaigns held 50 were undone, 100 went to recoveries and 150 to waiting.
TEST_CASE("failures as events: strikes, nodes, and what gangs lost") {
  Facts f = example::facts();
  for (auto& m : f.of<TrainMonth>()) m.chip_seconds = 0;
  TrainMonth& m = f.of<TrainMonth>().front();
  m.chip_seconds = 1000, m.undone = 50, m.recovery = 100, m.waiting = 150;
  f.of<OutageMonth>() = {{0, "x", "a", "model", "gpu", 3, 2, 50, 7200}, {1, "x", "", "model", "power", 1, 64, 0, 7200}};
  const auto got = analysis::reduce(example::info(), {"a", "drawn", -1}, f);
  CHECK(got["failures.strikes"] == 4);
  CHECK(got["failures.nodes"] == 66);
  CHECK(got["failures.undone"] == Approx(5));
  CHECK(got["failures.recovery"] == Approx(10));
  CHECK(got["failures.waiting"] == Approx(15));
}

// November and December, 30 and 31 days: 100 jobs started after 1 h and 50 after 4 h wait (100 + 200) / 150 = 2 h; the log had 16
// chips for a month and 32 for the other, of which half and a quarter were in jobs: (8 x 30 + 8 x 31) of (16 x 30 + 32 x 31).
TEST_CASE("a log of jobs: came, through, waiting, wait, use") {
  Facts f = example::facts();
  f.of<LogMonth>() = {{0, "trace", 120, 100, 90, 20, 10, 3600, 16, 8, 3, 2, 16 * 86400.0}, {1, "trace", 60, 50, 55, 30, 5, 4 * 3600, 32, 8, 4, 0, 0}};
  const auto m = analysis::reduce(example::info(), {"a", "drawn", -1}, f);
  CHECK(m["log.trace.submitted"] == 180);
  CHECK(m["log.trace.finished"] == 145);
  CHECK(m["log.trace.waiting"] == 30);
  CHECK(m["log.trace.wait"] == Approx(2 * 3600));
  CHECK(m["log.trace.chips"] == Approx((16 * 30 + 32 * 31) / 120.0));
  CHECK(m["log.trace.strikes"] == 7);
  CHECK(m["log.trace.lost"] == Approx(100 * (2 * 30 + 16.0) / (16 * 30 + 32 * 31)));  // 2 chips for a month, and a day of 16
  CHECK(m["log.trace.use"] == Approx(100 * 8.0 * 61 / (16 * 30 + 32 * 31)));
}

TEST_CASE("a campaign that does not finish is infinitely late, and no work has no price") {
  Facts f = example::facts();
  f.of<JobFact>().clear();
  f.of<TrainMonth>().clear();
  const auto m = analysis::reduce(example::info(), {"a", "drawn", 0}, f);
  CHECK(std::isinf(m["train.first_finish"]));
  CHECK(std::isinf(m["cost.usd_per_ttoken"]));
  CHECK(std::isnan(m["train.peak_month"]));
  CHECK(m["train.reference_tokens"] == 0);
}

TEST_CASE("recommendation: rate, share, hours, condition") {
  const auto m = metrics();
  // 2026: 500 + 2000 M served of 3000 M; 2027: 3000 + 1881 + 99 M of 5000 M.
  CHECK(m["rec.rate.2026"] == Approx(2500e6 / (61 * 86400.0)));
  CHECK(m["rec.rate.2027"] == Approx(4980e6 / (59 * 86400.0)));
  CHECK(m["rec.served.2026"] == Approx(100 * 2500.0 / 3000));
  CHECK(m["rec.served.2027"] == Approx(100 * 4980.0 / 5000));
  CHECK(m["rec.served"] == Approx(100 * 7480.0 / 8000));
  CHECK(m["rec.hours_short"] == 110);  // 100 + 7 + 3, each region by itself
  CHECK(m["serve.met"] == 0);            // 93.5 % < 99 %
  // The last month serves 1980 of 2000 M, exactly 99 %; only month 0 misses.
  CHECK(m["rec.met_from"] == 1);
  // Everything served in month 0: 7980 of 8000 M.
  const auto full = analysis::reduce(example::info(), {"a", "drawn", -1}, example::facts(1, 1));
  CHECK(full["serve.met"] == 1);
  CHECK(full["rec.met_from"] == 0);
}

// An assistant beside the feed, of which 40 of 100 M requests are served: recommendation is what it was, and the condition fails
// although 8,020 of 8,100 M requests of both together, 99.01 %, are served.
TEST_CASE("every service by itself: rates, shares, condition") {
  Facts f = example::facts(1, 1);
  f.of<ServeMonth>().push_back({1, "assistant", "asia", 100e6, 40e6, 60e6, 744, 50, 0, 0});
  const auto m = analysis::reduce(example::info(), {"a", "drawn", -1}, f), alone = analysis::reduce(example::info(), {"a", "drawn", -1}, example::facts(1, 1));
  for (const char* id : {"rec.served", "rec.served.2026", "rec.rate.2027", "rec.hours_short", "rec.met_from"}) CHECK(m[id] == alone[id]);
  CHECK(m["serve.feed.served"] == m["rec.served"]);
  CHECK(m["serve.feed.rate.2026"] == m["rec.rate.2026"]);
  CHECK(m["serve.assistant.served"] == Approx(40));
  CHECK(m["serve.assistant.rate.2026"] == Approx(40e6 / (61 * 86400.0)));
  CHECK(m["serve.assistant.hours_short"] == 50);
  CHECK(m["serve.assistant.met_from"] == 2);  // months without demand miss none
  CHECK(alone["serve.met"] == 1);
  CHECK(m["serve.met"] == 0);
  CHECK(m.served[1] == 2040e6);
  CHECK(m.recommended[1].served == Approx(2000e6 / (31 * 86400.0)));
}

TEST_CASE("the condition fails to the end when the last month misses it") {
  Facts f = example::facts(1, 1);
  f.of<ServeMonth>().back().served = 90e6;  // 1971 of 2000 M
  CHECK(std::isinf(analysis::reduce(example::info(), {"a", "drawn", -1}, f)["rec.met_from"]));
}

TEST_CASE("money is conserved, in all and by offer") {
  const auto m = metrics();
  CHECK(m["money.planned"] == 100e6);
  CHECK(m["money.converted"] == 73e6);   // 15 + 38 + 20
  CHECK(m["money.redirected"] == 30e6);
  CHECK(m["money.stranded"] == 2e6);
  CHECK(m["money.lost"] == 5e6);
  CHECK(m["money.outstanding"] == 20e6); // 10 + 10
  CHECK(m["money.planned"] == m["money.converted"] + m["money.stranded"] + m["money.lost"] + m["money.outstanding"]);
  CHECK(m["money.converted_share"] == Approx(73.0));
  // Of the 60 M planned for the big chip 15 M became chips; of the 40 M for the small one 38 M - what was
  // redirected to it counts as received, not as its plan.
  CHECK(m["money.offer.offer-big.converted_share"] == Approx(25.0));
  CHECK(m["money.offer.offer-small.converted_share"] == Approx(95.0));
  CHECK(m["money.offer.offer-small.received"] == 30e6);
  CHECK(m["money.offer.offer-small.converted"] == 58e6);
  CHECK(m["money.offer.offer-small.delivered"] == 58000);
  // 73 MUSD over 40 T tokens.
  CHECK(m["cost.usd_per_ttoken"] == Approx(73e6 / 40));
  // Mix b plans nothing for the small chip: a share of nothing.
  CHECK(std::isnan(analysis::reduce(example::info(), {"b", "drawn", -1}, example::facts())["money.offer.offer-small.converted_share"]));
}

// What the loop orders comes on top of the mix's 100m, with its own fate.
TEST_CASE("money that the loop earns is planned too") {
  Facts f = example::facts();
  f.of<OrderFact>().push_back(example::order(3, "offer-big", "loop", 12e6, 9e6, 0, 0, 2e6, 1e6));
  const auto m = analysis::reduce(example::info(), {"a", "drawn", -1}, f);
  CHECK(m["money.planned"] == 112e6);
  CHECK(m["money.planned"] == m["money.converted"] + m["money.stranded"] + m["money.lost"] + m["money.outstanding"]);
  CHECK(m["money.offer.offer-big.planned"] == 60e6);
  CHECK(m["money.offer.offer-big.converted_share"] == Approx(25.0));
}

TEST_CASE("energy, supplier's work, missing rates") {
  const auto m = metrics();
  CHECK(m["energy.mwh"] == Approx(3.0));  // 3.6 + 7.2 GJ
  CHECK(m["energy.usd"] == Approx(240));
  // East: 2e25 + 1e25; West: 1e25 trained + 1e25 served.
  CHECK(m["work.East"] == Approx(60));
  CHECK(m["work.West"] == Approx(40));
  CHECK(m["missing_rates"] == 1);
}

TEST_CASE("both ledgers sum to 100 %") {
  const auto m = metrics();
  // Hours: 10 production, 10 stall, 20 + 40 useful = 80.
  CHECK(m["ledger.chip_hours"] == 80);
  CHECK(m["ledger.production"] == Approx(12.5));
  CHECK(m["ledger.stall"] == Approx(12.5));
  CHECK(m["ledger.useful"] == Approx(75));
  CHECK(m["ledger_hours.useful"] == 60);
  // Weighted 4 : 1 - big 40 + 40 + 80, small 40 = 200 units.
  CHECK(m["ledger_flop.production"] == Approx(20));
  CHECK(m["ledger_flop.stall"] == Approx(20));
  CHECK(m["ledger_flop.useful"] == Approx(60));
  CHECK(m["ledger.peak_flop"] == Approx(200 * 3600 * 1e14));
  for (const std::string prefix : {"ledger.", "ledger_flop."}) {
    double sum = 0;
    for (const char* owner : kOwners) sum += m[prefix + owner];
    CHECK(sum == Approx(100).epsilon(1e-12));
  }
}

// Model FLOP on the buyer's own chips ("big") of all, by month: 0 of 1e25, 2e25 of 2e25, 0 of 1e25, 1e25 of 1e25.
TEST_CASE("domestic work: in all, by year, quarter and month, and from when on it is half") {
  const auto m = metrics();
  CHECK(m["work.domestic"] == Approx(60));
  CHECK(m["work.domestic.2026"] == Approx(100 * 2.0 / 3));
  CHECK(m["work.domestic.2026-Q4"] == Approx(100 * 2.0 / 3));
  CHECK(m["work.domestic.2027"] == Approx(50));
  CHECK(m["work.domestic.2027-Q1"] == Approx(50));
  CHECK(m["work.domestic.2026-11"] == 0);
  CHECK(m["work.domestic.2026-12"] == 100);
  CHECK(m["work.domestic.2027-02"] == 100);
  CHECK(m["work.domestic_from"] == 3);  // the third month has none
  // Half is enough: as much on the small chip in February.
  Facts f = example::facts();
  f.of<ServeChipMonth>().push_back({3, "feed", "small", 1, 1e25, 3600});
  CHECK(analysis::reduce(example::info(), {"a", "drawn", -1}, f)["work.domestic_from"] == 3);
  // A last month that does nothing ends the series.
  f = example::facts();
  f.of<TrainMonth>().back().model_flop = 0;
  CHECK(std::isinf(analysis::reduce(example::info(), {"a", "drawn", -1}, f)["work.domestic_from"]));
  // Nobody said where home is.
  auto info = example::info();
  info.home.clear();
  CHECK(std::isnan(analysis::reduce(info, {"a", "drawn", -1}, example::facts())["work.domestic"]));
  CHECK(std::isnan(analysis::reduce(info, {"a", "drawn", -1}, example::facts())["work.domestic_from"]));
}

TEST_CASE("the constraint with the greatest share binds a month") {
  const auto m = metrics();
  REQUIRE(m.binding.size() == 4);
  CHECK(m.binding[0].month == "2026-11");
  CHECK(m.binding[0].name == "production big");
  CHECK(m.binding[2].name == "power");
  CHECK(analysis::quarter_of("2026-03") == "2026-Q1");
  CHECK(analysis::quarter_of("2026-04") == "2026-Q2");
  CHECK(analysis::quarter_of("2026-12") == "2026-Q4");
}

TEST_CASE("two runs have the same metrics in the same order") {
  Facts nothing;
  nothing.of<ServeMonth>() = {{0, "feed", "asia", 0, 0, 0, 720, 0, 0, 0}};  // a service leaves rows for every month of every run
  const auto full = metrics(), empty = analysis::reduce(example::info(), {"b", "drawn", 3}, nothing);
  REQUIRE(full.values.size() == empty.values.size());
  for (size_t i = 0; i < full.values.size(); ++i) CHECK(full.values[i].id == empty.values[i].id);
  CHECK(std::isnan(empty["rec.served"]));
  CHECK(empty["serve.met"] == 1);  // no demand, none missed
}

TEST_CASE("facts of another study are refused, not counted") {
  const auto reduce = [](auto change) {
    Facts f = example::facts();
    change(f);
    return analysis::reduce(example::info(), {"a", "drawn", -1}, f);
  };
  CHECK_THROWS_AS(reduce([](Facts& f) { f.of<LedgerFact>()[0].chip = "unknown"; }), std::runtime_error);
  CHECK_THROWS_AS(reduce([](Facts& f) { f.of<LedgerFact>()[0].owner = "nobody"; }), std::runtime_error);
  CHECK_THROWS_AS(reduce([](Facts& f) { f.of<TrainMonth>()[0].month = 4; }), std::runtime_error);
}
