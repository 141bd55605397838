// Logs of jobs on pods of the fleet, beside services and training.
#include "catch.hpp"
#include "fleet/job_policy.hpp"
#include "fleet/months.hpp"
#include "unit/fleet/fixture.hpp"
#include "unit/fleet/forked.hpp"

using namespace test;
using fleet::Months;

namespace {

const Date kStart = day(2026, 1, 1);
constexpr int64_t kDaySec = 86400;
constexpr double kHours = 3600;

JobLogWork& add_log(World& w, int chips, std::vector<JobSpec> jobs, const char* policy = "fifo") {
  JobLogWork log;
  log.id = "trace", log.chip = w.chip("fast"), log.chips = chips, log.policy = policy, log.jobs = std::move(jobs);
  return w.scenario.logs[w.scenario.logs.add(std::move(log))];
}

JobSpec job_of(double submit, double run, double chips) {
  JobSpec j;
  j.submit = submit, j.run = j.estimate = run, j.chips = chips;
  return j;
}

}  // namespace

TEST_CASE("A log runs on pods of its own, and its jobs wait for them") {
  // One pod of 2 nodes of 8 comes on January 11th. Two gangs of 16 for 100 h, and one of 4 chips, all submitted at the start: FIFO
  // has them from 240 h to 340, 440 and 445 h. Waits 240, 340 and 440 h.
  World w(day(2026, 3, 1));
  w.pod("fast", 16, day(2026, 1, 11));
  add_log(w, 16, {job_of(0, 100 * kHours, 16), job_of(0, 100 * kHours, 16), job_of(0, 5 * kHours, 4)});
  const Facts f = run(w);
  REQUIRE(f.of<LogMonth>().size() == 2);
  const LogMonth& january = f.of<LogMonth>()[0];
  CHECK(january.submitted == 3);
  CHECK(january.started == 3);
  CHECK(january.finished == 3);
  CHECK(january.wait == Approx((240 + 340 + 440) / 3.0 * kHours));
  CHECK(january.waiting + january.running == 0);
  CHECK(january.chips == Approx(16 * 21.0 / 31));
  CHECK(january.held == Approx((16 * 200 + 4 * 5) / (31 * 24.0)));
  // Of 16 chips: 200 h and 4 of them for 5 h in jobs; nobody waited while chips were idle.
  const int64_t held = (16 * 200 + 4 * 5) * 3600, had = 16 * (31 + 28 - 10) * kDaySec;
  CHECK(owned(f, "useful", "fast", "trace") == held);
  CHECK(owned(f, "demand", "fast", "trace") == had - held);
  CHECK(owned(f, "*", "fast") == had);
}

TEST_CASE("Chips that are idle while a gang waits for more are in the queue") {
  // 8 of 16 chips for ten days; the gang of 16 behind it waits for all of them, as FIFO lets nobody pass.
  World w(day(2026, 2, 1));
  w.pod("fast", 16, kStart);
  add_log(w, 16, {job_of(0, 240 * kHours, 8), job_of(kHours, 24 * kHours, 16)});
  const Facts f = run(w);
  CHECK(owned(f, "queue", "fast", "trace") == 8 * 239 * 3600);
  CHECK(owned(f, "useful", "fast", "trace") == (8 * 240 + 16 * 24) * 3600);
}

TEST_CASE("Jobs on a pod that retires wait again and keep what they have done") {
  // Two pods of 8, one until January 6th. Two jobs of 8 chips for ten days: the one that has to go has done five, and
  // does the other five when the first is through, from the 11th to the 16th.
  World w(day(2026, 2, 1));
  w.pod("fast", 8, kStart);
  w.pod("fast", 8, kStart).retires = day(2026, 1, 6);
  add_log(w, 16, {job_of(0, 240 * kHours, 8), job_of(0, 240 * kHours, 8)});
  const Facts f = run(w);
  CHECK(f.of<LogMonth>()[0].finished == 2);
  CHECK(owned(f, "useful", "fast", "trace") == 2 * 8 * 240 * 3600);
  CHECK(f.of<LogMonth>()[0].chips == Approx((8 * 31 + 8 * 5) / 31.0));
  CHECK(owned(f, "*", "fast") == 8 * (31 + 5) * kDaySec);
}

TEST_CASE("Services come before a log, and a log before training; it takes no more than it may") {
  // Four pods: one serves, two are the log's, one trains.
  World w(day(2026, 2, 1));
  for (int i = 0; i < 4; ++i) w.pod("fast", 8, kStart);
  w.service("rec", 100);
  w.rate("rec", {"fast"}, 100);
  w.campaign("train", 8, 1e12);
  w.rate("train", {"fast"}, 1000);
  add_log(w, 20, {job_of(0, 31 * 24 * kHours, 16)}, "easy");
  const Facts f = run(w);
  CHECK(owned(f, "*", "fast", "rec") == 8 * 31 * kDaySec);
  CHECK(owned(f, "useful", "fast", "trace") == 16 * 31 * kDaySec);
  CHECK(owned(f, "*", "fast", "train") == 8 * 31 * kDaySec);
  CHECK(f.of<LogMonth>()[0].running + f.of<LogMonth>()[0].finished == 1);
}

