// What holds of every schedule, under 10,000 random clusters and logs: conservation, no chip that two jobs hold, no gang below its
// minimum, nobody who waits while it is first in line and fits; and what single policies promise. The seed is fixed; RC_PARAMS asks
// for another.
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>

#include "catch.hpp"
#include "fleet/reservation.hpp"
#include "fleet/schedule.hpp"

using namespace capmix;
using namespace capmix::fleet;

namespace {

// Before rapidcheck reads it.
[[maybe_unused]] const bool configured = setenv("RC_PARAMS", "seed=20261127 max_success=10000", 0) == 0;

struct Case {
  std::vector<ClusterPart> parts;
  std::vector<JobSpec> jobs;
  DeskOptions options;
  bool exact = true;   // estimates
};

std::string text_of(const Case& c) {
  std::string out = "\n";
  for (const auto& p : c.parts) out += p.name + ": " + std::to_string(p.pods) + " pods x " + std::to_string(p.nodes) + " nodes x " + std::to_string(p.chips) + "\n";
  for (const auto& j : c.jobs) out += "submit " + std::to_string(j.submit) + " run " + std::to_string(j.run) + " estimate " + std::to_string(j.estimate) + " chips " + std::to_string(j.chips) + "\n";
  return out + "spine " + std::to_string(c.options.spine) + "\n";
}

int within(int low, int high) { return *rc::gen::resize(100, rc::gen::inRange(low, high + 1)); }

// Times are multiples of a quarter of a second, so that sums are exact.
Case any_case() {
  Case c;
  const int parts = within(1, 3), jobs = within(0, 24);
  for (int p = 0; p < parts; ++p) c.parts.push_back({"p" + std::to_string(p), within(1, 3), within(1, 4), within(1, 8), 1});
  c.exact = within(0, 1) == 0;
  c.options.spine = within(0, 2) == 0 ? 0.5 : 1;
  double t = 0;
  for (int j = 0; j < jobs; ++j) {
    JobSpec job;
    job.submit = t += 0.25 * within(0, 12);
    job.run = 0.25 * within(0, 40);
    job.chips = within(0, 3) == 0 ? within(1, 999) / 1000.0 : within(0, 2) == 0 ? within(1, 40) : within(1, 4);
    if (!c.exact) job.estimate = 0.25 * within(1, 60);
    job.tenant = within(-1, 2), job.priority = within(0, 2);
    if (job.chips >= 1 && within(0, 2) == 0) job.least = within(1, static_cast<int>(job.chips)), job.most = job.chips + within(0, 20);
    c.jobs.push_back(job);
  }
  return c;
}

// Counted anew from what every running job holds.
void check_chips(const Desk& desk) {
  const Cluster& cluster = desk.cluster();
  std::map<int, int> whole, used, open;            // nodes by pod; chips by shared node; shared nodes by pod
  std::map<int, int> shares;                       // thousandths by shared chip
  double chips = 0;
  for (size_t i = 0; i < desk.jobs(); ++i) {
    const int j = static_cast<int>(i);
    if (desk.state_of(j) != JobState::running) continue;
    const Placement& p = desk.placement(j);
    const JobSpec& job = desk.job(j);
    RC_ASSERT(desk.chips(j) == job.chips || (desk.chips(j) >= job.least && desk.chips(j) <= job.most));
    int64_t held = p.rest;
    for (const auto& h : p.whole) whole[h.pod] += h.nodes, held += static_cast<int64_t>(h.nodes) * cluster.parts()[static_cast<size_t>(p.part)].chips;
    if (p.rest > 0) used[p.node] += p.rest;
    if (p.share > 0) shares[p.chip] += p.share;
    RC_ASSERT(held == desk.width(j).chips);
    RC_ASSERT(p.share == desk.width(j).share);
    chips += static_cast<double>(held) + p.share / 1000.0;
  }
  for (const auto& [chip, share] : shares) {
    RC_ASSERT(share <= 1000);
    RC_ASSERT(share + cluster.shared_chip(chip).free == 1000);
    ++used[cluster.shared_chip(chip).node];
  }
  for (const auto& [n, count] : used) {
    const SharedNode& node = cluster.shared(n);
    RC_ASSERT(node.pod >= 0);
    RC_ASSERT(count + node.free == cluster.parts()[static_cast<size_t>(node.part)].chips);
    ++open[node.pod];
  }
  int pod = 0;
  int64_t busy = 0;
  for (const auto& part : cluster.parts())
    for (int p = 0; p < part.pods; ++p, ++pod) {
      RC_ASSERT(cluster.pod_free(pod) >= 0);
      RC_ASSERT(whole[pod] + open[pod] + cluster.pod_free(pod) + cluster.pod_down(pod) == part.nodes);
      busy += whole[pod] + open[pod];
    }
  RC_ASSERT(busy == cluster.busy_nodes());
  RC_ASSERT(std::fabs(chips - cluster.busy_chips()) < 1e-9);
}

bool near(double a, double b) { return std::fabs(a - b) <= 1e-9 * std::max(1.0, std::fabs(b)); }

// Runs it to the end and checks at every moment.
Schedule checked(const Case& c, const std::string& policy, const std::function<void(const Scheduler&)>& also = [](const Scheduler&) {}) {
  Scheduler s(c.parts, c.jobs, find_job_policy(policy)->make(), c.options);
  int64_t ticks = 0;
  for (double t = s.next(), before = 0; t < kForever; before = t, t = s.next()) {
    RC_ASSERT(t >= before);
    RC_ASSERT(++ticks < 100000);
    s.tick(t);
    check_chips(s.desk());
    for (size_t j = 0; j < c.jobs.size(); ++j) RC_ASSERT((s.state_of(static_cast<int>(j)) == JobState::waiting) == !s.why(static_cast<int>(j)).empty());
    also(s);
  }
  return s.take();
}

void check_conserved(const Case& c, const Schedule& s) {
  const Cluster cluster(c.parts);
  double held = 0, used = 0;
  for (size_t j = 0; j < c.jobs.size(); ++j) {
    const JobSpec& job = c.jobs[j];
    const JobOutcome& o = s.jobs[j];
    RC_ASSERT(o.state == (cluster.ever_fits(width_of(job.chips)) ? JobState::finished : JobState::refused));
    held += o.held;
    if (o.state == JobState::refused) continue;
    RC_ASSERT(o.start >= job.submit);
    RC_ASSERT(o.end >= o.start);
    if (c.options.spine == 1) RC_ASSERT(near(o.held, job.chips * job.run));   // work is chips x time, whatever the width
    double waited = 0;
    for (const float w : o.waited) waited += static_cast<double>(w);
    if (o.preempted == 0) RC_ASSERT(std::fabs(waited - (o.start - job.submit)) < 1e-3);
  }
  for (size_t i = 0; i + 1 < s.busy.size(); ++i) used += s.busy[i].chips * (s.busy[i + 1].at - s.busy[i].at);
  // The cluster counts what jobs hold in whole chips and thousandths, rounded up.
  RC_ASSERT(std::fabs(used - held) <= 1e-6 * std::max(1.0, held));
}

}  // namespace

