// Porting: one port for each pair of a software stack of the catalogue's chips and a workload family in use, if the
// stack is not native. When its stages end is said in port_schedule.hpp; here its curve. The efficiency is that of the
// best stage that has ended, relative to production's, so that production is 1; it falls only by an incident: a rollback
// undoes stages, a slow time multiplies it. During a cut-over the n-th of k phases leaves 1 - dual (k - n + 1) / k of
// it, the rest repeats work on the old stack; a rollback in this time does not begin the cut-over again.
// A recorded log replaces the draw of the ports that it names (port_log.hpp).
// Not modelled: gain between the ends of two stages, ports that take chips for tests before they are functional.
#include <algorithm>
#include <map>
#include <set>

#include "plan/passes.hpp"
#include "plan/port_log.hpp"
#include "plan/port_schedule.hpp"

namespace capmix::plan {
namespace {

// By stack, families in use.
std::map<std::string, std::set<std::string>> ports_in_use(const Scenario& s) {
  std::set<std::string> families;
  for (const auto& c : s.campaigns) families.insert(c.family);
  for (const auto& at : s.stages()) families.insert(s.stage(at).family);
  std::map<std::string, std::set<std::string>> out;
  const auto& native = s.native_stacks;
  for (const auto& chip : s.chips)
    if (std::find(native.begin(), native.end(), chip.stack) == native.end() && !families.empty()) out.emplace(chip.stack, families);
  return out;
}

struct Phase {
  double day = 0, factor = 1;
};

class Curve {
 public:
  Curve(const Port& port, const PortStack& stack, const PortTimes& times, const Draw& draw)
      : port_(port), stack_(stack), times_(times), efficiency_(stage_efficiencies(port, draw)), ended_(port.stages.size(), 0), draw_(draw) {}

  void draw(PortPlan& out) {
    for (const auto& c : times_.changes) {
      go_to(c.day, out);
      apply(c);
      if (phases_.empty() && functional() && port_.cutover) begin_cutover(c.day, out);
      const bool runs = std::count(ended_.begin(), ended_.end(), 1) > 0 || c.kind == PortChange::Kind::undone;
      if (runs) step(c.day, c.stage, c.incident, cause(c), out);  // before its first stage has ended nothing can be slow
    }
    go_to(1e9, out);
  }

 private:
  bool functional() const { return ended_[static_cast<size_t>(port_.functional)] != 0; }

  void apply(const PortChange& c) {
    const auto stage = static_cast<size_t>(c.stage);
    switch (c.kind) {
      case PortChange::Kind::ended: ended_[stage] = 1; break;
      case PortChange::Kind::undone: ended_[stage] = 0; break;
      case PortChange::Kind::slower: slow_.push_back(c.factor); break;
      case PortChange::Kind::faster: slow_.erase(std::find(slow_.begin(), slow_.end(), c.factor)); break;
    }
  }

  std::string cause(const PortChange& c) const {
    const auto& stage = port_.stages[static_cast<size_t>(c.stage)].id;
    if (c.kind == PortChange::Kind::ended) return "stage " + stage + (c.incident < 0 ? " ends" : " ends again");
    const auto& incident = stack_.incidents[static_cast<size_t>(c.incident)].id;
    return (c.kind == PortChange::Kind::faster ? "end of " : "incident ") + incident;
  }

  void begin_cutover(double day, PortPlan& out) {
    const int k = port_.cutover->phases;
    const double over = port_.cutover->over.at(draw_).n, dual = port_.cutover->dual.at(draw_);
    for (int n = 1; n <= k; ++n) phases_.push_back({day + over * (n - 1) / k, 1 - dual * (k - n + 1) / k});
    phases_.push_back({day + over, 1});
    phase_ = 1, cut_ = phases_.front().factor;
    out.dual = {Date(0) + Days{day}, Date(0) + Days{day + over}, dual * (k + 1) / (2 * k), port_.cutover->chip_month.at(draw_)};
  }

  // Phases of the cut-over that begin before a day.
  void go_to(double day, PortPlan& out) {
    for (; phase_ < phases_.size() && phases_[phase_].day < day; ++phase_) {
      cut_ = phases_[phase_].factor;
      const bool last = phase_ + 1 == phases_.size();
      step(phases_[phase_].day, stage_, -1, last ? "end of the cut-over" : "phase " + std::to_string(phase_ + 1) + " of the cut-over", out);
    }
  }

  void step(double day, int stage, int incident, std::string cause, PortPlan& out) {
    double e = 0;
    for (size_t i = 0; i < ended_.size(); ++i)
      if (ended_[i]) e = std::max(e, efficiency_[i]);
    for (const double factor : slow_) e *= factor;
    stage_ = stage;
    const std::string& source = incident < 0 ? port_.source : stack_.incidents[static_cast<size_t>(incident)].source;
    out.steps.push_back({port_.stages[static_cast<size_t>(stage)].id, Date(0) + Days{day}, e * cut_, functional(), std::move(cause), source});
  }

  const Port& port_;
  const PortStack& stack_;
  const PortTimes& times_;
  std::vector<double> efficiency_;  // by stage
  std::vector<char> ended_;         // by stage
  std::vector<double> slow_;        // factors in force
  std::vector<Phase> phases_;       // of the cut-over, and its end
  size_t phase_ = 0;                // next
  double cut_ = 1;
  int stage_ = 0;
  const Draw& draw_;
};

}  // namespace

void porting(const Scenario& scenario, const Draw& draw, Plan& plan) {
  for (const auto& [stack, families] : ports_in_use(scenario)) {
    const auto shared = std::find_if(scenario.port_stacks.begin(), scenario.port_stacks.end(), [&, &name = stack](const auto& s) { return s.stack == name; });
    const PortStack none{stack, 0, Usd(0), {}, {}}, &own = shared == scenario.port_stacks.end() ? none : *shared;
    std::vector<const Port*> ports;  // that are not replayed: a log says nothing about its people
    for (const auto& family : families)
      if (find_port(scenario.port_log, stack, family) == nullptr)
        if (const Port* port = find_port(scenario.ports, stack, family)) ports.push_back(port);
    auto times = schedule_ports(own, ports, draw, scenario.study.timeline.end());
    for (const auto& family : families) {
      PortPlan out;
      out.stack = stack, out.family = family;
      const Port* port = find_port(scenario.ports, stack, family);
      const PortLog log = log_of(scenario.port_log, stack, family);
      if (port != nullptr && !log.empty()) out = replay(*port, log);
      out.replayed = !log.empty();
      const auto drawn = std::find(ports.begin(), ports.end(), port);
      if (port != nullptr && drawn != ports.end()) {
        auto& own_times = times.ports[static_cast<size_t>(drawn - ports.begin())];
        Curve(*port, own, own_times, draw).draw(out);
        out.work = std::move(own_times.work), out.setbacks = std::move(own_times.setbacks);
      }
      plan.ports.push_back(std::move(out));
    }
    if (!times.components.empty()) plan.port_stacks.push_back({stack, std::move(times.components)});
  }
}

}  // namespace capmix::plan
