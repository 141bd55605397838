// When the stages of the ports of one software stack end: stages and shared components as work packages.
//   ready = max(start of the port, ends of `after` and `needs`);  begin = max(ready, a free squad);  end = begin + work
// People: there are floor(people / most that one package takes) squads, and packages are given out in a fixed order: by
// priority, then position in the port, then family, and each after what it waits for or learns from. Each goes to the
// squad that is free first, which waits for it if it must. With the order fixed every end is built of max, min and plus
// of durations (the recursion of Kiefer and Wolfowitz 1955), and longer work never brings a port forward, as it can where
// whoever is free takes what is ready (Graham 1969).
// Learning: once a family has ended the stage that another learns from, what is left to do of the other's work takes
// `factor` of its time (work that begins after that: all of it); of several lessons the best one counts.
// Incidents: a Poisson process each, in the work time of a stage; at modes there are none. A stall adds its length; a
// rollback does the stage again, or first all stages from `to` on, one after the other; being slow takes no time.
// A retry is a rollback at the end of its stage, once.
// Not modelled: incidents of components, squads of different size, people who leave, incidents during work that is
// done again before the stage that was hit, and other stages that had built on it: those stay ended.
// What would end more than ten years after the horizon never ends.
#pragma once

#include <vector>

#include "model/plan.hpp"

namespace capmix::plan {

// The curve of a port changes. Days are since 1970, with fractions.
struct PortChange {
  enum class Kind { ended, undone, slower, faster };
  Kind kind = Kind::ended;
  double day = 0;
  int stage = 0;
  int incident = -1;   // index in PortStack::incidents; -1: none, or the retry
  double factor = 1;   // of `slower` and `faster`
};

struct PortTimes {
  std::vector<PortWork> work;         // by stage
  std::vector<PortSetback> setbacks;  // ascending
  std::vector<PortChange> changes;    // ascending; what happens on one day in the order of the work
};

struct StackTimes {
  std::vector<PortTimes> ports;       // in the order asked for
  std::vector<PortWork> components;   // that one of them needs, by id
};

// `ports`: those in use on the stack, by family. Slow incidents go on after production, until `end`.
StackTimes schedule_ports(const PortStack& stack, const std::vector<const Port*>& ports, const Draw& draw, Date end);

}  // namespace capmix::plan
