// Ports of workload families to software stacks: stages, shared components, people, incidents.
#include <algorithm>

#include "scenario/loader.hpp"
#include "scenario/scenario.hpp"

namespace capmix::scenario {

struct Loader::StackFile {
  PortStack shared;
  std::vector<Place> components;            // of each one's table
  std::vector<std::vector<Place>> stages;   // by family
  std::vector<Port> ports;
  std::vector<std::vector<Reader>> learns;  // by family
};

namespace {

int index_in(const std::vector<std::string>& ids, const std::string& id) {
  const auto at = std::find(ids.begin(), ids.end(), id);
  return at == ids.end() ? -1 : static_cast<int>(at - ids.begin());
}

std::vector<std::string> written_ids(const std::vector<Reader>& tables) {
  std::vector<std::string> out;
  for (const auto& t : tables) out.push_back(t.has("id") ? t.value("id")->text : "");
  return out;
}

std::string text_at(const Reader& r, const char* key) {
  const Value* v = r.value(key);
  return v == nullptr ? "" : v->text;
}

}  // namespace

void Loader::porting(const std::string& path, const Place& from) {
  Reader r = open_file(path, "porting/" + stem(path), from);
  if (r.absent()) return void(gaps_.insert("port"));
  r.text("name", "");
  StackFile file;
  const std::string stack = file.shared.stack = r.text("stack");
  const bool native = r.flag("native", false);
  auto families = r.tables_by_id("family"), components = r.tables_by_id("component");
  if (native) s_.native_stacks.push_back(stack);
  if (native && !families.empty()) r.error("native", "a native stack needs no port (expected no [[family]])");
  if (!native && families.empty() && r.has("stack")) r.error("stack", "no [[family]] is ported to \"" + stack + "\"");
  if (!stack.empty() && !stacks_.insert(stack).second) r.error("stack", "another porting file is about the stack \"" + stack + "\"");
  if (Reader team = r.table("team", false); r.has("team")) {
    file.shared.engineers = team.number("engineers", kPositive);
    file.shared.engineer_cost = team.quantity<Usd>("engineer_cost", kNotNegative, Usd(0));
    team.factual();
    team.done();
  }
  const auto ids = written_ids(components);
  for (const auto& c : components) read_component(c, file, ids);
  for (const auto& f : families) read_port_family(f, file);
  for (const auto& i : r.tables_by_id("incident")) read_incident(i, file);
  link_families(file);
  s_.ports.insert(s_.ports.end(), file.ports.begin(), file.ports.end());
  const auto later = std::find_if(s_.port_stacks.begin(), s_.port_stacks.end(), [&](const auto& x) { return stack < x.stack; });
  if (!native) s_.port_stacks.insert(later, std::move(file.shared));
  r.also_knows({"source", "confidence", "note"});
  r.done();
}

// More people than there are would never come together.
static void check_people(Reader& r, double wanted, double there) {
  if (there > 0 && wanted > there && r.has("engineers")) r.error("engineers", "\"engineers\" is " + shown(*r.value("engineers")) + ", more than the team has");
}

void Loader::read_component(Reader r, StackFile& file, const std::vector<std::string>& ids) {
  PortComponent c;
  c.id = r.text("id");
  c.name = r.text("name", c.id);
  c.duration = r.uncertain<Days>("duration", kNotNegative);
  c.engineers = r.number("engineers", kNotNegative, 0.0);
  check_people(r, c.engineers, file.shared.engineers);
  if (r.has("start")) c.start = r.date("start");
  for (const auto& need : r.list("needs")) {
    const int at = index_in(ids, need.text);
    if (at < 0) unknown(need, "component", ids);
    else c.needs.push_back(at);
  }
  c.source = text_at(r, "source"), c.confidence = text_at(r, "confidence");
  file.components.push_back(r.place());
  r.factual();
  r.done();
  file.shared.components.push_back(std::move(c));
}

void Loader::read_port_family(Reader r, StackFile& file) {
  Port p;
  p.stack = file.shared.stack;
  p.family = r.text("id");
  p.start = r.date("start");
  p.priority = r.integer("priority", -1000000, 0);
  const double engineers = r.number("engineers", kNotNegative, 0.0);
  check_people(r, engineers, file.shared.engineers);
  auto stages = r.tables("stage");
  const auto ids = written_ids(stages);
  const auto index = [&](const Ref& name) {
    const int at = index_in(ids, name.text);
    if (at < 0 && !name.text.empty()) unknown(name, "stage", ids);
    return at;
  };
  if (stages.empty()) r.error("id", "family \"" + p.family + "\" has no [[family.stage]]");
  const int functional = index(r.ref("functional"));
  p.functional = std::max(functional, 0);
  auto& places = file.stages.emplace_back();
  for (size_t i = 0; i < stages.size(); ++i) {
    const bool real_work = functional >= 0 && i >= static_cast<size_t>(functional);
    PortStage stage = read_stage(stages[i], file, ids, engineers, real_work);
    if (i > 0 && stage.efficiency.mode > 0 && stage.efficiency.mode < p.stages.back().efficiency.mode)
      stages[i].error("efficiency", "the efficiency of stage \"" + stage.id + "\" is below that of the stage before");
    places.push_back(stages[i].place());
    p.stages.push_back(std::move(stage));
  }
  if (Reader retry = r.table("retry", false); !retry.absent()) {
    p.retry_stage = index(retry.ref("stage"));
    p.retry_probability = retry.number("probability", kFraction);
    retry.done();
  }
  if (Reader cutover = r.table("cutover", false); !cutover.absent()) {
    constexpr int kMostPhases = 120;
    const int phases = cutover.integer("phases", 1, 1);
    if (phases > kMostPhases) cutover.error("phases", "\"phases\" is " + std::to_string(phases) + " (expected at most " + std::to_string(kMostPhases) + ")");
    p.cutover = PortCutover{cutover.uncertain<Days>("over", kPositive), phases, cutover.uncertain<double>("dual", kFraction),
                              cutover.uncertain<Usd>("chip_month", kNotNegative, Uncertain<Usd>(Usd(0)))};
    cutover.done();
  }
  file.learns.push_back(r.tables("learns"));
  p.source = text_at(r, "source"), p.confidence = text_at(r, "confidence");
  r.factual();
  r.done();
  file.ports.push_back(std::move(p));
}

PortStage Loader::read_stage(Reader& r, StackFile& file, const std::vector<std::string>& ids, double engineers, bool real_work) {
  PortStage stage;
  stage.id = r.text("id");
  stage.duration = r.uncertain<Days>("duration", kNotNegative);
  stage.efficiency = r.uncertain<double>("efficiency", real_work ? kPart : kFraction);
  stage.engineers = r.number("engineers", kNotNegative, engineers);
  check_people(r, stage.engineers, file.shared.engineers);
  if (r.has("after")) stage.after.emplace();
  for (const auto& name : r.list("after")) {
    const int at = index_in(ids, name.text);
    if (at < 0) unknown(name, "stage", ids);
    else stage.after->push_back(at);
  }
  const auto components = ids_of(file.shared.components);
  for (const auto& need : r.list("needs")) {
    const int at = index_in(components, need.text);
    if (at < 0) unknown(need, "component", components);
    else stage.needs.push_back(at);
  }
  r.also_knows({"name", "note"});
  r.done();
  return stage;
}

void Loader::read_incident(Reader r, StackFile& file) {
  PortIncident i;
  i.id = r.text("id");
  const std::string effect = r.choice("effect", {"stall", "rollback", "slow"}, "");
  i.effect = effect == "slow" ? IncidentEffect::slow : effect == "rollback" ? IncidentEffect::rollback : IncidentEffect::stall;
  i.rate = r.uncertain<double>("rate", {0, 30, "between 0 and 30 a month of work"});
  if (i.effect != IncidentEffect::rollback) i.duration = r.uncertain<Days>("duration", kNotNegative);
  if (i.effect == IncidentEffect::slow) i.factor = r.uncertain<double>("factor", kFraction);
  std::vector<std::string> families, stages;
  for (const auto& p : file.ports) families.push_back(p.family);
  for (const auto& f : r.list("families")) {
    if (std::count(families.begin(), families.end(), f.text) == 0) unknown(f, "family", families);
    i.families.push_back(f.text);
  }
  for (const auto& p : file.ports)
    if (i.families.empty() || std::count(i.families.begin(), i.families.end(), p.family) > 0)
      for (const auto& s : p.stages)
        if (index_in(stages, s.id) < 0) stages.push_back(s.id);
  for (const auto& s : r.list("stages")) {
    if (index_in(stages, s.text) < 0 && !stages.empty()) unknown(s, "stage", stages);
    i.stages.push_back(s.text);
  }
  if (i.effect == IncidentEffect::rollback && r.has("to")) {
    const Ref to = r.ref("to");
    if (index_in(stages, to.text) < 0 && !to.text.empty() && !stages.empty()) unknown(to, "stage", stages);
    i.to = to.text;
  }
  i.source = text_at(r, "source"), i.confidence = text_at(r, "confidence");
  r.factual();
  r.done();
  file.shared.incidents.push_back(std::move(i));
}

void Loader::read_learning(Reader& r, StackFile& file, Port& port) {
  PortLearning learning;
  const Ref family = r.ref("family"), after = r.ref("after");
  learning.family = family.text;
  learning.factor = r.uncertain<double>("factor", kPart);
  r.also_knows({"note"});
  r.done();
  const auto other = std::find_if(file.ports.begin(), file.ports.end(), [&](const Port& p) { return p.family == family.text; });
  if (family.text == port.family) return r.error("family", "a family does not learn from itself (\"" + family.text + "\")");
  if (other == file.ports.end()) {
    std::vector<std::string> families;
    for (const auto& p : file.ports) families.push_back(p.family);
    if (!family.text.empty()) unknown(family, "family", families);
    return;
  }
  const auto ids = ids_of(other->stages);
  learning.stage = index_in(ids, after.text);
  if (learning.stage < 0 && !after.text.empty()) unknown(after, "stage of " + family.text + " called", ids);
  if (learning.stage >= 0) port.learns.push_back(std::move(learning));
}

// What families say of each other, and what waits for what in the whole stack.
void Loader::link_families(StackFile& file) {
  std::vector<Linked> nodes;
  std::vector<int> first;
  for (size_t p = 0; p < file.ports.size(); ++p)
    for (auto& r : file.learns[p]) read_learning(r, file, file.ports[p]);
  for (size_t c = 0; c < file.shared.components.size(); ++c)
    nodes.push_back({file.shared.components[c].id, file.components[c], file.shared.components[c].needs});
  for (const auto& p : file.ports) first.push_back(static_cast<int>(nodes.size())), nodes.resize(nodes.size() + p.stages.size());
  for (size_t p = 0; p < file.ports.size(); ++p) {
    const Port& port = file.ports[p];
    for (size_t i = 0; i < port.stages.size(); ++i) {
      const PortStage& stage = port.stages[i];
      Linked& node = nodes[static_cast<size_t>(first[p]) + i];
      node = {port.family + "/" + stage.id, file.stages[p][i], stage.needs};
      if (!stage.after && i > 0) node.after.push_back(first[p] + static_cast<int>(i) - 1);
      for (const int a : stage.after.value_or(std::vector<int>{})) node.after.push_back(first[p] + a);
      for (const auto& l : port.learns)
        for (size_t q = 0; q < file.ports.size(); ++q)
          if (file.ports[q].family == l.family) node.after.push_back(first[q] + l.stage);
    }
  }
  const bool fine = context.problems.ok();
  check_cycle("stages of ports", nodes);
  if (!fine || !context.problems.ok()) return;
  // A stage stands behind what it waits for, so that efficiencies ascend along the work.
  for (size_t p = 0; p < file.ports.size(); ++p)
    for (size_t i = 0; i < file.ports[p].stages.size(); ++i)
      for (const int a : file.ports[p].stages[i].after.value_or(std::vector<int>{}))
        if (a > static_cast<int>(i))
          context.problems.add(file.stages[p][i], "stage \"" + file.ports[p].stages[i].id + "\" stands before \"" + file.ports[p].stages[static_cast<size_t>(a)].id + "\", for which it waits (expected behind it)");
}

void Loader::read_log(const std::string& path, const Place& from) {
  if (!files_.keep(path)) return context.problems.add(from, "cannot read " + path);
  s_.port_log = read_port_log(path, s_.ports, "", context.problems, gaps_.count("port") == 0);
}

}  // namespace capmix::scenario
