#include "fleet/scheduler.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace capmix::fleet {
namespace {

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", x);
  return text;
}

}  // namespace

Scheduler::Scheduler(std::vector<ClusterPart> parts, std::vector<JobSpec> jobs, std::unique_ptr<JobPolicy> policy, const DeskOptions& options)
    : Desk(Cluster(std::move(parts)), std::move(jobs), options), policy_(std::move(policy)) {
  for (size_t j = 1; j < jobs_.size(); ++j)
    if (!(jobs_[j].submit >= jobs_[j - 1].submit)) throw std::logic_error("jobs come in the order in which they are submitted");
}

double Scheduler::next() const {
  double t = wake_;
  if (coming_ < jobs_.size()) t = std::min(t, jobs_[coming_].submit);
  if (!ends_.empty()) t = std::min(t, ends_.begin()->first);
  return t;
}

void Scheduler::finish(int j) {
  stop(j);
  ended_.push_back(j);
  JobOutcome& o = outcomes_[static_cast<size_t>(j)];
  o.state = JobState::finished, o.end = now_;
}

void Scheduler::arrive(int j) {
  bool fits = false;
  for (size_t p = 0; p < cluster_.parts().size(); ++p) fits = fits || (speed(j, static_cast<int>(p)) > 0 && cluster_.ever_fits(width(j), static_cast<int>(p)));
  if (!fits) {
    outcomes_[static_cast<size_t>(j)].state = JobState::refused;
    return;
  }
  queue(j);
  arrived_.push_back(j);
}

void Scheduler::hear(double now) {
  now_ = now;
  if (!told_) arrived_.clear(), ended_.clear(), freed_ = surprised_ = false;
  told_ = true;
}

bool Scheduler::node_down(double now, int pod, int node, double lost) {
  hear(now);
  std::vector<int> losers;
  std::set<int> shared;
  const auto& there = on_pod_[static_cast<size_t>(pod)];
  int left = node;
  for (const int j : there) {
    const Placement& p = placement(j);
    if (p.shared() && p.pod == pod) shared.insert(p.node);
    for (const auto& h : p.whole)
      if (h.pod == pod && losers.empty() && (left -= h.nodes) < 0) losers.push_back(j);
  }
  if (losers.empty() && left < static_cast<int>(shared.size())) {
    const int lost_node = *std::next(shared.begin(), left);
    for (const int j : there)
      if (placement(j).shared() && placement(j).node == lost_node) losers.push_back(j);
  } else if (losers.empty() && left - static_cast<int>(shared.size()) >= cluster_.pod_free(pod)) {
    return false;
  }
  for (const int j : losers) {
    interrupt(j, lost);
    ++outcomes_[static_cast<size_t>(j)].failed;
    ended_.push_back(j), arrived_.push_back(j);
  }
  cluster_.take_out(pod);
  freed_ = surprised_ = true, ++events_;
  return true;
}

void Scheduler::node_up(double now, int pod) {
  hear(now);
  cluster_.bring_back(pod);
  freed_ = surprised_ = true, ++events_;
}

void Scheduler::set_back(double now, int j, double lost) {
  hear(now);
  Desk::set_back(j, lost);
  ++outcomes_[static_cast<size_t>(j)].failed;
  surprised_ = true, ++events_;
}

void Scheduler::tick(double now) {
  hear(now);
  told_ = false;
  for (; !ends_.empty() && ends_.begin()->first <= now; ++events_) finish(ends_.begin()->second);
  for (; coming_ < jobs_.size() && jobs_[coming_].submit <= now; ++events_) arrive(static_cast<int>(coming_++));
  if (wake_ <= now) wake_ = kForever, ++events_;
  std::sort(arrived_.begin(), arrived_.end());
  arrived_.erase(std::unique(arrived_.begin(), arrived_.end()), arrived_.end());
  std::sort(ended_.begin(), ended_.end());
  ended_.erase(std::unique(ended_.begin(), ended_.end()), ended_.end());
  policy_->decide(*this);
  for (const int j : arrived_)
    if (waiting_.has(j)) says(j, policy_->why(*this, j));
  note();
}

void Scheduler::note() {
  BusyMoment m{now_, cluster_.busy_chips(), static_cast<int>(cluster_.busy_nodes()), static_cast<int>(active_.size()), static_cast<int>(waiting_.size())};
  if (!busy_.empty() && busy_.back().at == now_) busy_.back() = m;
  else busy_.push_back(m);
}

std::string Scheduler::why(int j) const {
  if (state_of(j) != JobState::waiting) return "";
  const Wait w = policy_->why(*this, j);
  const std::string other = w.job >= 0 ? " of job " + std::to_string(w.job) : "";
  const std::string until = w.until < kForever ? " until " + number(w.until) : "";
  switch (w.what) {
    case WaitFor::room: return "no room: needs " + number(chips(j)) + " chips in one gang, at most " + number(static_cast<double>(cluster_.widest())) + " would fit";
    case WaitFor::reservation: return "a reservation" + other + until + " is in the way";
    case WaitFor::turn: return w.job >= 0 ? "behind job " + std::to_string(w.job) : "behind others";
    case WaitFor::share: return w.job >= 0 ? "its tenant has its share: job " + std::to_string(w.job) + " of another is first" : "it has had its share";
    case WaitFor::quota: {
      const double quota = options_.tenants[job(j).tenant].quota;
      return "its tenant's quota of " + number(quota) + " chips is " + (chips(j) > quota ? "narrower than its " + number(chips(j)) : "in use");
    }
    case WaitFor::round: return "for the next round" + until;
    case WaitFor::nothing: break;
  }
  return "";
}

Schedule Scheduler::take() {
  for (size_t i = 0; i < jobs_.size(); ++i) {
    const int j = static_cast<int>(i);
    if (outcomes_[i].state == JobState::running) outcomes_[i].held = attained(j);
    if (outcomes_[i].state == JobState::waiting) says(j, {});
  }
  Schedule out;
  out.jobs = std::move(outcomes_), out.busy = std::move(busy_);
  out.chips = static_cast<double>(cluster_.chips()), out.nodes = static_cast<int>(cluster_.nodes());
  out.until = now_, out.events = events_;
  return out;
}

void run_alone(Scheduler& scheduler, double until) {
  for (double t = scheduler.next(); t < kForever && t <= until; t = scheduler.next()) scheduler.tick(t);
}

}  // namespace capmix::fleet
