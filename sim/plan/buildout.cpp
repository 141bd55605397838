// Build-out: a hall that does not exist yet is a DAG of tasks from its start. Its power and network are ready at
// the end of the tasks with those milestones; power arrives by phases. Tasks that need chips are shown in the
// hall's timeline as if chips were there when power and network are ready; for pods they are durations, counted
// from the chips' arrival. Each hall draws for itself, also where several share a template. A hall with a recorded
// timeline is not built: its power comes by the record, and its network with the first of it.
//
// Halls of a site share its crews. A crew serves in a fixed order - by start of the hall, its id, and then as the
// hall's tasks follow each other - and with k units its job i waits for the end of its job i - k. So a longer task
// never brings a date forward, and all of a site is one network: a task without slack holds up its own hall or one that
// waits for its crew. A cap on the site's power goes to halls in the order in which their power comes: a hall that is late
// may leave another more, but no earlier.
// Under a calendar durations are net working time and partial dependencies are by progress. A delay or rework that is
// drawn makes its task longer.
// Not modelled: crews that choose whom to serve, that travel between sites or that install pods; delays that several
// halls share; transformers as a stock of their own.
#include "plan/buildout.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace capmix::plan {
namespace {

int find(const std::vector<Task>& tasks, Milestone m) {
  for (size_t i = 0; i < tasks.size(); ++i)
    if (tasks[i].milestone == m) return static_cast<int>(i);
  return -1;
}

SiteTask site_task(const Scenario& s, const Site& site, int hall, const Task& task, int index) {
  SiteTask out;
  out.task = &task;
  if (task.calendar.valid()) out.calendar = &s.calendars[task.calendar];
  out.hall = hall, out.index = index;
  const std::string stream = "hall:" + site.id + "/" + site.halls[static_cast<size_t>(hall)].id + ":" + task.id;
  out.duration = hash64(stream);
  out.delayed = hash64(stream + ":delayed"), out.delay = hash64(stream + ":delay");
  out.reworked = hash64(stream + ":reworked"), out.share = hash64(stream + ":rework");
  return out;
}

std::vector<graph::DagEdge> edges_of(const std::vector<Task>& tasks) {
  std::vector<graph::DagEdge> edges;
  for (size_t i = 0; i < tasks.size(); ++i)
    for (const auto& d : tasks[i].after) edges.push_back({d.task, static_cast<int>(i), d.fraction});
  return edges;
}

PodTasks pod_tasks(const Scenario& s, const Site& site, int hall, const std::vector<Task>& tasks) {
  PodTasks out;
  std::vector<int> place(tasks.size(), -1);
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (!tasks[i].needs_chips) continue;
    place[i] = static_cast<int>(out.tasks.size());
    out.tasks.push_back(site_task(s, site, hall, tasks[i], static_cast<int>(i)));
    if (tasks[i].milestone == Milestone::installed) out.installed = place[i];
    if (tasks[i].milestone == Milestone::online) out.online = place[i];
  }
  std::vector<graph::DagEdge> edges;
  for (const auto& e : edges_of(tasks))
    if (const int from = place[static_cast<size_t>(e.from)], to = place[static_cast<size_t>(e.to)]; from >= 0 && to >= 0)
      edges.push_back({from, to, e.fraction});
  out.dag = graph::Dag(static_cast<int>(out.tasks.size()), edges);
  return out;
}

// An existing hall installs pods as the first hall that its site builds does; a site that builds none installs at once.
const std::vector<Task>& tasks_of_pods(const Site& site, const Hall& hall) {
  if (!hall.existing) return hall.tasks;
  for (const auto& other : site.halls)
    if (!other.existing && !other.tasks.empty()) return other.tasks;
  return hall.tasks;
}

// Appends the hall's tasks and edges; those that need chips also wait for power and network.
void add_hall(const Scenario& s, int h, SiteNetwork& net, std::vector<graph::DagEdge>& edges, std::vector<int>& groups) {
  const Hall& hall = net.site->halls[static_cast<size_t>(h)];
  const int base = static_cast<int>(net.tasks.size()), group = groups.empty() ? 0 : groups.back() + 1;
  const int power = find(hall.tasks, Milestone::power), network = find(hall.tasks, Milestone::network);
  for (const auto& e : edges_of(hall.tasks)) edges.push_back({base + e.from, base + e.to, e.fraction});
  for (size_t i = 0; i < hall.tasks.size(); ++i) {
    const int index = static_cast<int>(i);
    net.tasks.push_back(site_task(s, *net.site, h, hall.tasks[i], index));
    net.calendars = net.calendars || net.tasks.back().calendar != nullptr;
    net.earliest.push_back((hall.start - net.first).n);
    groups.push_back(group);
    for (const int ready : {power, network})
      if (hall.tasks[i].needs_chips && ready >= 0) edges.push_back({base + ready, base + index, 1});
  }
  net.power[static_cast<size_t>(h)] = power < 0 ? -1 : base + power;
  net.network[static_cast<size_t>(h)] = network < 0 ? -1 : base + network;
}

// Job i of a crew of k waits for job i - k.
void add_crews(const SiteNetwork& net, const std::vector<int>& halls, std::vector<graph::DagEdge>& edges) {
  std::map<std::string, std::vector<int>> jobs;
  size_t base = 0;
  for (const int h : halls) {
    const auto& tasks = net.site->halls[static_cast<size_t>(h)].tasks;
    for (const int i : graph::Dag(static_cast<int>(tasks.size()), edges_of(tasks)).order())
      if (const auto& crew = tasks[static_cast<size_t>(i)].crew; !crew.empty()) jobs[crew].push_back(static_cast<int>(base) + i);
    base += tasks.size();
  }
  for (const auto& crew : net.site->crews) {
    const auto& queue = jobs[crew.id];
    for (size_t i = static_cast<size_t>(crew.units); i < queue.size(); ++i)
      edges.push_back({queue[i - static_cast<size_t>(crew.units)], queue[i], 1});
  }
}

