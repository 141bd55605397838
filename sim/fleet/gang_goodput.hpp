// What failures leave of a gang's time: by closed form, cause by cause and phase by phase. gang_life.hpp plays the same gang
// event by event.
//
// Strikes are Poisson, at the sum of the rates of all causes. One that falls into a recovery starts the recovery anew. A
// recovery is detection, new processes, loading, warm-up, each of fixed length; in front of the processes it may wait, for a
// spare or for a repair, and while a gang waits nothing strikes it. A checkpoint holds the gang up for `stall` after every
// `interval` of work, and counts once it is flushed, beside the work that follows.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/draw.hpp"
#include "model/failures.hpp"

namespace capmix::fleet {

// A cause as this gang meets it.
struct Strike {
  std::string id;
  FailureClass kind = FailureClass::node;
  PerSecond rate;                  // of the gang
  double nodes = 0;                // taken from it; 0: it goes on with the same machines
  bool hot = true;                 // spares take over; else it waits for the repair
  RepairTime repair;
  Seconds detect, resume;          // until it is known; to new processes
};

struct GangFailures {
  std::vector<Strike> strikes;
  Seconds reload, warm_up;
  double spares = 0;               // nodes beside the gang
  Seconds stall, flush, interval;
  PerSecond slow_rate;             // nodes of the gang that become slow
  Seconds slow_for;                // each, until it is found
  double slowdown = 0;             // of the gang's speed, while any node is slow

  PerSecond rate() const;          // of all strikes
  double slow_share() const;       // of the time in which any node is slow: 1 - exp(-slow_rate slow_for), M/D/infinity
};

// `interval` 0: Young-Daly's, of the stall and the mean time between strikes; never below the flush, since a second one
// would overtake it, nor below `least`, such as a step. `spares`: nodes; negative: the recovery's share of the gang's,
// rounded up. Throws std::invalid_argument for a gang without chips or a negative time.
struct GangSetup {
  double chips = 0;
  Layout layout;
  CheckpointTimes checkpoint;
  Seconds interval, least{1};
  double spares = -1;
};
GangFailures gang_failures(const Failures& failures, const GangSetup& setup, const Draw& draw);

// Where a gang's time goes; shares of it, or seconds.
enum class GangTime { useful, slow, stall, lost, detect, wait, resume, reload, warm_up };
inline constexpr size_t kGangTimes = 9;
inline constexpr const char* kGangTimeNames[kGangTimes] = {"useful", "slow nodes", "checkpoint stall", "lost work", "detection", "waiting for spares or repair",
                                                          "new processes", "loading", "warm-up"};
struct GangShares {
  std::array<double, kGangTimes> of{};
  double interruptions = 0;        // per second
  double operator[](GangTime t) const { return of[static_cast<size_t>(t)]; }
  double& operator[](GangTime t) { return of[static_cast<size_t>(t)]; }
  double goodput() const { return (*this)[GangTime::useful]; }
};

// Renewal-reward. L: all strikes' rate, S = interval + stall, F the flush; X ~ exp(L) from the first step to the next strike.
// Checkpoints that count in it: sum over k >= 1 of P(X >= k S + F) = exp(-L F) / (exp(L S) - 1), each worth an interval. What
// else of X there is was lost. A recovery is tried until no strike falls into it, 1 / sum_c q_c exp(-L R_c) times with q_c the
// causes' shares and R_c their recoveries; a phase that begins a after the strike and lasts d takes exp(-L a) (1 - exp(-L d)) / L of each
// try. Waiting for spares: strikes that find no spare make an M/G/(s+1)/(s+1) system, whose full state is the wait, so by Erlang's
// formula B(s + 1, a), with a = strikes x repair, it is B / (1 - B) of all other time, whatever the law of repair times.
// Exact for one node a strike, save that a strike into the detection of one that found no spare needs two repairs.
GangShares expected_shares(const GangFailures& gang);

// Erlang's loss formula: how often all of `servers` are busy at an offered load of `load`.
double erlang_b(int servers, double load);

// The interval between checkpoints that loses least, exactly: with y = L interval, y - 1 = -exp(-y - L stall), so
// y = 1 + W(-exp(-1 - L stall)) (Lambert's W). Neither the recovery nor the flush moves it.
Seconds best_interval(Seconds stall, Seconds mtbf);
// Daly's higher-order estimate of it (Daly 2006, eq. 37): sqrt(2 d M) (1 + sqrt(d / 2M) / 3 + (d / 2M) / 9) - d below d = 2M, else M.
Seconds daly_interval(Seconds stall, Seconds mtbf);

}  // namespace capmix::fleet
