#include "fleet/gang_life.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "base/nth.hpp"

namespace capmix::fleet {

double GangTimes::total() const {
  double sum = open;
  for (const double x : of) sum += x;
  return sum;
}

GangLife::GangLife(engine::Clock& clock, GangFailures gang, const Draw& draw, const std::string& name)
    : clock_(clock), gang_(std::move(gang)), draw_(draw), when_(name + "/when"), which_(name + "/which"), how_long_(name + "/repair"), slow_(name + "/slow") {
  if (draw.modes()) throw std::invalid_argument("a gang's life needs a draw of a seed");
  booked_.strikes.resize(gang_.strikes.size());
  since_ = clock_.now().value();
  exposure_ = exponential(when_, gang_.rate().value());
  arm();
  if (gang_.slow_rate.value() > 0) next_slow();
  run();
}

double GangLife::uniform(const Stream& stream) { return nth(draw_, stream.hash(), ++drawn_); }

double GangLife::exponential(const Stream& stream, double rate) { return -std::log(uniform(stream)) / rate; }

void GangLife::after(double seconds, std::function<void()> act) {
  clock_.at(clock_.now() + Seconds(seconds), [this, number = phases_, act = std::move(act)] {
    if (number == phases_) act();
  });
}

void GangLife::enter(Phase phase) {
  settle();
  phase_ = phase, ++phases_;
}

void GangLife::settle() {
  const double t = clock_.now().value(), past = t - since_;
  since_ = t;
  const auto book = [&](GangTime to) { booked_.of[static_cast<size_t>(to)] += past; };
  switch (phase_) {
    case Phase::work:
      now_.work += past;
      if (slow_nodes_ > 0) now_.slow += past;
      break;
    case Phase::stall: now_.stall += past; break;
    case Phase::detect: book(GangTime::detect); break;
    case Phase::wait: book(GangTime::wait); break;
    case Phase::resume: book(GangTime::resume); break;
    case Phase::reload: book(GangTime::reload); break;
    case Phase::warm_up: book(GangTime::warm_up); break;
  }
}

void GangLife::arm() {
  if (!std::isfinite(exposure_)) return;
  armed_ = clock_.now().value();
  clock_.at(Seconds(armed_ + exposure_), [this, number = ++arms_] {
    if (number == arms_) strike();
  });
}

void GangLife::run() {
  enter(Phase::work);
  after(gang_.interval.value(), [this] {
    enter(Phase::stall);
    after(gang_.stall.value(), [this] { taken(); });
  });
}

// A checkpoint counts once it is flushed; what ends the run first takes it along, so the timer belongs to the run.
void GangLife::taken() {
  settle();
  flushing_.push_back(std::exchange(now_, {}));
  const auto counts = [this] {
    const Segment s = flushing_.front();
    flushing_.erase(flushing_.begin());
    const double slow = gang_.slowdown * s.slow;
    booked_.of[static_cast<size_t>(GangTime::useful)] += s.work - slow;
    booked_.of[static_cast<size_t>(GangTime::slow)] += slow;
    booked_.of[static_cast<size_t>(GangTime::stall)] += s.stall;
  };
  if (gang_.flush.value() > 0) {
    clock_.at(clock_.now() + gang_.flush, [this, counts, number = arms_] {
      if (number == arms_) counts();
    });
  } else counts();
  run();
}

void GangLife::strike() {
  enter(Phase::detect);
  for (const auto& s : flushing_) booked_.of[static_cast<size_t>(GangTime::lost)] += s.work + s.stall;
  booked_.of[static_cast<size_t>(GangTime::lost)] += now_.work + now_.stall;
  flushing_.clear(), now_ = {};
  const double all = gang_.rate().value(), u = uniform(which_) * all;
  double sum = 0;
  cause_ = 0;
  for (size_t i = 0; i < gang_.strikes.size(); ++i) {
    if (gang_.strikes[i].rate.value() <= 0) continue;
    cause_ = i;
    if ((sum += gang_.strikes[i].rate.value()) > u) break;
  }
  ++booked_.strikes[cause_];
  if (gang_.strikes[cause_].nodes > 0) struck_.push_back(cause_);
  exposure_ = exponential(when_, all);
  arm();
  after(gang_.strikes[cause_].detect.value(), [this] { detected(); });
}

// What was struck goes to be repaired; what is short is waited for, and meanwhile nothing strikes.
void GangLife::detected() {
  enter(Phase::wait);
  for (const size_t c : std::exchange(struck_, {})) {
    const Strike& s = gang_.strikes[c];
    const int nodes = static_cast<int>(s.nodes);
    int& list = s.hot ? in_repair_ : held_;
    list += nodes;
    clock_.at(clock_.now() + s.repair.quantile(uniform(how_long_)), [this, &list, nodes] {
      list -= nodes;
      if (phase_ == Phase::wait) go_on();
    });
  }
  exposure_ -= clock_.now().value() - armed_;
  ++arms_;
  go_on();
}

void GangLife::go_on() {
  if (in_repair_ > static_cast<int>(gang_.spares) || held_ > 0) return;
  arm();
  recover();
}

void GangLife::recover() {
  enter(Phase::resume);
  after(gang_.strikes[cause_].resume.value(), [this] {
    enter(Phase::reload);
    after(gang_.reload.value(), [this] {
      enter(Phase::warm_up);
      after(gang_.warm_up.value(), [this] { run(); });
    });
  });
}

void GangLife::next_slow() {
  clock_.at(clock_.now() + Seconds(exponential(slow_, gang_.slow_rate.value())), [this] {
    settle();
    ++slow_nodes_;
    clock_.at(clock_.now() + gang_.slow_for, [this] { settle(), --slow_nodes_; });
    next_slow();
  });
}

GangTimes GangLife::times() const {
  GangTimes out = booked_;
  const double past = clock_.now().value() - since_;
  for (const auto& s : flushing_) out.open += s.work + s.stall;
  out.open += now_.work + now_.stall;
  switch (phase_) {
    case Phase::work:
    case Phase::stall: out.open += past; break;
    case Phase::detect: out.of[static_cast<size_t>(GangTime::detect)] += past; break;
    case Phase::wait: out.of[static_cast<size_t>(GangTime::wait)] += past; break;
    case Phase::resume: out.of[static_cast<size_t>(GangTime::resume)] += past; break;
    case Phase::reload: out.of[static_cast<size_t>(GangTime::reload)] += past; break;
    case Phase::warm_up: out.of[static_cast<size_t>(GangTime::warm_up)] += past; break;
  }
  return out;
}

}  // namespace capmix::fleet
