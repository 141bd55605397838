// Schedules that were worked by hand, and what is told of them.
#include <cmath>

#include "base/draw.hpp"
#include "engine/isolate.hpp"
#include "schedules.hpp"

using namespace capmix;
using test::ends, test::job, test::scheduled, test::starts;

namespace {

using Times = std::vector<double>;
const std::vector<ClusterPart> kFour{{"a", 1, 4, 1}};

// A 2 chips for 10 s; B 3 for 5; C 1 for 20; D 1 for 8; E 1 for 6.
std::vector<JobSpec> five() { return {job(0, 2, 10), job(1, 3, 5), job(2, 1, 20), job(3, 1, 8), job(4, 1, 6)}; }

}  // namespace

// B does not fit beside A. When A ends at 10, B and one of the others do; the last two when B ends at 15.
TEST_CASE("first in, first out, by hand") {
  CHECK(starts(scheduled("fifo", kFour, five())) == Times{0, 10, 10, 15, 15});
}

// B has a reservation at 10, when 4 chips are free and it takes 3: 1 is left over. C stays beyond 10 and uses that one, from 2 on. D would end
// at 11 and there is none left over: it waits. E ends at 10 and may start at 4. At 10 A and E give back 3, which B takes until 15; then D.
TEST_CASE("EASY, by hand") {
  const auto s = scheduled("easy", kFour, five());
  CHECK(starts(s) == Times{0, 10, 2, 15, 4});
  CHECK(ends(s) == Times{10, 15, 22, 23, 10});
}

// A was asked for 10 s and ends at 6, and so does C, that had begun at 2: B starts then. Of five(), C and E are in B's way at 6, so it is due at 10 with
// all 3 chips that C leaves: D, until 14, must wait.
TEST_CASE("EASY with estimates: a job that ends early moves the reservation") {
  CHECK(starts(scheduled("easy", kFour, {job(0, 3, 6, 10), job(1, 4, 5), job(2, 1, 4)})) == Times{0, 6, 2});
  auto jobs = five();
  jobs[0].run = 6, jobs[0].estimate = 10;
  CHECK(starts(scheduled("easy", kFour, jobs)) == Times{0, 10, 2, 15, 4});
}

// A was asked for 5 s and takes 10. From 5 on it is expected to end at once, so that C, of 3 s, would be in B's way.
TEST_CASE("EASY with estimates: a job that outruns its own holds up who would be in the way") {
  CHECK(starts(scheduled("easy", kFour, {job(0, 3, 10, 5), job(1, 4, 5), job(6, 1, 3)})) == Times{0, 10, 15});
}

// Two nodes of 2 chips. A and B share the first, until 10 and 4. C needs both whole, at 10. D takes one chip for 20 s and would keep a node from it;
// E is the second node until 10 and may.
TEST_CASE("EASY counts nodes that are shared as free when the last job has left them") {
  const auto s = scheduled("easy", {{"a", 1, 2, 2}}, {job(0, 1, 10), job(0, 1, 4), job(1, 4, 5), job(2, 1, 20), job(3, 2, 7)});
  CHECK(starts(s) == Times{0, 0, 10, 15, 3});
}

// One node of 4: A has 3 until 10; B needs 2 and is next. C takes the last chip for 20 s: at 10 there are 3 for B all the same. D would need another.
TEST_CASE("EASY leaves over what the first in line does not need of a shared node") {
  const auto s = scheduled("easy", {{"a", 1, 1, 4}}, {job(0, 3, 10), job(1, 2, 5), job(2, 1, 20), job(3, 1, 20)});
  CHECK(starts(s) == Times{0, 10, 2, 10});
}

// A has 4 chips and 8 s left when B comes, with 2 x 3: B takes its place until 5, and A ends its 8 s at 13. C, of 4 x 10, finds 4 x 7 left of A and waits.
TEST_CASE("shortest remaining service, by hand") {
  const auto s = scheduled("srsf", kFour, {job(0, 4, 10), job(2, 2, 3), job(6, 4, 10)});
  CHECK(starts(s) == Times{0, 2, 13});
  CHECK(ends(s) == Times{13, 5, 23});
  CHECK(s.jobs[0].preempted == 1);
  CHECK(s.jobs[0].held == 40);
  // 1.5 s of the 2 that A had done are done again.
  CHECK(ends(scheduled("srsf", kFour, {job(0, 4, 10), job(2, 2, 3)}, {1, 1.5})) == Times{14.5, 5});
}