TEST_CASE("A log without a pod waits, and one without chips of its kind does too") {
  World w(day(2026, 2, 1));
  w.pod("slow", 8, kStart);
  add_log(w, 8, {job_of(0, 3600, 8)});
  const Facts f = run(w);
  CHECK(f.of<LogMonth>()[0].submitted == 1);
  CHECK(f.of<LogMonth>()[0].finished == 0);
  CHECK(owned(f, "*", "fast") == 0);
}

TEST_CASE("Every policy runs a log of the fleet and loses no chip-second") {
  for (const auto& policy : fleet::job_policies()) {
    World w(day(2026, 3, 1));
    w.pod("fast", 16, kStart);
    w.pod("fast", 16, day(2026, 1, 5));
    w.pod("fast", 12, day(2026, 1, 7), "west").retires = day(2026, 2, 3);
    std::vector<JobSpec> jobs;
    double work = 0;
    for (int i = 0; i < 200; ++i) {
      JobSpec j = job_of(i * 1800.0, 600.0 * (1 + i * 7 % 41), i % 9 == 0 ? 16 : i % 3 == 0 ? 0.5 : 1 + i % 5);
      j.tenant = i % 3, j.priority = i % 2, j.least = j.chips >= 2 ? 1 : j.chips, j.most = j.chips;
      work += j.run * j.chips;
      jobs.push_back(j);
    }
    add_log(w, 44, jobs, policy.name.c_str());
    const Facts f = run(w);
    CAPTURE(policy.name);
    int64_t finished = 0;
    for (const auto& m : f.of<LogMonth>()) finished += m.finished;
    CHECK(finished == 200);
    CHECK(static_cast<double>(owned(f, "useful", "fast", "trace")) == Approx(work).epsilon(1e-3));
    CHECK(owned(f, "*", "fast") == (16 * 59 + 16 * 55 + 12 * 27) * kDaySec);
  }
}

namespace {

// Nodes fail every `days` days each and are back after `repair` days.
Id<Failures> add_failures(World& w, double days, double repair, Blast blast = Blast::node) {
  Failures f;
  f.id = "model";
  FailureCause c;
  c.id = "all", c.per = FailureUnit::node, c.between = Seconds(days * 86400), c.blast = blast, c.repair.range = Uncertain<Seconds>(Seconds(repair * 86400));
  f.causes = {c};
  return w.scenario.failures.add(f);
}

}  // namespace

TEST_CASE("Nodes of a log fail and are repaired; what that takes is lost to failure, and no chip-second is lost from sight") {
  // 20 nodes of 8 for 365 days, each failing every 100 days of service and repaired in 2: 365 x 20 / 102 = 71.6 strikes, of which 99.9 %
  // of Poisson counts lie within 44 to 101; 2 / 102 of the chips are under repair. A job of one node for 300 days is struck about
  // three times and does again at most an hour's work each time.
  World w;
  w.pod("fast", 160, kStart);
  std::vector<JobSpec> jobs;
  for (int i = 0; i < 18; ++i) jobs.push_back(job_of(0, 300 * 24 * kHours, 8));
  JobLogWork& log = add_log(w, 160, jobs);
  log.failures = add_failures(w, 100, 2), log.checkpoint = Seconds(3600);
  const Facts f = run(w);
  int64_t strikes = 0, finished = 0;
  double again = 0, down = 0;
  for (const auto& m : f.of<LogMonth>()) {
    strikes += m.strikes, finished += m.finished, again += m.again;
    const Months months(w.scenario.study.timeline);
    down += m.down * static_cast<double>(months.end(static_cast<int>(m.month)) - months.begin(static_cast<int>(m.month)));
  }
  CHECK(strikes >= 44);
  CHECK(strikes <= 101);
  CHECK(finished == 18);
  CHECK(again > 0);
  CHECK(again <= 8 * 3600.0 * static_cast<double>(strikes));
  CHECK(down == Approx(static_cast<double>(strikes) * 8 * 2 * kDaySec).epsilon(0.05));  // some are under repair at the end
  const int64_t all = 160 * 365 * kDaySec;
  CHECK(owned(f, "*", "fast") == all);
  CHECK(static_cast<double>(owned(f, "failure", "fast", "trace")) == Approx(down + again).epsilon(1e-6));
  // What the jobs did, once.
  CHECK(static_cast<double>(owned(f, "useful", "fast", "trace")) == Approx(18 * 8 * 300.0 * kDaySec).epsilon(1e-6));
}

TEST_CASE("A blast of the pod takes all of it, and the same seed the same strikes") {
  const auto once = [](uint64_t seed) {
    World w;
    w.scenario.study.seed = seed;
    w.pod("fast", 80, kStart);
    JobLogWork& log = add_log(w, 80, {job_of(0, 200 * 24 * kHours, 8)});
    log.failures = add_failures(w, 300, 1, Blast::pod), log.checkpoint = Seconds(0);
    const Facts f = run(w);
    int64_t strikes = 0;
    for (const auto& m : f.of<LogMonth>()) strikes += m.strikes;
    CHECK(strikes % 10 == 0);   // all ten nodes at once
    CHECK(owned(f, "*", "fast") == 80 * 365 * kDaySec);
    CHECK(static_cast<double>(owned(f, "useful", "fast", "trace")) == Approx(8 * 200.0 * kDaySec));  // checkpoints at every moment: nothing is done again
    return strikes;
  };
  CHECK(once(1) == once(1));
  CHECK(once(1) > 0);
}
