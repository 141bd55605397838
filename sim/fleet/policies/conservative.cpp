// Conservative backfill (Feitelson and Weil 1998): every job has a reservation at the earliest hole when it comes, and nobody is put
// where another's is. When a job ends before it was expected, all move up in their order. Holes are counted in whole nodes: a gang that needs
// a part of a node is promised a whole one, and gets in earlier where it costs none, on a node that others are on for long enough.
// Where estimates are too short, no promise holds.
#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "fleet/job_policy.hpp"
#include "fleet/profile.hpp"

namespace capmix::fleet {
namespace {

constexpr int kNone = -1;
constexpr double kLeast = 1e-3;   // s: a job of no length holds its slot too

class Conservative : public JobPolicy {
 public:
  void decide(Desk& desk) override {
    const bool anew = free_.empty() || desk.cluster().moves() != moves_;
    if (anew) expect(desk);
    for (auto& profile : free_) profile.forget(desk.now());
    if (desk.surprised()) seen_ = desk.now();
    for (const int j : desk.ended())
      if (!anew) give_back(desk, j);
    if (desk.surprised()) move_up(desk, 0);
    else if (desk.freed()) move_up(desk, most_chips(desk));
    for (const int j : desk.arrived())
      if (desk.waiting().has(j)) promise(desk, j);
    start_due(desk);
    const auto next = due_.upper_bound({desk.now(), std::numeric_limits<int>::max()});
    if (next != due_.end()) desk.wake(next->first);
  }

  Wait why(const Desk& desk, int job) const override {
    const Slot& slot = slots_[ix(job)];
    return {desk.fits(job) ? WaitFor::reservation : WaitFor::room, -1, slot.at};
  }

 private:
  struct Slot {
    int part = 0, nodes = kNone;          // 0: there was no hole, even at the end
    double at = kForever, until = kForever;
    bool operator==(const Slot&) const = default;
  };
  // What a running job has: whole nodes, a shared one or -1, until when by its estimate.
  struct Held {
    int part = 0, nodes = 0, node = -1;
    double end = 0;
  };
  // A shared node: when the last of its jobs is expected to leave it, of all.
  struct Shared {
    double until = 0;
    std::multiset<double> ends;
  };

  static size_t ix(int i) { return static_cast<size_t>(i); }
  static int most_chips(const Desk& desk) {
    int most = 0;
    for (const auto& part : desk.cluster().parts()) most = std::max(most, part.chips);
    return most;
  }

  // Profiles from nothing: nodes that are free, those that running jobs will leave, and the slots. Only at first, and when nodes have gone or
  // come.
  void expect(const Desk& desk) {
    const Cluster& cluster = desk.cluster();
    moves_ = cluster.moves();
    slots_.resize(desk.jobs()), held_.resize(desk.jobs());
    free_.resize(cluster.parts().size());
    for (size_t p = 0; p < free_.size(); ++p) free_[p].reset(desk.now(), cluster.free_nodes(static_cast<int>(p)));
    shared_.assign(cluster.shared_nodes(), {});
    for (const auto& [end, j] : desk.expected_ends()) {
      const Held& held = held_[ix(j)];
      free_[ix(held.part)].take(end, kForever, -held.nodes);
      if (held.node >= 0) shared_[ix(held.node)].ends.insert(held.end), shared_[ix(held.node)].until = end;
    }
    for (size_t n = 0; n < shared_.size(); ++n)
      if (cluster.shared(static_cast<int>(n)).pod >= 0) free_[ix(cluster.shared(static_cast<int>(n)).part)].take(shared_[n].until, kForever, -1);
    for (const auto& [at, j] : due_) profile(slots_[ix(j)]).take(slots_[ix(j)].at, slots_[ix(j)].until, slots_[ix(j)].nodes);
  }
  Profile& profile(const Slot& slot) { return free_[ix(slot.part)]; }

  // One that has ended leaves what it would have had for longer. A late one was not expected to have it any more.
  void give_back(const Desk& desk, int j) {
    const Held& held = held_[ix(j)];
    free_[ix(held.part)].take(desk.now(), held.end, -held.nodes);
    if (held.node < 0) return;
    Shared& shared = shared_[ix(held.node)];
    shared.ends.erase(shared.ends.find(held.end));
    const double until = std::max(desk.now(), shared.ends.empty() ? 0 : *shared.ends.rbegin());
    if (until < shared.until) free_[ix(held.part)].take(until, shared.until, -1), shared.until = until;
  }

  // At the rate of a gang that spans pods, where it might.
  double seconds(const Desk& desk, int j, int part, int nodes) {
    Placement& p = nodes > 1 && desk.cluster().parts()[ix(part)].pods > 1 ? far_ : near_;
    p.part = part;
    return std::max(kLeast, desk.expected(j) / desk.rate(j, p));
  }