TEST_CASE("every schedule of every policy conserves jobs, chips and work") {
  CHECK(rc::check("conservation", [] {
    const Case c = any_case();
    const auto& policies = job_policies();
    const std::string policy = policies[static_cast<size_t>(within(0, static_cast<int>(policies.size()) - 1))].name;
    RC_LOG(policy + text_of(c));
    check_conserved(c, checked(c, policy));
  }));
}

// FIFO: in order, and the first in line never fits. EASY: the first in line starts by its reservation, which never moves back.
TEST_CASE("FIFO keeps the order, EASY the reservation of the first in line") {
  CHECK(rc::check("promises", [] {
    Case c = any_case();
    const bool easy = within(0, 1) == 0;
    c.options.spine = 1;
    if (easy && !c.exact)
      for (auto& job : c.jobs) job.estimate = std::max(job.estimate, job.run);
    std::map<int, double> due;
    RC_LOG(text_of(c));
    const Schedule s = checked(c, easy ? "easy" : "fifo", [&](const Scheduler& now) {
      const Desk& desk = now.desk();
      const int head = desk.waiting().first();
      if (head < 0) return;
      RC_ASSERT(!desk.place(head, [](const Placement&) { return true; }));
      if (!easy) return;
      Reservation r;
      r.make(desk, head);
      RC_LOG("job " + std::to_string(head) + " is due at " + std::to_string(r.at()) + ", says the desk at " + std::to_string(desk.now()));
      RC_ASSERT(due.count(head) == 0 || r.at() <= due[head]);
      due[head] = r.at();
    });
    for (const auto& [job, at] : due) RC_ASSERT(s.jobs[static_cast<size_t>(job)].start <= at);
    double before = 0;
    for (const auto& o : s.jobs) {
      if (easy || o.state == JobState::refused) continue;
      RC_ASSERT(o.start >= before);
      before = o.start;
    }
  }));
}

