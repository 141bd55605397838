#include "fleet/schedule.hpp"

#include <algorithm>
#include <functional>

#include "base/statistics.hpp"
#include "engine/clock.hpp"

namespace capmix::fleet {
namespace {

constexpr double kShortest = 10;   // s: a job that is shorter counts as one of this length in its slowdown

struct Sorted {
  std::vector<double> values;
  explicit Sorted(std::vector<double> v) : values(std::move(v)) { std::sort(values.begin(), values.end()); }
  double mean() const { return values.empty() ? 0 : capmix::mean(values); }
  double at(double p) const {
    if (values.empty()) return 0;
    const double x = static_cast<double>(values.size() - 1) * p;
    const auto i = static_cast<size_t>(x);
    return i + 1 < values.size() ? values[i] + (x - static_cast<double>(i)) * (values[i + 1] - values[i]) : values[i];
  }
};

void count_jobs(const std::vector<JobSpec>& jobs, const Schedule& schedule, ScheduleTotals& t) {
  std::vector<double> waits, spans;
  double slowdown = 0, last = 0;
  for (size_t j = 0; j < jobs.size(); ++j) {
    const JobOutcome& o = schedule.jobs[j];
    switch (o.state) {
      case JobState::coming: ++t.coming; break;
      case JobState::waiting: ++t.waiting; break;
      case JobState::running: ++t.running; break;
      case JobState::finished: ++t.finished; break;
      case JobState::refused: ++t.refused; break;
    }
    t.chip_hours += o.held / 3600, t.preempted += o.preempted, t.resized += o.resized, t.spanning += o.pods > 1 ? 1 : 0;
    for (size_t w = 0; w < kWaits; ++w) t.waited[w] += static_cast<double>(o.waited[w]);
    if (o.start >= 0) waits.push_back(o.start - jobs[j].submit);
    if (o.state != JobState::finished) continue;
    const double span = o.end - jobs[j].submit;
    spans.push_back(span), last = std::max(last, o.end);
    slowdown += std::max(1.0, span / std::max(jobs[j].run, kShortest));
  }
  t.mean_slowdown = t.finished > 0 ? slowdown / static_cast<double>(t.finished) : 0;
  t.makespan = jobs.empty() || t.finished == 0 ? 0 : last - jobs.front().submit;
  const Sorted wait(std::move(waits)), jct(std::move(spans));
  t.mean_wait = wait.mean(), t.median_wait = wait.at(0.5), t.p95_wait = wait.at(0.95), t.p99_wait = wait.at(0.99);
  t.mean_jct = jct.mean(), t.median_jct = jct.at(0.5), t.p99_jct = jct.at(0.99);
}

}  // namespace

void run_on_clock(Scheduler& scheduler, const std::vector<ClusterPart>& parts, double until) {
  engine::Clock clock;
  for (const auto& part : parts)
    for (int p = 0; p < part.pods; ++p) clock.add_pod(part.name + "-" + std::to_string(p + 1), 1);
  clock.run(Seconds(0));
  for (int p = 0, n = scheduler.desk().cluster().pods(); p < n; ++p) clock.switch_pod(p, true);
  std::function<void()> arm = [&] {
    const double next = scheduler.next();
    if (next > until || next == kForever) return;
    clock.at(Seconds(next), [&, next] { scheduler.tick(next), arm(); });
  };
  arm();
  clock.run(Seconds(until < kForever ? until : 1e15));
}

ScheduleTotals totals_of(const std::vector<JobSpec>& jobs, const Schedule& schedule) {
  ScheduleTotals t;
  count_jobs(jobs, schedule, t);
  double chips = 0, nodes = 0;
  for (size_t i = 0; i < schedule.busy.size(); ++i) {
    const BusyMoment& m = schedule.busy[i];
    t.most_waiting = std::max(t.most_waiting, static_cast<double>(m.waiting));
    const double until = i + 1 < schedule.busy.size() ? schedule.busy[i + 1].at : schedule.until;
    chips += m.chips * (until - m.at), nodes += m.nodes * (until - m.at);
  }
  const double span = schedule.busy.empty() ? 0 : schedule.until - schedule.busy.front().at;
  if (span > 0) t.utilisation = chips / (schedule.chips * span), t.node_use = nodes / (schedule.nodes * span);
  return t;
}

}  // namespace capmix::fleet
