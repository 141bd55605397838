// What the events of a porting log cost: the fleet with the log, with the port as the study has it, and with each
// setback of the log left out, all in the same world. A setback that is left out lets everything after it come earlier by
// its length (plan/port_log.hpp says how a rollback and an abandon are undone).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/port_log.hpp"
#include "study/runner.hpp"

namespace capmix::study {

struct ReplayOptions {
  std::string log;                // file
  std::string as;                 // "stack/family" that the log's only port stands for; "": its own name
  bool align = false;             // shift each port so that its start falls on the study's; always when `as` is given
  RunKey key;                     // mix and outcome; its draw does not count
  int draws = 0;                  // besides the run at modes
  int jobs = 1;
  std::string cache_dir;          // of step profiles; "": none
  Progress progress;
};

// A port that the log replays, and how its rows were laid onto the study.
struct ReplayedPort {
  std::string stack, family;
  std::string recorded;           // "stack/family" in the file
  Days shift;                     // added to the log's dates
  plan::PortLog log;              // shifted
  std::vector<plan::LogSetback> setbacks;
};

// One version of the ports, and the facts of its runs.
struct ReplayRun {
  std::string name;               // "log", "no log", "without <incident>", "without any"
  int port = -1;                  // whose setback is left out; -1: none or all
  int setback = -1;
  std::vector<PortPlan> ports;    // at modes, of the log's ports, in their order
  std::vector<Facts> facts;       // at modes, then each draw
};

struct Replay {
  std::vector<ReplayedPort> ports;
  std::vector<ReplayRun> runs;    // the log first, then without it
};

// Throws InputError with every problem of the log, and std::runtime_error when a run fails.
Replay replay(const Worlds& worlds, const ReplayOptions& options);

}  // namespace capmix::study