namespace {

// EASY and conservative backfill once more, on nodes of one chip, where room is a number: every quarter of a second, without an index, by
// the words of their definition.
class Plain {
 public:
  Plain(int chips, const std::vector<JobSpec>& jobs) : chips_(chips), jobs_(jobs), starts_(jobs.size(), -1), promised_(jobs.size(), kForever) {}

  std::vector<double> easy() {
    run([&](double now) {
      int head = -1;
      double shadow = 0;
      int extra = 0;
      for (const int j : line(now)) {
        if (head < 0 && fits(j, now)) {
          starts_[at(j)] = now;
        } else if (head < 0) {
          head = j;
          std::vector<double> ends;
          for (size_t i = 0; i < jobs_.size(); ++i)
            if (runs(i, now)) ends.push_back(std::max(now, starts_[i] + asked(i)));
          std::sort(ends.begin(), ends.end());
          for (const double end : ends)
            if (shadow = end, expected_free(end, now) >= chips(j)) break;
          extra = expected_free(shadow, now) - chips(j);
        } else if (fits(j, now)) {
          const bool stays = now + asked(at(j)) > shadow;
          if (stays && chips(j) > extra) continue;
          extra -= stays ? chips(j) : 0;
          starts_[at(j)] = now;
        }
      }
    });
    return starts_;
  }

  // A job that comes takes the earliest hole; when one has ended early, all move up in their order. Estimates are not too short.
  std::vector<double> conservative() {
    double before = -1;
    run([&](double now) {
      const auto waiting = line(now);
      bool early = false;
      for (size_t i = 0; i < jobs_.size(); ++i) early = early || (starts_[i] >= 0 && end(i) == now && end(i) < starts_[i] + asked(i));
      for (const int j : waiting)
        if (early || jobs_[at(j)].submit > before) promised_[at(j)] = kForever, promised_[at(j)] = hole(j, now);
      for (const int j : waiting)
        if (promised_[at(j)] <= now) starts_[at(j)] = now;
      before = now;
    });
    return starts_;
  }

