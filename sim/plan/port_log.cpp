#include "plan/port_log.hpp"

#include <algorithm>

namespace capmix::plan {
namespace {

// Where a port stands while its log is read.
struct Standing {
  std::vector<char> ended;  // by stage
  double efficiency = 0;
  bool abandoned = false;
};

// A log may leave out the functional stage and name one that builds on it.
bool is_functional(const Port& port, const Standing& at) {
  const auto enough = port.built_on(port.functional);
  for (size_t i = 0; i < enough.size(); ++i)
    if (at.ended[i] && enough[i]) return !at.abandoned;
  return false;
}

// A stage and what builds on it have not ended after all.
void undo(const Port& port, int stage, std::vector<char>& ended) {
  const auto gone = port.built_on(stage);
  for (size_t i = 0; i < ended.size(); ++i)
    if (gone[i]) ended[i] = 0;
}

void apply(const Port& port, const std::vector<double>& modes, const PortLogEntry& e, Standing& at) {
  const auto stage = static_cast<size_t>(std::max(e.stage, 0));
  switch (e.event) {
    case PortEvent::stage:
      at.ended[stage] = 1;
      at.efficiency = std::max(at.efficiency, modes[stage]);
      break;
    case PortEvent::efficiency: at.efficiency = e.number; break;
    case PortEvent::rollback: {
      undo(port, e.stage, at.ended);
      double before = 0;
      for (size_t i = 0; i < modes.size(); ++i)
        if (at.ended[i]) before = std::max(before, modes[i]);
      at.efficiency = std::min(at.efficiency, before);
      break;
    }
    case PortEvent::abandon: at.abandoned = true, at.efficiency = 0; break;
    case PortEvent::start: case PortEvent::incident: case PortEvent::resume: break;
  }
}

std::string cause_of(const PortLogEntry& e) {
  const std::string said = e.inferred ? " (inferred)" : "";
  if (e.event == PortEvent::stage) return "stage " + e.value + " ends" + said;
  if (e.event == PortEvent::efficiency) return "measured" + said;
  return text(e.event) + std::string(e.value.empty() ? "" : " ") + e.value + said;
}

bool ends_incident(const PortLogEntry& e) { return e.event == PortEvent::resume || e.event == PortEvent::rollback || e.event == PortEvent::abandon; }

// The row that ends the incident of row `i`, or the last row.
size_t end_of(const PortLog& log, size_t i) {
  for (size_t j = i + 1; j < log.size(); ++j)
    if (ends_incident(log[j])) return j;
  return log.size() - 1;
}

// Row by which the last stage that a rollback at row `r` had undone is done again; `r` when the log does not tell.
size_t redone(const Port& port, const PortLog& log, size_t r) {
  std::vector<char> ended(port.stages.size(), 0);
  for (size_t i = 0; i < r; ++i) {
    if (log[i].event == PortEvent::stage) ended[static_cast<size_t>(log[i].stage)] = 1;
    if (log[i].event == PortEvent::rollback) undo(port, log[i].stage, ended);
  }
  std::vector<char> left = ended;
  undo(port, log[r].stage, left);
  size_t last = r;
  for (size_t i = r + 1; i < log.size() && log[i].event != PortEvent::rollback && log[i].event != PortEvent::abandon; ++i)
    if (log[i].event == PortEvent::stage && ended[static_cast<size_t>(log[i].stage)] && !left[static_cast<size_t>(log[i].stage)]) last = i;
  return last;
}

// When the work on a stage began: the end of a stage that it waits for, or the start.
Date began(const Port& port, const PortLog& log, size_t before, int stage) {
  Date day = before == 0 ? log.front().date : port.start;
  for (size_t i = 0; i < before; ++i) {
    const auto waits = port.before(stage);
    if (log[i].event == PortEvent::start || (log[i].event == PortEvent::stage && std::count(waits.begin(), waits.end(), log[i].stage) > 0)) day = log[i].date;
  }
  return std::min(day, log[before].date);
}

}  // namespace

PortLog log_of(const std::vector<PortLogEntry>& log, const std::string& stack, const std::string& family) {
  PortLog out;
  for (const auto& e : log)
    if (e.stack == stack && e.family == family) out.push_back(e);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.date < b.date; });
  return out;
}

