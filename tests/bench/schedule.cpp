// What a schedule costs on SimGrid's clock: 100,000 rigid jobs on 10,000 nodes, with log-normal run times and mixed widths, estimates exact or up to
// five times too long; and Philly's log. Prints figures; asserts nothing.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "base/draw.hpp"
#include "base/hash.hpp"
#include "engine/clock.hpp"
#include "engine/isolate.hpp"
#include "fleet/schedule.hpp"
#include "scenario/job_specs.hpp"

using namespace capmix;

namespace {

constexpr int kNodes = 10000, kChips = 8;
constexpr size_t kJobs = 100000;

double normal(const Draw& draw, const std::string& path) {
  return std::sqrt(-2 * std::log(draw.uniform(path + "/a"))) * std::cos(2 * 3.14159265358979323846 * draw.uniform(path + "/b"));
}

// Widths from one chip to 1,024 nodes, fewer by a quarter as they double (14 nodes in the mean); median run of 30 minutes, sigma 1.2, so that
// jobs come for some 150 mean runs.
std::vector<JobSpec> log_of(double load, double guess) {
  const Draw draw(1, 0);
  std::vector<JobSpec> jobs(kJobs);
  double work = 0;
  for (size_t j = 0; j < kJobs; ++j) {
    const std::string path = "job/" + std::to_string(j);
    const int doubling = std::min(13, static_cast<int>(-std::log2(draw.uniform(path + "/width")) * 2.2));
    jobs[j].chips = std::pow(2, doubling);
    jobs[j].run = 1800 * std::exp(1.2 * normal(draw, path + "/run"));
    jobs[j].estimate = jobs[j].run * (1 + (guess - 1) * draw.uniform(path + "/guess"));
    work += jobs[j].chips * jobs[j].run;
  }
  const double gap = work / (load * kNodes * kChips) / static_cast<double>(kJobs);
  double t = 0;
  for (size_t j = 0; j < kJobs; ++j) jobs[j].submit = t += -gap * std::log(draw.uniform("job/" + std::to_string(j) + "/gap"));
  return jobs;
}

// Share of the chips in use until then.
double used_until(const Schedule& s, double until) {
  double chips = 0;
  for (size_t i = 0; i + 1 < s.busy.size() && s.busy[i].at < until; ++i) chips += s.busy[i].chips * (std::min(until, s.busy[i + 1].at) - s.busy[i].at);
  return chips / (s.chips * (until - s.busy.front().at));
}

void row(const char* name, const char* policy, const std::vector<JobSpec>& jobs, const std::vector<ClusterPart>& parts) {
  const auto answer = engine::in_child([&] {
    const auto begin = std::chrono::steady_clock::now();
    fleet::Scheduler scheduler(parts, jobs, fleet::find_job_policy(policy)->make());
    fleet::run_on_clock(scheduler, parts);
    const Schedule s = scheduler.take();
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const auto t = fleet::totals_of(jobs, s);
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    return std::vector<double>{wall, static_cast<double>(use.ru_maxrss) / 1024, used_until(s, jobs.back().submit), t.mean_wait, t.most_waiting};
  });
  std::printf("%-52s %-16s %6.2f s %5.0f MiB  in use %.3f, mean wait %.0f s, longest line %.0f\n", name, policy, answer[0], answer[1], answer[2], answer[3], answer[4]);
}

// 36 months of a million chips in 1,000 pods: 10,000 jobs of 1 to 2,048 nodes for weeks, half a million nodes that go down for half a day and take
// 600 s of their job's work with them.
void fleet_row() {
  const auto answer = engine::in_child([&] {
    constexpr int kPods = 1000, kPodNodes = 125, kFleetJobs = 10000, kFailures = 500000;
    constexpr double kSpan = 36 * 30.4 * 86400;
    const Draw draw(2, 0);
    std::vector<JobSpec> jobs(kFleetJobs);
    double t = 0, work = 0;
    for (size_t j = 0; j < jobs.size(); ++j) {
      const std::string path = "job/" + std::to_string(j);
      jobs[j].chips = 8 * std::pow(2, std::min(11.0, std::floor(12 * draw.uniform(path + "/width"))));
      jobs[j].run = 21 * 86400 * std::exp(normal(draw, path + "/run"));
      jobs[j].submit = t += -kSpan / kFleetJobs * std::log(draw.uniform(path + "/gap"));
      work += jobs[j].chips * jobs[j].run;
    }
    const auto begin = std::chrono::steady_clock::now();
    const std::vector<ClusterPart> parts{{"pod", kPods, kPodNodes, kChips}};
    fleet::Scheduler scheduler(parts, jobs, fleet::find_job_policy("easy")->make());
    engine::Clock clock;
    for (int p = 0; p < kPods; ++p) clock.add_pod("pod-" + std::to_string(p), 1);
    clock.run(Seconds(0));
    double armed = kForever;
    int interrupted = 0;
    std::function<void()> arm = [&] {
      const double next = scheduler.next();
      if (next == kForever || next == armed) return;
      armed = next;
      clock.at(Seconds(next), [&, next] {
        if (scheduler.next() <= next) scheduler.tick(next);
        armed = kForever, arm();
      });
    };
    int64_t failures = 0;
    std::function<void(double)> fail = [&](double at) {
      if (failures == kFailures) return;
      clock.at(Seconds(at), [&, at] {
        const uint64_t which = hash64("failure/" + std::to_string(failures++));
        const int pod = static_cast<int>(which % kPods), node = static_cast<int>(which / kPods % kPodNodes);
        if (scheduler.node_down(at, pod, node, 600)) {
          ++interrupted;
          clock.at(Seconds(at + 43200), [&, pod, at] { scheduler.node_up(at + 43200, pod), scheduler.tick(at + 43200), arm(); });
        }
        scheduler.tick(at), arm();
        fail(at - kSpan / kFailures * std::log(draw.uniform("gap/" + std::to_string(failures))));
      });
    };
    arm(), fail(1);
    clock.run(Seconds(kSpan));
    const Schedule s = scheduler.take();
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const auto totals = fleet::totals_of(jobs, s);
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    return std::vector<double>{wall, static_cast<double>(use.ru_maxrss) / 1024, totals.utilisation, static_cast<double>(totals.finished), static_cast<double>(interrupted), work / kSpan / 1e6};
  });
  std::printf("%-52s %-16s %6.2f s %5.0f MiB  in use %.3f, finished %.0f, nodes down %.0f, load %.2f\n", "36 months, 1,000,000 chips, 10,000 jobs", "easy", answer[0], answer[1], answer[2], answer[3], answer[4], answer[5]);
}

}  // namespace