SiteNetwork network(const Scenario& s, Id<Site> id) {
  SiteNetwork net;
  net.id = id, net.site = &s.sites[id];
  const auto& all = net.site->halls;
  net.power.assign(all.size(), -1), net.network = net.power;
  std::vector<int> halls;  // that are built, in the order in which crews serve them
  for (size_t h = 0; h < all.size(); ++h) {
    net.pods.push_back(pod_tasks(s, *net.site, static_cast<int>(h), tasks_of_pods(*net.site, all[h])));
    if (!all[h].existing && all[h].recorded.empty()) halls.push_back(static_cast<int>(h));
  }
  std::sort(halls.begin(), halls.end(), [&](int a, int b) {
    const Hall &x = all[static_cast<size_t>(a)], &y = all[static_cast<size_t>(b)];
    return std::tie(x.start, x.id) < std::tie(y.start, y.id);
  });
  std::vector<graph::DagEdge> edges;
  std::vector<int> groups;
  if (!halls.empty()) net.first = all[static_cast<size_t>(halls.front())].start;
  for (const int h : halls) add_hall(s, h, net, edges, groups);
  add_crews(net, halls, edges);
  net.dag = graph::Dag(static_cast<int>(net.tasks.size()), edges, groups);
  return net;
}

void set_pods(const PodTasks& pods, const Draw& draw, HallPlan& out) {
  std::vector<double> days;
  for (const auto& t : pods.tasks) days.push_back(t.days(draw));
  const auto s = pods.dag.schedule(days);
  const auto end = [&](int i) { return i < 0 ? 0.0 : s.nodes[static_cast<size_t>(i)].end; };
  out.install = Days{end(pods.installed)};
  out.burn_in = Days{std::max(0.0, end(pods.online) - out.install.n)};
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

// At each step, by date and then by hall, a hall gets at most what the others leave of the cap at that time.
void share_cap(const Site& site, Watts cap, HallPlan* halls) {
  std::vector<std::tuple<Date, std::string, size_t, size_t>> steps;  // date, hall, its index, step
  for (size_t h = 0; h < site.halls.size(); ++h)
    for (size_t i = 0; i < halls[h].power.size(); ++i) steps.emplace_back(halls[h].power[i].first, site.halls[h].id, h, i);
  std::sort(steps.begin(), steps.end());
  std::vector<Watts> got(site.halls.size());
  for (const auto& [date, id, h, i] : steps) {
    Watts& power = halls[h].power[i].second;
    power = std::min(power, got[h] + cap);
    cap -= power - got[h];
    got[h] = power;
  }
}

}  // namespace

bool SiteTask::is_delayed(const Draw& draw) const {
  return task->risk.probability > 0 && draw.chance(task->risk.probability, delayed);
}

bool SiteTask::is_reworked(const Draw& draw) const {
  return task->rework.probability > 0 && draw.chance(task->rework.probability, reworked);
}

double SiteTask::days(const Draw& draw) const {
  double days = task->duration.at(draw, duration).n;
  if (is_reworked(draw)) days *= 1 + task->rework.share.at(draw, share);
  if (is_delayed(draw)) days += task->risk.delay.at(draw, delay).n;
  return days;
}

Sites::Sites(const Scenario& scenario) {
  for (size_t i = 0; i < scenario.sites.size(); ++i) networks_.push_back(network(scenario, scenario.sites.id_at(i)));
}

void Sites::schedule(const Draw& draw, Plan& plan) const {
  for (const auto& net : networks_) {
    std::vector<double> days;
    days.reserve(net.tasks.size());
    for (const auto& t : net.tasks) days.push_back(t.days(draw));
    const double first = net.first.day();
    const graph::Progress progress = [&](int v, double start, double work) {
      const WorkCalendar* calendar = net.tasks[static_cast<size_t>(v)].calendar;
      return calendar == nullptr ? start + work : calendar->end_of(first + start, work) - first;
    };
    const auto s = net.dag.schedule(days, net.earliest, net.calendars ? progress : graph::Progress());
    const auto date = [&](double day) { return net.first + Days{day}; };
    const auto base = static_cast<int>(plan.halls.size());
    for (size_t h = 0; h < net.site->halls.size(); ++h) {
      const Hall& hall = net.site->halls[h];
      const auto reached = [&](int i) { return i < 0 ? hall.start : date(s.nodes[static_cast<size_t>(i)].end); };
      HallPlan out;
      out.site = net.id, out.hall = static_cast<int>(h);
      if (hall.recorded.empty()) set_power(hall, reached(net.power[h]), out);
      else out.power = hall.recorded;
      out.network = hall.recorded.empty() ? reached(net.network[h]) : hall.recorded.front().first;
      set_pods(net.pods[h], draw, out);
      plan.halls.push_back(std::move(out));
    }
    if (net.site->power_cap) share_cap(*net.site, *net.site->power_cap, &plan.halls[static_cast<size_t>(base)]);
    for (size_t i = 0; i < net.tasks.size(); ++i) {
      const auto& n = s.nodes[i];
      const auto& t = net.tasks[i];
      plan.tasks.push_back({base + t.hall, t.index, date(n.start), date(n.end), Days{n.slack}, n.critical, t.is_delayed(draw), t.is_reworked(draw)});
    }
  }
}

std::vector<size_t> first_halls(const Scenario& scenario) {
  std::vector<size_t> out;
  size_t halls = 0;
  for (const auto& site : scenario.sites) {
    out.push_back(halls);
    halls += site.halls.size();
  }
  return out;
}

}  // namespace capmix::plan
