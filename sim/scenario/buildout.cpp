// Build-out templates; sites with their halls, crews and levers.
#include <algorithm>
#include <cmath>
#include <functional>

#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

// False where a template could not be read: then nothing can be said about what halls lack.
bool known_tasks(const Site& site) {
  return std::none_of(site.halls.begin(), site.halls.end(), [](const Hall& h) { return !h.existing && h.tasks.empty(); });
}

}  // namespace

void Loader::check_cycle(const std::string& what, const std::vector<Linked>& nodes) {
  enum Mark { fresh, open, closed };
  std::vector<Mark> marks(nodes.size(), fresh);
  std::vector<size_t> trail;
  const auto report = [&](std::vector<size_t> cycle) {
    std::reverse(cycle.begin(), cycle.end());  // the trail goes from a task to what it waits for
    const auto line = [&](size_t i) { return nodes[i].place.line; };
    std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end(), [&](size_t x, size_t y) { return line(x) < line(y); }), cycle.end());
    std::string names, lines;
    for (const size_t i : cycle) {
      names += nodes[i].id + " -> ";
      lines += (lines.empty() ? "" : ", ") + Place{nodes[i].place.file, line(i), 0}.text();
    }
    const Linked& first = nodes[cycle.front()];
    context.problems.add({first.place.file, first.place.line, 0}, what + " form a cycle: " + names + first.id + " (" + lines + ")");
    return true;
  };
  const std::function<bool(size_t)> visit = [&](size_t t) {
    marks[t] = open;
    trail.push_back(t);
    for (const int d : nodes[t].after) {
      const auto next = static_cast<size_t>(d);
      if (marks[next] == open) return report({std::find(trail.begin(), trail.end(), next), trail.end()});
      if (marks[next] == fresh && visit(next)) return true;
    }
    trail.pop_back();
    marks[t] = closed;
    return false;
  };
  for (size_t t = 0; t < nodes.size(); ++t)
    if (marks[t] == fresh && visit(t)) return;
}

Task Loader::read_task(Reader& r, const std::vector<std::string>& ids) {
  static constexpr std::pair<const char*, Milestone> milestones[] = {
      {"none", Milestone::none}, {"power", Milestone::power}, {"network", Milestone::network},
      {"installed", Milestone::installed}, {"online", Milestone::online}};
  Task task;
  task.id = r.text("id");
  task.name = r.text("name", task.id);
  task.duration = r.uncertain<Days>("duration", kNotNegative);
  task.needs_chips = r.flag("needs_chips", false);
  task.place = r.place();
  const std::string word = r.choice("milestone", {"none", "power", "network", "installed", "online"}, "none");
  for (const auto& [name, milestone] : milestones)
    if (word == name) task.milestone = milestone;
  const bool after_chips = task.milestone == Milestone::installed || task.milestone == Milestone::online;
  if (task.milestone != Milestone::none && after_chips != task.needs_chips)
    r.error("milestone", "a task with the milestone \"" + word + "\" must have needs_chips = " + (after_chips ? "true" : "false"));
  for (const auto& d : r.dependencies("after")) {
    const auto at = std::find(ids.begin(), ids.end(), d.task.text);
    if (at == ids.end()) unknown(d.task, "task", ids);
    else task.after.push_back({static_cast<int>(at - ids.begin()), d.fraction});
  }
  read_events(r, task);
  r.factual();
  r.done();
  return task;
}

// Who does it, when work goes on, and what may happen to it.
void Loader::read_events(Reader& r, Task& task) {
  task.crew = r.text("crew", "");
  if (r.has("calendar")) {
    const Ref ref = r.ref("calendar");
    load_calendar(ref);
    task.calendar = resolve(s_.calendars, ref, "calendar");
  }
  for (const char* key : {"crew", "calendar"})
    if (task.needs_chips && r.has(key)) r.error(key, "a task that needs chips runs per pod and has no " + std::string(key));
  if (Reader risk = r.table("risk", false); !risk.absent()) {
    task.risk.probability = risk.number("probability", kFraction);
    task.risk.delay = risk.uncertain<Days>("delay", kNotNegative);
    risk.done();
  }
  if (Reader rework = r.table("rework", false); !rework.absent()) {
    task.rework.probability = rework.number("probability", kFraction);
    task.rework.share = rework.uncertain<double>("share", kNotNegative);
    rework.done();
  }
}

