// When a workload family runs on a software stack, and how well.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "model/supply.hpp"

namespace capmix {

// Work that stages of several families wait for: a collectives library, an attention kernel. Done once per stack.
struct PortComponent {
  std::string id, name;
  Uncertain<Days> duration;
  double engineers = 0;                  // people at work on it
  std::vector<int> needs;                // components of the same stack that must be done before
  std::optional<Date> start;             // not before; none: when the first port that needs it starts
  std::string source, confidence;
};

struct PortStage {
  std::string id;
  Uncertain<Days> duration;              // of work
  Uncertain<double> efficiency;          // after the stage, as the source gives it (relative to the native stack)
  std::optional<std::vector<int>> after{};  // stages that must have ended; none said: the one before
  std::vector<int> needs{};              // components that must be done
  double engineers = 0;                  // people at work on it
};

// Stages that begin after `stage` of `family` (same stack) has ended take `factor` times as long.
struct PortLearning {
  std::string family;
  int stage = 0;                         // index in that family's stages
  Uncertain<double> factor{1.0};
};

// Real work moves over in equal phases, and part of the chips' time repeats it on the old stack for comparison.
struct PortCutover {
  Uncertain<Days> over;                  // from the first functional day
  int phases = 1;
  Uncertain<double> dual{0.0};           // share of the ported chips' time in the first phase; falls by dual / phases
  Uncertain<Usd> chip_month{Usd(0)};     // what a chip costs a month, to price the time that repeats old work; 0: not said
};

enum class IncidentEffect { stall, rollback, slow };
inline constexpr const char* kIncidentEffects[] = {"stall", "rollback", "slow"};
inline const char* text(IncidentEffect e) { return kIncidentEffects[static_cast<int>(e)]; }

// A kind of incident: a Poisson process in the work time of what it can hit, each with a drawn mark.
struct PortIncident {
  std::string id;                        // its kind: "missing-operator"
  IncidentEffect effect = IncidentEffect::stall;
  Uncertain<double> rate{0.0};           // per month of work
  Uncertain<Days> duration{};            // of a stall, or of being slow
  Uncertain<double> factor{1.0};         // slow: on the efficiency
  std::string to{};                      // rollback: id of the stage that is done again; empty: the one it hits
  std::vector<std::string> families{}, stages{};  // that it can hit; empty: all
  std::string source{}, confidence{};
};

// What the ports of one software stack share.
struct PortStack {
  std::string stack;
  double engineers = 0;                  // people in all; 0: no limit
  Usd engineer_cost;                     // of one for a year; 0: not said
  std::vector<PortComponent> components; // by id
  std::vector<PortIncident> incidents;   // by id
};

// One family on one stack: stages that wait for stages and components, without a cycle.
struct Port {
  std::string stack, family;
  Date start;                            // work begins
  std::vector<PortStage> stages;         // ascending efficiency; the last one is production
  int functional = 0;                    // index of the stage from whose end on real work may run
  double retry_probability = 0;          // that the stage `retry_stage` fails once and is done again
  int retry_stage = -1;
  int priority = 0;                      // of its work when people are short; higher first
  std::vector<PortLearning> learns{};
  std::optional<PortCutover> cutover{};
  std::string source{}, confidence{};

  std::vector<int> before(int stage) const;      // that a stage waits for
  std::vector<char> built_on(int stage) const;   // by stage: 1 for it and for all that wait for it, directly or not
};

// The first of a list whose members have a stack and a family (ports, their plans, a log), or nullptr.
template <class List>
auto find_port(List& list, const std::string& stack, const std::string& family) -> decltype(list.data()) {
  const auto at = std::find_if(list.begin(), list.end(), [&](const auto& p) { return p.stack == stack && p.family == family; });
  return at == list.end() ? nullptr : &*at;
}

enum class PortEvent { start, stage, efficiency, incident, resume, rollback, abandon };
inline constexpr const char* kPortEvents[] = {"start", "stage", "efficiency", "incident", "resume", "rollback", "abandon"};
inline const char* text(PortEvent e) { return kPortEvents[static_cast<int>(e)]; }

// One row of a recorded log of ports.
//   start                 work begins
//   stage       <id>      the stage has ended
//   efficiency  <number>  measured, relative to the native stack (`number`: divided by production's at its mode, at most 1)
//   incident    <kind>    work stops, until `resume`, `rollback` or `abandon`
//   rollback    <id>      work begins again with that stage
//   abandon     <why>     nothing runs any more
struct PortLogEntry {
  Date date;
  std::string stack, family;
  PortEvent event = PortEvent::stage;
  std::string value{};
  int stage = -1;                        // of a stage and a rollback: index in the port's stages
  double number = 0;
  std::string source{};
  bool inferred = false;                 // nobody published it: it follows from what was
  Place place{};
  std::string recorded{};                // "stack/family" as the file has it; differs where a log is read as another port's
};

}  // namespace capmix
