#include "fleet/reservation.hpp"

#include <algorithm>

namespace capmix::fleet {
namespace {

size_t ix(int i) { return static_cast<size_t>(i); }

}  // namespace

void Reservation::hand_back(const Desk& desk, const Placement& p) {
  for (const auto& h : p.whole) whole_[ix(p.part)] += h.nodes;
  int chips = p.rest;
  if (p.share > 0) {
    const auto it = std::find_if(shares_.begin(), shares_.end(), [&](const auto& s) { return s.first == p.chip; });
    const int given = p.share + (it == shares_.end() ? 0 : it->second);
    if (it == shares_.end()) shares_.emplace_back(p.chip, given);
    else it->second = given;
    if (desk.cluster().shared_chip(p.chip).free + given < 1000) return;
    chips = 1;
  }
  if (chips == 0) return;
  if (chips_[ix(p.node)] == 0) touched_.push_back(p.node);
  chips_[ix(p.node)] += chips;
  const SharedNode& node = desk.cluster().shared(p.node);
  if (node.free + chips_[ix(p.node)] < desk.cluster().parts()[ix(node.part)].chips) return;
  empties_[ix(p.node)] = 1, ++whole_[ix(node.part)];
}

bool Reservation::enough(const Desk& desk, int part, Width width) {
  const Cluster& cluster = desk.cluster();
  const int size = cluster.parts()[ix(part)].chips;
  const int64_t need = width.share > 0 ? 0 : width.chips / size;
  const int rest = width.share > 0 ? 1 : static_cast<int>(width.chips % size);
  const int64_t free = cluster.free_nodes(part) + whole_[ix(part)];
  if (free < need) return false;
  node_ = -1, room_ = 0, part_ = part;
  spare_ = static_cast<int>(free - need);
  if (rest == 0) return true;
  // The rest: on a node that others are on then too, the fullest one; else on one that they have left; else on any that is free.
  int emptied = -1;
  for (const int n : touched_) {
    const int room = cluster.shared(n).free + chips_[ix(n)] - rest;
    if (cluster.shared(n).part != part || room < 0) continue;
    if (empties_[ix(n)] != 0) emptied = n;
    else if (node_ < 0 || room < room_) node_ = n, room_ = room;
  }
  for (int free = rest; node_ < 0 && free <= cluster.roomiest(part); ++free)
    for (const int n : cluster.nodes_with(part, free))
      if (empties_[ix(n)] == 0) {
        node_ = n, room_ = free + chips_[ix(n)] - rest;
        break;
      }
  if (node_ >= 0) return true;
  if (--spare_ < 0) return false;
  if (emptied >= 0) node_ = emptied, room_ = size - rest, empties_[ix(emptied)] = 0;
  return true;
}

void Reservation::make(const Desk& desk, int job) {
  const Cluster& cluster = desk.cluster();
  job_ = job, at_ = kForever;
  whole_.assign(cluster.parts().size(), 0), chips_.assign(cluster.shared_nodes(), 0), empties_.assign(cluster.shared_nodes(), 0);
  touched_.clear(), shares_.clear();
  const Width width = desk.width(job);
  const auto& ends = desk.expected_ends();
  for (auto it = ends.begin(); it != ends.end();) {
    // One that is late is expected at once, with all that are.
    const double end = std::max(it->first, desk.now());
    for (; it != ends.end() && std::max(it->first, desk.now()) == end; ++it) hand_back(desk, desk.placement(it->second));
    for (const int part : cluster.order(width))
      if (enough(desk, part, width)) {
        at_ = end;
        return;
      }
  }
}

int Reservation::cost(const Placement& p) const {
  int nodes = 0;
  for (const auto& h : p.whole) nodes += h.nodes;
  if (!p.shared()) return nodes;
  // A node that is opened is one that is free now.
  return nodes + (p.node < 0 || (ix(p.node) < empties_.size() && empties_[ix(p.node)] != 0) ? 1 : 0);
}

bool Reservation::allows(const Desk&, const Placement& p, double end) const {
  if (p.part != part_ || end <= at_) return true;
  if (p.shared() && p.node >= 0 && p.node == node_) return room_ >= (p.share > 0 ? 1 : p.rest) && cost(p) <= spare_;
  return cost(p) <= spare_;
}

void Reservation::admit(const Desk& desk, const Placement& p, double end) {
  if (p.part != part_) return;
  const bool stays = end > at_;
  if (p.shared() && ix(p.node) >= empties_.size()) empties_.resize(desk.cluster().shared_nodes(), 0);
  // A node that it opened alone holds nothing else: all its other chips are free.
  const bool opened = p.shared() && desk.cluster().shared(p.node).free == desk.cluster().parts()[ix(p.part)].chips - std::max(1, p.rest) &&
                      (p.share == 0 || desk.cluster().shared_chip(p.chip).free == 1000 - p.share);
  if (opened) empties_[ix(p.node)] = stays ? 0 : 1;
  if (!stays) return;
  for (const auto& h : p.whole) spare_ -= h.nodes;
  if (!p.shared()) return;
  if (opened || empties_[ix(p.node)] != 0) --spare_, empties_[ix(p.node)] = 0;
  if (p.node == node_) room_ -= std::max(1, p.rest);
}

double Reservation::narrow(const Desk& desk) const {
  const Cluster& cluster = desk.cluster();
  int64_t most = 0;
  for (size_t p = 0; p < cluster.parts().size(); ++p) {
    const int part = static_cast<int>(p), free = cluster.free_nodes(part);
    most = std::max(most, static_cast<int64_t>(part == part_ ? std::min(free, spare_) : free) * cluster.parts()[p].chips + cluster.roomiest(part));
  }
  return static_cast<double>(most);
}

}  // namespace capmix::fleet
