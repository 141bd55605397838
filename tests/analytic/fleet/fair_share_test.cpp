// Fair share: what its weights, its memory and its quotas promise.
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "fleet/schedule.hpp"

using namespace capmix;
using namespace capmix::fleet;

namespace {

int within(int low, int high) { return *rc::gen::resize(100, rc::gen::inRange(low, high + 1)); }

struct Case {
  std::vector<ClusterPart> parts;
  std::vector<JobSpec> jobs;
  DeskOptions options;
};

Case any_case() {
  Case c;
  for (int p = 0, parts = within(1, 2); p < parts; ++p) c.parts.push_back({"p" + std::to_string(p), within(1, 3), within(1, 4), within(1, 8), 1});
  double t = 0;
  for (int j = 0, jobs = within(0, 24); j < jobs; ++j) {
    JobSpec job;
    job.submit = t += 0.25 * within(0, 12), job.run = 0.25 * within(0, 40), job.tenant = within(-1, 2);
    job.chips = within(0, 3) == 0 ? within(1, 999) / 1000.0 : within(0, 2) == 0 ? within(1, 40) : within(1, 4);
    job.estimate = within(0, 1) * 0.25 * within(1, 60);
    c.jobs.push_back(job);
  }
  return c;
}

Scheduler scheduler(const Case& c) { return Scheduler(c.parts, c.jobs, find_job_policy("fair-share")->make(), c.options); }

// Chips that running jobs of each tenant hold.
std::map<int, double> held(const Scheduler& s) {
  std::map<int, double> out;
  for (size_t i = 0; i < s.desk().jobs(); ++i)
    if (const int j = static_cast<int>(i); s.state_of(j) == JobState::running) out[s.desk().job(j).tenant] += s.desk().chips(j);
  return out;
}

bool hungry(const Scheduler& s, int tenant) {
  for (int j = s.desk().waiting().first(); j >= 0; j = s.desk().waiting().first(j + 1))
    if (s.desk().job(j).tenant == tenant) return true;
  return false;
}

// Jobs of tenants 0 and 1, all there from the start.
std::vector<JobSpec> always_hungry(int of_each, int chips) {
  std::vector<JobSpec> out;
  for (int j = 0; j < 2 * of_each; ++j) {
    JobSpec job;
    job.tenant = j % 2, job.chips = chips, job.run = 0.25 * within(1, 40);
    out.push_back(job);
  }
  return out;
}

const std::vector<TenantShare> kOneAndThree{{1, kForever}, {3, kForever}};

}  // namespace

TEST_CASE("no tenant ever holds more than its quota, who waits for one says so, and nobody else waits for it") {
  CHECK(rc::check("quotas", [] {
    Case c = any_case();
    for (int t = 0; t < 3; ++t) c.options.tenants.of.push_back({0.5 * within(1, 6), within(0, 3) == 0 ? kForever : within(1, 12)});
    c.options.tenants.half_life = within(0, 1) * 5.0;
    Scheduler s = scheduler(c);
    for (double t = s.next(); t < kForever; t = s.next()) {
      s.tick(t);
      auto holds = held(s);
      for (const auto& [tenant, chips] : holds) RC_ASSERT(chips <= c.options.tenants[tenant].quota + 1e-6);
      for (int j = s.desk().waiting().first(); j >= 0; j = s.desk().waiting().first(j + 1)) {
        const JobSpec& job = s.desk().job(j);
        const bool beyond = holds[job.tenant] + job.chips > c.options.tenants[job.tenant].quota + 1e-6;
        RC_ASSERT((s.reason(j).what == WaitFor::quota) == beyond);
        RC_ASSERT((s.desk().said(j).what == WaitFor::quota) == beyond);
        RC_ASSERT((s.why(j).find("quota") != std::string::npos) == beyond);
      }
    }
    const Schedule done = s.take();
    for (size_t j = 0; j < c.jobs.size(); ++j) {
      const bool never = c.jobs[j].chips > c.options.tenants[c.jobs[j].tenant].quota + 1e-6, fits = Cluster(c.parts).ever_fits(width_of(c.jobs[j].chips));
      RC_ASSERT(done.jobs[j].state == (!fits ? JobState::refused : never ? JobState::waiting : JobState::finished));
    }
  }));
}

TEST_CASE("equal weights, quotas that nobody reaches and no memory are the plain schedule") {
  CHECK(rc::check("equal weights", [] {
    Case c = any_case();
    for (auto& job : c.jobs) job.tenant = std::max(0, job.tenant);
    const Case plain = c;
    c.options.tenants.of.assign(3, {0.5 * within(1, 6), within(0, 1) == 0 ? kForever : 1e6});
    Scheduler first = scheduler(c), second = scheduler(plain);
    run_alone(first), run_alone(second);
    const Schedule a = first.take(), b = second.take();
    for (size_t j = 0; j < c.jobs.size(); ++j) {
      RC_ASSERT(a.jobs[j].start == b.jobs[j].start);
      RC_ASSERT(a.jobs[j].end == b.jobs[j].end);
      RC_ASSERT(a.jobs[j].waited == b.jobs[j].waited);
    }
  }));
}