 private:
  static size_t at(int j) { return static_cast<size_t>(j); }
  int chips(int j) const { return static_cast<int>(jobs_[at(j)].chips); }
  double asked(size_t j) const { return jobs_[j].estimate > 0 ? jobs_[j].estimate : jobs_[j].run; }
  double end(size_t j) const { return starts_[j] + jobs_[j].run; }
  bool runs(size_t j, double t) const { return starts_[j] >= 0 && end(j) > t; }
  std::vector<int> line(double now) const {
    std::vector<int> out;
    for (size_t j = 0; j < jobs_.size(); ++j)
      if (jobs_[j].submit <= now && starts_[j] < 0 && jobs_[j].chips <= chips_) out.push_back(static_cast<int>(j));
    return out;
  }
  bool fits(int j, double now) const {
    int used = chips(j);
    for (size_t i = 0; i < jobs_.size(); ++i) used += runs(i, now) ? chips(static_cast<int>(i)) : 0;
    return used <= chips_;
  }
  int expected_free(double t, double now) const {
    int free = chips_;
    for (size_t i = 0; i < jobs_.size(); ++i) free -= runs(i, now) && std::max(now, starts_[i] + asked(i)) > t ? chips(static_cast<int>(i)) : 0;
    return free;
  }
  double hole(int j, double now) const {
    for (double t = now;; t += 0.25) {
      bool free = true;
      for (double u = t; free && u < t + asked(at(j)); u += 0.25) {
        int used = chips(j);
        for (size_t i = 0; i < jobs_.size(); ++i) {
          const double begin = starts_[i] >= 0 ? starts_[i] : promised_[i];
          const bool holds = starts_[i] >= 0 ? runs(i, now) : promised_[i] < kForever;
          if (holds && begin <= u && u < begin + asked(i)) used += chips(static_cast<int>(i));
        }
        free = used <= chips_;
      }
      if (free) return t;
    }
  }
  template <class Decide>
  void run(Decide&& decide) {
    for (double t = 0; t < 400; t += 0.25) decide(t);
  }

  int chips_;
  const std::vector<JobSpec>& jobs_;
  std::vector<double> starts_, promised_;
};

// Jobs of whole chips that run for a quarter of a second or more, on 1 to 12 nodes of one chip in one pod.
Case plain_case(bool too_short) {
  Case c;
  c.parts = {{"a", 1, within(1, 12), 1, 1}};
  double t = 0;
  for (int j = 0, jobs = within(0, 20); j < jobs; ++j) {
    JobSpec job;
    job.submit = t += 0.25 * within(0, 8), job.run = 0.25 * within(1, 24), job.chips = within(1, 13);
    job.estimate = within(0, 1) == 0 ? 0 : 0.25 * within(1, 30);
    if (!too_short && job.estimate > 0) job.estimate = std::max(job.estimate, job.run);
    c.jobs.push_back(job);
  }
  return c;
}

}  // namespace

TEST_CASE("EASY is what it is by its definition") {
  CHECK(rc::check("EASY against the plain form", [] {
    const Case c = plain_case(false);
    RC_LOG(text_of(c));
    const Schedule s = checked(c, "easy");
    const auto plain = Plain(c.parts[0].nodes, c.jobs).easy();
    for (size_t j = 0; j < c.jobs.size(); ++j) RC_ASSERT(s.jobs[j].start == plain[j]);
  }));
}

// One tenant and one priority leave the order of the log, and no reason to preempt.
TEST_CASE("fair share of one tenant and one priority are EASY") {
  CHECK(rc::check("EASY three times", [] {
    Case c = plain_case(false);
    for (auto& job : c.jobs) job.tenant = -1, job.priority = 0;
    RC_LOG(text_of(c));
    const Schedule s = checked(c, "easy");
    for (const char* policy : {"fair-share", "priority-preempt"}) {
      const Schedule other = checked(c, policy);
      for (size_t j = 0; j < c.jobs.size(); ++j) RC_ASSERT(s.jobs[j].start == other.jobs[j].start);
    }
  }));
}

TEST_CASE("conservative backfill is what it is by its definition") {
  CHECK(rc::check("conservative against the plain form", [] {
    const Case c = plain_case(false);
    RC_LOG(text_of(c));
    const Schedule s = checked(c, "conservative");
    const auto plain = Plain(c.parts[0].nodes, c.jobs).conservative();
    for (size_t j = 0; j < c.jobs.size(); ++j) RC_ASSERT(s.jobs[j].start == plain[j]);
  }));
}

