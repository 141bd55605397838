// What jobs do whose work a rate table knows: run times from steps, and gangs over several pods.
#include "fleet/log_rates.hpp"

#include <cmath>

#include "catch.hpp"
#include "fleet/job_policy.hpp"
#include "fleet/scheduler.hpp"
#include "unit/fleet/fixture.hpp"
#include "unit/fleet/forked.hpp"

using namespace test;
using fleet::LogRates, fleet::PartPlace, fleet::log_rates;

namespace {

const PartPlace kFast{"fast", "fast-node", "net"}, kSlow{"slow", "slow-node", "net"};

StepProfile step_of(double seconds, std::vector<std::pair<int, double>> by_pods = {}) {
  StepProfile p;
  p.feasible = true;
  p.step = Seconds(seconds), p.by_pods = std::move(by_pods);
  return p;
}
StepProfile none(const std::string& reason) {
  StepProfile p;
  p.reason = reason;
  return p;
}

// A log of one work, "small".
JobLogWork log_of(std::vector<JobSpec> jobs) {
  JobLogWork log;
  log.id = "trace";
  log.works.emplace_back().id = "small";
  log.jobs = std::move(jobs);
  return log;
}
JobSpec job_of(double chips, double steps, double run = 0, double estimate = 0) {
  JobSpec j;
  j.chips = chips, j.steps = steps, j.work = 0, j.run = run, j.estimate = estimate;
  return j;
}
RateTable table_of(const PartPlace& at, const std::vector<std::pair<int, StepProfile>>& widths) {
  RateTable t;
  for (const auto& [chips, p] : widths) t.rates[{"trace/small", {at.node}, at.fabric, chips}] = p;
  return t;
}

}  // namespace

TEST_CASE("a job runs for its steps, each as long as its width's") {
  // 1,000 steps of 2 s on 8 chips and of 1 s on 16. 11.3 chips are half way in the logarithms: sqrt(2) s. What the log says
  // of the run time (500 s) is forgotten, and the estimate of twice as much is of twice the new one.
  const auto table = table_of(kFast, {{8, step_of(2)}, {16, step_of(1)}});
  auto log = log_of({job_of(8, 1000), job_of(16, 1000, 500, 1000), job_of(std::sqrt(8.0 * 16), 1000)});
  log.guess = 3;
  const LogRates r = log_rates(log, {kFast}, table);
  CHECK(r.jobs[0].run == 2000);
  CHECK(r.jobs[0].estimate == 6000);
  CHECK(r.jobs[1].run == 1000);
  CHECK(r.jobs[1].estimate == 2000);
  CHECK(r.jobs[2].run == Approx(1000 * std::sqrt(2.0)));
  CHECK(r.by_steps == 3);
  CHECK(r.missing.empty());
}

TEST_CASE("on parts of other chips a job runs at the ratio of their steps") {
  auto table = table_of(kFast, {{8, step_of(2)}, {16, none("does not fit")}});
  table.rates.merge(table_of(kSlow, {{8, step_of(5)}, {16, step_of(3)}}).rates);
  const LogRates r = log_rates(log_of({job_of(8, 100), job_of(16, 100)}), {kFast, kSlow}, table);
  CHECK(r.jobs[0].run == 200);
  CHECK(r.jobs[0].rates == std::vector{1.0, 0.4});
  CHECK(r.jobs[1].run == 300);
  CHECK(r.jobs[1].rates == std::vector{0.0, 1.0});
}

TEST_CASE("a width without a rate runs by duration or not at all, and is counted") {
  const auto table = table_of(kFast, {{8, none("needs 3 TB per chip")}, {16, step_of(1)}});
  const LogRates r = log_rates(log_of({job_of(8, 100, 777, 777), job_of(8, 100), job_of(12, 100), job_of(16, 100)}), {kFast, kFast}, table);
  CHECK(r.by_steps == 1);
  CHECK(r.by_duration == 1);
  CHECK(r.refused == 2);
  CHECK(r.jobs[0].run == 777);
  CHECK(r.jobs[0].rates.empty());
  CHECK(r.jobs[1].rates == std::vector{0.0, 0.0});
  REQUIRE(r.missing.size() == 1);  // two parts of one kind
  CHECK(r.missing[0].workload == "trace/small");
  CHECK(r.missing[0].chip == "fast");
  CHECK(r.missing[0].reason == "gangs of 8 chips on fast-node in net: needs 3 TB per chip; jobs that run as long as their log says, at its ratio: 1; jobs of which it says nothing else, refused: 2");
}

TEST_CASE("gangs whose spans alone are asked for, and whose width has no rate, are told") {
  const auto reason = [](const std::vector<std::pair<int, StepProfile>>& widths) {
    const LogRates r = log_rates(log_of({job_of(16, 0, 100), job_of(32, 0, 100)}), {kFast}, table_of(kFast, widths));
    CHECK(r.jobs[0].run == 100);
    return r.missing.empty() ? "" : r.missing[0].reason;
  };
  CHECK(reason({{16, step_of(1, {{2, 0.5}})}, {32, step_of(1)}}) == "");
  CHECK(reason({{16, none("too small")}, {32, step_of(1)}}) == "gangs of 16 chips on fast-node in net: too small; jobs whose gangs, over pods, are as at the nearest width that runs, at most: 2");
  CHECK(reason({{16, none("too small")}, {32, none("too small")}}) == "gangs of 16, 32 chips on fast-node in net: too small; jobs whose gangs, over pods, run as inside one: 2");
}

TEST_CASE("a scheduler runs a gang over pods at the rate of its work, and one without a work at the spine's") {
  // Two pods of a node each. 16 chips lie over both: 100 s of work at 0.8 are 125 s; at the spine's 0.5 200 s, behind it.
  const auto table = table_of(kFast, {{16, step_of(1, {{2, 0.8}})}});
  auto log = log_of({job_of(16, 0, 100, 100), job_of(16, 0, 100, 100)});
  log.jobs[1].work = -1;
  LogRates r = log_rates(log, {kFast}, table);
  CHECK(r.by_steps == 0);
  fleet::Scheduler s({{"all", 2, 1, 8}}, r.jobs, fleet::find_job_policy("fifo")->make(), {0.5, 0, r.gangs});
  fleet::run_alone(s);
  const Schedule done = s.take();
  CHECK(done.jobs[0].end == Approx(125));
  CHECK(done.jobs[1].end == Approx(325));
}

TEST_CASE("a log in a fleet reads the rate table: steps, pods, and what is missing") {
  // Pods of 2 nodes: the gang of 32 chips spans two of them, 3,600 steps of 2 s at 0.5 are 4 h; the one of 16 fits none, and
  // runs as long as its log says, 1 h. Held: 32 x 4 + 16 = 144 chip-hours.
  World w(day(2026, 2, 1));
  w.pod("fast", 16, day(2026, 1, 1));
  w.pod("fast", 16, day(2026, 1, 1));
  JobLogWork log = log_of({job_of(32, 3600), job_of(16, 3600, 3600, 3600)});
  log.chip = w.chip("fast"), log.chips = 32, log.policy = "fifo";
  w.scenario.logs.add(log);
  w.rates = table_of(kFast, {{16, none("does not fit")}, {32, step_of(2, {{2, 0.5}})}});
  const Facts f = run(w);
  CHECK(owned(f, "useful", "fast", "trace") == 144 * 3600);
  REQUIRE(f.of<MissingRate>().size() == 1);
  CHECK(f.of<MissingRate>()[0].workload == "trace/small");
}
