#include "graph/dag.hpp"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <cmath>
#include <string>
#include <utility>

namespace capmix::graph {
namespace {

using Graph = boost::compressed_sparse_row_graph<boost::directedS>;

// Slack below this share of the project's length is rounding, not slack.
constexpr double kRounding = 1e-9;

// Ranks nodes by falling finishing time; a back edge closes a cycle.
struct Ranker : boost::default_dfs_visitor {
  std::vector<int>* parent;
  std::vector<int>* rank;
  int* next;

  template <class Edge>
  void tree_edge(Edge e, const Graph& g) const {
    (*parent)[target(e, g)] = static_cast<int>(source(e, g));
  }
  template <class Edge>
  void back_edge(Edge e, const Graph& g) const {
    const int first = static_cast<int>(target(e, g));
    std::vector<int> cycle;
    for (int v = static_cast<int>(source(e, g)); v != first; v = (*parent)[static_cast<size_t>(v)]) cycle.push_back(v);
    cycle.push_back(first);
    std::reverse(cycle.begin(), cycle.end());
    throw CycleError(std::move(cycle));
  }
  template <class Vertex>
  void finish_vertex(Vertex v, const Graph&) const {
    (*rank)[v] = (*next)--;
  }
};

std::vector<int> topological_rank(int nodes, const std::vector<DagEdge>& edges) {
  std::vector<std::pair<size_t, size_t>> ends;
  ends.reserve(edges.size());
  for (const auto& e : edges) ends.emplace_back(e.from, e.to);
  const Graph g(boost::edges_are_unsorted_multi_pass, ends.begin(), ends.end(), static_cast<size_t>(nodes));
  std::vector<int> rank(static_cast<size_t>(nodes)), parent(static_cast<size_t>(nodes), -1);
  int next = nodes;
  Ranker ranker;
  ranker.parent = &parent;
  ranker.rank = &rank;
  ranker.next = &next;
  boost::depth_first_search(g, boost::visitor(ranker));
  return rank;
}

std::string describe(const std::vector<int>& nodes) {
  std::string text = "cycle:";
  for (const int v : nodes) text += " " + std::to_string(v);
  return text;
}

}  // namespace

CycleError::CycleError(std::vector<int> nodes) : std::runtime_error(describe(nodes)), nodes_(std::move(nodes)) {}

Dag::Dag(int nodes, const std::vector<DagEdge>& edges) : nodes_(nodes), edges_(edges) {
  for (const auto& e : edges)
    if (e.from < 0 || e.from >= nodes || e.to < 0 || e.to >= nodes)
      throw std::invalid_argument("an edge names a node that does not exist");
  const auto rank = topological_rank(nodes, edges);
  std::stable_sort(edges_.begin(), edges_.end(), [&](const DagEdge& a, const DagEdge& b) {
    return rank[static_cast<size_t>(a.from)] < rank[static_cast<size_t>(b.from)];
  });
}

Schedule Dag::schedule(const std::vector<double>& duration, const std::vector<double>& earliest) const {
  Schedule out;
  out.nodes.resize(static_cast<size_t>(nodes_));
  const auto node = [&](int v) -> NodeTimes& { return out.nodes[static_cast<size_t>(v)]; };
  for (size_t v = 0; v < earliest.size(); ++v) out.nodes[v].start = earliest[v];
  for (const auto& e : edges_)
    node(e.to).start = std::max(node(e.to).start, node(e.from).start + e.fraction * duration[static_cast<size_t>(e.from)]);
  for (size_t v = 0; v < out.nodes.size(); ++v) {
    out.nodes[v].end = out.nodes[v].start + duration[v];
    out.end = v == 0 ? out.nodes[v].end : std::max(out.end, out.nodes[v].end);
  }
  for (size_t v = 0; v < out.nodes.size(); ++v) out.nodes[v].latest_start = out.end - duration[v];
  for (auto e = edges_.rbegin(); e != edges_.rend(); ++e)
    node(e->from).latest_start = std::min(node(e->from).latest_start,
                                          node(e->to).latest_start - e->fraction * duration[static_cast<size_t>(e->from)]);
  const double rounding = kRounding * std::max(1.0, std::abs(out.end));
  for (auto& n : out.nodes) {
    n.slack = n.latest_start - n.start;
    n.critical = n.slack <= rounding;
    if (n.critical) n.slack = 0;
  }
  return out;
}

}  // namespace capmix::graph
