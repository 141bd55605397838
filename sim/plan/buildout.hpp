// The sites of a scenario as networks of tasks, made once and scheduled for every draw. What is assumed stands at the
// head of buildout.cpp.
#pragma once

#include "graph/dag.hpp"
#include "model/plan.hpp"

namespace capmix::plan {

// One task of one hall, or of the pods of one hall, with the streams that it draws from.
struct SiteTask {
  const Task* task = nullptr;
  const WorkCalendar* calendar = nullptr;
  int hall = 0, index = 0;            // of the site; of the hall's tasks
  uint64_t duration = 0, delayed = 0, delay = 0, reworked = 0, share = 0;
  bool is_delayed(const Draw& draw) const;
  bool is_reworked(const Draw& draw) const;
  // With delays and rework; of net working time when there is a calendar.
  double days(const Draw& draw) const;
};

// What each pod of a hall goes through once chips, power and network are there.
struct PodTasks {
  graph::Dag dag{0, {}};
  std::vector<SiteTask> tasks;
  int installed = -1, online = -1;    // in tasks; -1: at once
};

struct SiteNetwork {
  const Site* site = nullptr;
  Id<Site> id;
  Date first;                         // day 0 of the network's times
  std::vector<SiteTask> tasks;        // of all halls that are built
  std::vector<double> earliest;       // by task: its hall's start
  graph::Dag dag{0, {}};              // one group per hall that is built
  bool calendars = false;             // some task has one
  std::vector<int> power, network;    // by hall: index of the milestone's task; -1: at the hall's start
  std::vector<PodTasks> pods;         // by hall
};

class Sites {
 public:
  // Keeps references into the scenario: it must outlive this. Throws graph::CycleError when tasks wait for each other
  // in a circle (the reader refuses such files).
  explicit Sites(const Scenario& scenario);

  // Adds plan.halls, by site and then as the site lists them, and plan.tasks.
  void schedule(const Draw& draw, Plan& plan) const;

 private:
  std::vector<SiteNetwork> networks_;
};

// Place of each site's first hall in plan.halls.
std::vector<size_t> first_halls(const Scenario& scenario);

}  // namespace capmix::plan
