// `capmix explain`: one day of a plan. What each port, hall, approval and order stands at, since when, what it waits for,
// and who says so.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/table.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "study/runner.hpp"

namespace capmix::cli {
namespace {

using analysis::Json;

// One thing on that day.
struct Line {
  std::string what, state;  // "cann/llm-training", "numerics, 53 % of production"
  Date since = Date::never();
  std::string waits;        // what for; "": nothing
  Date until = Date::never();  // when that is over, as the plan has it
  std::string source, confidence, why;  // why: what brought the state about
  std::string next{};          // the state from `until` on, where it has a name
};

struct Section {
  const char* id;
  const char* title;
  std::vector<Line> lines;
};

// The source and the confidence of the fact under `subject` whose path begins like that.
void say_source(const Scenario& s, const std::string& subject, const std::string& path, Line& line) {
  for (const auto& f : s.facts) {
    if ((!subject.empty() && f.subject != subject) || f.path.rfind(path, 0) != 0) continue;
    line.source = f.source, line.confidence = text(f.confidence);
    return;
  }
}

std::string waits_of_work(const PortWork& w, Date day) {
  if (w.start > day) return (w.after.empty() ? "its start" : w.after == "team" ? "people (the team is busy)" : w.after) + ", then stage " + w.id;
  return "work on stage " + w.id;
}

Line port_line(const Scenario& s, const PortPlan& p, Date day) {
  Line line;
  line.what = p.stack + "/" + p.family;
  const Port* port = find_port(s.ports, p.stack, p.family);
  line.state = "no stage has ended: no work";
  if (port != nullptr) {
    line.since = port->start, line.source = port->source, line.confidence = port->confidence;
    if (day < port->start) line.state = "not begun", line.since = Date::never(), line.waits = "its start", line.until = port->start;
  } else {
    line.state = "no port in the study: never functional";
  }
  for (const auto& step : p.steps) {
    if (step.date > day) break;
    line.state = fmt::format("{}, {:.0f} % of production{}", step.stage, 100 * step.efficiency, step.functional ? "" : ": no work yet");
    line.since = step.date, line.why = step.cause;
    if (!step.source.empty()) line.source = step.source;
  }
  if (port != nullptr && day >= port->start)
    for (const auto& w : p.work) {
      if (w.end <= day) continue;
      line.waits = waits_of_work(w, day), line.until = w.start > day ? w.start : w.end;
      break;
    }
  for (const auto& b : p.setbacks) {  // in force: it says more than the stage does
    if (b.from > day || b.until <= day) continue;
    line.waits = fmt::format("{} {} {} {}", b.effect == "slow" ? "end of" : b.effect == "abandon" ? "nothing: abandoned after" : "incident", b.id, p.replayed ? "after" : "in", b.stage);
    line.until = b.until;
    if (!b.source.empty()) line.source = b.source;
  }
  if (p.replayed) {
    line.confidence = "recorded log";
    if (line.waits.empty())
      for (const auto& step : p.steps)
        if (step.date > day) { line.waits = step.cause, line.until = step.date; break; }
  }
  return line;
}

std::vector<Line> port_lines(const Scenario& s, const Plan& plan, Date day, const std::string& only) {
  std::vector<Line> out;
  std::vector<std::string> known;
  for (const auto& p : plan.ports) {
    known.push_back(p.stack + "/" + p.family);
    if (only.empty() || only == known.back()) out.push_back(port_line(s, p, day));
  }
  if (out.empty() && !only.empty()) throw InputError("there is no port \"" + only + "\" in use" + did_you_mean(only, known));
  return out;
}

std::vector<Line> component_lines(const Scenario& s, const Plan& plan, Date day) {
  std::vector<Line> out;
  for (const auto& stack : plan.port_stacks)
    for (const auto& w : stack.components) {
      Line line;
      line.what = stack.stack + "/" + w.id;
      line.state = w.end <= day ? "done" : w.start <= day ? "worked on" : "not begun";
      line.since = w.end <= day ? w.end : w.start <= day ? w.start : Date::never();
      if (w.end > day) line.waits = w.start <= day ? "work" : w.after.empty() ? "its start" : w.after, line.until = w.start <= day ? w.end : w.start;
      say_source(s, "porting/" + stack.stack, "component." + w.id + ".", line);
      out.push_back(std::move(line));
    }
  return out;
}

// Halls that are being built, a line each: the running tasks.
std::vector<Line> hall_lines(const Scenario& s, const Plan& plan, Date day) {
  std::vector<Line> out;
  int last = -1;
  for (const auto& t : plan.tasks) {
    if (t.start > day || t.end <= day) continue;
    const HallPlan& h = plan.halls[static_cast<size_t>(t.hall)];
    const Hall& hall = s.sites[h.site].halls[static_cast<size_t>(h.hall)];
    const Task& task = hall.tasks[static_cast<size_t>(t.task)];
    if (t.hall != last) out.push_back({s.sites[h.site].id + "/" + hall.id, "", Date::never(), "", Date::never(), "", "", ""}), last = t.hall;
    Line& line = out.back();
    line.state += fmt::format("{}{} {} to {}{}", line.state.empty() ? "" : "; ", task.name, t.start.text(), t.end.text(),
                              t.critical ? " (critical)" : fmt::format(" (slack {:.0f} days)", t.slack.n));
    say_source(s, "", "task." + task.id + ".", line);  // of the first template that has such a task
  }
  return out;
}

std::vector<Line> approval_lines(const Scenario& s, const Plan& plan, Date day) {
  std::vector<Line> out;
  for (const auto& a : plan.approvals) {
    Line line;
    line.what = a.approval;
    line.state = text(a.on(day));
    bool recorded = false;
    for (const auto& step : a.steps) {
      if (step.from <= day) {
        line.since = step.from == a.steps.front().from ? Date::never() : step.from;
        line.why = step.note, recorded = step.recorded;
      } else {
        line.next = text(step.state), line.until = step.from;
        break;
      }
    }
    say_source(s, "", "approval." + a.approval + ".", line);
    line.confidence = recorded ? "recorded" : "drawn or forced";
    out.push_back(std::move(line));
  }
  return out;
}

std::vector<Line> order_lines(const Plan& plan, Date day) {
  std::vector<Line> out;
  for (const auto& o : plan.orders) {
    Line line;
    line.what = o.offer + (o.origin == "mix" ? "" : " (" + o.origin + ")");
    int64_t here = 0;
    Date next = Date::never();
    for (const auto& d : o.deliveries) {
      if (d.date <= day) here += d.chips, line.since = d.date;
      else next = std::min(next, d.date);
    }
    line.state = day < o.ordered ? "not ordered" : fmt::format("{} of {} chips delivered", here, o.chips);
    if (day < o.ordered) line.waits = "its day", line.until = o.ordered;
    else if (day < o.decided && here == 0) line.waits = "approvals", line.until = o.decided;
    else if (o.cancelled <= day) line.waits = "", line.why = fmt::format("{} chips given up: {}", o.cancelled_chips, o.status);
    else if (!next.is_never()) line.waits = "production and delivery", line.until = next;
    else if (here < o.chips) line.waits = "nothing more by the horizon: " + o.status;
    if (day >= o.ordered && here == 0) line.since = o.ordered;
    out.push_back(std::move(line));
  }
  return out;
}

std::string show(Date d) { return d.is_never() ? "" : d.text(); }

// Sources by number, as they are first named.
class Sources {
 public:
  std::string mark(const Line& l) {
    if (l.source.empty()) return l.confidence.empty() ? "" : " (" + l.confidence + ")";
    const auto at = std::find(texts_.begin(), texts_.end(), l.source);
    const auto number = at - texts_.begin() + 1;
    if (at == texts_.end()) texts_.push_back(l.source);
    return fmt::format(" ({}{}[{}])", l.confidence, l.confidence.empty() ? "" : " ", number);
  }
  std::string list(int width) const {
    std::string out;
    for (size_t i = 0; i < texts_.size(); ++i) out += analysis::wrap(fmt::format("[{}] {}", i + 1, texts_[i]), width, 4);
    return out;
  }

