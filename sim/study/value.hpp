// The value of one more unit of each constraint, by simulation: one mix in one outcome is run at modes and over draws,
// and again with one input nudged, on the same worlds. The difference over the size of the nudge is the value of a
// unit. No derivative: pods and gangs are whole, so a nudge is large enough to fill some of them.
//
//   power SITE         MW of IT power in the first hall that the site builds (of one that builds none, in its first)
//   building SITE      all of its halls begin 30 days earlier
//   approval A         decided 30 days earlier, either way, also where the outcome says the day
//   production P       a thousand chips more a year for this buyer, through the producer's output and share as drawn
//   delivery OFFER     30 days less from the factory to the dock, or its least lead when that is shorter
//   port STACK/FAMILY  begins 30 days earlier; a recorded one is moved by 30 days
//   money              a billion US dollars more, spread as the mix spends
//
// Nudges: a tenth of the site's power, of the producer's greatest year for this buyer, and of the mix's money, but at
// least what the largest gang takes; 30 days.
#pragma once

#include <functional>

#include "model/value.hpp"
#include "study/runner.hpp"

namespace capmix::study {

enum class NudgeKind { power, building, approval, quota, production, delivery, port, money };

struct Nudge {
  NudgeKind kind = NudgeKind::money;
  size_t index = 0;            // of the site, approval, producer, offer or port in the scenario's list
  double amount = 0;           // in `unit`
  std::string constraint, unit{};
};

// Every nudge of a mix in a scenario; none for what is not there or cannot be moved.
std::vector<Nudge> nudges(const Scenario& scenario, const Mix& mix);

// A copy of the scenario with one input changed. `mix` and `outcome` are places in the study's lists.
Scenario nudged(const Scenario& scenario, const Nudge& nudge, size_t mix, size_t outcome, const Draw& draw);

struct ValueOptions {
  std::string mix, outcome;    // ids
  int draws = 0;               // besides the run at modes
  int jobs = 1;
  std::function<double(const RunKey&, const Facts&)> objective;
  Progress progress;
};

// Runs everything, each run in a process of its own. `rates` as of collect_rates: no nudge changes a rate. The
// report's metric and unit are left to the caller. Throws std::runtime_error when a run fails or the user interrupts.
ValueReport value(const Worlds& worlds, const std::vector<RateTable>& rates, const ValueOptions& options);

}  // namespace capmix::study
