#include "study/replay.hpp"

#include <stdexcept>

#include "engine/workers.hpp"
#include "plan/plan.hpp"
#include "results/codec.hpp"
#include "scenario/scenario.hpp"
#include "study/drawn_rates.hpp"

namespace capmix::study {
namespace {

std::vector<ReplayedPort> lay_out(const Scenario& s, const ReplayOptions& o) {
  Diagnostics problems;
  const auto rows = scenario::read_port_log(o.log, s.ports, o.as, problems);
  if (o.as.empty() && problems.text().find("there is no port") != std::string::npos)
    problems.add({"--as", 0, 0}, "names the port of the study that a log of another stack or family stands for, such as --as " +
                                     s.ports.front().stack + "/" + s.ports.front().family);
  std::vector<ReplayedPort> out;
  for (const auto& e : rows) {
    if (find_port(out, e.stack, e.family) != nullptr) continue;
    out.push_back({e.stack, e.family, e.recorded, Days{0}, plan::log_of(rows, e.stack, e.family), {}});
  }
  for (auto& p : out) {
    const Port& port = *find_port(s.ports, p.stack, p.family);
    const PortLogEntry& first = p.log.front();
    if (o.align || !o.as.empty()) {
      if (first.event != PortEvent::start)
        problems.add(first.place, "the first row of " + p.recorded + " is no start, so it cannot be shifted to the start of the study's port "
                                  "(expected the event start)");
      p.shift = port.start - first.date;
      for (auto& e : p.log) e.date = e.date + p.shift;
    }
    p.setbacks = plan::setbacks(port, p.log);
  }
  if (out.empty() && problems.ok()) problems.add({o.log, 0, 0}, "has no rows (expected at least one event)");
  if (!problems.ok()) throw InputError(problems);
  return out;
}

// The scenario with other logs for the replayed ports; empty: those ports are as the study has them, drawn or at modes.
Scenario with_logs(const Scenario& s, const std::vector<ReplayedPort>& ports, const std::vector<plan::PortLog>& logs) {
  Scenario out = s;
  std::erase_if(out.port_log, [&](const PortLogEntry& e) { return find_port(ports, e.stack, e.family) != nullptr; });
  for (const auto& log : logs) out.port_log.insert(out.port_log.end(), log.begin(), log.end());
  return out;
}

struct Variant {
  ReplayRun run;
  Scenario scenario;
};

std::vector<Variant> variants(const Scenario& s, const std::vector<ReplayedPort>& ports) {
  std::vector<plan::PortLog> logs, clean;
  size_t setbacks = 0;
  for (const auto& p : ports) {
    logs.push_back(p.log);
    clean.push_back(plan::undisturbed(*find_port(s.ports, p.stack, p.family), p.log));
    setbacks += p.setbacks.size();
  }
  std::vector<Variant> out;
  const auto add = [&](const std::string& name, int port, int setback, const std::vector<plan::PortLog>& with) {
    out.push_back({{name, port, setback, {}, {}}, with_logs(s, ports, with)});
  };
  add("log", -1, -1, logs);
  add("no log", -1, -1, {});
  for (size_t p = 0; p < ports.size(); ++p)
    for (size_t i = 0; i < ports[p].setbacks.size(); ++i) {
      auto without = logs;
      without[p] = plan::without(*find_port(s.ports, ports[p].stack, ports[p].family), logs[p], ports[p].setbacks[i]);
      add("without " + ports[p].setbacks[i].what.id, static_cast<int>(p), static_cast<int>(i), without);
    }
  if (setbacks > 1) add("without any", -1, -1, clean);
  return out;
}

}  // namespace

Replay replay(const Worlds& worlds, const ReplayOptions& o) {
  const size_t world = outcome_index(worlds, o.key.outcome);
  const Scenario& s = *worlds.scenarios[world];
  const Mix& mix = s.study.mixes[mix_index(worlds, o.key.mix)];
  const Outcome& outcome = worlds.outcome(world);

  Replay out;
  out.ports = lay_out(s, o);
  auto list = variants(s, out.ports);
  const auto draw = [&](int task) { return draw_of(s.study, task % (o.draws + 1) - 1); };
  const auto plan_of = [&](const Variant& v, int task) { return plan::make(v.scenario, mix, outcome, draw(task)); };
  for (auto& v : list) {
    v.run.facts.resize(static_cast<size_t>(o.draws) + 1);
    const Plan plan = plan_of(v, 0);
    for (const auto& p : out.ports) {
      const PortPlan* port = find_port(plan.ports, p.stack, p.family);
      if (port == nullptr) throw InputError(o.log + ": error: no work of this study needs the port " + p.stack + "/" + p.family);
      v.run.ports.push_back(*port);
    }
  }
  const auto rates = collect_rates(worlds, o.cache_dir, o.jobs, o.progress);
  const int runs = static_cast<int>(list.size()) * (o.draws + 1);
  const auto variant = [&](int task) -> Variant& { return list[static_cast<size_t>(task / (o.draws + 1))]; };
  engine::Workers workers(o.jobs, [&](int task) {
    const Variant& v = variant(task);
    return results::pack(simulate_fleet(v.scenario, plan_of(v, task), rates[world], draw(task)));
  });
  std::string failures;
  int done = 0;
  workers.run(static_cast<size_t>(runs), [&](engine::TaskResult r) {
    Variant& v = variant(r.task);
    if (r.ok) v.run.facts[static_cast<size_t>(r.task % (o.draws + 1))] = results::unpack(r.bytes);
    else failures += "run " + v.run.name + " failed: " + r.bytes + "\n";
    o.progress("runs", ++done, runs);
  });
  if (!failures.empty()) throw std::runtime_error(failures);
  for (auto& v : list) out.runs.push_back(std::move(v.run));
  return out;
}

}  // namespace capmix::study
