#include "plan/port_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace capmix::plan {
namespace {

constexpr double kForever = 1e6;  // days since 1970: later is never
constexpr double kInfinite = std::numeric_limits<double>::infinity();

Date date_of(double day) { return day > kForever ? Date::never() : Date(0) + Days{day}; }

// The name of the n-th number of a kind in a stream, without building a text.
class Numbered {
 public:
  Numbered(uint64_t stream, uint64_t n, char kind) {
    std::memcpy(bytes_, &stream, sizeof stream);
    std::memcpy(bytes_ + 8, &n, sizeof n);
    bytes_[16] = kind;
  }
  operator std::string_view() const { return {bytes_, sizeof bytes_}; }  // NOLINT: it is a name

 private:
  char bytes_[17];
};

// An incident that may hit a stage.
struct Threat {
  int incident = 0;
  uint64_t stream = 0;
  double gap = 0;      // mean, in days of work
  uint64_t count = 0;  // so far
  double next = 0;     // in days of work since the stage began
};

struct Package {
  int port = -1;       // -1: a component
  int index = 0;       // of the stage or the component
  double once = 0;     // days of work, drawn
  double engineers = 0;
  double ready = kInfinite, begin = kInfinite, end = kInfinite;
  double work = 0;     // with what is done again
  int waited = -1;     // package, or one of:
  static constexpr int kOwnDate = -1, kTeam = -2;
};

class Schedule {
 public:
  Schedule(const PortStack& stack, const std::vector<const Port*>& ports, const Draw& draw, Date end)
      : stack_(stack), ports_(ports), draw_(draw), end_(end.day()), limit_(end_ + 3652.5) {
    out_.ports.resize(ports.size());
    packages_.reserve(stack.components.size() + 16 * ports.size());
    if (!draw.modes())
      for (const auto& i : stack.incidents) rates_.push_back(i.rate.at(draw)), names_.push_back(hash64(i.id));
    for (size_t c = 0; c < stack.components.size(); ++c) packages_.push_back({-1, static_cast<int>(c), 0, stack.components[c].engineers});
    for (size_t p = 0; p < ports.size(); ++p) {
      first_.push_back(static_cast<int>(packages_.size()));
      if (!rates_.empty()) port_names_.push_back(hash64(ports[p]->family, hash64(stack.stack)));
      for (size_t i = 0; i < ports[p]->stages.size(); ++i)
        packages_.push_back({static_cast<int>(p), static_cast<int>(i), 0, ports[p]->stages[i].engineers});
    }
  }

  StackTimes run() {
    find_order();
    double most = 0;
    for (const int p : order_) most = std::max(most, at(p).engineers);
    const size_t squads = stack_.engineers > 0 && most > 0 ? static_cast<size_t>(std::clamp(std::floor(stack_.engineers / most + 1e-9), 1.0, static_cast<double>(order_.size()))) : 0;
    std::vector<double> free(squads, -kInfinite);  // from which day on, by squad
    for (const int p : order_) {
      Package& package = at(p);
      find_ready(package);
      package.begin = package.ready;
      const auto squad = package.engineers > 0 ? std::min_element(free.begin(), free.end()) : free.end();
      if (squad != free.end() && *squad > package.ready) package.begin = *squad, package.waited = Package::kTeam;
      do_work(package);
      if (squad != free.end()) *squad = package.end;
    }
    write();
    return std::move(out_);
  }

 private:
  Package& at(int p) { return packages_[static_cast<size_t>(p)]; }
  const Port& port(const Package& p) const { return *ports_[static_cast<size_t>(p.port)]; }
  const PortStage& stage(const Package& p) const { return port(p).stages[static_cast<size_t>(p.index)]; }
  int package(int port, int stage) const { return first_[static_cast<size_t>(port)] + stage; }

