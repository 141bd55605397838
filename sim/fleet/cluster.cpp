#include "fleet/cluster.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::fleet {
namespace {

constexpr int kShares = 1000;

size_t ix(int i) { return static_cast<size_t>(i); }

}  // namespace

int Placement::pods() const {
  const bool another = shared() && std::none_of(whole.begin(), whole.end(), [&](const NodeHold& h) { return h.pod == pod; });
  return static_cast<int>(whole.size()) + (another ? 1 : 0);
}

Width width_of(double chips) {
  // A share that rounds up to a whole chip is one.
  if (chips < 1) {
    const int share = std::max(1, static_cast<int>(std::ceil(chips * kShares - 1e-6)));
    return share < kShares ? Width{0, share} : Width{1, 0};
  }
  return {static_cast<int64_t>(std::ceil(chips - 1e-9)), 0};
}

Cluster::Cluster(std::vector<ClusterPart> parts) : parts_(std::move(parts)) {
  for (size_t p = 0; p < parts_.size(); ++p) {
    const ClusterPart& part = parts_[p];
    PartState state;
    state.with.resize(ix(part.chips));
    state.free = part.pods * part.nodes;
    for (int i = 0; i < part.pods; ++i) {
      state.by_free.emplace(part.nodes, static_cast<int>(pod_.size()));
      pod_.push_back({static_cast<int>(p), part.nodes, 0});
    }
    nodes_ += state.free, chips_ += static_cast<int64_t>(state.free) * part.chips;
    sizes_.push_back(part.chips);
    state_.push_back(std::move(state));
  }
  std::sort(sizes_.begin(), sizes_.end());
  sizes_.erase(std::unique(sizes_.begin(), sizes_.end()), sizes_.end());
  for (size_t i = 0; i <= sizes_.size(); ++i) {
    const int width = i < sizes_.size() ? sizes_[i] : sizes_.back() + 1;
    std::vector<int> order(parts_.size());
    for (size_t p = 0; p < order.size(); ++p) order[p] = static_cast<int>(p);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      const int x = parts_[ix(a)].chips, y = parts_[ix(b)].chips;
      return (x >= width) != (y >= width) ? x >= width : x >= width ? x < y : x > y;
    });
    orders_.push_back(std::move(order));
  }
}

const std::vector<int>& Cluster::order(Width width) const {
  return orders_[static_cast<size_t>(std::lower_bound(sizes_.begin(), sizes_.end(), width.chips) - sizes_.begin())];
}

bool Cluster::ever_fits(Width width, int p) const {
  const ClusterPart& part = parts_[ix(p)];
  return static_cast<int64_t>(part.pods) * part.nodes * part.chips >= width.chips;
}

bool Cluster::ever_fits(Width width) const {
  for (size_t p = 0; p < parts_.size(); ++p)
    if (ever_fits(width, static_cast<int>(p))) return true;
  return false;
}

int64_t Cluster::widest() const {
  int64_t most = 0;
  for (size_t p = 0; p < parts_.size(); ++p) most = std::max(most, static_cast<int64_t>(state_[p].free) * parts_[p].chips + state_[p].roomiest);
  return most;
}

bool Cluster::fits(Width width, int p) const {
  const PartState& part = state_[ix(p)];
  if (width.share > 0) {
    if (part.free > 0 || part.roomiest > 0) return true;
    for (auto it = chips_by_free_.lower_bound({width.share, -1}); it != chips_by_free_.end(); ++it)
      if (node_[ix(chip_[ix(it->second)].node)].part == p) return true;
    return false;
  }
  const int64_t whole = width.chips / parts_[ix(p)].chips, rest = width.chips % parts_[ix(p)].chips;
  return whole + (rest > part.roomiest ? 1 : 0) <= part.free;
}

int Cluster::node_with(int part, int chips) const {
  const auto& with = state_[ix(part)].with;
  for (size_t free = ix(chips); free < with.size(); ++free)
    if (!with[free].empty()) return with[free].back();
  return -1;
}

std::vector<NodeHold> Cluster::whole_nodes(int part, int count) const {
  const auto& pods = state_[ix(part)].by_free;
  std::vector<NodeHold> out;
  if (count == 0) return out;
  if (const auto one = pods.lower_bound({count, -1}); one != pods.end()) return {{one->second, count}};
  // The emptiest pods whole, and what is left in the fullest pod that has room for it.
  for (auto it = pods.rbegin(); count > 0; ++it) {
    const auto last = pods.lower_bound({count, -1});
    if (last != pods.end() && (it == pods.rbegin() || *last < *std::prev(it))) {
      out.push_back({last->second, count});
      break;
    }
    out.push_back({it->second, it->first});
    count -= it->first;
  }
  return out;
}