// Pods wait for power and network, so what those wait for cannot need pods.
void Loader::check_chips(const std::vector<Task>& tasks) {
  for (const auto& t : tasks)
    for (const auto& d : t.after)
      if (const Task& before = tasks[static_cast<size_t>(d.task)]; before.needs_chips && !t.needs_chips)
        context.problems.add(t.place, "task \"" + t.id + "\" waits for \"" + before.id + "\", which needs chips (expected needs_chips = true here too)");
}

void Loader::read_buildout(Reader r, const std::string& id) {
  Buildout b;
  b.id = id;
  b.name = r.text("name");
  auto tables = r.tables_by_id("task");
  std::vector<std::string> ids;
  for (auto& t : tables) ids.push_back(t.has("id") ? t.value("id")->text : "");
  std::map<Milestone, int> milestones;
  for (auto& t : tables) {
    b.tasks.push_back(read_task(t, ids));
    ++milestones[b.tasks.back().milestone];
  }
  for (const auto& [m, name] : {std::pair{Milestone::power, "power"}, {Milestone::network, "network"},
                                {Milestone::installed, "installed"}, {Milestone::online, "online"}})
    if (milestones[m] != 1) r.error("task", std::to_string(milestones[m]) + " tasks have the milestone \"" + name + "\" (expected exactly one)");
  std::vector<Linked> linked;
  for (const auto& t : b.tasks) {
    linked.push_back({t.id, t.place, {}});
    for (const auto& d : t.after) linked.back().after.push_back(d.task);
  }
  check_cycle("build-out tasks", linked);
  check_chips(b.tasks);
  r.done();
  s_.buildouts.add(std::move(b));
}

void Loader::read_site(Reader r) {
  Site site;
  site.id = r.text("id");
  site.name = r.text("name", site.id);
  site.country = r.text("country", "");
  site.fabric = resolve(s_.fabrics, r.ref("fabric"), "fabric");
  site.pue = r.number("pue", {1, 3, "between 1 and 3"});
  if (r.has("failures")) {
    const Ref failures = r.ref("failures");
    if (s_.study.failure_events) site.failures = need_failures(failures);
  }
  r.also_knows({"failures"});
  site.uplink = r.quantity<ByteRate>("uplink", kNotNegative, ByteRate(0));
  site.energy_price = r.uncertain<UsdPerJoule>("energy_price", kNotNegative);
  if (r.has("energy_price_domestic")) site.domestic_energy_price = r.uncertain<UsdPerJoule>("energy_price_domestic", kNotNegative);
  if (site.domestic_energy_price && s_.home.empty())
    r.error("energy_price_domestic", "no chip is domestic: the platform names no home (expected home = \"CN\" or another country at its top)");
  site.build_cost = r.uncertain<UsdPerWatt>("build_cost", kNotNegative);
  if (r.has("power_cap")) site.power_cap = r.quantity<Watts>("power_cap");
  const Id<Buildout> id = r.has("buildout") ? resolve(s_.buildouts, r.ref("buildout"), "buildout") : Id<Buildout>{};
  const Buildout* buildout = id.valid() ? &s_.buildouts[id] : nullptr;
  auto halls = r.tables_by_id("hall");
  if (halls.empty()) r.error("id", "site \"" + site.id + "\" has no hall (expected at least one [[site.hall]])");
  for (auto& h : halls) read_hall(h, site, buildout, r.has("buildout"));
  Watts standing;
  for (const auto& h : site.halls) standing += h.existing ? h.power : Watts(0);
  if (site.power_cap && site.power_cap->value() > 0 && *site.power_cap < standing)
    r.error("power_cap", "\"power_cap\" is " + si(site.power_cap->value(), "W") + ", below the " + si(standing.value(), "W") + " of the halls that stand there");
  read_levers(r.table("levers", false), site);
  read_crews(r, site);
  r.factual();
  r.done();
  s_.sites.add(std::move(site));
}