  // Starts it now where that takes nothing from a promise; else promises it the earliest hole.
  void promise(Desk& desk, int j) {
    if (!start_beside(desk, j)) keep(j, earliest(desk, j));
  }
  // As if it had no slot.
  Slot earliest(const Desk& desk, int j) {
    const Width width = desk.width(j);
    Slot best;
    best.nodes = 0;
    for (const int part : desk.cluster().order(width)) {
      const ClusterPart& of = desk.cluster().parts()[ix(part)];
      const int64_t nodes = std::max<int64_t>(1, (width.chips + of.chips - 1) / of.chips);
      if (desk.speed(j, part) <= 0 || nodes > static_cast<int64_t>(of.pods) * of.nodes) continue;
      const double takes = seconds(desk, j, part, static_cast<int>(nodes));
      const double at = free_[ix(part)].hole(desk.now(), takes, static_cast<int>(nodes), own(j, part));
      if (at < best.at) best = {part, static_cast<int>(nodes), at, at + takes};
    }
    return best;
  }
  Profile::Own own(int j, int part) const {
    const Slot& slot = slots_[ix(j)];
    return slot.nodes > 0 && slot.part == part ? Profile::Own{slot.at, slot.until, slot.nodes} : Profile::Own{};
  }
  void keep(int j, const Slot& slot) {
    profile(slot).take(slot.at, slot.until, slot.nodes);
    slots_[ix(j)] = slot;
    if (slot.nodes > 0) due_.emplace(slot.at, j);
  }
  void drop(int j) {
    const Slot slot = std::exchange(slots_[ix(j)], {});
    if (slot.nodes == kNone) return;
    profile(slot).take(slot.at, slot.until, -slot.nodes);
    due_.erase({slot.at, j});
  }

  // On a node that others are on: it is kept from being free for as long as the job outlasts them.
  bool start_beside(Desk& desk, int j) {
    const Width width = desk.width(j);
    const auto& parts = desk.cluster().parts();
    if (std::all_of(parts.begin(), parts.end(), [&](const ClusterPart& part) { return width.share == 0 && width.chips >= part.chips; })) return false;
    auto p = desk.place(j, [&](const Placement& x) {
      if (!x.shared() || !x.whole.empty() || x.node < 0) return false;
      const double from = std::max(seen_, shared_[ix(x.node)].until), to = desk.now() + desk.expected(j) / desk.rate(j, x);
      return to <= from || free_[ix(x.part)].least(from, to, own(j, x.part)) >= 1;
    });
    if (!p) return false;
    drop(j);
    start(desk, j, std::move(*p));
    return true;
  }

  void start(Desk& desk, int j, Placement found) {
    const bool opened = found.node < 0;
    const Placement& p = desk.start(j, std::move(found));
    Profile& free = free_[ix(p.part)];
    const double end = desk.expected_end(j);
    Held& held = held_[ix(j)] = {p.part, 0, p.shared() ? p.node : -1, end};
    for (const auto& h : p.whole) held.nodes += h.nodes;
    free.take(desk.now(), end, held.nodes);
    if (!p.shared()) return;
    shared_.resize(std::max(shared_.size(), desk.cluster().shared_nodes()));
    Shared& shared = shared_[ix(p.node)];
    if (opened) shared = {desk.now(), {}};
    free.take(shared.until, end, 1);
    shared.until = std::max(shared.until, end), shared.ends.insert(end);
  }

  // In the order of the line, each to the earliest hole; `below` > 0: those that are narrower, and only onto nodes that others are on.
  void move_up(Desk& desk, int below) {
    for (int j = desk.waiting().first(); j >= 0; j = desk.waiting().first(j + 1)) {
      if (below > 0 && (j = desk.waiting().first(j, std::max(0.999, static_cast<double>(std::min<int64_t>(below - 1, desk.cluster().widest()))), kForever, 0)) < 0) return;
      if (slots_[ix(j)].nodes == kNone) continue;
      if (start_beside(desk, j) || below > 0) continue;
      const Slot to = earliest(desk, j);
      if (to == slots_[ix(j)]) continue;
      drop(j);
      keep(j, to);
    }
  }

  void start_due(Desk& desk) {
    std::vector<int> now;
    for (auto it = due_.begin(); it != due_.end() && it->first <= desk.now(); ++it) now.push_back(it->second);
    std::sort(now.begin(), now.end());
    for (const int j : now) {
      auto p = desk.place(j, [&, part = slots_[ix(j)].part](const Placement& x) { return x.part == part; });
      if (!p) continue;
      drop(j);
      start(desk, j, std::move(*p));
    }
  }

  std::vector<Profile> free_;             // by part
  std::vector<Shared> shared_;            // by shared node
  std::vector<Slot> slots_;               // by job
  std::vector<Held> held_;                // by job; of running ones
  std::set<std::pair<double, int>> due_;  // when slots begin
  int64_t moves_ = 0;                     // of nodes, that the profiles know of
  double seen_ = 0;                       // when a job last ended at another moment than was expected: nobody is on a shared node till before that
  Placement near_{0, {{0, 1}}}, far_{0, {{0, 1}, {1, 1}}};  // in one pod, over two
};

[[maybe_unused]] const bool added = add_job_policy({"conservative", "a reservation for every job", [] { return std::unique_ptr<JobPolicy>(new Conservative); }});

}  // namespace
}  // namespace capmix::fleet