 private:
  std::vector<std::string> texts_;
};

std::string as_text(const std::vector<Section>& sections, const std::string& title, int width) {
  std::string out = analysis::wrap(title, width);
  Sources sources;
  for (const auto& section : sections) {
    out += analysis::heading(section.title);
    if (section.lines.empty()) out += "none\n";
    for (const auto& l : section.lines) {
      std::string line = l.what + ": " + l.state;
      if (!l.since.is_never()) line += " since " + l.since.text();
      if (!l.why.empty()) line += " (" + l.why + ")";
      if (!l.next.empty()) line += "; then " + l.next;
      if (!l.waits.empty()) line += "; waits for " + l.waits;
      if (!l.until.is_never()) line += (l.waits.empty() && l.next.empty() ? "; until " : ", ") + l.until.text();
      out += analysis::wrap(line + sources.mark(l), width, 2);
    }
  }
  const std::string list = sources.list(width);
  return list.empty() ? out : out + analysis::heading("Sources") + list;
}

std::string as_json(const std::vector<Section>& sections, const RunKey& key, Date day) {
  Json out{{"date", day.text()}, {"mix", key.mix}, {"outcome", key.outcome}, {"draw", key.draw}};
  for (const auto& section : sections) {
    Json lines = Json::array();
    for (const auto& l : section.lines)
      lines.push_back({{"what", l.what}, {"state", l.state}, {"since", show(l.since)}, {"why", l.why}, {"waits_for", l.waits},
                       {"until", show(l.until)}, {"then", l.next}, {"source", l.source}, {"confidence", l.confidence}});
    out[section.id] = std::move(lines);
  }
  return analysis::json_text(out);
}

}  // namespace

int explain(const Common& c, const ExplainOptions& o) {
  Date day;
  if (!Date::parse(o.date, day)) throw InputError("--date is \"" + o.date + "\" (expected a day such as 2027-01-31)");
  const auto worlds = study::load(o.study, overrides(c));
  const RunKey key = study::run_key(worlds, o.mix, o.outcome, o.draw);
  const Scenario& s = *worlds.scenarios[study::outcome_index(worlds, key.outcome)];
  const Plan plan = study::make_plan(worlds, key);
  std::vector<Section> sections{{"ports", "Ports", port_lines(s, plan, day, o.port)}};
  if (o.port.empty()) {
    sections.push_back({"components", "Shared components", component_lines(s, plan, day)});
    sections.push_back({"halls", "Halls under construction", hall_lines(s, plan, day)});
    sections.push_back({"approvals", "Approvals", approval_lines(s, plan, day)});
    sections.push_back({"orders", "Orders", order_lines(plan, day)});
  }
  const std::string world = key.draw < 0 ? "at modes" : "draw " + std::to_string(key.draw);
  const std::string title = fmt::format("{} on {}: `{}`, {}, {}", s.study.name, day.text(), key.mix, key.outcome, world);
  print(c.json ? as_json(sections, key, day) : as_text(sections, title, terminal_width()));
  return 0;
}

}  // namespace capmix::cli
