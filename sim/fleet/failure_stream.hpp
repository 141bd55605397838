// Failures of many machines as one stream: of a pod, or of a site. Causes are summed to one Poisson rate, so that a failure costs the
// same whatever the pod's size, and a fleet has an event only when something fails. Infants are thinned: candidates come at the rate
// that holds now, which only falls with age, and one is taken with the share that holds when it comes (Lewis & Shedler 1979).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/draw.hpp"
#include "model/failures.hpp"

namespace capmix::fleet {

// Who may fail, installed together. Machines under repair fail no more: the caller says how many are left.
struct Population {
  double chips = 0, nodes = 0, jobs = 0, sites = 0;
  Seconds installed;
  double of(FailureUnit u) const;
};

struct FailureEvent {
  Seconds at;
  size_t cause = 0;                // of the model
  Seconds repair;                  // how long what it took is out; 0 for a blast of a job
};

class FailureStream {
 public:
  // Rates and factors come from `inputs`, chance from the stream `name` of `events`, which is a draw of a seed.
  FailureStream(const Failures& failures, const Population& population, const Draw& inputs, const Draw& events, const std::string& name);

  // The first failure after `from` and up to `until`, if there is one. The law has no memory, so it may be asked anew from any time,
  // after resize() too; each question takes new chance.
  std::optional<FailureEvent> next(Seconds from, Seconds until);
  void resize(const Population& population);
  PerSecond rate(Seconds at) const;   // of all causes
  // Failures in a time, in expectation: each cause's r [T + (f - 1) d (exp(-a / d) - exp(-b / d))] for ages from a to b.
  double expected(Seconds from, Seconds until) const;

 private:
  struct Cause {
    double unit_rate = 0, rate = 0, factor = 1;  // rate: of all its units, once no infants
    const FailureCause* of = nullptr;
  };
  double uniform();
  double at_age(const Cause& c, double t) const;

  const Failures* failures_;
  Population population_;
  Draw events_;
  Stream stream_;
  uint64_t drawn_ = 0;
  std::vector<Cause> causes_;
};

}  // namespace capmix::fleet
