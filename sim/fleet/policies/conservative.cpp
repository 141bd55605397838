// Conservative backfill (Feitelson and Weil 1998): every job has a reservation at the earliest hole when it comes, and nobody is put
// where another's is. When a job ends before it was expected, all move up in their order. Holes are counted in whole nodes: a gang that needs
// a part of a node is promised a whole one, and gets in earlier where it costs none, on a node that others are on for long enough.
// Where estimates are too short, no promise holds.
#include <algorithm>
#include <map>

#include "fleet/job_policy.hpp"
#include "fleet/profile.hpp"

namespace capmix::fleet {
namespace {

constexpr double kLeast = 1e-3;   // s: a job of no length holds its slot too

class Conservative : public JobPolicy {
 public:
  void decide(Desk& desk) override {
    if (free_.empty() || desk.surprised()) expect(desk);
    for (auto& profile : free_) profile.forget(desk.now());
    if (desk.surprised()) move_up(desk, 0);
    else if (desk.freed()) move_up(desk, most_chips(desk));
    for (const int j : desk.arrived())
      if (desk.waiting().has(j)) promise(desk, j);
    start_due(desk);
    while (!due_.empty() && due_.begin()->first <= desk.now()) due_.erase(due_.begin());
    if (!due_.empty()) desk.wake(due_.begin()->first);
  }

  Wait why(const Desk& desk, int job) const override {
    const auto slot = slots_.find(job);
    const double at = slot == slots_.end() ? kForever : slot->second.at;
    return {desk.fits(job) ? WaitFor::reservation : WaitFor::room, -1, at};
  }

 private:
  struct Slot {
    int part = 0, nodes = 0;
    double at = 0, until = 0;
  };

  static int most_chips(const Desk& desk) {
    int most = 0;
    for (const auto& part : desk.cluster().parts()) most = std::max(most, part.chips);
    return most;
  }

  // Profiles anew: nodes that are free, those that running jobs will leave, and the slots.
  void expect(const Desk& desk) {
    const Cluster& cluster = desk.cluster();
    free_.resize(cluster.parts().size());
    for (size_t p = 0; p < free_.size(); ++p) free_[p].reset(desk.now(), cluster.free_nodes(static_cast<int>(p)));
    until_.assign(cluster.shared_nodes(), 0);
    for (const auto& [end, j] : desk.expected_ends()) {
      const Placement& p = desk.placement(j);
      for (const auto& h : p.whole) free_[static_cast<size_t>(p.part)].take(end, kForever, -h.nodes);
      if (p.shared()) until_[static_cast<size_t>(p.node)] = std::max(desk.now(), end);
    }
    for (size_t n = 0; n < until_.size(); ++n)
      if (cluster.shared(static_cast<int>(n)).pod >= 0) free_[static_cast<size_t>(cluster.shared(static_cast<int>(n)).part)].take(until_[n], kForever, -1);
    for (const auto& [j, slot] : slots_) profile(slot).take(slot.at, slot.until, slot.nodes);
  }
  Profile& profile(const Slot& slot) { return free_[static_cast<size_t>(slot.part)]; }

  // At the rate of a gang that spans pods, where it might.
  double seconds(const Desk& desk, int j, int part, int nodes) const {
    Placement p;
    p.part = part, p.whole = {{0, 1}};
    if (nodes > 1 && desk.cluster().parts()[static_cast<size_t>(part)].pods > 1) p.whole.push_back({1, 1});
    return std::max(kLeast, desk.expected(j) / desk.rate(j, p));
  }

  // Starts it now where that takes nothing from a promise; else promises it the earliest hole.
  void promise(Desk& desk, int j) {
    if (start_beside(desk, j)) return;
    const Width width = desk.width(j);
    Slot best;
    best.at = kForever;
    for (const int part : desk.cluster().order(width)) {
      const ClusterPart& of = desk.cluster().parts()[static_cast<size_t>(part)];
      const int64_t nodes = std::max<int64_t>(1, (width.chips + of.chips - 1) / of.chips);
      if (desk.speed(j, part) <= 0 || nodes > static_cast<int64_t>(of.pods) * of.nodes) continue;
      const double takes = seconds(desk, j, part, static_cast<int>(nodes));
      const double at = free_[static_cast<size_t>(part)].hole(desk.now(), takes, static_cast<int>(nodes));
      if (at < best.at) best = {part, static_cast<int>(nodes), at, at + takes};
    }
    profile(best).take(best.at, best.until, best.nodes);
    slots_[j] = best;
    due_.emplace(best.at, j);
  }

  // On a node that others are on: it is kept from being free for as long as the job outlasts them.
  bool start_beside(Desk& desk, int j) {
    auto p = desk.place(j, [&](const Placement& x) {
      if (!x.shared() || !x.whole.empty() || x.node < 0) return false;
      const double from = until_[static_cast<size_t>(x.node)], to = desk.now() + desk.expected(j) / desk.rate(j, x);
      return to <= from || free_[static_cast<size_t>(x.part)].least(from, to) >= 1;
    });
    if (p) start(desk, j, std::move(*p));
    return p.has_value();
  }

  void start(Desk& desk, int j, Placement found) {
    const bool opened = found.node < 0;
    const Placement& p = desk.start(j, std::move(found));
    Profile& free = free_[static_cast<size_t>(p.part)];
    const double end = desk.expected_end(j);
    for (const auto& h : p.whole) free.take(desk.now(), end, h.nodes);
    if (!p.shared()) return;
    until_.resize(std::max(until_.size(), desk.cluster().shared_nodes()), 0);
    double& until = until_[static_cast<size_t>(p.node)];
    if (opened) until = desk.now();
    free.take(until, end, 1);
    until = std::max(until, end);
  }

  // In the order of the line, each to the earliest hole; `below` > 0: those that are narrower, and only onto nodes that others are on.
  void move_up(Desk& desk, int below) {
    for (int j = desk.waiting().first(); j >= 0; j = desk.waiting().first(j + 1)) {
      if (below > 0 && (j = desk.waiting().first(j, std::max(0.999, static_cast<double>(std::min<int64_t>(below - 1, desk.cluster().widest()))), kForever, 0)) < 0) return;
      const auto slot = slots_.find(j);
      if (slot == slots_.end()) continue;
      const Slot old = slot->second;
      slots_.erase(slot);
      profile(old).take(old.at, old.until, -old.nodes);
      if (below == 0) {
        promise(desk, j);
      } else if (!start_beside(desk, j)) {
        profile(old).take(old.at, old.until, old.nodes);
        slots_[j] = old;
      }
    }
  }

  void start_due(Desk& desk) {
    for (auto it = slots_.begin(); it != slots_.end();) {
      const auto [j, slot] = *it;
      auto next = std::next(it);
      if (slot.at <= desk.now()) {
        auto p = desk.place(j, [&, part = slot.part](const Placement& x) { return x.part == part; });
        if (p) {
          profile(slot).take(slot.at, slot.until, -slot.nodes);
          slots_.erase(it);
          start(desk, j, std::move(*p));
        }
      }
      it = next;
    }
  }

  std::vector<Profile> free_;             // by part
  std::vector<double> until_;             // by shared node: when the last of its jobs is expected to leave it
  std::map<int, Slot> slots_;             // by job
  std::set<std::pair<double, int>> due_;  // moments at which slots begin, or began before they moved
};

[[maybe_unused]] const bool added = add_job_policy({"conservative", "a reservation for every job", [] { return std::unique_ptr<JobPolicy>(new Conservative); }});

}  // namespace
}  // namespace capmix::fleet
