// Training in a small world; every second is derived by hand.
#include "catch.hpp"
#include "unit/fleet/fixture.hpp"
#include "unit/fleet/forked.hpp"

using namespace test;

namespace {

const Date kStart = day(2026, 1, 1);
constexpr int64_t kDaySec = 86400;

// Runs and checks nothing but states.
std::string state(const Facts& f, const std::string& id) { return job(f, id).state; }

}  // namespace

TEST_CASE("One job on one pod ends at the second that the rate gives") {
  // 1000 tokens/s from second 0; 1,000,000,001 tokens take 1,000,000.001 s, rounded up to 1,000,001.
  World w;
  w.pod("fast", 16, kStart);
  w.pod("slow", 16, kStart);
  w.campaign("flagship", 16, 1'000'000'001);
  w.rate("flagship", {"fast"}, 1000);
  const Facts f = run(w);
  const JobFact& j = job(f, "flagship-0001");
  CHECK(j.state == "finished");
  CHECK(j.chips == "fast x 16");
  CHECK(j.submitted == 0);
  CHECK(j.started == 0);
  CHECK(j.finished == 1'000'001);
  CHECK(j.tokens == 1'000'000'001);
  // Held: 16 x 1,000,001 chip-seconds, a quarter of them stalled (exactly 4,000,004).
  CHECK(owned(f, "*", "fast", "flagship") == 16 * 1'000'001);
  CHECK(owned(f, "stall", "fast", "flagship") == 4'000'004);
  CHECK(owned(f, "useful", "fast", "flagship") == 12'000'012);
  REQUIRE(f.of<TrainMonth>().size() == 1);
  CHECK(f.of<TrainMonth>()[0].chip_seconds == 16 * 1'000'001);
  CHECK(f.of<TrainMonth>()[0].model_flop == Approx(10 * 1'000'000'001.0));
  // The other chip has no rate: one fact, and no work.
  REQUIRE(f.of<MissingRate>().size() == 1);
  CHECK(f.of<MissingRate>()[0].workload == "flagship");
  CHECK(f.of<MissingRate>()[0].chip == "slow");
  CHECK(owned(f, "demand", "slow") == 16 * 365 * kDaySec);
}

TEST_CASE("A rate that is not feasible gives its reason and is never used") {
  World w;
  w.pod("fast", 16, kStart);
  w.campaign("flagship", 16, 1e6);
  auto& p = w.rate("flagship", {"fast"}, 1000);
  p.feasible = false, p.reason = "needs 90 GB of 80 GB";
  const Facts f = run(w);
  REQUIRE(f.of<MissingRate>().size() == 1);
  CHECK(f.of<MissingRate>()[0].reason == "fast-node in net: needs 90 GB of 80 GB");
  CHECK(state(f, "flagship-0001") == "waiting");
  CHECK(job(f, "flagship-0001").waits_for == "no rate on fast: fast-node in net: needs 90 GB of 80 GB");
  CHECK(f.of<TrainMonth>().empty());
}

TEST_CASE("Work splits at the month's end") {
  // January has 2,678,400 s; 3e9 tokens at 1000/s take 3,000,000 s: 321,600 s in February.
  World w;
  w.pod("fast", 16, kStart);
  w.campaign("flagship", 16, 3e9);
  w.rate("flagship", {"fast"}, 1000);
  const Facts f = run(w);
  REQUIRE(f.of<TrainMonth>().size() == 2);
  CHECK(f.of<TrainMonth>()[0].tokens == Approx(2'678'400e3));
  CHECK(f.of<TrainMonth>()[1].tokens == Approx(321'600e3));
  CHECK(f.of<TrainMonth>()[1].chip_seconds == 16 * 321'600);
  CHECK(job(f, "flagship-0001").finished == 3'000'000);
}

TEST_CASE("No work before its port is functional, and a port's step changes the speed of a running job") {
  // Functional at 0.5 from day 59 (1 March), 1.0 from day 69. 864e6 tokens at 1000/s: 10 days x 86400 x 500 =
  // 432e6, the other 432e6 at 1000/s take 5 days: the end is day 74.
  World w;
  w.pod("slow", 16, kStart);
  w.campaign("flagship", 16, 864e6);
  w.rate("flagship", {"slow"}, 1000);
  w.port("llm-training", {{day(2026, 3, 1), 0.5}, {day(2026, 3, 11), 1.0}});
  const Facts f = run(w);
  CHECK(job(f, "flagship-0001").submitted == 0);
  CHECK(job(f, "flagship-0001").started == 59 * kDaySec);
  CHECK(job(f, "flagship-0001").finished == 74 * kDaySec);
  for (const auto& m : f.of<TrainMonth>()) CHECK(m.month == 2);
  // Until then the chips wait for the port; later half of 10 days belongs to it, too.
  CHECK(owned(f, "porting", "slow") == 16 * 59 * kDaySec + 16 * 5 * kDaySec);
  CHECK(owned(f, "demand", "slow") == 16 * (365 - 74) * kDaySec);
  CHECK(owned(f, "stall") == 16 * 10 * kDaySec / 4);  // 5 mature-equivalent days and 5 days
}

TEST_CASE("A port that is rolled back stops its gangs; they go on when it is done again") {
  // 1000 tokens/s from day 0; not functional from day 10 to day 30, then at half speed. 1,728e6 tokens: 864e6 by day 10,
  // the other 864e6 at 500/s take 20 days: the end is day 50. The slow chips wait 20 days for the port, and lose 10 of the
  // 20 after it.
  World w;
  w.pod("slow", 16, kStart);
  w.campaign("flagship", 16, 1728e6);
  w.rate("flagship", {"slow"}, 1000);
  w.port("llm-training", {{kStart, 1.0}, {day(2026, 1, 11), 0}, {day(2026, 1, 31), 0.5}});
  const Facts f = run(w);
  CHECK(job(f, "flagship-0001").started == 0);
  CHECK(job(f, "flagship-0001").finished == 50 * kDaySec);
  CHECK(job(f, "flagship-0001").tokens == 1728e6);
  CHECK(owned(f, "porting", "slow") == 16 * (20 + 10) * kDaySec);
  double tokens = 0;
  for (const auto& row : f.of<TrainMonth>()) tokens += row.tokens;
  CHECK(tokens == Approx(1728e6));
}

TEST_CASE("A port that is abandoned sends its gang to other chips, with what is left to do") {
  // 864e6 of 1,728e6 tokens in 10 days on the slow chips; the fast ones come on day 31 (1 February) and do the rest at
  // 2000/s in 5 days. From day 10 on the slow chips lack nothing but the port, until nothing waits for them.
  World w;
  w.pod("slow", 16, kStart);
  w.pod("fast", 16, day(2026, 2, 1));
  w.campaign("flagship", 16, 1728e6);
  w.rate("flagship", {"slow"}, 1000);
  w.rate("flagship", {"fast"}, 2000);
  w.port("llm-training", {{kStart, 1.0}, {day(2026, 1, 11), 0}});
  const Facts f = run(w);
  CHECK(job(f, "flagship-0001").finished == 36 * kDaySec);
  CHECK(job(f, "flagship-0001").chips == "fast x 16");
  CHECK(owned(f, "porting", "slow", "flagship") == 16 * 21 * kDaySec);
  CHECK(owned(f, "*", "slow") == 16 * 365 * kDaySec);
}

TEST_CASE("A port that falls slows a running gang, and its end is later") {
  // 864e6 tokens at 1000/s would end on day 10. A regression halves the rate from day 5 to day 15: 432e6 by day 5,
  // 432e6 in the 10 days after it. A wake-up at the old end changes nothing.
  World w;
  w.pod("slow", 16, kStart);
  w.campaign("flagship", 16, 864e6);
  w.rate("flagship", {"slow"}, 1000);
  w.port("llm-training", {{kStart, 1.0}, {day(2026, 1, 6), 0.5}, {day(2026, 1, 16), 1.0}});
  const Facts f = run(w);
  CHECK(job(f, "flagship-0001").finished == 15 * kDaySec);
  CHECK(owned(f, "porting", "slow", "flagship") == 16 * 5 * kDaySec);
}

TEST_CASE("A port that never becomes functional is named") {
  World w;
  w.pod("slow", 16, kStart);
  w.campaign("flagship", 16, 1e6);
  w.rate("flagship", {"slow"}, 1000);
  w.port("llm-training", {});
  const Facts f = run(w);
  CHECK(state(f, "flagship-0001") == "waiting");
  CHECK(job(f, "flagship-0001").waits_for == "port cann/llm-training not functional");
  CHECK(f.of<TrainMonth>().empty());
  CHECK(owned(f, "porting", "slow", "flagship") == owned(f, "*"));
}

TEST_CASE("No gang below its size, and none across sites") {
  World w;
  w.pod("fast", 8, kStart);
  w.pod("fast", 8, kStart, "west");
  w.campaign("flagship", 16, 1e6);
  w.rate("flagship", {"fast"}, 1000);
  const Facts f = run(w);
  CHECK(job(f, "flagship-0001").waits_for == "no 16 free chips of one kind at one site; most: 8 fast at east");
  CHECK(owned(f, "queue", "fast", "flagship") == owned(f, "*"));

  w.pod("fast", 8, day(2026, 1, 11));
  CHECK(job(run(w), "flagship-0001").started == 10 * kDaySec);  // two pods of 8 at one site
}

TEST_CASE("The faster chip is taken when both are free") {
  World w;
  w.pod("slow", 16, kStart);
  w.pod("fast", 16, kStart);
  w.campaign("flagship", 16, 1e6);
  w.rate("flagship", {"slow"}, 400);
  w.rate("flagship", {"fast"}, 1000);
  CHECK(job(run(w), "flagship-0001").chips == "fast x 16");
  w.rate("flagship", {"slow"}, 2000);
  CHECK(job(run(w), "flagship-0001").chips == "slow x 16");
  w.scenario.campaigns[w.scenario.campaigns.id_at(0)].parts[0].any_of = {w.chip("fast")};
  CHECK(job(run(w), "flagship-0001").chips == "fast x 16");
}

TEST_CASE("A gang of two suppliers runs at the capacity-weighted mean of its ports") {
  // Batch shares 0.75 and 0.25; the second port is at 0.5 from day 31 on: 0.75 + 0.125 = 0.875, so 875 tokens/s and
  // 875e6 tokens in 1,000,000 s. Of the tokens 0.125 / 0.875 = 1/7 is done on the slow chips.
  World w;
  w.pod("fast", 8, kStart);
  w.pod("slow", 8, kStart);
  auto& c = w.campaign("span", 0, 875e6);
  c.parts = {{{w.chip("fast")}, 8}, {{w.chip("slow")}, 8}};
  auto& p = w.rate("span", {"fast", "slow"}, 1000);
  p.groups = {{"fast", 8, 0.75}, {"slow", 8, 0.25}};
  w.port("llm-training", {{day(2026, 2, 1), 0.5}});
  const Facts f = run(w);
  const JobFact& j = job(f, "span-0001");
  CHECK(j.chips == "fast x 8 + slow x 8");
  CHECK(j.started == 31 * kDaySec);
  CHECK(j.finished == 31 * kDaySec + 1'000'000);
  REQUIRE(f.of<TrainMonth>().size() == 2);
  CHECK(f.of<TrainMonth>()[0].tokens == Approx(750e6));
  CHECK(f.of<TrainMonth>()[1].tokens == Approx(125e6));
  // Only the slow chips lose time to the port: half of theirs, besides the wait of both.
  CHECK(owned(f, "porting", "slow", "span") == 8 * 31 * kDaySec + 4'000'000);
  CHECK(owned(f, "porting", "fast", "span") == 8 * 31 * kDaySec);
}

TEST_CASE("Parts at different sites only when no site has both") {
  World w;
  w.pod("fast", 8, kStart);
  w.pod("slow", 8, kStart, "west");
  auto& c = w.campaign("span", 0, 1e6);
  c.parts = {{{w.chip("fast")}, 8}, {{w.chip("slow")}, 8}};
  w.rate("span", {"fast", "slow"}, 1000);
  CHECK(job(run(w), "span-0001").started == 0);
  w.pod("slow", 8, day(2026, 1, 11));  // from now on the plan has a site with both: the job waits for it
  CHECK(job(run(w), "span-0001").started == 10 * kDaySec);
}

TEST_CASE("A large gang is not starved by small jobs that take each pod as it comes") {
  // Pods of 8 on days 0 and 10. The small jobs take 5 days each on 8 chips: two of them fit before the large
  // gang can start on day 10, and no more.
  World w;
  w.pod("fast", 8, kStart);
  w.pod("fast", 8, day(2026, 1, 11));
  w.campaign("small", 8, 5 * 86400 * 1000.0).runs = 0;
  w.campaign("large", 16, 1e12, 10);
  w.rate("small", {"fast"}, 1000);
  w.rate("large", {"fast"}, 1000);
  const Facts f = run(w);
  CHECK(job(f, "large-0001").started == 10 * kDaySec);
  CHECK(job(f, "large-0001").state == "running");
  CHECK(job(f, "small-0001").finished == 5 * kDaySec);
  CHECK(job(f, "small-0002").finished == 10 * kDaySec);
  CHECK(job(f, "small-0003").state == "waiting");  // runs = 0: one waits at the end
  CHECK(f.of<JobFact>().size() == 4);
}

TEST_CASE("A small job that would end too late is told so") {
  // The pod of day 10 makes the large gang possible; the small job would take 20 days, and the horizon comes first.
  World w(day(2026, 1, 13));
  w.pod("fast", 8, kStart);
  w.pod("fast", 8, day(2026, 1, 11));
  w.campaign("small", 8, 20 * 86400 * 1000.0);
  w.campaign("large", 16, 1e12, 10);
  w.rate("small", {"fast"}, 1000);
  w.rate("large", {"fast"}, 1000);
  const Facts f = run(w);
  CHECK(job(f, "large-0001").started == 10 * kDaySec);
  CHECK(job(f, "small-0001").waits_for == "no 8 free chips of one kind at one site; most: 0 fast at east");
  CHECK(owned(f, "queue", "fast", "large") == 8 * 10 * kDaySec);

  // A third pod on day 11 makes a still larger gang possible, of higher priority: now the large one is held back.
  w.campaign("huge", 24, 1e12, 20);
  w.rate("huge", {"fast"}, 1000);
  w.pod("fast", 8, day(2026, 1, 12));
  const Facts g = run(w);
  CHECK(job(g, "huge-0001").started == 11 * kDaySec);
  CHECK(job(g, "large-0001").state == "waiting");
}

TEST_CASE("Runs of a campaign go side by side and one after the other") {
  // 3 runs of one day on 8 of 16 chips: two at once, the third on day 1.
  World w;
  w.pod("fast", 16, kStart);
  w.campaign("stream", 8, 86400 * 1000.0).runs = 3;
  w.rate("stream", {"fast"}, 1000);
  const Facts f = run(w);
  CHECK(job(f, "stream-0001").finished == kDaySec);
  CHECK(job(f, "stream-0002").finished == kDaySec);
  CHECK(job(f, "stream-0003").started == kDaySec);
  CHECK(job(f, "stream-0003").finished == 2 * kDaySec);
}

TEST_CASE("A campaign waits for its earliest date") {
  World w;
  w.pod("fast", 16, kStart);
  w.campaign("later", 16, 1e6).earliest = day(2026, 1, 21);
  w.campaign("beyond", 16, 1e6).earliest = day(2030, 1, 1);
  w.rate("later", {"fast"}, 1000);
  w.rate("beyond", {"fast"}, 1000);
  const Facts f = run(w);
  CHECK(job(f, "later-0001").submitted == 20 * kDaySec);
  CHECK(job(f, "later-0001").started == 20 * kDaySec);
  CHECK(job(f, "beyond-0001").waits_for == "not before 2030-01-01");
}

TEST_CASE("A job on chips that retire waits again with what is left") {
  // 1000 tokens/s on the old pod until day 10, the rest of 20 days' work on the pod of day 15: the end is day 25.
  World w;
  w.pod("fast", 8, kStart).retires = day(2026, 1, 11);
  w.pod("fast", 8, day(2026, 1, 16));
  w.campaign("flagship", 8, 20 * 86400 * 1000.0);
  w.rate("flagship", {"fast"}, 1000);
  const Facts f = run(w);
  CHECK(job(f, "flagship-0001").started == 0);
  CHECK(job(f, "flagship-0001").finished == 25 * kDaySec);
  CHECK(owned(f, "*", "fast") == 8 * 10 * kDaySec + 8 * 350 * kDaySec);
  for (const auto& m : f.of<FleetMonth>()) CHECK(m.online == 8);  // at no month's end both
}

TEST_CASE("Failures cost their expected share of the time") {
  // 16 chips with 192,000 s each per interruption: MTBF 12,000 s. Checkpoints of 0 B cost nothing, so only the
  // restart of 600 s is lost: g = 1 / (1 + 600 / 12000) = 1 / 1.05.
  World w;
  w.scenario.chips[w.chip("fast")].interruption = Seconds(192'000);
  w.pod("fast", 16, kStart);
  w.campaign("flagship", 16, 1e9).checkpoint = Bytes(0);
  w.rate("flagship", {"fast"}, 1050);
  const Facts f = run(w);
  CHECK(job(f, "flagship-0001").finished == 1'000'000);  // 1000 tokens/s are left
  CHECK(static_cast<double>(owned(f, "failure")) == Approx(16e6 * (1 - 1 / 1.05)).margin(1));
}

TEST_CASE("Checkpoints cost what the profile says: stall, flush and loading") {
  // MTBF 12,000 s. A stall of 60 s: an interval of sqrt(2 x 60 x 12000) = 1200 s, and an overhead of 60 / 1200 + (600 + 600) / 12000 =
  // 0.05 + 0.05 + 0.05. Loading for 240 s: 0.02 more. A flush of 1800 s is longer than the interval, which becomes that:
  // 60 / 1800 + (900 + 1800 + 600 + 240) / 12000 = 1/30 + 0.295.
  World w;
  w.scenario.chips[w.chip("fast")].interruption = Seconds(192'000);
  w.pod("fast", 16, kStart);
  w.campaign("flagship", 16, 1e9);
  auto& profile = w.rate("flagship", {"fast"}, 1150);
  profile.checkpoint.stall = Seconds(60);
  CHECK(job(run(w), "flagship-0001").finished == Approx(1'000'000).margin(1));
  profile.units = 1170, profile.checkpoint.reload = Seconds(240);
  CHECK(job(run(w), "flagship-0001").finished == Approx(1'000'000).margin(1));
  profile.units = 1000 * (1 + 1.0 / 30 + 0.295), profile.checkpoint.flush = Seconds(1800);
  CHECK(job(run(w), "flagship-0001").finished == Approx(1'000'000).margin(1));
}