// Argument: Philly's log of jobs, where it is at hand.
int main(int argc, char** argv) {
  const std::vector<ClusterPart> nodes{{"all", 10, kNodes / 10, kChips}};
  for (const double load : {0.9, 1.0})
    for (const double guess : {1.0, 5.0}) {
      const auto jobs = log_of(load, guess);
      char name[100];
      std::snprintf(name, sizeof name, "100,000 jobs, load %.1f, estimates up to x%.0f", load, guess);
      for (const char* policy : {"fifo", "easy"}) row(name, policy, jobs, nodes);
      if (load > 0.9) continue;
      for (const char* policy : {"conservative", "priority-preempt", "fair-share", "srsf", "elastic"}) row(name, policy, jobs, nodes);
    }
  fleet_row();
  if (argc < 2) return 0;
  Diagnostics problems;
  const auto log = import::read_jobs(argv[1], {}, problems);
  if (!log) return std::fprintf(stderr, "%s", problems.text().c_str()), 2;
  const auto jobs = scenario::specs_of(*log, {}).jobs;
  for (const char* policy : {"fifo", "easy"}) {
    row("Philly, 231 nodes of 8 and 321 of 2", policy, jobs, {{"eight", 1, 231, 8}, {"two", 1, 321, 2}});
    row("Philly, 60 nodes of 8: twice what it can do", policy, jobs, {{"eight", 1, 60, 8}});
  }
  return 0;
}