// Crews and the tasks that take them must know each other. Nothing is said where a template could not be read.
void Loader::read_crews(Reader& r, Site& site) {
  std::map<std::string, Place> taken;
  for (const auto& hall : site.halls)
    for (const auto& t : hall.tasks)
      if (!t.crew.empty()) taken.emplace(t.crew, t.place);
  std::vector<std::string> wanted;
  for (const auto& [crew, place] : taken) wanted.push_back(crew);
  const bool whole = known_tasks(site);
  for (auto& c : r.tables_by_id("crew")) {
    Crew crew;
    crew.id = c.text("id");
    crew.name = c.text("name", crew.id);
    crew.units = c.integer("units", 1);
    c.done();
    if (whole && !crew.id.empty() && taken.count(crew.id) == 0) c.error("id", "no task of site \"" + site.id + "\" takes the crew \"" + crew.id + "\"" + did_you_mean(crew.id, wanted));
    site.crews.push_back(std::move(crew));
  }
  for (const auto& [id, place] : taken)
    if (std::none_of(site.crews.begin(), site.crews.end(), [&](const Crew& c) { return c.id == id; }))
      r.error("buildout", "site \"" + site.id + "\" has no crew \"" + id + "\" (expected a [[site.crew]] with that id, see " + place.text() + ")" + did_you_mean(id, ids_of(site.crews)));
}

// Factors on the durations of tasks, in all halls of the site.
void Loader::read_levers(Reader levers, Site& site) {
  if (levers.absent()) return;
  if (levers.has("source")) levers.factual();
  std::vector<std::string> known;
  for (const auto& hall : site.halls)
    for (const auto& t : hall.tasks) known.push_back(t.id);
  for (const auto& id : levers.ids()) {
    const double factor = levers.number(id, kNotNegative);
    if (known_tasks(site) && std::count(known.begin(), known.end(), id) == 0) levers.error(id, "no hall of site \"" + site.id + "\" has a task \"" + id + "\"" + did_you_mean(id, known));
    for (auto& hall : site.halls)
      for (auto& t : hall.tasks)
        if (t.id == id) t.duration.low = t.duration.low * factor, t.duration.mode = t.duration.mode * factor, t.duration.high = t.duration.high * factor;
  }
}

void Loader::read_hall(Reader r, Site& site, const Buildout* buildout, bool has_buildout) {
  if (r.has("recorded")) return read_recorded_hall(std::move(r), site, buildout);
  Hall hall;
  hall.id = r.text("id");
  hall.power = r.quantity<Watts>("power");
  hall.start = r.date("start");
  hall.existing = r.flag("existing", false);
  auto phases = r.tables("phases");
  double sum = 0;
  for (auto& p : phases) {
    PowerPhase phase;
    phase.share = p.number("share", kFraction);
    phase.delay = p.quantity<Days>("delay", kNotNegative, Days{0});
    p.done();
    sum += phase.share;
    hall.phases.push_back(phase);
  }
  if (hall.phases.empty()) hall.phases.push_back({1, {0}});
  else if (std::fabs(sum - 1) > 1e-9) r.error("phases", "the shares of the phases sum to " + std::to_string(sum) + " (expected 1)");
  std::sort(hall.phases.begin(), hall.phases.end(), [](const auto& a, const auto& b) { return a.delay < b.delay; });

  r.also_knows({"task"});
  if (hall.existing && r.has("task")) r.error("task", "an existing hall has no tasks");
  if (!hall.existing && !has_buildout) r.error("id", "hall \"" + hall.id + "\" is to be built, but its site names no buildout");
  if (!hall.existing && buildout != nullptr && !buildout->tasks.empty()) {
    hall.tasks = buildout->tasks;
    Reader own = r.table("task", false);
    for (auto& task : hall.tasks) {
      // A stream of its own, so that two halls of one template are built independently.
      task.duration.path = own.stream(task.id + ".duration");
      Reader o = own.table(task.id, false);
      task.duration = o.uncertain<Days>("duration", kNotNegative, task.duration);
      o.done();
    }
    own.done();
  }
  r.factual();
  r.done();
  site.halls.push_back(std::move(hall));
}

}  // namespace capmix::scenario