// C, of a higher priority, needs 2 chips. B started last, and gives 1, which is not enough; A gives 3, which is, without B's. A waits until C ends at 6.
TEST_CASE("priority with preemption, by hand") {
  std::vector<JobSpec> jobs{job(0, 3, 10), job(1, 1, 10), job(2, 2, 4)};
  jobs[2].priority = 1;
  const auto s = scheduled("priority-preempt", kFour, jobs);
  CHECK(starts(s) == Times{0, 1, 2});
  CHECK(ends(s) == Times{14, 11, 6});
  CHECK(s.jobs[0].preempted == 1);
  CHECK(s.jobs[1].preempted == 0);
}

// When A ends at 6, tenant 0 holds B's chips and tenant 1 none: C is before D, which came first.
TEST_CASE("fair share by tenant, by hand") {
  std::vector<JobSpec> jobs{job(0, 2, 6), job(0, 2, 10), job(1, 2, 5), job(2, 2, 5)};
  for (auto& j : jobs) j.tenant = 0;
  jobs[3].tenant = 1;
  CHECK(starts(scheduled("fair-share", kFour, jobs)) == Times{0, 0, 10, 6});
  CHECK(starts(scheduled("fifo", kFour, jobs)) == Times{0, 0, 6, 10});
}

// Every job has a slot: B at 10, C from 2 on beside it, D after C could be at 10 beside neither: B and C hold all 4 until 15.
TEST_CASE("conservative backfill, by hand") {
  CHECK(starts(scheduled("conservative", kFour, five())) == Times{0, 10, 2, 15, 4});
}

// A, told with 2 chips and good for 4, has all 4 from 0 on: of 2 x 10 = 20 chip-seconds it has done 8 at 2, when B comes with a least of 1 and takes its
// 2 as A goes back to its least of 2: A has 12 left, until 8. B, of 2 x 4, ends at 6; then A has 4 again and 4 left: it ends at 7.
TEST_CASE("elastic gangs, by hand") {
  std::vector<JobSpec> jobs{job(0, 2, 10), job(2, 2, 4)};
  jobs[0].least = 2, jobs[0].most = 4;
  const auto s = scheduled("elastic", kFour, jobs);
  CHECK(starts(s) == Times{0, 2});
  CHECK(ends(s) == Times{7, 6});
  CHECK(s.jobs[0].resized == 2);
  CHECK(s.jobs[0].held == 20);
}

// A slow chip and a fast one. A is four times as fast on the fast one, B is not; by best fit A would lie on the slow one. Spread alike, A would have 2.5 and B
// 1. With A on the fast chip and B on the slow one they have 4 / 2.5 and 1, and no other way gives the least, B, more.
TEST_CASE("max-min over unlike chips, by hand") {
  std::vector<JobSpec> jobs{job(0, 1, 3600), job(0, 1, 900)};
  jobs[0].rates = {1, 4}, jobs[1].rates = {1, 1};
  const std::vector<ClusterPart> parts{{"slow", 1, 1, 1}, {"fast", 1, 1, 1}};
  CHECK(ends(scheduled("fifo", parts, jobs)) == Times{3600, 900});
  CHECK(ends(scheduled("max-min", parts, jobs)) == Times{900, 900});
}

// Three jobs of one chip on two chips have two thirds of the time each: 2,160 s of work are done after nine rounds of 360 s, and never before six.
TEST_CASE("max-min gives equal jobs equal time") {
  const auto s = scheduled("max-min", {{"a", 1, 2, 1}}, {job(0, 1, 2160), job(0, 1, 2160), job(0, 1, 2160)});
  for (const auto& j : s.jobs) {
    CHECK(j.end <= 9 * 360 + 360);
    CHECK(j.end >= 8 * 360);
    CHECK(j.held == test::Approx(2160));
  }
}

TEST_CASE("a job may be kept from a part of the cluster") {
  std::vector<JobSpec> jobs{job(0, 1, 10), job(0, 1, 10), job(0, 2, 10)};
  for (auto& j : jobs) j.rates = {0, 1};
  const auto s = scheduled("easy", {{"a", 1, 4, 1}, {"b", 1, 1, 1}}, jobs);
  CHECK(starts(s) == Times{0, 10, -1});
  CHECK(s.jobs[2].state == JobState::refused);
}

