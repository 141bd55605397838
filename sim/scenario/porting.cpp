// Ports of workload families to software stacks, and recorded logs of them.
#include <algorithm>

#include "import/csv.hpp"
#include "scenario/loader.hpp"

namespace capmix::scenario {

void Loader::porting(const std::string& path, const Place& from) {
  Reader r = open_file(path, "porting/" + stem(path), from);
  if (r.absent()) return void(gaps_.insert("port"));
  r.text("name", "");
  const std::string stack = r.text("stack");
  const bool native = r.flag("native", false);
  const auto families = r.tables("family");
  if (native) s_.native_stacks.push_back(stack);
  if (native && !families.empty()) r.error("native", "a native stack needs no port (expected no [[family]])");
  if (!native && families.empty() && r.has("stack")) r.error("stack", "no [[family]] is ported to \"" + stack + "\"");
  if (!stack.empty() && !stacks_.insert(stack).second) r.error("stack", "another porting file is about the stack \"" + stack + "\"");
  for (const auto& f : families) read_port_family(f, stack);
  r.also_knows({"source", "confidence", "note"});
  r.done();
}

void Loader::read_port_family(Reader r, const std::string& stack) {
  Port p;
  p.stack = stack;
  p.family = r.text("id");
  p.start = r.date("start");
  auto stages = r.tables("stage");
  std::vector<std::string> ids;
  for (const auto& t : stages) ids.push_back(t.has("id") ? t.value("id")->text : "");
  const auto index = [&](const Ref& name) {
    const auto at = std::find(ids.begin(), ids.end(), name.text);
    if (at == ids.end() && !name.text.empty()) unknown(name, "stage", ids);
    return at == ids.end() ? -1 : static_cast<int>(at - ids.begin());
  };
  if (stages.empty()) r.error("id", "family \"" + p.family + "\" has no [[family.stage]]");
  const int functional = index(r.ref("functional"));
  p.functional = std::max(functional, 0);
  for (size_t i = 0; i < stages.size(); ++i) {
    const bool real_work = functional >= 0 && i >= static_cast<size_t>(functional);
    PortStage stage = read_stage(stages[i], real_work);
    if (i > 0 && stage.efficiency.mode > 0 && stage.efficiency.mode < p.stages.back().efficiency.mode)
      stages[i].error("efficiency", "the efficiency of stage \"" + stage.id + "\" is below that of the stage before");
    p.stages.push_back(std::move(stage));
  }
  Reader retry = r.table("retry", false);
  if (!retry.absent()) {
    p.retry_stage = index(retry.ref("stage"));
    p.retry_probability = retry.number("probability", kFraction);
    retry.done();
  }
  r.factual();
  r.done();
  s_.ports.push_back(std::move(p));
}

PortStage Loader::read_stage(Reader& r, bool real_work) {
  PortStage stage;
  stage.id = r.text("id");
  stage.duration = r.uncertain<Days>("duration", kNotNegative);
  stage.efficiency = r.uncertain<double>("efficiency", real_work ? kPart : kFraction);
  r.also_knows({"name", "note"});
  r.done();
  return stage;
}

void Loader::read_log(const std::string& path, const Place& from) {
  if (!files_.keep(path)) return context.problems.add(from, "cannot read " + path);
  const auto table = import::read_csv(path, context.problems);
  if (table.header.empty()) return;
  const int date = table.column("date"), port = table.column("port"), stage = table.column("stage");
  if (date < 0 || port < 0 || stage < 0)
    return context.problems.add({path, 1, 0}, "the header must name date, port and stage");
  std::map<std::string, std::pair<Date, int>> last;  // per port
  for (const auto& row : table.rows) {
    const auto field = [&](int i) { return row.fields[static_cast<size_t>(i)]; };
    const Place place{path, row.line, 0};
    PortLogEntry e;
    e.place = place, e.stage = field(stage);
    const size_t slash = field(port).find('/');
    e.stack = field(port).substr(0, slash);
    e.family = slash == std::string::npos ? "" : field(port).substr(slash + 1);
    if (!Date::parse(field(date), e.date)) {
      context.problems.add(place, "\"" + field(date) + "\" is not a date (expected one such as 2026-01-31)");
      continue;
    }
    const auto known = std::find_if(s_.ports.begin(), s_.ports.end(), [&](const Port& p) { return p.stack == e.stack && p.family == e.family; });
    if (known == s_.ports.end()) {
      std::vector<std::string> names;
      for (const auto& p : s_.ports) names.push_back(p.stack + "/" + p.family);
      if (gaps_.count("port") == 0) unknown({field(port), place}, "port", names);
      continue;
    }
    const auto stages = ids_of(known->stages);
    const auto at = std::find(stages.begin(), stages.end(), e.stage);
    if (at == stages.end()) {
      unknown({e.stage, place}, "stage of " + field(port) + " called", stages);
      continue;
    }
    const int index = static_cast<int>(at - stages.begin());
    const auto before = last.find(field(port));
    if (before != last.end() && (e.date < before->second.first || index <= before->second.second))
      context.problems.add(place, "stage \"" + e.stage + "\" of " + field(port) + " on " + e.date.text() + " is out of order");
    last[field(port)] = {e.date, index};
    s_.port_log.push_back(std::move(e));
  }
}

}  // namespace capmix::scenario
