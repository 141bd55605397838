// Build-out: a hall that does not exist yet is a DAG of tasks from its start. Its power and network are ready at
// the end of the tasks with those milestones; power arrives by phases. Tasks that need chips are shown in the
// hall's timeline as if chips were there when power and network are ready; for pods they are durations, counted
// from the chips' arrival. A hall with a recorded timeline is not built: its power comes by the record. Each hall draws for itself, also where several share a template. Crews and suppliers
// shared between halls are not modelled.
#include <algorithm>

#include "graph/dag.hpp"
#include "plan/passes.hpp"

namespace capmix::plan {
namespace {

int find(const std::vector<Task>& tasks, Milestone m) {
  for (size_t i = 0; i < tasks.size(); ++i)
    if (tasks[i].milestone == m) return static_cast<int>(i);
  return -1;
}

std::vector<double> durations(const std::vector<Task>& tasks, const std::string& hall, const Draw& draw) {
  std::vector<double> days;
  days.reserve(tasks.size());
  for (const auto& t : tasks) days.push_back(t.duration.at(draw, "hall:" + hall + ":" + t.id).n);
  return days;
}

graph::Dag dag_of(const std::vector<Task>& tasks) {
  std::vector<graph::DagEdge> edges;
  for (size_t i = 0; i < tasks.size(); ++i)
    for (const auto& d : tasks[i].after) edges.push_back({d.task, static_cast<int>(i), d.fraction});
  return graph::Dag(static_cast<int>(tasks.size()), edges);
}

// Longest paths through the tasks that need chips, from the day on which chips, power and network are there.
void set_pod_durations(const std::vector<Task>& tasks, const graph::Dag& dag, std::vector<double> days, HallPlan& hall) {
  for (size_t i = 0; i < tasks.size(); ++i)
    if (!tasks[i].needs_chips) days[i] = 0;
  const auto s = dag.schedule(days);
  const auto end = [&](Milestone m) {
    const int i = find(tasks, m);
    return i < 0 ? 0.0 : s.nodes[static_cast<size_t>(i)].end;
  };
  hall.install = Days{end(Milestone::installed)};
  hall.burn_in = Days{std::max(0.0, end(Milestone::online) - hall.install.n)};
}

void set_power(const Hall& hall, Date power, HallPlan& out) {
  auto phases = hall.phases;
  if (phases.empty()) phases.push_back({});
  std::stable_sort(phases.begin(), phases.end(), [](const auto& a, const auto& b) { return a.delay < b.delay; });
  Watts sum;
  for (const auto& phase : phases) {
    sum += hall.power * phase.share;
    out.power.emplace_back(power + phase.delay, sum);
  }
}

void build(const Site& site, const Hall& hall, const Draw& draw, HallPlan& out, Plan& plan) {
  const auto& tasks = hall.tasks;
  const auto days = durations(tasks, site.id + "/" + hall.id, draw);
  const auto dag = dag_of(tasks);
  auto s = dag.schedule(days);
  const auto end = [&](Milestone m) {
    const int i = find(tasks, m);
    return i < 0 ? 0.0 : s.nodes[static_cast<size_t>(i)].end;
  };
  const double power = end(Milestone::power), network = end(Milestone::network);
  std::vector<double> earliest(tasks.size(), 0.0);
  for (size_t i = 0; i < tasks.size(); ++i)
    if (tasks[i].needs_chips) earliest[i] = std::max(power, network);
  s = dag.schedule(days, earliest);

  set_power(hall, hall.start + Days{power}, out);
  out.network = hall.start + Days{network};
  set_pod_durations(tasks, dag, days, out);
  for (size_t i = 0; i < tasks.size(); ++i) {
    const auto& n = s.nodes[i];
    plan.tasks.push_back({static_cast<int>(plan.halls.size()), static_cast<int>(i), hall.start + Days{n.start}, hall.start + Days{n.end}, Days{n.slack}, n.critical});
  }
}

// An existing hall installs pods as the halls that its site builds do; a site that builds none installs at once.
void take_over(const Site& site, const Hall& hall, const Draw& draw, HallPlan& out) {
  set_power(hall, hall.start, out);
  out.network = hall.start;
  for (const auto& other : site.halls) {
    if (other.existing || other.tasks.empty()) continue;
    set_pod_durations(other.tasks, dag_of(other.tasks), durations(other.tasks, site.id + "/" + hall.id, draw), out);
    return;
  }
}

// A recorded hall has power by its record, and its network with the first of it.
void follow(const Site& site, const Hall& hall, const Draw& draw, HallPlan& out) {
  out.power = hall.recorded;
  out.network = hall.recorded.front().first;
  if (!hall.tasks.empty()) set_pod_durations(hall.tasks, dag_of(hall.tasks), durations(hall.tasks, site.id + "/" + hall.id, draw), out);
}

}  // namespace

void buildout(const Scenario& scenario, const Draw& draw, Plan& plan) {
  for (size_t i = 0; i < scenario.sites.size(); ++i) {
    const Site& site = scenario.sites[scenario.sites.id_at(i)];
    for (size_t h = 0; h < site.halls.size(); ++h) {
      HallPlan out;
      out.site = scenario.sites.id_at(i);
      out.hall = static_cast<int>(h);
      const Hall& hall = site.halls[h];
      if (!hall.recorded.empty()) follow(site, hall, draw, out);
      else if (hall.existing) take_over(site, hall, draw, out);
      else build(site, hall, draw, out, plan);
      plan.halls.push_back(std::move(out));
    }
  }
}

}  // namespace capmix::plan
