// Critical path of a project: tasks that wait for each other, whole or in part. Plain ids and weights; the time
// unit is the caller's.
//   earliest start  S(v) = max(earliest(v), max over edges (u, v, f) of S(u) + f d(u))
//   latest start    L(v) = min(E - d(v),    min over edges (v, w, f) of L(w) - f d(v)),  E = greatest end
// (Kelley and Walker 1959, with start-to-start lags f d instead of whole durations.) Slack is L - S; a node
// without slack is critical.
#pragma once

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
  double end = 0;  // of the last node; 0 when there are none
};

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
  // Nodes are 0..nodes-1. Throws CycleError, and std::invalid_argument for an edge that leaves that range.
  Dag(int nodes, const std::vector<DagEdge>& edges);

  // `duration` per node, not negative. `earliest` per node: not before (chips arrived); empty: 0 for all.
  Schedule schedule(const std::vector<double>& duration, const std::vector<double>& earliest = {}) const;

 private:
  int nodes_;
  std::vector<DagEdge> edges_;  // so that every edge into a node stands before every edge out of it
};

}  // namespace capmix::graph
