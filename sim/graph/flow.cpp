#include "graph/flow.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>
#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace capmix::graph {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Network = boost::adjacency_list<
    boost::vecS, boost::vecS, boost::directedS, boost::no_property,
    boost::property<boost::edge_capacity_t, int64_t,
                    boost::property<boost::edge_residual_capacity_t, int64_t,
                                    boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;

// Bits of the sum of all finite capacities in units: exact in a double, and far from an overflow.
constexpr int kBits = 48;

void check(int nodes, const std::vector<FlowEdge>& edges, int source, int sink) {
  const auto exists = [&](int v) { return v >= 0 && v < nodes; };
  if (!exists(source) || !exists(sink) || source == sink) throw std::invalid_argument("source or sink of a flow is wrong");
  for (const auto& e : edges) {
    if (!exists(e.from) || !exists(e.to)) throw std::invalid_argument("an edge names a node that does not exist");
    if (!(e.capacity >= 0)) throw std::invalid_argument("a capacity is negative or not a number");
  }
}

// Exponent of the unit: sum of finite capacities < 2^(exponent + kBits).
int unit_exponent(const std::vector<FlowEdge>& edges) {
  double sum = 0;
  for (const auto& e : edges)
    if (e.capacity != kUnbounded) sum += e.capacity;
  int exponent = 0;
  std::frexp(sum, &exponent);
  return exponent - kBits;
}

std::vector<bool> reachable(const Network& g, Traits::vertex_descriptor source) {
  const auto residual = get(boost::edge_residual_capacity, g);
  std::vector<bool> seen(num_vertices(g), false);
  std::vector<Traits::vertex_descriptor> todo{source};
  seen[source] = true;
  while (!todo.empty()) {
    const auto v = todo.back();
    todo.pop_back();
    for (auto [e, end] = out_edges(v, g); e != end; ++e) {
      if (residual[*e] <= 0 || seen[target(*e, g)]) continue;
      seen[target(*e, g)] = true;
      todo.push_back(target(*e, g));
    }
  }
  return seen;
}

}  // namespace

FlowResult max_flow(int nodes, const std::vector<FlowEdge>& edges, int source, int sink) {
  check(nodes, edges, source, sink);
  const int exponent = unit_exponent(edges);
  // More than all finite edges together, so that such an edge is in a cut only when nothing else can be.
  const int64_t unbounded = (int64_t{1} << kBits) + static_cast<int64_t>(edges.size());

  Network g(static_cast<size_t>(nodes));
  auto capacity = get(boost::edge_capacity, g);
  auto residual = get(boost::edge_residual_capacity, g);
  auto reverse = get(boost::edge_reverse, g);
  std::vector<Traits::edge_descriptor> forward;
  for (const auto& e : edges) {
    const auto from = static_cast<size_t>(e.from), to = static_cast<size_t>(e.to);
    const auto there = add_edge(from, to, g).first, back = add_edge(to, from, g).first;
    capacity[there] = e.capacity == kUnbounded ? unbounded : std::llround(std::ldexp(e.capacity, -exponent));
    capacity[back] = 0;
    reverse[there] = back;
    reverse[back] = there;
    forward.push_back(there);
  }
  const int64_t value = boost::push_relabel_max_flow(g, static_cast<size_t>(source), static_cast<size_t>(sink));
  if (value >= unbounded) throw std::invalid_argument("a path of unbounded edges leads from source to sink");

  FlowResult out;
  out.value = std::ldexp(static_cast<double>(value), exponent);
  out.source_side = reachable(g, static_cast<size_t>(source));
  for (size_t i = 0; i < edges.size(); ++i) {
    const int64_t flow = capacity[forward[i]] - residual[forward[i]];
    out.flow.push_back(std::ldexp(static_cast<double>(flow), exponent));
    const bool leaves = out.source_side[static_cast<size_t>(edges[i].from)];
    if (leaves && !out.source_side[static_cast<size_t>(edges[i].to)]) out.cut.push_back(static_cast<int>(i));
  }
  return out;
}

}  // namespace capmix::graph