// a and b chips held, weights 1 and 3, jobs of c chips, and the cluster always full. A job of the first starts only where a <= b / 3, one of the second
// where b / 3 <= a. What ends is refilled, and each start brings a and b / 3 nearer until it passes: so after every decision
// -c / 3 <= a - b / 3 <= c, and since a + b = N all along, N / 4 - c / 4 <= a <= N / 4 + 3 c / 4: chip-hours too are 1 : 3 within one job.
TEST_CASE("two tenants that always want more hold chips as their weights say, within one job") {
  CHECK(rc::check("weights", [] {
    Case c;
    const int chips = within(1, 4), places = within(1, 12), n = chips * places;
    c.parts = {{"a", 1, n, 1, 1}};
    c.jobs = always_hungry(60, chips);
    c.options.tenants.of = kOneAndThree;
    Scheduler s = scheduler(c);
    double had = 0, last = 0, holds = 0;
    for (double t = s.next(); t < kForever; t = s.next()) {
      s.tick(t);
      had += holds * (t - last), last = t;
      if (!hungry(s, 0) || !hungry(s, 1)) break;
      auto now = held(s);
      RC_ASSERT(now[0] + now[1] == n);
      RC_ASSERT(4 * now[0] >= n - chips);
      RC_ASSERT(4 * now[0] <= n + 3 * chips);
      holds = now[0];
    }
    RC_ASSERT(4 * had >= (n - chips) * last - 1e-9);
    RC_ASSERT(4 * had <= (n + 3 * chips) * last + 1e-9);
  }));
}

// One place, and a memory that does not fade to speak of: U and V chip-seconds had. The first starts where U <= V / 3 and adds at most r, the second where
// V / 3 <= U and adds at most r / 3. So -r / 3 <= U - V / 3 <= r at every start.
TEST_CASE("what tenants have had is as their weights say, within one job") {
  CHECK(rc::check("memory", [] {
    Case c;
    const int chips = within(1, 4);
    c.parts = {{"a", 1, chips, 1, 1}};
    c.jobs = always_hungry(40, chips);
    c.options.tenants = {kOneAndThree, 1e13};
    Scheduler s = scheduler(c);
    run_alone(s);
    const Schedule done = s.take();
    std::vector<size_t> order(c.jobs.size());
    for (size_t j = 0; j < order.size(); ++j) order[j] = j;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return done.jobs[a].start < done.jobs[b].start; });
    double had[2] = {0, 0}, left[2] = {40, 40};
    for (const size_t j : order) {
      const auto t = static_cast<size_t>(c.jobs[j].tenant);
      if (left[0] > 0 && left[1] > 0) {
        RC_ASSERT(had[0] - had[1] / 3 <= chips * 10 + 1e-6);   // the longest run is 10 s
        RC_ASSERT(had[1] / 3 - had[0] <= chips * 10 / 3.0 + 1e-6);
      }
      had[t] += chips * c.jobs[j].run, --left[t];
    }
  }));
}

// One chip. Tenant 0 has it for 10 s; a second of it counts 2^(-age / 10): 10 / ln 2 x (1 - 1/2) = 7.21 at 10. Tenant 1 is next, until 20: then 3.61 against 7.21, which for
// a weight of 3 is 2.40: tenant 1 again, until 30: 1.80 against (3.61 + 7.21) / 3 = 3.61. With equal weights tenant 0 is next at 20 already; without memory
// nobody holds anything at 10, and the first tenant is first.
TEST_CASE("what a tenant has had fades, by hand") {
  const auto run = [](double weight, double half_life) {
    Case c;
    c.parts = {{"a", 1, 1, 1, 1}};
    for (const int tenant : {0, 0, 1, 1}) {
      JobSpec job;
      job.tenant = tenant, job.run = 10, job.chips = 1;
      c.jobs.push_back(job);
    }
    c.options.tenants = {{{1, kForever}, {weight, kForever}}, half_life};
    Scheduler s = scheduler(c);
    run_alone(s);
    std::vector<double> starts;
    for (const auto& o : s.take().jobs) starts.push_back(o.start);
    return starts;
  };
  using Times = std::vector<double>;
  CHECK(run(3, 10) == Times{0, 30, 10, 20});
  CHECK(run(1, 10) == Times{0, 20, 10, 30});
  CHECK(run(1, 0) == Times{0, 10, 20, 30});
}

// Four chips, tenant 0 may have 2. A has them until 10. B waits for its quota; D, narrower, has no room in it either. C of tenant 1 starts.
TEST_CASE("a quota, by hand") {
  Case c;
  c.parts = {{"a", 1, 4, 1, 1}};
  const auto add = [&](double submit, int tenant, double chips, double run) {
    JobSpec job;
    job.submit = submit, job.tenant = tenant, job.chips = chips, job.run = run;
    c.jobs.push_back(job);
  };
  add(0, 0, 2, 10), add(1, 0, 2, 5), add(2, 1, 2, 5), add(3, 0, 1, 1), add(4, 0, 3, 1);
  c.options.tenants.of = {{1, 2.0}};
  Scheduler s = scheduler(c);
  run_alone(s, 4);
  CHECK(s.why(1) == "its tenant's quota of 2 chips is in use");
  CHECK(s.why(4) == "its tenant's quota of 2 chips is narrower than its 3");
  run_alone(s);
  CHECK(s.state_of(4) == JobState::waiting);
  const Schedule done = s.take();
  CHECK(done.jobs[1].start == 10);
  CHECK(done.jobs[2].start == 2);
  CHECK(done.jobs[3].start == 15);
  CHECK(done.jobs[1].waited[static_cast<size_t>(WaitFor::quota)] == 9);
  CHECK(done.jobs[3].waited[static_cast<size_t>(WaitFor::quota)] == 12);
}
