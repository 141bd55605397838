// A serving cell on SimGrid, event by event: requests queue for stages in sequence, each with servers that take batches.
//
// A free server takes a batch when `max_batch` wait or the oldest has waited `max_delay`; requests that come later wait
// for another. The batch then holds its server: for a time that depends on its requests and their work (an Exec), or
// for a flow over the fabric from the parameter servers' pod (a Comm, so that the cell's fetches share NICs and uplink).
// Stages are pipelined: a batch's requests join the next stage's queue when it ends.
//
// What is cheap and what is not. A request is an entry of a queue, not an event: arrivals are a list that a server
// looks at when it is free, so a run costs in batches (one actor per server, some 5 us a batch) and hardly in requests.
// Every run has a process of its own near t = 0 (engine/isolate.hpp; a curve: engine/workers.hpp), and its clock counts
// in units of the shortest service, so that no activity is short against the clock's resolution.
//
// Arrivals at a load are those of a stream of rate 1 with its times divided by the load, and a request's work depends on
// its number alone: two loads differ in nothing else (common random numbers), and a curve is smooth.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/quantity.hpp"

namespace capmix::step {

struct Batch {
  int64_t number = 0;   // of the stage, from 0
  int requests = 0;
  double work = 0;      // of its requests, summed: candidates
};

struct CellStage {
  std::string name;
  int servers = 1;                 // replicas, with one queue
  int max_batch = 1;               // requests
  Seconds max_delay;               // how long a free server lets the oldest request wait for company
  std::function<Seconds(const Batch&)> service;  // how long a batch holds its server; a stage has this or
  Bytes fetched;                   // bytes that each server gets over its NIC, per unit of work
  Bytes fetched_request;           // and per request
};

enum class Arriving { poisson, constant, recorded };

struct ServingCell {
  std::vector<CellStage> stages;
  Arriving arriving = Arriving::poisson;
  std::vector<double> recorded;    // times of requests, rising, in any unit: scaled to the load, repeated when too few
  std::function<double(int64_t)> work;  // of a request by its number; empty: 1
  uint64_t seed = 1;               // of the stream "cell.arrival"
  ByteRate nic{50e9};              // of a server that fetches, per direction
  double oversubscription = 1;     // of the pods' uplinks
};

// A request takes this long when it is alone, with `work`: through all stages, no queue, no delay.
Seconds alone(const ServingCell& cell, double work = 1);

struct RunOptions {
  int64_t requests = 100000;
  double warm_up = 0.1;            // share of the requests, the first ones, that no figure counts
  std::vector<double> percentiles{0.5, 0.9, 0.95, 0.99, 0.999};
};

struct StageUse {
  double utilisation = 0;          // of its servers
  double mean_batch = 0;           // requests
};

// One load. Latencies are sojourns: from the arrival of a request to the end of its last batch.
struct CellRun {
  double load = 0;                 // requests/s offered; infinite: all there at once
  double throughput = 0;           // requests/s done
  Seconds mean;
  Seconds half_width;              // of the 99 % interval of the mean, by 30 batch means (Law and Carson 1979)
  std::vector<Seconds> quantiles;  // at the percentiles asked for, of the sample (type 7)
  std::vector<Seconds> half_widths;  // how far the 99 % interval of each reaches down, from the means of 30 groups of the share that takes longer
  std::vector<StageUse> stages;
  bool operator==(const CellRun&) const = default;
};
inline bool operator==(const StageUse& a, const StageUse& b) { return a.utilisation == b.utilisation && a.mean_batch == b.mean_batch; }

// Throws std::invalid_argument with what a cell or a load lacks.
CellRun simulate_cell(const ServingCell& cell, double load, const RunOptions& options = {});
// All requests there at once: the throughput is what the cell can do at most (MLPerf's offline scenario).
CellRun saturate(const ServingCell& cell, const RunOptions& options = {});
// In the order of `loads`, on `jobs` processes; the same figures whatever their number.
std::vector<CellRun> curve(const ServingCell& cell, const std::vector<double>& loads, const RunOptions& options = {}, int jobs = 1);

struct Capacity {
  bool feasible = false;
  std::string reason;              // why no load meets the objective, with the floor
  double load = 0;                 // requests/s, the largest that meets it, to 0.5 %
  Seconds latency;                 // at that load and percentile
  double saturated = 0;            // requests/s when nobody asks for latency
  CellRun run;                     // at that load
};
// By bisection up to 99 % of the saturated rate. It is the load that is known, to 0.5 % or so (beyond the 99.9th percentile to 1 %): close to
// saturation the percentile itself may lie a tenth above the objective in another run, as `run.half_widths` tells.
// Runs have at least `options.requests`, 100 beyond the percentile, and last 20
// objectives, so that a backlog has time to show. `settle`: they are lengthened, up to 4 million requests, until the
// percentile's 99 % interval reaches no more than 2 % down, or near saturation no wider than what moves the load by 0.5 %. A cell in single file
// (cell_run.hpp) is played in plain arithmetic. `percentile` in [0.5, 0.9999].
Capacity capacity(const ServingCell& cell, Seconds objective, double percentile, RunOptions options = {}, bool settle = true);
class CellRequests;
// The same for one of several cells whose requests are equal.
Capacity capacity(const ServingCell& cell, CellRequests& requests, Seconds objective, double percentile, RunOptions options = {}, bool settle = true);

}  // namespace capmix::step
