// The toy study against its README, which works it by hand.
#include <map>

#include "catch.hpp"
#include "house.hpp"

using namespace capmix;

namespace {

constexpr double kSecondsPerDay = 86400;

const JobFact& job_of(const Facts& f) {
  REQUIRE(f.of<JobFact>().size() == 1);
  return f.of<JobFact>().front();
}

std::map<std::string, double> ledger_days(const Facts& f) {
  std::map<std::string, double> out;
  for (const auto& row : f.of<LedgerFact>()) out[row.owner] += static_cast<double>(row.chip_seconds) / kSecondsPerDay;
  return out;
}

}  // namespace

TEST_CASE("toy: the job ends on the day worked out by hand") {
  const test::House house("toy/toy.toml");
  // Days from 1 January: online on day 80, then 100 days on Alpha; on Beta 60 at half speed and 170 at full.
  const auto expect = [&](const char* mix, double day) {
    const Facts f = house.facts({mix, house.worlds.study().outcomes.front().id, -1});
    INFO(mix);
    CHECK(job_of(f).state == "finished");
    CHECK(job_of(f).started == test::Approx(80 * kSecondsPerDay));
    CHECK(job_of(f).finished == test::Approx(day * kSecondsPerDay).margin(10));  // 4 ns more per step of 24 ms: 1.6 s in 100 days
    CHECK(job_of(f).tokens == test::Approx(17.69472e12));
  };
  const auto& mixes = house.worlds.study().mixes;
  REQUIRE(mixes.size() == 3);
  expect(mixes[0].id.c_str(), 180);
  expect(mixes[1].id.c_str(), 310);
  expect(mixes[2].id.c_str(), 310);
}

TEST_CASE("toy: the ledger is the one worked out by hand, and sums to every chip-second") {
  const test::House house("toy/toy.toml");
  const auto& study = house.worlds.study();
  const auto of = [&](size_t mix) { return house.facts({study.mixes[mix].id, study.outcomes.front().id, -1}); };
  auto alpha = ledger_days(of(0));
  CHECK(alpha["production"] == test::Approx(1888));
  CHECK(alpha["installation"] == test::Approx(672));
  CHECK(alpha["useful"] == test::Approx(3200).margin(1));
  CHECK(alpha["demand"] == test::Approx(5920).margin(1));
  auto beta = ledger_days(of(1));
  CHECK(beta["production"] == test::Approx(4672));
  CHECK(beta["power"] == test::Approx(4448));
  CHECK(beta["installation"] == test::Approx(1008));
  CHECK(beta["porting"] == test::Approx(960).margin(1));
  CHECK(beta["useful"] == test::Approx(6400).margin(1));
  CHECK(beta["demand"] == test::Approx(5872).margin(1));
  // Chips x 365 days, exactly, in whole chip-seconds.
  const int64_t chips[] = {32, 64, 48};
  for (size_t mix = 0; mix < 3; ++mix) {
    int64_t sum = 0;
    const Facts facts = of(mix);
    for (const auto& row : facts.of<LedgerFact>()) sum += row.chip_seconds;
    CHECK(sum == chips[mix] * 365 * 86400);
  }
}

TEST_CASE("toy: a step takes 24 ms on Alpha and 48 ms on Beta") {
  const test::House house("toy/toy.toml");
  for (const auto& [key, profile] : house.rates.front().rates) {
    INFO(profile.subject);
    REQUIRE(profile.feasible);
    const double expected = key.nodes.front().find("alpha") != std::string::npos ? 0.024 : 0.048;
    // README: a token takes as long as 491.52e6 FLOP of products at 0.6144 of the peak. Memory adds 4 ns.
    CHECK(profile.step.value() == test::Approx(expected).epsilon(1e-6));
    CHECK(profile.mfu == test::Approx(0.6144 * 466354176 / 491.52e6).epsilon(1e-6));
    REQUIRE(profile.parts.size() >= 2);
    CHECK(profile.parts[0].time.value() == test::Approx(expected * 386138112 / 491.52e6));  // matrix products
    CHECK(profile.parts[1].time.value() == test::Approx(expected * 105381888 / 491.52e6));  // attention
    Seconds sum;
    for (const auto& part : profile.parts) sum += part.time;
    CHECK(sum.value() == test::Approx(profile.step.value()));
  }
}

TEST_CASE("toy: what the README invites to try does what it says") {
  const auto finished = [](const test::House& h, size_t mix) {
    const auto& s = h.worlds.study();
    const Facts facts = h.facts({s.mixes[mix].id, s.outcomes.front().id, -1});
    return job_of(facts).finished / kSecondsPerDay;
  };
  CHECK(finished(test::House("toy/toy.toml", {"porting/two:family.llm-training.stage.runs.duration=110 days"}), 1) == test::Approx(340).margin(0.01));
  // 16 Alpha: 200 days from day 80.
  CHECK(finished(test::House("toy/toy.toml", {"training/job:campaign.job.chips=16"}), 2) == test::Approx(280).margin(0.01));
}
