// Build-out templates; sites with their halls.
#include <algorithm>
#include <cmath>
#include <functional>

#include "scenario/loader.hpp"

namespace capmix::scenario {

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
  r.factual();
  r.done();
  return task;
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
  site.energy_price = r.uncertain<UsdPerJoule>("energy_price", kNotNegative);
  site.build_cost = r.uncertain<UsdPerWatt>("build_cost", kNotNegative);
  const Id<Buildout> id = r.has("buildout") ? resolve(s_.buildouts, r.ref("buildout"), "buildout") : Id<Buildout>{};
  const Buildout* buildout = id.valid() ? &s_.buildouts[id] : nullptr;
  auto halls = r.tables_by_id("hall");
  if (halls.empty()) r.error("id", "site \"" + site.id + "\" has no hall (expected at least one [[site.hall]])");
  for (auto& h : halls) read_hall(h, site, buildout, r.has("buildout"));
  r.factual();
  r.done();
  s_.sites.add(std::move(site));
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