Placement Cluster::find(Width width, int p) const {
  const PartState& part = state_[ix(p)];
  Placement out;
  out.part = p;
  if (width.share > 0) {
    out.share = width.share;
    for (auto it = chips_by_free_.lower_bound({width.share, -1}); it != chips_by_free_.end(); ++it)
      if (node_[ix(chip_[ix(it->second)].node)].part == p) return out.chip = it->second, out.node = chip_[ix(it->second)].node, out.pod = node_[ix(out.node)].pod, out;
  } else {
    out.whole = whole_nodes(p, static_cast<int>(width.chips / parts_[ix(p)].chips));
    out.rest = static_cast<int>(width.chips % parts_[ix(p)].chips);
  }
  const int need = out.share > 0 ? 1 : out.rest;
  if (need == 0) return out;
  out.node = node_with(p, need);
  if (out.node >= 0) return out.pod = node_[ix(out.node)].pod, out;
  // A whole node is opened: in the gang's own pod, else in the fullest.
  const auto taken = [&](int pod) {
    for (const auto& h : out.whole)
      if (h.pod == pod) return h.nodes;
    return 0;
  };
  if (!out.whole.empty() && pod_[ix(out.whole.back().pod)].free > out.whole.back().nodes) return out.pod = out.whole.back().pod, out;
  for (const auto& [free, pod] : part.by_free)
    if (free > taken(pod)) return out.pod = pod, out;
  return out;
}

void Cluster::change_pod(int p, int by) {
  PodState& pod = pod_[ix(p)];
  PartState& part = state_[ix(pod.part)];
  if (pod.free > 0) part.by_free.erase({pod.free, p});
  pod.free += by, part.free += by, busy_nodes_ -= by;
  if (pod.free > 0) part.by_free.emplace(pod.free, p);
}

// A node that is down is neither free nor busy.
void Cluster::take_out(int p) { change_pod(p, -1), --busy_nodes_, ++pod_[ix(p)].down, ++moves_; }
void Cluster::bring_back(int p) { change_pod(p, +1), ++busy_nodes_, --pod_[ix(p)].down, ++moves_; }

void Cluster::list(int n, int free) {
  SharedNode& node = node_[ix(n)];
  PartState& part = state_[ix(node.part)];
  node.free = free, node.slot = static_cast<int>(part.with[ix(free)].size());
  part.with[ix(free)].push_back(n);
  part.roomiest = std::max(part.roomiest, free);
}

void Cluster::unlist(int n) {
  const SharedNode& node = node_[ix(n)];
  PartState& part = state_[ix(node.part)];
  auto& same = part.with[ix(node.free)];
  same[ix(node.slot)] = same.back();
  node_[ix(same.back())].slot = node.slot;
  same.pop_back();
  while (part.roomiest > 0 && part.with[ix(part.roomiest)].empty()) --part.roomiest;
}

int Cluster::open_node(int pod) {
  int n = static_cast<int>(node_.size());
  if (spare_nodes_.empty()) node_.emplace_back();
  else n = spare_nodes_.back(), spare_nodes_.pop_back();
  change_pod(pod, -1);
  SharedNode& node = node_[ix(n)];
  node.pod = pod, node.part = pod_[ix(pod)].part, node.free = parts_[ix(node.part)].chips;
  return n;
}

// A node that nobody has a chip of any more is a whole free one.
void Cluster::use_chips(int n, int chips) {
  SharedNode& node = node_[ix(n)];
  const int all = parts_[ix(node.part)].chips;
  if (node.free < all) unlist(n);
  node.free -= chips;
  if (node.free < all) return list(n, node.free);
  change_pod(node.pod, +1);
  node.pod = -1;
  spare_nodes_.push_back(n);
}

void Cluster::take(Placement& p) {
  const int size = parts_[ix(p.part)].chips;
  for (const auto& h : p.whole) change_pod(h.pod, -h.nodes), busy_chips_ += static_cast<int64_t>(h.nodes) * size;
  if (p.shared() && p.chip < 0) {
    if (p.node < 0) p.node = open_node(p.pod);
    use_chips(p.node, p.share > 0 ? 1 : p.rest);
  }
  busy_chips_ += p.rest, busy_shares_ += p.share;
  if (p.share == 0) return;
  if (p.chip < 0) {
    p.chip = static_cast<int>(chip_.size());
    if (spare_chips_.empty()) chip_.emplace_back();
    else p.chip = spare_chips_.back(), spare_chips_.pop_back();
    chip_[ix(p.chip)] = {p.node, kShares};
  } else {
    chips_by_free_.erase({chip_[ix(p.chip)].free, p.chip});
  }
  SharedChip& chip = chip_[ix(p.chip)];
  chip.free -= p.share;
  if (chip.free > 0) chips_by_free_.emplace(chip.free, p.chip);
}

void Cluster::give_back(const Placement& p) {
  const int size = parts_[ix(p.part)].chips;
  for (const auto& h : p.whole) change_pod(h.pod, h.nodes), busy_chips_ -= static_cast<int64_t>(h.nodes) * size;
  busy_chips_ -= p.rest, busy_shares_ -= p.share;
  if (p.rest > 0) use_chips(p.node, -p.rest);
  if (p.share == 0) return;
  SharedChip& chip = chip_[ix(p.chip)];
  if (chip.free > 0) chips_by_free_.erase({chip.free, p.chip});
  chip.free += p.share;
  if (chip.free < kShares) {
    chips_by_free_.emplace(chip.free, p.chip);
    return;
  }
  use_chips(chip.node, -1);
  chip.node = -1;
  spare_chips_.push_back(p.chip);
}

}  // namespace capmix::fleet
