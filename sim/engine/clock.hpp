// The clock of a fleet run: one SimGrid engine, pods as hosts that go on and off, timers as the only events. A
// fleet has events when a state changes, so a timer per change is all it needs; a million of them take about a
// second. One Clock per process: a second one would start at the first one's time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/quantity.hpp"

namespace capmix::engine {

class Clock {
 public:
  Clock();
  ~Clock();
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;

  // Before the first run(): the host exists and is off. Returns its number, counted from 0.
  int add_pod(const std::string& name, double flops);
  void switch_pod(int pod, bool on);
  bool pod_is_on(int pod) const;

  // Runs `callback` at `date`, which is not in the past. Equal dates run in the order of registration.
  void at(Seconds date, std::function<void()> callback);
  Seconds now() const;
  // Runs every callback dated up to and including `until`, those that they register too.
  void run(Seconds until);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace capmix::engine
