// Halls, the tasks that build them, and the fleet that stands there at the start.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/hardware.hpp"
#include "model/work_calendar.hpp"

namespace capmix {

// What a task's end means for the chips of its hall.
enum class Milestone { none, power, network, installed, online };

struct TaskDependency {
  int task = -1;        // index in the same list
  double fraction = 1;  // start when this share of that task's duration has passed
};

// An event of one task that happens or not: what it adds to the task's duration.
struct TaskRisk {
  double probability = 0;
  Uncertain<Days> delay;      // weather, a permit refused once
};
struct TaskRework {
  double probability = 0;
  Uncertain<double> share;    // of the duration, done again
};

struct Task {
  std::string id, name;
  Uncertain<Days> duration;   // of net working time when there is a calendar
  std::vector<TaskDependency> after;
  Milestone milestone = Milestone::none;
  bool needs_chips = false;   // starts only when the pod's chips have arrived (rack-and-stack and after)
  std::string crew{};         // of its site, that it takes one unit of; or ""
  Id<WorkCalendar> calendar{};
  TaskRisk risk{};
  TaskRework rework{};
  Place place;
};

// A build-out template: the DAG of one hall in one country.
struct Buildout {
  std::string id, name;
  std::vector<Task> tasks;
};

// A part of a hall's power that arrives some time after its power milestone.
struct PowerPhase {
  double share = 1;
  Days delay;
};

struct Hall {
  std::string id;
  Watts power;                        // for IT equipment
  Date start;                         // of its first task; for an existing hall: the day it is ready
  bool existing = false;              // stands, powered and networked, at `start`
  std::vector<Task> tasks;            // the site's template with the hall's overrides; empty if existing
  std::vector<PowerPhase> phases;     // shares sum to 1
  // A recorded timeline instead of building: from this day on so much power in all, ascending in both (power that
  // was taken away again later never counts). `tasks` are then there for what pods need alone. Empty: it is built.
  std::vector<std::pair<Date, Watts>> recorded{};
};

// Something that the halls of a site share: a gang, or one connection to the grid. Each unit serves one task at a time.
struct Crew {
  std::string id, name;
  int units = 1;
};

struct Site {
  std::string id, name, country;
  Id<Fabric> fabric;
  double pue = 1.2;
  Uncertain<UsdPerJoule> energy_price;
  std::optional<Uncertain<UsdPerJoule>> domestic_energy_price;  // of chips from the platform's home country
  ByteRate uplink;                     // to other sites, all together; 0: not said, and taken as enough
  Uncertain<UsdPerWatt> build_cost;   // shell, power and cooling per watt of IT
  Id<Failures> failures;              // whose causes by site strike it, where a study plays failures as events; invalid: none
  std::vector<Crew> crews;
  std::optional<Watts> power_cap;     // over the IT power of all its halls
  std::vector<Hall> halls;
};

// Chips that are online when the study starts.
struct ExistingFleet {
  std::string id;
  Id<Node> node;
  Id<Site> site;
  int hall = 0;                       // index in site.halls
  int64_t chips = 0;
  Date since;                         // online since
  Date retires = Date::never();
};

}  // namespace capmix