std::vector<double> stage_efficiencies(const Port& port, const Draw& draw) {
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

PortPlan replay(const Port& port, const PortLog& log) {
  PortPlan out;
  out.stack = port.stack, out.family = port.family, out.replayed = true;
  const auto modes = stage_efficiencies(port, Draw::at_modes());
  Standing at{std::vector<char>(port.stages.size(), 0)};
  std::string stage = "start";
  for (const auto& e : log) {
    apply(port, modes, e, at);
    if (e.event == PortEvent::stage) stage = e.value;
    if (e.event == PortEvent::rollback) stage = "before " + e.value;
    if (e.event == PortEvent::start || e.event == PortEvent::incident || e.event == PortEvent::resume) continue;
    out.steps.push_back({stage, e.date, at.efficiency, is_functional(port, at) && at.efficiency > 0, cause_of(e), e.source});
  }
  for (auto& s : setbacks(port, log)) out.setbacks.push_back(std::move(s.what));
  return out;
}

std::vector<LogSetback> setbacks(const Port& port, const PortLog& log) {
  std::vector<LogSetback> out;
  std::string stage = "start";
  for (size_t i = 0; i < log.size(); ++i) {
    const PortLogEntry& e = log[i];
    if (e.event == PortEvent::stage) stage = e.value;
    if (e.event != PortEvent::incident && e.event != PortEvent::rollback && e.event != PortEvent::abandon) continue;
    LogSetback s;
    s.first = i;
    s.last = e.event == PortEvent::incident ? end_of(log, i) : i;
    const PortLogEntry& end = log[s.last];
    s.what = {e.event == PortEvent::incident ? e.value : text(e.event), stage, "stall", e.date, end.date, 1, e.source};
    if (end.event == PortEvent::abandon || !ends_incident(end)) {
      s.what.effect = end.event == PortEvent::abandon ? "abandon" : "open", s.what.until = Date::never();
    } else if (end.event == PortEvent::rollback) {
      const size_t again = redone(port, log, s.last);
      s.what.effect = "rollback";
      if (again > s.last) s.what.until = log[again].date, s.lost = log[again].date - e.date, s.last = again;
      else s.lost = (end.date - e.date) + (e.date - began(port, log, i, end.stage)), s.what.until = end.date + s.lost;
    } else {
      s.lost = end.date - e.date;
    }
    out.push_back(std::move(s));
    if (e.event == PortEvent::incident) i = end_of(log, i);
  }
  return out;
}

PortLog without(const Port& port, const PortLog& log, const LogSetback& setback) {
  PortLog out(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(setback.first));
  if (!setback.what.until.is_never()) {
    for (size_t i = setback.first; i < log.size(); ++i) {
      const bool within = i <= setback.last;
      const bool kept = !within || (setback.what.effect == "stall" && log[i].event != PortEvent::incident && log[i].event != PortEvent::resume);
      if (!kept) continue;
      out.push_back(log[i]);
      out.back().date = std::max(setback.what.from, log[i].date + setback.lost * -1);
    }
    return out;
  }
  std::vector<char> ended(port.stages.size(), 0);
  for (const auto& e : out) {
    if (e.event == PortEvent::stage) ended[static_cast<size_t>(e.stage)] = 1;
    if (e.event == PortEvent::rollback) undo(port, e.stage, ended);
  }
  for (size_t i = 0; i < ended.size(); ++i) {  // a stage that the log leaves out has ended if one that builds on it has
    const auto later = port.built_on(static_cast<int>(i));
    for (size_t j = i + 1; j < ended.size(); ++j)
      if (later[j] && ended[j]) ended[i] = 1;
  }
  std::vector<Date> ends(port.stages.size(), setback.what.from);
  for (size_t i = 0; i < port.stages.size(); ++i) {
    if (ended[i]) continue;
    Date begin = setback.what.from;
    for (const int b : port.before(static_cast<int>(i))) begin = std::max(begin, ends[static_cast<size_t>(b)]);
    ends[i] = begin + port.stages[i].duration.mode;
    PortLogEntry e{ends[i], port.stack, port.family, PortEvent::stage, port.stages[i].id, static_cast<int>(i), 0, "the port's modes", true, {}};
    out.push_back(std::move(e));
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.date < b.date; });
  return out;
}

PortLog undisturbed(const Port& port, PortLog log) {
  for (auto list = setbacks(port, log); !list.empty(); list = setbacks(port, log)) log = without(port, log, list.front());
  return log;
}

}  // namespace capmix::plan
