#include "graph/dag.hpp"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace capmix::graph {
namespace {

using Graph = boost::compressed_sparse_row_graph<boost::directedS>;

// Slack below this share of the project's length is rounding, not slack.
constexpr double kRounding = 1e-9;
constexpr double kForEver = std::numeric_limits<double>::infinity();

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

Dag::Dag(int nodes, const std::vector<DagEdge>& edges, std::vector<int> groups)
    : nodes_(nodes), groups_(std::move(groups)), edges_(edges) {
  groups_.resize(static_cast<size_t>(nodes), 0);
  for (const auto& e : edges)
    if (e.from < 0 || e.from >= nodes || e.to < 0 || e.to >= nodes)
      throw std::invalid_argument("an edge names a node that does not exist");
  const auto rank = topological_rank(nodes, edges);
  std::stable_sort(edges_.begin(), edges_.end(), [&](const DagEdge& a, const DagEdge& b) {
    return rank[static_cast<size_t>(a.from)] < rank[static_cast<size_t>(b.from)];
  });
}

Schedule Dag::schedule(const std::vector<double>& duration, const std::vector<double>& earliest, const Progress& progress) const {
  Schedule out;
  const size_t count = static_cast<size_t>(nodes_);
  out.nodes.resize(count);
  const auto after = [&](size_t v, double fraction) {
    const double start = out.nodes[v].start, work = fraction * duration[v];
    return progress ? progress(static_cast<int>(v), start, work) : start + work;
  };
  for (size_t v = 0; v < earliest.size(); ++v) out.nodes[v].start = earliest[v];
  for (const auto& e : edges_) {
    double& start = out.nodes[static_cast<size_t>(e.to)].start;
    start = std::max(start, after(static_cast<size_t>(e.from), e.fraction));
  }
  out.ends.assign(groups_.empty() ? 0 : 1 + static_cast<size_t>(*std::max_element(groups_.begin(), groups_.end())), -kForEver);
  for (size_t v = 0; v < count; ++v) {
    double& end = out.ends[static_cast<size_t>(groups_[v])];
    end = std::max(end, out.nodes[v].end = after(v, 1));
    out.end = v == 0 ? out.nodes[v].end : std::max(out.end, out.nodes[v].end);
  }
  for (size_t v = 0; v < count; ++v) {
    auto& n = out.nodes[v];
    n.latest_start = out.ends[static_cast<size_t>(groups_[v])] - (n.end - n.start);
  }
  for (auto e = edges_.rbegin(); e != edges_.rend(); ++e) {
    const auto from = static_cast<size_t>(e->from);
    auto& n = out.nodes[from];
    n.latest_start = std::min(n.latest_start, out.nodes[static_cast<size_t>(e->to)].latest_start - (after(from, e->fraction) - n.start));
  }
  const double rounding = kRounding * std::max(1.0, std::abs(out.end));
  for (auto& n : out.nodes) {
    n.slack = n.latest_start - n.start;
    n.critical = n.slack <= rounding;
    if (n.critical) n.slack = 0;
  }
  return out;
}

std::vector<int> Dag::order() const {
  std::vector<int> waits(static_cast<size_t>(nodes_), 0), out;
  for (const auto& e : edges_) ++waits[static_cast<size_t>(e.to)];
  std::vector<bool> done(waits.size(), false);
  while (out.size() < waits.size())
    for (int v = 0; v < nodes_; ++v) {
      if (done[static_cast<size_t>(v)] || waits[static_cast<size_t>(v)] > 0) continue;
      done[static_cast<size_t>(v)] = true;
      out.push_back(v);
      for (const auto& e : edges_)
        if (e.from == v) --waits[static_cast<size_t>(e.to)];
      break;
    }
  return out;
}

}  // namespace capmix::graph
