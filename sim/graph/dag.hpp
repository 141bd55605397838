// Critical path of a project: tasks that wait for each other, whole or in part. Plain ids and weights; the time
// unit is the caller's.
//   earliest start  S(v) = max(earliest(v), max over edges (u, v, f) of S(u) + lag)
//   latest start    L(v) = min(E - d(v),    min over edges (v, w, f) of L(w) - lag),  E = greatest end of v's group
// (Kelley and Walker 1959, with start-to-start lags f d(u) instead of whole durations.) Slack is L - S; a node
// without slack is critical. Groups are projects that share resources: what holds up any of their ends is critical.
// Where work does not go on at one rate, d and the lags are what they turned out to be: slack is then by these, as if
// a task that slips took as long as it did in its place.
#pragma once

#include <functional>
#include <stdexcept>
#include <vector>

namespace capmix::graph {

// `to` may start when `fraction` (0..1) of the duration of `from` has passed.
struct DagEdge {
  int from = 0, to = 0;
  double fraction = 1;
};

struct NodeTimes {
  double start = 0, end = 0;  // earliest
  double latest_start = 0;    // without moving the end of the whole
  double slack = 0;           // latest_start - start
  bool critical = false;
};

struct Schedule {
  std::vector<NodeTimes> nodes;
  double end = 0;            // of the last node; 0 when there are none
  std::vector<double> ends;  // of the last node of each group
};

// When `work` of a node is done that starts at `start`: not before it, and rising with both. None: start + work.
using Progress = std::function<double(int node, double start, double work)>;

// The edges close a cycle: nodes() are on it, each once, in the order of its edges.
class CycleError : public std::runtime_error {
 public:
  explicit CycleError(std::vector<int> nodes);
  const std::vector<int>& nodes() const { return nodes_; }

 private:
  std::vector<int> nodes_;
};

// The order is found once; schedule() is linear in nodes and edges and may be called for many durations.
class Dag {
 public:
  // Nodes are 0..nodes-1, each of a group, 0.. without gaps (empty: all of one). Throws CycleError, and std::invalid_argument for
  // an edge that leaves that range.
  Dag(int nodes, const std::vector<DagEdge>& edges, std::vector<int> groups = {});

  // `duration` per node, not negative. `earliest` per node: not before; empty: 0 for all.
  Schedule schedule(const std::vector<double>& duration, const std::vector<double>& earliest = {},
                    const Progress& progress = {}) const;
  // The nodes so that each comes after all that it waits for; else by their numbers, least first.
  std::vector<int> order() const;

 private:
  int nodes_;
  std::vector<int> groups_;
  std::vector<DagEdge> edges_;  // so that every edge into a node stands before every edge out of it
};

}  // namespace capmix::graph