// What a job was told when it came, it gets.
TEST_CASE("conservative backfill never starts a job after what it was promised") {
  CHECK(rc::check("promises of all", [] {
    Case c = any_case();
    for (auto& job : c.jobs)
      if (job.estimate > 0) job.estimate = std::max(job.estimate, job.run);
    RC_LOG(text_of(c));
    std::map<int, double> promised;
    const Schedule s = checked(c, "conservative", [&](const Scheduler& now) {
      for (size_t i = 0; i < now.desk().jobs(); ++i) {
        const int j = static_cast<int>(i);
        if (now.state_of(j) != JobState::waiting) continue;
        const double at = now.reason(j).until;
        RC_ASSERT(promised.count(j) == 0 || at <= promised[j]);
        promised[j] = at;
      }
    });
    for (const auto& [job, at] : promised) RC_ASSERT(s.jobs[static_cast<size_t>(job)].start <= at);
  }));
}

// Nodes go down and come back at random; in the end all are there, and every job ends, with as much work as it was told and what it did again.
TEST_CASE("nodes that go down interrupt their jobs and nothing else") {
  CHECK(rc::check("nodes down and up", [] {
    Case c = any_case();
    c.options.spine = 1;
    const auto& policies = job_policies();
    const std::string policy = policies[static_cast<size_t>(within(0, static_cast<int>(policies.size()) - 1))].name;
    RC_LOG(policy + text_of(c));
    Scheduler s(c.parts, c.jobs, find_job_policy(policy)->make(), c.options);
    std::vector<std::pair<double, int>> down;    // when it comes back, pod
    double now = 0;
    const auto run = [&](double until) {
      for (; s.next() <= until && s.next() < kForever; check_chips(s.desk())) s.tick(s.next());
    };
    int64_t failures = 0;
    for (int i = 0, n = within(0, 12); i < n; ++i) {
      now += 0.25 * within(0, 8);
      run(now);
      const int pod = within(0, s.desk().cluster().pods() - 1);
      const auto& part = c.parts[static_cast<size_t>(s.desk().cluster().pod_part(pod))];
      if (s.node_down(now, pod, within(0, part.nodes - 1), 0.25)) down.emplace_back(0, pod), ++failures;
      if (!down.empty() && within(0, 1) == 0) s.node_up(now, down.back().second), down.pop_back();
      s.tick(now);
      check_chips(s.desk());
    }
    for (const auto& [at, pod] : down) s.node_up(now, pod);
    s.tick(now);
    run(kForever);
    const Schedule out = s.take();
    int64_t hit = 0;
    for (size_t j = 0; j < c.jobs.size(); ++j) {
      if (out.jobs[j].state == JobState::refused) continue;
      RC_ASSERT(out.jobs[j].state == JobState::finished);
      const double work = c.jobs[j].chips * c.jobs[j].run;
      RC_ASSERT(out.jobs[j].held >= work - 1e-9 * work - 1e-9);
      RC_ASSERT(out.jobs[j].held <= work + c.jobs[j].chips * 0.25 * out.jobs[j].failed + 1e-9 * work + 1e-9);
      hit += out.jobs[j].failed;
    }
    RC_ASSERT(failures > 0 || hit == 0);
  }));
}

TEST_CASE("the same log gives the same schedule") {
  CHECK(rc::check("determinism", [] {
    const Case c = any_case();
    const auto& policies = job_policies();
    const std::string policy = policies[static_cast<size_t>(within(0, static_cast<int>(policies.size()) - 1))].name;
    Scheduler a(c.parts, c.jobs, find_job_policy(policy)->make(), c.options), b(c.parts, c.jobs, find_job_policy(policy)->make(), c.options);
    run_alone(a), run_alone(b);
    const Schedule x = a.take(), y = b.take();
    for (size_t j = 0; j < c.jobs.size(); ++j) RC_ASSERT(x.jobs[j].start == y.jobs[j].start && x.jobs[j].end == y.jobs[j].end && x.jobs[j].held == y.jobs[j].held);
  }));
}