TEST_CASE("a job that is wider than the cluster is refused, and nobody waits for it") {
  const auto s = scheduled("easy", kFour, {job(0, 5, 10), job(0, 4, 10)});
  CHECK(s.jobs[0].state == JobState::refused);
  CHECK(starts(s) == Times{-1, 0});
}

// 2 chips for 10 s in one pod; over two pods of one node at half the rate 20 s. What it holds is counted by the clock.
TEST_CASE("a gang that spans pods runs at the spine's rate, and a part at its own") {
  const auto s = scheduled("fifo", {{"a", 2, 1, 1}}, {job(0, 2, 10)}, {0.5, 0});
  CHECK(ends(s) == Times{20});
  CHECK(s.jobs[0].held == 40);
  CHECK(s.jobs[0].pods == 2);
  CHECK(ends(scheduled("fifo", {{"a", 1, 2, 1, 2.0}}, {job(0, 2, 10)})) == Times{5});
}

TEST_CASE("why a job waits can be asked at any time") {
  fleet::Scheduler s(kFour, five(), fleet::find_job_policy("easy")->make());
  fleet::run_alone(s, 3);
  CHECK(s.why(1) == "no room: needs 3 chips in one gang, at most 1 would fit");
  CHECK(s.why(3) == "a reservation of job 1 until 10 is in the way");
  CHECK(s.why(0).empty());
  fleet::Scheduler f(kFour, five(), fleet::find_job_policy("fifo")->make());
  fleet::run_alone(f, 3);
  CHECK(f.why(3) == "behind job 1");
}

// FIFO, above: B waits 9 s for room; C 8 s for its turn; D from 3 to 15, its turn until B and C start at 10, then room; E from 4 likewise until 10,
// and then behind D.
TEST_CASE("time is told by what jobs waited for") {
  const auto jobs = five();
  const auto s = scheduled("fifo", kFour, jobs);
  const auto t = fleet::totals_of(jobs, s);
  CHECK(t.waited[static_cast<size_t>(WaitFor::room)] == 9 + 5);
  CHECK(t.waited[static_cast<size_t>(WaitFor::turn)] == 8 + 7 + 11);
  CHECK(t.mean_wait == test::Approx((0 + 9 + 8 + 12 + 11) / 5.0));
  CHECK(t.finished == 5);
  CHECK(t.makespan == 30);
  CHECK(t.utilisation == test::Approx((20 + 15 + 20 + 8 + 6) / (4 * 30.0)));
}

// FIFO on one node: waits by Lindley's recursion, W' = max(0, W + S - A).
TEST_CASE("one node is Lindley's recursion") {
  const Draw draw(3, 0);
  std::vector<JobSpec> jobs;
  Times expected;
  double t = 0, wait = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string path = "job/" + std::to_string(i);
    const double gap = i == 0 ? 0 : std::floor(200 * draw.uniform(path + "/gap"));
    if (i > 0) wait = std::max(0.0, wait + jobs.back().run - gap);
    jobs.push_back(job(t += gap, 1, 1 + std::floor(180 * draw.uniform(path + "/run"))));
    expected.push_back(t + wait);
  }
  CHECK(starts(scheduled("fifo", {{"a", 1, 1, 1}}, jobs)) == expected);
}

// On SimGrid's clock, in a process of its own, the same as alone.
TEST_CASE("a schedule is the same on SimGrid's clock") {
  std::vector<JobSpec> jobs = five();
  for (int i = 0; i < 200; ++i) jobs.push_back(job(5 + i * 0.7, 1 + i % 4, 1 + (i * 7) % 13 / 3.0));
  for (const char* policy : {"easy", "conservative", "srsf", "max-min"}) {
    const auto clock = engine::in_child([&] {
      fleet::Scheduler s(kFour, jobs, fleet::find_job_policy(policy)->make());
      fleet::run_on_clock(s, kFour);
      return ends(s.take());
    });
    CHECK(clock == ends(scheduled(policy, kFour, jobs)));
  }
}

TEST_CASE("jobs that are out of order are refused") {
  CHECK_THROWS_AS(fleet::Scheduler(kFour, {job(1, 1, 1), job(0, 1, 1)}, fleet::find_job_policy("fifo")->make()), std::logic_error);
}
