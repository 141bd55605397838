#include "fleet/desk.hpp"

#include <algorithm>

namespace capmix::fleet {

Desk::Desk(Cluster cluster, std::vector<JobSpec> jobs, const DeskOptions& options)
    : cluster_(std::move(cluster)), jobs_(std::move(jobs)), options_(options), states_(jobs_.size()), outcomes_(jobs_.size()),
      on_pod_(static_cast<size_t>(cluster_.pods())), waiting_(jobs_.size()) {
  for (size_t j = 0; j < jobs_.size(); ++j) states_[j].width = width_of(jobs_[j].chips), states_[j].chips = jobs_[j].chips;
}

double Desk::left(int j) const {
  const State& s = state(j);
  const double done = s.done + (state_of(j) == JobState::running ? (now_ - s.since) * s.rate : 0);
  return std::max(0.0, job(j).run - done);
}

double Desk::expected(int j) const {
  const State& s = state(j);
  const double done = s.done + (state_of(j) == JobState::running ? (now_ - s.since) * s.rate : 0);
  return std::max(0.0, (job(j).estimate > 0 ? job(j).estimate : job(j).run) - done);
}

double Desk::attained(int j) const {
  const bool runs = state_of(j) == JobState::running;
  return outcomes_[static_cast<size_t>(j)].held + (runs ? chips(j) * (now_ - state(j).since) : 0);
}

double Desk::speed(int j, int part) const {
  const auto& rates = job(j).rates;
  return rates.empty() ? cluster_.parts()[static_cast<size_t>(part)].rate : rates[static_cast<size_t>(part)];
}

double Desk::rate(int j, const Placement& p) const {
  return chips(j) / job(j).chips * speed(j, p.part) * options_.over(job(j), p.part, chips(j), p.pods());
}

bool Desk::start(int j) {
  auto p = place(j, [](const Placement&) { return true; });
  if (p) start(j, std::move(*p));
  return p.has_value();
}

const Placement& Desk::start(int j, Placement p) {
  State& s = state(j);
  JobOutcome& o = outcomes_[static_cast<size_t>(j)];
  says(j, {});
  s.rate = rate(j, p), s.since = now_;
  s.ends = now_ + left(j) / s.rate, s.expected = now_ + expected(j) / s.rate;
  o.state = JobState::running, o.pods = std::max(o.pods, p.pods());
  if (o.start < 0) o.start = now_;
  cluster_.take(p);
  for (const auto& h : p.whole) on_pod_[static_cast<size_t>(h.pod)].insert(j);
  if (p.shared()) on_pod_[static_cast<size_t>(p.pod)].insert(j);
  s.placement = std::move(p);
  waiting_.remove(j);
  ends_.emplace(s.ends, j), expected_.emplace(s.expected, j);
  s.place = active_.size();
  active_.push_back(j);
  return s.placement;
}

void Desk::stop(int j) {
  State& s = state(j);
  JobOutcome& o = outcomes_[static_cast<size_t>(j)];
  ends_.erase({s.ends, j}), expected_.erase({s.expected, j});
  state(active_.back()).place = s.place;
  active_[s.place] = active_.back();
  active_.pop_back();
  o.held += s.chips * (now_ - s.since);
  cluster_.give_back(s.placement);
  for (const auto& h : s.placement.whole) on_pod_[static_cast<size_t>(h.pod)].erase(j);
  if (s.placement.shared()) on_pod_[static_cast<size_t>(s.placement.pod)].erase(j);
  s.placement = {};
  freed_ = true, surprised_ = surprised_ || s.expected != now_;
}

void Desk::set_back(int j, double lost) {
  State& s = state(j);
  const double done = s.done + (now_ - s.since) * s.rate, kept = std::max(0.0, done - lost);
  again_ += (done - kept) / s.rate * s.chips;
  s.done -= done - kept;   // below 0, where what it did before its start was less; it started when it did
  ends_.erase({s.ends, j}), expected_.erase({s.expected, j});
  s.ends = now_ + left(j) / s.rate, s.expected = now_ + expected(j) / s.rate;
  ends_.emplace(s.ends, j), expected_.emplace(s.expected, j);
}

void Desk::interrupt(int j, double lost) {
  State& s = state(j);
  const double done = s.done + (now_ - s.since) * s.rate;
  s.done = std::max(0.0, done - lost);
  again_ += (done - s.done) / s.rate * s.chips;
  stop(j);
  queue(j);
}

void Desk::preempt(int j) {
  interrupt(j, options_.restart);
  ++outcomes_[static_cast<size_t>(j)].preempted;
}

bool Desk::resize(int j, double chips) {
  State& s = state(j);
  if (s.chips == chips) return true;
  const bool runs = state_of(j) == JobState::running;
  const double before = s.chips;
  if (runs) {
    s.done += (now_ - s.since) * s.rate;
    stop(j);
    outcomes_[static_cast<size_t>(j)].state = JobState::waiting;
  } else {
    waiting_.remove(j);
  }
  s.width = width_of(chips), s.chips = chips;
  const bool fits = !runs || Desk::fits(j);
  if (!fits) s.width = width_of(before), s.chips = before;
  waiting_.add(j, s.chips, expected(j));
  if (runs) start(j), outcomes_[static_cast<size_t>(j)].resized += fits ? 1 : 0;
  return fits;
}

void Desk::queue(int j) {
  outcomes_[static_cast<size_t>(j)].state = JobState::waiting;
  state(j).wait = {WaitFor::turn}, state(j).wait_since = now_;
  waiting_.add(j, chips(j), expected(j));
}

void Desk::says(int j, const Wait& why) {
  State& s = state(j);
  if (s.wait.what != why.what) {
    outcomes_[static_cast<size_t>(j)].waited[static_cast<size_t>(s.wait.what)] += static_cast<float>(now_ - s.wait_since);
    s.wait_since = now_;
  }
  s.wait = why;
}

void Desk::wake(double at) { wake_ = std::min(wake_, at); }

}  // namespace capmix::fleet
