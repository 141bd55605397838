// One gang under its failures, event by event on the fleet's clock: work, checkpoints, strikes, recoveries, repairs, slow
// nodes. What gang_goodput.hpp has in closed form; every second belongs to one part of GangTime.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/clock.hpp"
#include "fleet/gang_goodput.hpp"

namespace capmix::fleet {

// Where the time went so far, in seconds.
struct GangTimes {
  std::array<double, kGangTimes> of{};
  double open = 0;                 // worked since the last checkpoint that counts: neither useful nor lost yet
  std::vector<int> strikes;        // by cause, those into a recovery too
  double total() const;
  double operator[](GangTime t) const { return of[static_cast<size_t>(t)]; }
};

// `clock` outlives it. Strikes come from the streams "<name>/..." of `draw`, which must be one of a seed. Starts running, with
// all its nodes, at the clock's time.
class GangLife {
 public:
  GangLife(engine::Clock& clock, GangFailures gang, const Draw& draw, const std::string& name);
  GangLife(const GangLife&) = delete;
  GangLife& operator=(const GangLife&) = delete;
  GangTimes times() const;         // up to the clock's time

 private:
  enum class Phase { work, stall, detect, wait, resume, reload, warm_up };
  struct Segment { double work = 0, slow = 0, stall = 0; };

  double uniform(const Stream& stream);
  double exponential(const Stream& stream, double rate);
  void enter(Phase phase);
  void after(double seconds, std::function<void()> act);  // unless something ends the phase before
  void settle();                   // books the time since the last change
  void arm();                      // lets strikes come again
  void strike();
  void detected();
  void go_on();                    // out of waiting, when nothing is waited for any more
  void taken();
  void run();
  void recover();
  void next_slow();

  engine::Clock& clock_;
  GangFailures gang_;
  Draw draw_;
  Stream when_, which_, how_long_, slow_;
  uint64_t drawn_ = 0;
  Phase phase_ = Phase::work;
  uint64_t phases_ = 0, arms_ = 0;  // numbers of the current ones: older timers are void
  double since_ = 0;               // of the last booking
  double exposure_ = 0, armed_ = 0;  // until the next strike, from `armed_` on
  size_t cause_ = 0;
  std::vector<size_t> struck_;     // causes whose machines are not yet in repair
  int in_repair_ = 0, held_ = 0;   // nodes; repairs that are waited for whatever the spares
  int slow_nodes_ = 0;
  Segment now_;                    // since the last checkpoint was taken
  std::vector<Segment> flushing_;
  GangTimes booked_;
};

}  // namespace capmix::fleet
