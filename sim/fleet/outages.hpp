// Failures as events: when something fails, what goes down with it, and who is told. A pod has one stream for all that its chips and
// nodes may meet (failure_stream.hpp), a site one for what is counted by site, and jobs that run one for what is counted by job. A
// strike costs the state that it changes and no more: nobody's hours are settled for it, and the fleet decides anew only where
// chips came free or back that somebody waits for.
//
// A study plays them where it says so, by the failure model of each node; a log of jobs by its own model, if it names one. Strikes come
// in whole seconds. Not modelled: failures that cause others, planned stops, machines that fail under repair, and of a rack anything but
// how many nodes it has.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "engine/clock.hpp"
#include "fleet/failure_stream.hpp"
#include "fleet/job_logs.hpp"
#include "fleet/mean_failures.hpp"
#include "fleet/serving.hpp"
#include "fleet/training.hpp"

namespace capmix::fleet {

class Outages {
 public:
  // All outlive it. `wake` asks for a tick of the fleet. `means`: what strikes pods and jobs is taken in expectation (mean_failures.hpp).
  Outages(const Scenario& scenario, const Plan& plan, Pool& pool, const Months& months, engine::Clock& clock, Training& training, Serving& serving, JobLogs& logs,
          const Draw& draw, std::function<void(int64_t)> wake, bool means = false);
  void begin();                          // once, before the clock runs
  void watch(int pod, int64_t now);      // a pod that came online, or was given to a log
  void runs(int64_t now);                // after gangs started: there may be more of them
  void write(Facts& facts) const;

 private:
  enum class Of { pod, site, gangs, log };
  struct Source {
    Of of = Of::pod;
    int index = 0;                       // pod, site, log
    Id<Failures> model;
    FailureStream stream;
    Population population;
    uint64_t turn = 0;                   // of its timer: older ones are void
  };
  struct Event {
    FailureEvent what;
    int64_t now = 0, repaired = 0;
    Id<Failures> model;
    const FailureCause* cause = nullptr;
    Hit hit;
    mutable bool counted = false;        // as a strike: of many pods it is one
  };
  size_t add(Of of, int index, Id<Failures> model, const Population& population, const std::string& name);
  void arm(size_t source, int64_t now);
  void strike(size_t source, const FailureEvent& event, int64_t now);
  void strike_pod(int pod, const Event& event);
  void strike_place(int site, int hall, const Event& event);
  void strike_node(int pod, int node, const Event& event);
  void strike_log(int pod, int node, const Event& event);   // a node of a pod that a log has, or all: -1
  void break_free(int pod, int nodes, const Event& event);  // that are in no gang
  std::vector<int> pods_at(int site, int hall) const;       // that are on; of a hall, or of all: -1
  void strike_jobs(Source& source, const Event& event);
  void take_pod(int pod, const Event& event);
  void down(int pod, int chips, const Event& event);
  void mend(int pod, int chips, int64_t at);
  void more_jobs(size_t source, size_t running, int64_t now);
  void count(const Event& event, Id<Chip> chip, int workload, int nodes, int64_t lost);
  double uniform();

  const Scenario& scenario_;
  const Plan& plan_;
  Pool& pool_;
  const Months& months_;
  engine::Clock& clock_;
  Training& training_;
  Serving& serving_;
  JobLogs& logs_;
  const Draw& draw_;
  Draw chance_;                          // of a seed, at modes too
  std::function<void(int64_t)> wake_;
  const bool means_;
  MeanFailures mean_;
  std::vector<Source> sources_;
  std::vector<int> of_pod_;              // its source; -1: none
  std::vector<size_t> of_gangs_;
  std::vector<int> of_log_;              // source of its jobs; -1: none
  std::vector<std::vector<Hit>> hits_;   // by model, cause; without dates
  uint64_t drawn_ = 0;
  struct Key { int month; uint32_t model, cause, chip; int workload; auto operator<=>(const Key&) const = default; };
  std::map<Key, OutageMonth> facts_;
};

}  // namespace capmix::fleet
