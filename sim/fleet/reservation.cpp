#include "fleet/reservation.hpp"

#include <algorithm>

namespace capmix::fleet {
namespace {

constexpr size_t kMostToSpare = 100;   // victims of one job; with more, none is looked at twice

size_t ix(int i) { return static_cast<size_t>(i); }

}  // namespace

void GivenBack::reset(const Desk& desk) {
  const Cluster& cluster = desk.cluster();
  whole_.assign(cluster.parts().size(), 0), chips_.assign(cluster.shared_nodes(), 0), empties_.assign(cluster.shared_nodes(), 0);
  touched_.clear(), shares_.clear();
}

void GivenBack::add(const Desk& desk, const Placement& p) {
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

bool GivenBack::room(const Desk& desk, int part, Width width, Room& out) const {
  const Cluster& cluster = desk.cluster();
  const int size = cluster.parts()[ix(part)].chips;
  const int64_t need = width.share > 0 ? 0 : width.chips / size;
  const int rest = width.share > 0 ? 1 : static_cast<int>(width.chips % size);
  const int64_t free = cluster.free_nodes(part) + whole_[ix(part)];
  if (free < need) return false;
  out = {part, static_cast<int>(free - need), -1, 0};
  if (rest == 0) return true;
  // The rest: on a node that others are on then too, the fullest one; else on one that they have left; else on any that is free.
  int emptied = -1;
  for (const int n : touched_) {
    const int left = cluster.shared(n).free + chips_[ix(n)] - rest;
    if (cluster.shared(n).part != part || left < 0) continue;
    if (empties_[ix(n)] != 0) emptied = n;
    else if (out.node < 0 || left < out.chips) out.node = n, out.chips = left;
  }
  for (int chips = rest; out.node < 0 && chips <= cluster.roomiest(part); ++chips)
    for (const int n : cluster.nodes_with(part, chips))
      if (empties_[ix(n)] == 0) {
        out.node = n, out.chips = chips + chips_[ix(n)] - rest;
        break;
      }
  if (out.node >= 0) return true;
  if (--out.spare < 0) return false;
  if (emptied >= 0) out.node = emptied, out.chips = size - rest;
  return true;
}

bool GivenBack::room(const Desk& desk, int job, Room& out) const {
  for (const int part : desk.cluster().order(desk.width(job)))
    if (desk.speed(job, part) > 0 && room(desk, part, desk.width(job), out)) return true;
  out = {};
  return false;
}

std::vector<int> victims_for(const Desk& desk, int job, const std::vector<int>& candidates) {
  GivenBack back;
  GivenBack::Room room;
  back.reset(desk);
  std::vector<int> out;
  for (const int j : candidates) {
    out.push_back(j);
    back.add(desk, desk.placement(j));
    if (back.room(desk, job, room)) break;
  }
  if (room.part < 0) return {};
  const int part = room.part;
  out.erase(std::remove_if(out.begin(), out.end(), [&](int j) { return desk.placement(j).part != part; }), out.end());
  // Those that are not needed after all, the first to be asked first.
  for (size_t i = 0; i + 1 < out.size() && out.size() <= kMostToSpare;) {
    back.reset(desk);
    for (size_t k = 0; k < out.size(); ++k)
      if (k != i) back.add(desk, desk.placement(out[k]));
    if (back.room(desk, part, desk.width(job), room)) out.erase(out.begin() + static_cast<std::ptrdiff_t>(i));
    else ++i;
  }
  return out;
}

void Reservation::make(const Desk& desk, int job) {
  job_ = job, at_ = kForever, room_ = {};
  GivenBack back;
  back.reset(desk);
  const auto& ends = desk.expected_ends();
  for (auto it = ends.begin(); it != ends.end();) {
    // One that is late is expected at once, with all that are.
    const double end = std::max(it->first, desk.now());
    for (; it != ends.end() && std::max(it->first, desk.now()) == end; ++it) back.add(desk, desk.placement(it->second));
    if (!back.room(desk, job, room_)) continue;
    at_ = end;
    break;
  }
  empties_ = back.take_empties();
  if (room_.node >= 0) empties_[ix(room_.node)] = 0;
}

int Reservation::cost(const Placement& p) const {
  int nodes = 0;
  for (const auto& h : p.whole) nodes += h.nodes;
  if (!p.shared()) return nodes;
  // A node that is opened is one that is free now.
  return nodes + (p.node < 0 || (ix(p.node) < empties_.size() && empties_[ix(p.node)] != 0) ? 1 : 0);
}

bool Reservation::allows(const Placement& p, double end) const {
  if (p.part != room_.part || end <= at_) return true;
  // Where it takes the room of the job's rest, that can go on a node that is left over.
  const bool crowds = p.shared() && p.node >= 0 && p.node == room_.node && room_.chips < std::max(1, p.rest);
  return cost(p) + (crowds ? 1 : 0) <= room_.spare;
}

void Reservation::admit(const Desk& desk, const Placement& p, double end) {
  if (p.part != room_.part) return;
  const bool stays = end > at_;
  if (p.shared() && ix(p.node) >= empties_.size()) empties_.resize(desk.cluster().shared_nodes(), 0);
  // A node that it opened alone holds nothing else: all its other chips are free.
  const bool opened = p.shared() && desk.cluster().shared(p.node).free == desk.cluster().parts()[ix(p.part)].chips - std::max(1, p.rest) &&
                      (p.share == 0 || desk.cluster().shared_chip(p.chip).free == 1000 - p.share);
  if (opened) empties_[ix(p.node)] = stays ? 0 : 1;
  if (!stays) return;
  for (const auto& h : p.whole) room_.spare -= h.nodes;
  if (!p.shared()) return;
  if (opened || empties_[ix(p.node)] != 0) --room_.spare, empties_[ix(p.node)] = 0;
  if (p.node != room_.node) return;
  room_.chips -= std::max(1, p.rest);
  if (room_.chips < 0) room_.node = -1, --room_.spare;
}

bool Reservation::start_beside(Desk& desk, int j) {
  const auto end = [&](const Placement& p) { return desk.now() + desk.expected(j) / desk.rate(j, p); };
  auto p = desk.place(j, [&](const Placement& x) { return allows(x, end(x)); });
  if (!p) return false;
  const double ends = end(*p);
  admit(desk, desk.start(j, std::move(*p)), ends);
  return true;
}

double Reservation::narrow(const Desk& desk) const {
  const Cluster& cluster = desk.cluster();
  int64_t most = 0;
  for (size_t p = 0; p < cluster.parts().size(); ++p) {
    const int part = static_cast<int>(p), free = cluster.free_nodes(part);
    most = std::max(most, static_cast<int64_t>(part == room_.part ? std::min(free, room_.spare) : free) * cluster.parts()[p].chips + cluster.roomiest(part));
  }
  return static_cast<double>(most);
}

}  // namespace capmix::fleet
