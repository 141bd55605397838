// A search over shares of a budget, in rounds: a grid first, then neighbours of what was best so far, at steps that are halved. Knows nothing of
// runs: whoever has them says which mixes were best. The same answers give the same mixes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace capmix::study {

// Shares of 1 / steps that sum to 1, as shares_within() has them, where an offer's share may also be its limit: what a grid point has beyond a limit goes
// to the largest other share that has room, then the next. Empty when limits sum to less than 1.
std::vector<std::vector<double>> clipped_shares(const std::vector<double>& limits, int steps);

// "0.125" as "12.5": percent to a hundredth of a point. Of all shares of a mix: "60-27.5-12.5", its id.
std::string percent_of(double share);
std::string share_id(const std::vector<double>& shares);

class ShareSearch {
 public:
  static constexpr double kFinest = 0.01;  // a step of one point or less ends it
  // Limits are shares of the budget by offer, 0 to 1; `most`: mixes in all.
  ShareSearch(std::vector<double> limits, int steps, size_t most);
  // All so far, in the order in which they were added: after construction the grid.
  const std::vector<std::vector<double>>& mixes() const { return mixes_; }
  const std::vector<double>& limits() const { return limits_; }
  // All mixes were run, and those at these places were best by some rule or other. Adds their neighbours: a step, or as much of it as there is,
  // moved from one offer to another, within the limits. While what is best moves, at the same step; else at half of it. False: there is nothing more to run,
  // because the step is at most kFinest and what is best has not moved, or because `most` was reached.
  bool next(std::vector<size_t> best);
  int rounds() const { return rounds_; }   // the grid is the first
  double step() const { return step_; }    // of the last round
  bool spent() const { return spent_; }    // `most` ended it

 private:
  bool add(const std::vector<double>& shares);
  size_t add_neighbours(size_t of);
  std::vector<double> limits_;
  double step_;
  size_t most_;
  int rounds_ = 1;
  bool spent_ = false;
  std::vector<size_t> best_;               // of the round before
  std::vector<std::vector<double>> mixes_;
  std::vector<std::string> ids_;           // of mixes_
};

}  // namespace capmix::study
