// Porting: one port for each pair of a software stack of the catalogue's chips and a workload family in use, if the
// stack is not native. Its stages are a chain: each ends its drawn duration after the one before; a failed stage
// takes its duration twice. A stage's efficiency is the drawn one relative to the drawn one of production, so that
// production is 1, and never falls from stage to stage. A recorded log replaces the draw of the ports it names:
// its dates, efficiencies at their modes, and stages that it does not name do not happen.
// Not modelled: stages side by side, components shared between ports, incidents other than one failed stage.
#include <algorithm>
#include <set>

#include "plan/passes.hpp"

namespace capmix::plan {
namespace {

std::set<std::pair<std::string, std::string>> ports_in_use(const Scenario& s) {
  std::set<std::string> families;
  for (const auto& c : s.campaigns) families.insert(c.family);
  for (const auto& v : s.services) families.insert(v.family);
  std::set<std::pair<std::string, std::string>> out;
  for (const auto& chip : s.chips) {
    const auto& native = s.native_stacks;
    if (std::find(native.begin(), native.end(), chip.stack) != native.end()) continue;
    for (const auto& family : families) out.emplace(chip.stack, family);
  }
  return out;
}

// Efficiency after each stage, production = 1.
std::vector<double> efficiencies(const Port& port, const Draw& draw) {
  std::vector<double> out;
  if (port.stages.empty()) return out;
  const double production = port.stages.back().efficiency.at(draw);
  double best = 0;
  for (const auto& stage : port.stages) {
    best = std::max(best, production > 0 ? stage.efficiency.at(draw) / production : 0.0);
    out.push_back(std::min(1.0, best));
  }
  return out;
}

void draw_steps(const Port& port, const Draw& draw, PortPlan& out) {
  const auto efficiency = efficiencies(port, draw);
  const bool fails = port.retry_stage >= 0 && draw.chance(port.retry_probability, "port:" + out.stack + "/" + out.family + ":retry");
  Days sum;
  for (size_t i = 0; i < port.stages.size(); ++i) {
    const int stage = static_cast<int>(i);
    const Days once = port.stages[i].duration.at(draw);
    sum = sum + once * (fails && stage == port.retry_stage ? 2 : 1);
    out.steps.push_back({port.stages[i].id, port.start + sum, efficiency[i], stage >= port.functional});
  }
}

void replay_steps(const Port& port, const std::vector<PortLogEntry>& log, PortPlan& out) {
  const auto efficiency = efficiencies(port, Draw::at_modes());
  std::vector<std::pair<Date, int>> ends;
  for (const auto& entry : log) {
    if (entry.stack != out.stack || entry.family != out.family) continue;
    for (size_t i = 0; i < port.stages.size(); ++i)
      if (port.stages[i].id == entry.stage) ends.emplace_back(entry.date, static_cast<int>(i));
  }
  std::sort(ends.begin(), ends.end());
  double best = 0;
  bool functional = false;
  for (const auto& [date, stage] : ends) {
    best = std::max(best, efficiency[static_cast<size_t>(stage)]);
    functional = functional || stage >= port.functional;
    out.steps.push_back({port.stages[static_cast<size_t>(stage)].id, date, best, functional});
  }
}

}  // namespace

void porting(const Scenario& scenario, const Draw& draw, Plan& plan) {
  for (const auto& [stack, family] : ports_in_use(scenario)) {
    PortPlan out;
    out.stack = stack;
    out.family = family;
    const auto named = [&](const auto& x) { return x.stack == out.stack && x.family == out.family; };
    const auto& log = scenario.port_log;
    out.replayed = std::any_of(log.begin(), log.end(), named);
    const auto port = std::find_if(scenario.ports.begin(), scenario.ports.end(), named);
    if (port != scenario.ports.end()) {
      if (out.replayed) replay_steps(*port, log, out);
      else draw_steps(*port, draw, out);
    }
    plan.ports.push_back(std::move(out));
  }
}

}  // namespace capmix::plan
