// What building faster buys: the same fleet in halls that open early and late, and how much slower a chip may be whose
// hall opens earlier.
//
// By hand: chips that work from day t on have done rate x (T - t) by day T. A chip of relative rate r in a hall that opens
// N months earlier has caught up with the faster chip by T when
//
//   r (T - t_fast) = T - t_slow,   so   r(N) = (T - t_fast - N) / (T - t_fast),   N = t_slow - t_fast
//
// with t the mean day on which a chip of the fleet comes online. Beside it stands what two runs say: work of the late
// fleet by T over work of the early one; and for other N the early run against itself, N months later. What the hand
// leaves out and the runs have: chips too few for a gang, start-up, ports, demand, failures.
#pragma once

#include <string>
#include <vector>

#include "model/facts.hpp"
#include "results/info.hpp"

namespace capmix::analysis {

// One mix in both worlds.
struct BuildRuns {
  std::string mix, name;
  Facts fast, slow;
};

struct CrossoverQuarter {
  std::string name;                  // "2027-Q1"
  double months = 0;                 // from the study's start to the quarter's end
  double fast = 0, slow = 0;         // training by then, tokens of the reference model
  double hand = 0, simulated = 0;    // r; NaN while the early fleet has done nothing
  std::vector<double> others;        // of each other mix: its early run over this mix's late run; inf: over nothing
};

struct CrossoverPoint {
  double earlier = 0;                // N, months
  std::vector<double> hand, simulated;  // r by horizon, in the order of `horizons`; NaN: the hall opens after it
};

struct Crossover {
  std::string mix, fast_name, slow_name;
  std::vector<std::string> others;   // names of the other mixes
  double t_fast = 0, t_slow = 0;     // mean months from the study's start until a chip is online
  double peak_fast = 0, peak_slow = 0;  // BF16 peak that is online by the horizon, FLOP/s: the hand formula wants them equal
  std::vector<double> horizons;      // T, months from the study's start
  std::vector<CrossoverQuarter> quarters;
  std::vector<CrossoverPoint> curve;
};

// Training in a run by the end of each month, tokens of the reference model; [0] = 0 at the start.
std::vector<double> cumulative_tokens(const results::StudyInfo& info, const Facts& facts);

// When a fleet came online, and how large it is in the end.
struct Opening {
  double months = 0;                 // mean over chips, from the study's start
  double peak = 0;                   // BF16, FLOP/s
};

// `runs`: the mix that is asked about first. Times are months of 30.44 days.
Crossover crossover(const results::StudyInfo& info, const std::vector<BuildRuns>& runs, const Opening& fast, const Opening& slow);

std::string render_crossover(const results::StudyInfo& info, const Crossover& x, int width = 100);
std::string crossover_to_json(const results::StudyInfo& info, const Crossover& x);

}  // namespace capmix::analysis
