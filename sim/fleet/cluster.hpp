// The nodes of a cluster and who may have them. Whole nodes of a pod are alike, so a pod is a count of free ones; only a node that
// jobs share is a thing of its own, while they do. Nothing is kept per chip.
//
// A gang of c chips on nodes of n takes floor(c / n) whole nodes and, for the rest, a part of one more; below n a part of one
// node, below one chip a share of one chip. It lies in one part of the cluster; in one pod where one has the nodes, else over as few
// as can be. Best fit: the fullest pod, node and chip that has the room. Not modelled: which rack, which socket.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "model/jobs.hpp"

namespace capmix::fleet {

// Whole nodes of one pod.
struct NodeHold {
  int pod = 0, nodes = 0;
};

// What a gang holds, or would.
struct Placement {
  int part = -1;
  std::vector<NodeHold> whole;
  int rest = 0;              // chips of a shared node; 0: none
  int node = -1;             // that shared node; -1: one that is opened
  int pod = -1;              // of the shared node
  int share = 0;             // thousandths of one chip of it; `rest` is 0 then
  int chip = -1;             // that shared chip; -1: one that is opened
  int pods() const;
  bool shared() const { return rest > 0 || share > 0; }
};

// How many chips, in whole ones or thousandths of one.
struct Width {
  int64_t chips = 0;
  int share = 0;             // 1 to 999; `chips` is 0 then
};
Width width_of(double chips);  // rounded up

struct SharedNode {
  int pod = -1;              // -1: no longer shared
  int part = 0;
  int free = 0;              // whole chips
  int slot = 0;              // where it stands among the nodes with as many
};

struct SharedChip {
  int node = -1;             // -1: no longer shared
  int free = 0;              // thousandths
};

class Cluster {
 public:
  // Every part with pods, nodes and chips of at least 1.
  explicit Cluster(std::vector<ClusterPart> parts);

  const std::vector<ClusterPart>& parts() const { return parts_; }
  int64_t nodes() const { return nodes_; }
  int64_t chips() const { return chips_; }
  int64_t busy_nodes() const { return busy_nodes_; }
  double busy_chips() const { return static_cast<double>(busy_chips_) + static_cast<double>(busy_shares_) / 1000; }

  bool ever_fits(Width width, int part) const;
  bool ever_fits(Width width) const;           // in any
  // The widest gang that would fit now, in chips; a narrower one of whole chips does too.
  int64_t widest() const;
  bool fits(Width width, int part) const;
  // Parts by how well a gang suits them: the smallest node that has room for all of it, else the largest.
  const std::vector<int>& order(Width width) const;
  // fits() in that part.
  Placement find(Width width, int part) const;
  void take(Placement& placement);             // as found; fills in `node` and `chip`
  void give_back(const Placement& placement);

  // A whole free node of a pod goes away, or comes back. pod_free() > 0; pod_down() > 0.
  void take_out(int pod);
  void bring_back(int pod);
  int64_t moves() const { return moves_; }     // how often either has happened
  int pod_down(int pod) const { return pod_[static_cast<size_t>(pod)].down; }
  int pod_part(int pod) const { return pod_[static_cast<size_t>(pod)].part; }

  int free_nodes(int part) const { return state_[static_cast<size_t>(part)].free; }
  // Most free chips of a node that is shared; 0: there is none.
  int roomiest(int part) const { return state_[static_cast<size_t>(part)].roomiest; }
  const SharedNode& shared(int node) const { return node_[static_cast<size_t>(node)]; }
  const SharedChip& shared_chip(int chip) const { return chip_[static_cast<size_t>(chip)]; }
  size_t shared_nodes() const { return node_.size(); }  // numbers given out
  size_t shared_chips() const { return chip_.size(); }
  // Nodes of a part that are shared and have so many whole chips free, fewer than they have.
  const std::vector<int>& nodes_with(int part, int free) const { return state_[static_cast<size_t>(part)].with[static_cast<size_t>(free)]; }
  int pod_free(int pod) const { return pod_[static_cast<size_t>(pod)].free; }
  int pods() const { return static_cast<int>(pod_.size()); }

 private:
  struct PodState {
    int part = 0, free = 0, down = 0;
  };
  struct PartState {
    int free = 0, roomiest = 0;
    std::set<std::pair<int, int>> by_free;   // free whole nodes, pod; those with any
    std::vector<std::vector<int>> with;      // shared nodes by free chips
  };
  void change_pod(int pod, int by);
  void list(int node, int free);
  void unlist(int node);
  void use_chips(int node, int chips);       // less than 0: given back
  int open_node(int pod);
  int node_with(int part, int chips) const;  // that many or more free; -1: none
  std::vector<NodeHold> whole_nodes(int part, int count) const;

  std::vector<ClusterPart> parts_;
  std::vector<PartState> state_;
  std::vector<PodState> pod_;
  std::vector<SharedNode> node_;
  std::vector<SharedChip> chip_;
  std::vector<int> spare_nodes_, spare_chips_;     // numbers that may be given out again
  std::set<std::pair<int, int>> chips_by_free_;    // thousandths, chip
  std::vector<int> sizes_;                         // of nodes, ascending
  std::vector<std::vector<int>> orders_;           // for a gang as wide as the i-th size at most; the last: wider
  int64_t nodes_ = 0, chips_ = 0, busy_nodes_ = 0, busy_chips_ = 0, busy_shares_ = 0, moves_ = 0;
};

}  // namespace capmix::fleet