  // What a package waits for.
  std::vector<int> before(const Package& p) const {
    if (p.port < 0) return stack_.components[static_cast<size_t>(p.index)].needs;
    std::vector<int> out;
    for (const int s : port(p).before(p.index)) out.push_back(package(p.port, s));
    const auto& needs = stage(p).needs;
    out.insert(out.end(), needs.begin(), needs.end());
    return out;
  }

  // The package of a stage that another family learns from; -1 when that family is not in use.
  int lesson(const PortLearning& learning) const {
    for (size_t p = 0; p < ports_.size(); ++p)
      if (ports_[p]->family == learning.family) return package(static_cast<int>(p), learning.stage);
    return -1;
  }

  void visit(int p) {
    if (seen_[static_cast<size_t>(p)]) return;
    seen_[static_cast<size_t>(p)] = 1;
    const Package& self = at(p);
    for (const int b : before(self)) visit(b);
    if (self.port >= 0)
      for (const auto& learning : port(self).learns)
        if (const int l = lesson(learning); l >= 0) visit(l);
    order_.push_back(p);
  }

  void find_order() {
    seen_.assign(packages_.size(), 0);
    std::vector<int> wish;
    for (size_t p = stack_.components.size(); p < packages_.size(); ++p) wish.push_back(static_cast<int>(p));
    std::stable_sort(wish.begin(), wish.end(), [&](int a, int b) {
      const int pa = port(at(a)).priority, pb = port(at(b)).priority;
      return pa != pb ? pa > pb : at(a).index < at(b).index;
    });
    for (const int p : wish) visit(p);
  }

  // A component is not begun before the first port that needs it, directly or through another component.
  double component_start(int c) const {
    const auto& own = stack_.components[static_cast<size_t>(c)].start;
    if (own) return own->day();
    double first = kInfinite;
    for (const auto* p : ports_)
      for (const auto& s : p->stages)
        if (std::count(s.needs.begin(), s.needs.end(), c) > 0) first = std::min<double>(first, p->start.day());
    for (size_t other = 0; other < stack_.components.size(); ++other) {
      const auto& needs = stack_.components[other].needs;
      if (std::count(needs.begin(), needs.end(), c) > 0) first = std::min(first, component_start(static_cast<int>(other)));
    }
    return first;
  }

  void find_ready(Package& p) {
    p.ready = p.port < 0 ? component_start(p.index) : port(p).start.day();
    for (const int b : before(p))
      if (at(b).end > p.ready) p.ready = at(b).end, p.waited = b;
  }

  // From which day on which part of its time the work of a port takes.
  std::vector<std::pair<double, double>> lessons(const Port& port) {
    std::vector<std::pair<double, double>> out;
    for (const auto& learning : port.learns)
      if (const int l = lesson(learning); l >= 0) out.emplace_back(at(l).end, learning.factor.at(draw_));
    std::sort(out.begin(), out.end());
    return out;
  }

  std::vector<Threat> threats(const Package& p) {
    std::vector<Threat> out;
    if (rates_.empty()) return out;
    const uint64_t here = hash64(stage(p).id, port_names_[static_cast<size_t>(p.port)]);
    const auto names = [](const std::vector<std::string>& list, const std::string& id) { return list.empty() || std::count(list.begin(), list.end(), id) > 0; };
    for (size_t i = 0; i < stack_.incidents.size(); ++i) {
      const PortIncident& incident = stack_.incidents[i];
      if (!names(incident.families, port(p).family) || !names(incident.stages, stage(p).id)) continue;
      if (rates_[i] <= 0) continue;
      out.push_back({static_cast<int>(i), here ^ names_[i], kDaysPerMonth / rates_[i]});
      out.back().next = gap(out.back());
    }
    return out;
  }
  double gap(const Threat& t) const { return -std::log(draw_.uniform(Numbered(t.stream, t.count, 'g'))) * t.gap; }

