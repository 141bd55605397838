// What every run of a serving cell (cell.hpp) shares, however it is played: its requests, and the figures that it leaves.
#pragma once

#include "step/cell.hpp"

namespace capmix::step {

// Requests of a cell, by number: when they come at a load of 1 request/s, and their work. Made once for many loads.
class CellRequests {
 public:
  // Reads the cell's arrivals, work and seed, and keeps none of it but `work`.
  explicit CellRequests(const ServingCell& cell);
  void reach(int64_t n);          // at least n of them
  const std::vector<double>& arrivals() const { return arrivals_; }  // rising
  double work(int64_t i) const { return work_of_ ? work_[static_cast<size_t>(i)] : 1; }

 private:
  Arriving arriving_;
  std::vector<double> recorded_;
  uint64_t seed_;
  std::function<double(int64_t)> work_of_;
  std::vector<double> arrivals_, work_;
};

// How long a batch holds a server that shares its NIC and uplink with nobody.
Seconds held(const ServingCell& cell, const CellStage& stage, const Batch& batch);
// The clock's unit: the shortest service of a request alone, but no less than a millionth of the longest.
Seconds clock_unit(const ServingCell& cell);
// SimGrid ends two events together when they are nearer than this, in units of the clock.
inline constexpr double kInstant = 1e-9;

struct StageTally {
  int servers = 1;
  int64_t batches = 0, requests = 0;
  double busy = 0;                // of the time that counts
};

// One load as it was played, times in units of the clock.
struct CellLog {
  CellLog(const ServingCell& cell, CellRequests& requests, double load, const RunOptions& options);
  bool at_once() const;
  // What figures count: from the first request after the warm-up to the last arrival; of requests that are all there at once,
  // everything.
  double begin() const;
  double counted(double from, double to) const;
  // No more than a share 1 - p of the requests that count took longer.
  bool within(Seconds latency, double p) const;

  double load;                    // requests/s; infinite: all there at once
  Seconds unit;
  int64_t first;                  // request that counts
  std::vector<double> arrivals, done;  // by request
  std::vector<StageTally> stages;
};

CellRun figures(const CellLog& log, const RunOptions& options);

// Every stage has one server and at most one of them fetches: nothing is shared.
bool in_single_file(const ServingCell& cell);
// Such a cell's run in plain arithmetic: a batch starts when its server is free and its requests are there, and ends when it
// has held it, stage behind stage. What simulate_cell() says (a test compares them), at a hundredth of its cost; save where a batch ends in the very instant in which
// another stage's delay does, and SimGrid has the server start without it.
CellLog play_in_single_file(const ServingCell& cell, CellRequests& requests, double load, const RunOptions& options);

// Throws std::invalid_argument with what a cell or a load lacks.
void check(const ServingCell& cell, double load, const RunOptions& options);

}  // namespace capmix::step
