// Max-flow and min-cut of a network of plain ids and capacities. Which edges bind is the question; the caller
// knows an edge by its index.
//
// Capacities are doubles and are rounded to integer multiples of a power of two, at most 2^-48 of the sum of all
// finite capacities: sums are then exact and a tie is a tie, so that the cut does not depend on rounding dust.
// The value is therefore right to (number of edges) * 2^-48 of that sum.
#pragma once

#include <limits>
#include <vector>

namespace capmix::graph {

inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

struct FlowEdge {
  int from = 0, to = 0;
  double capacity = 0;  // >= 0, or kUnbounded
};

struct FlowResult {
  double value = 0;               // max-flow = capacity of the min-cut
  std::vector<double> flow;       // per edge; one of the possible distributions
  std::vector<bool> source_side;  // per node: residual capacity leads there from the source
  // Indices of the edges of the min-cut nearest to the source, ascending. That cut is unique whatever flow was
  // found: its source side is contained in that of every other min-cut. Edges of capacity 0 on it are listed too.
  std::vector<int> cut;
};

// Push-relabel (Goldberg and Tarjan 1988). Throws std::invalid_argument for an edge or terminal that does not
// exist, a capacity that is negative or not a number, source == sink, or a path of unbounded edges alone.
FlowResult max_flow(int nodes, const std::vector<FlowEdge>& edges, int source, int sink);

}  // namespace capmix::graph