  void do_work(Package& p);
  double hit(Package& p, Threat& t, double day, double& left, const std::vector<std::pair<double, double>>& pace);
  double roll_back(Package& p, const PortIncident& incident, int index, double day, const std::vector<std::pair<double, double>>& pace);
  void be_slow(Package& p, Threat& t, double day);
  void after_production(Package& p, std::vector<Threat>& threats, double worked);
  void change(const Package& p, PortChange::Kind kind, double day, int stage, int incident = -1, double factor = 1) {
    out_.ports[static_cast<size_t>(p.port)].changes.push_back({kind, day, stage, incident, factor});
  }
  void set_back(const Package& p, const PortIncident& i, double from, double until, double factor = 1) {
    out_.ports[static_cast<size_t>(p.port)].setbacks.push_back({i.id, stage(p).id, text(i.effect), date_of(from), date_of(until), factor, i.source});
  }
  void write();

  const PortStack& stack_;
  const std::vector<const Port*>& ports_;
  const Draw& draw_;
  double end_;                     // of the horizon
  double limit_;                   // what ends ten years later never ends
  std::vector<double> rates_;      // of incidents; none at modes
  std::vector<uint64_t> names_, port_names_;  // hashes for streams, by incident and by port
  std::vector<Package> packages_;  // components, then the stages of each port
  std::vector<int> first_;         // by port
  std::vector<int> order_;         // of service
  std::vector<char> seen_;
  StackTimes out_;
};

// The day on which `work` days of work are done, from `day` on.
double worked_off(double day, double work, const std::vector<std::pair<double, double>>& pace) {
  double factor = 1;
  for (const auto& [from, next] : pace) {
    if (from > day) {
      if (day + work * factor <= from) break;
      work -= (from - day) / factor;
      day = from;
    }
    factor = std::min(factor, next);
  }
  return day + work * factor;
}

void Schedule::do_work(Package& p) {
  const Uncertain<Days>& duration = p.port < 0 ? stack_.components[static_cast<size_t>(p.index)].duration : stage(p).duration;
  p.once = p.work = duration.at(draw_).n;
  if (p.port < 0) return void(p.end = p.begin + p.work);
  const Port& own = port(p);
  const auto pace = lessons(own);
  auto list = threats(p);
  bool again = own.retry_stage == p.index && draw_.chance(own.retry_probability, "port:" + own.stack + "/" + own.family + ":retry");
  double day = p.begin, left = p.once, worked = 0;  // left of the stage; worked in all
  while (day < limit_) {
    const auto next = std::min_element(list.begin(), list.end(), [](const Threat& a, const Threat& b) { return a.next < b.next; });
    if (next != list.end() && next->next < worked + left) {
      const double step = next->next - worked;
      day = worked_off(day, step, pace), worked = next->next, left -= step;
      day = hit(p, *next, day, left, pace);
      next->next = worked + gap(*next);
      continue;
    }
    day = worked_off(day, left, pace), worked += left;
    if (!again) break;
    again = false, left = p.once, p.work += p.once;
    out_.ports[static_cast<size_t>(p.port)].setbacks.push_back({"failed stage", stage(p).id, "retry", date_of(day), date_of(worked_off(day, p.once, pace)), 1, own.source});
  }
  p.end = day < limit_ ? day : kInfinite;
  if (p.end == kInfinite) return;
  change(p, PortChange::Kind::ended, p.end, p.index);
  if (static_cast<size_t>(p.index) + 1 == own.stages.size()) after_production(p, list, worked);
}

// Returns the day on which work goes on.
double Schedule::hit(Package& p, Threat& t, double day, double& left, const std::vector<std::pair<double, double>>& pace) {
  const PortIncident& incident = stack_.incidents[static_cast<size_t>(t.incident)];
  double until = day;
  switch (incident.effect) {
    case IncidentEffect::slow: be_slow(p, t, day); break;
    case IncidentEffect::stall:
      until = day + incident.duration.at(draw_, Numbered(t.stream, t.count, 'd')).n;
      set_back(p, incident, day, until);
      break;
    case IncidentEffect::rollback: {
      const double lost = p.once - left;
      until = roll_back(p, incident, t.incident, day, pace);
      p.work += lost, left = p.once;
      set_back(p, incident, day, worked_off(until, lost, pace));
      break;
    }
  }
  ++t.count;
  return until;
}

// Stages from `to` on that lead to this one are undone and done again; the day on which that is so.
double Schedule::roll_back(Package& p, const PortIncident& incident, int index, double day, const std::vector<std::pair<double, double>>& pace) {
  const auto& stages = port(p).stages;
  const auto to = std::find_if(stages.begin(), stages.end(), [&](const auto& s) { return s.id == incident.to; }) - stages.begin();
  if (incident.to.empty() || to == static_cast<std::ptrdiff_t>(stages.size())) return day;
  const auto again = port(p).built_on(static_cast<int>(to));
  double until = day;
  for (int i = 0; i < p.index; ++i) {  // a stage stands behind those that it waits for
    if (!again[static_cast<size_t>(i)] || !port(p).built_on(i)[static_cast<size_t>(p.index)]) continue;
    const double once = at(package(p.port, i)).once;
    change(p, PortChange::Kind::undone, day, i, index);
    until = worked_off(until, once, pace), p.work += once;
    change(p, PortChange::Kind::ended, until, i, index);
  }
  return until;
}

void Schedule::be_slow(Package& p, Threat& t, double day) {
  const PortIncident& incident = stack_.incidents[static_cast<size_t>(t.incident)];
  const double until = day + incident.duration.at(draw_, Numbered(t.stream, t.count, 'd')).n;
  const double factor = incident.factor.at(draw_, Numbered(t.stream, t.count, 'f'));
  change(p, PortChange::Kind::slower, day, p.index, t.incident, factor);
  change(p, PortChange::Kind::faster, until, p.index, t.incident, factor);
  set_back(p, incident, day, until, factor);
}

// A new version of a library may cost speed in production, too: the months of operation count like months of work.
void Schedule::after_production(Package& p, std::vector<Threat>& threats, double worked) {
  for (auto& t : threats) {
    if (stack_.incidents[static_cast<size_t>(t.incident)].effect != IncidentEffect::slow) continue;
    for (double day = p.end + (t.next - worked); day < end_; day += gap(t)) {
      be_slow(p, t, day);
      ++t.count;
    }
  }
}

void Schedule::write() {
  const auto name = [&](int w) -> std::string {
    if (w == Package::kTeam) return "team";
    if (w == Package::kOwnDate) return "";
    const Package& other = at(w);
    return other.port < 0 ? "component " + stack_.components[static_cast<size_t>(other.index)].id : "stage " + stage(other).id;
  };
  std::vector<char> done(packages_.size(), 0);
  for (const int p : order_) done[static_cast<size_t>(p)] = 1;
  for (size_t i = 0; i < packages_.size(); ++i) {
    if (!done[i]) continue;  // a component that nobody needs
    const Package& p = packages_[i];
    auto& list = p.port < 0 ? out_.components : out_.ports[static_cast<size_t>(p.port)].work;
    const std::string& id = p.port < 0 ? stack_.components[static_cast<size_t>(p.index)].id : stage(p).id;
    list.push_back({id, date_of(p.ready), date_of(p.begin), date_of(p.end), Days{p.work}, p.engineers, name(p.waited)});
  }
  for (auto& port : out_.ports) {
    std::stable_sort(port.changes.begin(), port.changes.end(), [](const auto& a, const auto& b) { return a.day < b.day; });
    std::stable_sort(port.setbacks.begin(), port.setbacks.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
  }
}

}  // namespace

StackTimes schedule_ports(const PortStack& stack, const std::vector<const Port*>& ports, const Draw& draw, Date end) {
  return Schedule(stack, ports, draw, end).run();
}

}  // namespace capmix::plan
