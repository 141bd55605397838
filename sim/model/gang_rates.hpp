// What a gang of one training work does by its width, and by the pods that it spans: steps at a few widths, and what lies between.
#pragma once

#include <utility>
#include <vector>

namespace capmix {

// Of a gang of so many chips, in one pod and over several.
struct GangStep {
  int chips = 0;
  double step = 0;                             // s inside one pod; 0: it does not run, and `by_pods` is empty
  std::vector<std::pair<int, double>> by_pods{};  // rate over so many pods, of that inside one; ascending, from 2 on
};

// Steps of one work on one kind of node in one fabric.
class GangRates {
 public:
  GangRates() = default;
  explicit GangRates(std::vector<GangStep> steps);  // in any order
  bool known() const { return !runs_.empty(); }     // some width runs
  // s of a step inside one pod: on a straight line between two widths in log width and log time. A gang of less than one chip takes
  // that of one, longer by its share. 0 outside the widths, and beside one that does not run.
  double step(double chips) const;
  // Rate over so many pods, of that inside one, on a straight line in log width and in log pods; beyond the widest, and over more pods than
  // were played, that of the last. Beside a width that does not run: that of the nearest that does. 1 where none does, and in one pod.
  double over(double chips, int pods) const;

 private:
  std::vector<GangStep> steps_{}, runs_{};     // ascending; those of them that run
};

// Widths at which a work is played whose gangs have `least` to `most` chips: powers of two below a node, and of whole nodes, up to the
// first that is wide enough.
std::vector<int> gang_widths(double least, double most, int node_chips);
// Numbers of pods over which a gang of so many nodes is played: 2, 3, 4, 8, ... 64, at least a node in each and as even as whole nodes
// allow; a number that comes out as another (3 pods of 4 nodes: 2 and 2) is left out.
std::vector<int> gang_pods(int nodes);

}  // namespace capmix
