// Chips, efficiencies, nodes, fabrics and build-out templates.
#include <algorithm>
#include <filesystem>
#include <functional>

#include "scenario/loader.hpp"

namespace capmix::scenario {

namespace fs = std::filesystem;

Reader Loader::open_file(const std::string& path, const std::string& subject, const Place& from) {
  return Reader(context, files_.read(path, subject, from), path, subject);
}

Reader Loader::open(const std::string& folder, const std::string& id, const Place& from) {
  const std::string path = (fs::path(catalogue_) / folder / (id + ".toml")).lexically_normal().string();
  if (!fs::exists(path)) {
    std::vector<std::string> ids;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(fs::path(catalogue_) / folder, ignored)) ids.push_back(stem(entry.path().string()));
    std::sort(ids.begin(), ids.end());
    const std::string near = nearest(id, ids);
    context.problems.add(from, "there is no " + folder + "/" + id + ".toml in the catalogue " + (catalogue_.empty() ? "." : catalogue_) +
                                   (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
    static const toml::table empty;
    Reader absent(context, empty, path, "");
    return absent.table(id, false);
  }
  return open_file(path, folder + "/" + id, from);
}

void Loader::load_nodes(const std::map<std::string, Place>& wanted) {
  std::map<std::string, Place> chips, efficiencies;
  for (const auto& [id, from] : wanted) {
    Reader r = open("nodes", id, from);
    if (r.has("chip")) chips.emplace(node_chip_[id] = r.text("chip"), r.place("chip"));
  }
  for (const auto& [id, from] : chips) {
    Reader r = open("chips", id, from);
    if (r.has("efficiency")) efficiencies.emplace(chip_efficiency_[id] = r.text("efficiency"), r.place("efficiency"));
  }
  for (const auto& [id, from] : efficiencies) read_efficiency(open("efficiency", id, from), id);
  for (const auto& [id, from] : chips) read_chip(open("chips", id, from), id);
  for (const auto& [id, from] : wanted) read_node(open("nodes", id, from), id);
}

void Loader::read_efficiency(Reader r, const std::string& id) {
  Efficiency e;
  e.id = id;
  r.text("name", "");
  e.gemm = r.uncertain<double>("gemm", kFraction);
  e.memory = r.uncertain<double>("memory", kFraction);
  e.gather = r.uncertain<double>("gather", kFraction);
  e.collective = r.uncertain<double>("collective", kFraction);
  e.launch = r.quantity<Seconds>("launch", kNotNegative);
  e.gemm_half_flop = r.quantity<Flop>("gemm_half", kNotNegative).value();
  e.overlap = r.number("overlap", kFraction);
  e.calibrated_on = r.list("calibrated_on");
  r.factual();
  r.done();
  s_.efficiencies.add(std::move(e));
}

void Loader::read_chip(Reader r, const std::string& id) {
  Chip c;
  c.id = id;
  c.name = r.text("name");
  c.supplier = r.text("supplier");
  c.stack = r.text("stack");
  c.efficiency = resolve(s_.efficiencies, r.text("efficiency"), r, "efficiency", "efficiency");
  c.trains = r.flag("trains", true);
  Reader peak = r.table("peak");
  for (int p = 0; p < 7; ++p)
    if (peak.has(kPrecisionNames[p])) c.peak[static_cast<Precision>(p)] = peak.quantity<FlopRate>(kPrecisionNames[p]);
  if (c.peak.empty() && r.has("peak")) r.error("peak", "no peak rate is given (expected one of fp4, fp8, int8, fp16, bf16, tf32, fp32)");
  peak.also_knows({std::begin(kPrecisionNames), std::end(kPrecisionNames)});
  Reader memory = r.table("memory"), up = r.table("scale_up"), out = r.table("scale_out"), power = r.table("power"),
         price = r.table("price"), available = r.table("availability"), reliability = r.table("reliability");
  c.memory = memory.quantity<Bytes>("size");
  c.memory_bandwidth = memory.quantity<ByteRate>("bandwidth");
  c.scale_up = up.quantity<ByteRate>("bandwidth");
  c.scale_up_domain = up.integer("domain", 1);
  c.nic = out.quantity<ByteRate>("nic");
  c.tdp = power.quantity<Watts>("tdp");
  c.price = price.uncertain<Usd>("chip", kPositive);
  c.price_in_server = price.uncertain<Usd>("in_server", kPositive);
  c.available = available.date("from");
  c.interruption = reliability.uncertain<Seconds>("chip_hours_per_interruption", kPositive);
  for (Reader* t : {&peak, &memory, &up, &out, &power, &price, &available, &reliability}) t->factual(), t->done();
  r.done();
  s_.chips.add(std::move(c));
}

void Loader::read_node(Reader r, const std::string& id) {
  Node n;
  n.id = id;
  n.name = r.text("name");
  n.chip = resolve(s_.chips, r.text("chip"), r, "chip", "chip");
  n.chips = r.integer("chips", 1);
  Reader power = r.table("power"), price = r.table("price");
  n.power = power.quantity<Watts>("max");
  n.host_price = price.uncertain<Usd>("host", kNotNegative);
  for (Reader* t : {&power, &price}) t->factual(), t->done();
  r.done();
  s_.nodes.add(std::move(n));
}

void Loader::read_fabric(Reader r, const std::string& id) {
  Fabric f;
  f.id = id;
  f.name = r.text("name");
  Reader pod = r.table("pod"), spine = r.table("spine"), latency = r.table("latency");
  f.pod_nodes = pod.integer("nodes", 1);
  f.oversubscription = spine.number("oversubscription", {1, 1000, "of at least 1"});
  f.nic_latency = latency.quantity<Seconds>("nic", kNotNegative);
  f.scale_up_latency = latency.quantity<Seconds>("scale_up", kNotNegative);
  for (Reader* t : {&pod, &spine, &latency}) t->factual(), t->done();
  r.done();
  s_.fabrics.add(std::move(f));
}

// A chain of tasks that waits for itself, named with the line of each.
void Loader::check_cycle(const Buildout& b, const std::string& file) {
  enum Mark { white, grey, black };
  std::vector<Mark> marks(b.tasks.size(), white);
  std::vector<int> trail;
  std::function<bool(int)> visit = [&](int t) {
    marks[static_cast<size_t>(t)] = grey;
    trail.push_back(t);
    for (const auto& d : b.tasks[static_cast<size_t>(t)].after) {
      if (marks[static_cast<size_t>(d.task)] == black) continue;
      if (marks[static_cast<size_t>(d.task)] == white) {
        if (visit(d.task)) return true;
        continue;
      }
      const auto begin = std::find(trail.begin(), trail.end(), d.task);
      std::vector<int> cycle(begin, trail.end());
      std::reverse(cycle.begin(), cycle.end());  // the trail walks backwards: from a task to what it waits for
      std::string names, lines;
      for (const int i : cycle) {
        const auto& task = b.tasks[static_cast<size_t>(i)];
        names += task.id + " -> ";
        lines += (lines.empty() ? "" : ", ") + Place{task.place.file, task.place.line, 0}.text();
      }
      names += b.tasks[static_cast<size_t>(cycle.front())].id;
      context.problems.add({file, b.tasks[static_cast<size_t>(cycle.front())].place.line, 0},
                           "build-out tasks form a cycle: " + names + " (" + lines + ")");
      return true;
    }
    trail.pop_back();
    marks[static_cast<size_t>(t)] = black;
    return false;
  };
  for (int t = 0; t < static_cast<int>(b.tasks.size()); ++t)
    if (marks[static_cast<size_t>(t)] == white && visit(t)) return;
}

void Loader::read_buildout(Reader r, const std::string& id) {
  Buildout b;
  b.id = id;
  b.name = r.text("name");
  auto tables = r.tables("task");
  std::vector<std::string> ids;
  for (auto& t : tables) ids.push_back(t.has("id") ? t.text("id") : "");
  std::map<Milestone, int> milestones;
  for (auto& t : tables) {
    Task task;
    task.id = t.text("id");
    task.name = t.text("name", task.id);
    task.duration = t.uncertain<Days>("duration", kNotNegative);
    task.needs_chips = t.flag("needs_chips", false);
    task.place = t.place();
    const std::string word = t.choice("milestone", {"none", "power", "network", "installed", "online"}, "none");
    for (const auto& [name, m] : {std::pair{"power", Milestone::power}, {"network", Milestone::network},
                                  {"installed", Milestone::installed}, {"online", Milestone::online}})
      if (word == name) task.milestone = m;
    if (task.milestone != Milestone::none) ++milestones[task.milestone];
    const bool after_chips = task.milestone == Milestone::installed || task.milestone == Milestone::online;
    if (task.milestone != Milestone::none && after_chips != task.needs_chips)
      t.error("milestone", std::string("a task with the milestone \"") + word + "\" must have needs_chips = " + (after_chips ? "true" : "false"));
    for (const auto& d : t.dependencies("after")) {
      const auto at = std::find(ids.begin(), ids.end(), d.task);
      if (at == ids.end()) {
        const std::string near = nearest(d.task, ids);
        context.problems.add(d.place, "there is no task \"" + d.task + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
      } else {
        task.after.push_back({static_cast<int>(at - ids.begin()), d.fraction});
      }
    }
    t.factual();
    t.done();
    b.tasks.push_back(std::move(task));
  }
  for (const auto& [m, name] : {std::pair{Milestone::power, "power"}, {Milestone::network, "network"},
                                {Milestone::installed, "installed"}, {Milestone::online, "online"}})
    if (milestones[m] != 1 && r.has("task"))
      context.problems.add(r.place("task"), std::to_string(milestones[m]) + " tasks have the milestone \"" + name + "\" (expected exactly one)");
  check_cycle(b, r.file());
  r.done();
  s_.buildouts.add(std::move(b));
}

void Loader::chip(const std::string& path) {
  catalogue_ = beside(path, "..");
  Reader r = open_file(path, "chips/" + stem(path), {});
  const std::string efficiency = r.has("efficiency") ? r.text("efficiency") : "";
  if (!efficiency.empty()) read_efficiency(open("efficiency", efficiency, r.place("efficiency")), efficiency);
  read_chip(open_file(path, "chips/" + stem(path), {}), stem(path));
}
void Loader::node(const std::string& path) {
  catalogue_ = beside(path, "..");
  load_nodes({{stem(path), Place{path, 0, 0}}});
}
void Loader::fabric(const std::string& path) { read_fabric(open_file(path, "fabrics/" + stem(path), {}), stem(path)); }
void Loader::efficiency(const std::string& path) { read_efficiency(open_file(path, "efficiency/" + stem(path), {}), stem(path)); }
void Loader::buildout(const std::string& path) { read_buildout(open_file(path, "buildouts/" + stem(path), {}), stem(path)); }

void Loader::catalogue(const std::string& directory) {
  catalogue_ = directory;
  std::map<std::string, Place> nodes;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(directory) / "nodes", error))
    if (entry.path().extension() == ".toml") nodes.emplace(stem(entry.path().string()), Place{directory, 0, 0});
  if (error) context.problems.add({directory, 0, 0}, "is not a catalogue (expected folders chips, nodes, ...)");
  load_nodes(nodes);
}

}  // namespace capmix::scenario
