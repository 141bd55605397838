// Recorded logs of ports: CSV rows as events, each checked against the port that it names and the rows before it.
#include <algorithm>
#include <charconv>
#include <map>

#include "import/csv.hpp"
#include "scenario/scenario.hpp"

namespace capmix::scenario {
namespace {

constexpr const char* kColumns[] = {"date", "stack", "family", "event", "value", "source", "inferred"};

// Where a port stands after the rows so far.
struct Standing {
  Date last;
  bool begun = false;       // it has rows
  int incident = 0;         // line of the one that is open; 0: none
  int abandoned = 0;        // line
  std::vector<char> ended;  // by stage
};

class LogReader {
 public:
  LogReader(const std::vector<Port>& ports, std::string as, Diagnostics& out, bool complete)
      : ports_(ports), as_(std::move(as)), out_(out), complete_(complete) {}

  std::vector<PortLogEntry> read(const std::string& path) {
    const auto table = import::read_csv(path, out_);
    std::vector<PortLogEntry> rows;
    if (table.header.empty() || !has_columns(table)) return rows;
    if (!as_.empty() && port(as_) == nullptr) return out_.add({"--as", 0, 0}, "there is no port \"" + as_ + "\"" + did_you_mean(as_, names())), rows;
    for (const auto& row : table.rows) {
      const auto field = [&](const char* name) { return row.fields[static_cast<size_t>(table.column(name))]; };
      PortLogEntry e;
      e.place = {path, row.line, 0};
      e.stack = field("stack"), e.family = field("family"), e.value = field("value"), e.source = field("source");
      const size_t before = out_.size();
      const Port* own = find_port(e);
      read_date(field("date"), e);
      read_inferred(field("inferred"), e);
      const bool known = read_event(field("event"), e);
      if (own == nullptr) continue;
      e.recorded = e.stack + "/" + e.family;
      e.stack = own->stack, e.family = own->family;
      if (known) read_value(*own, e);
      if (out_.size() > before) continue;  // a row with a problem says nothing of those after it
      if (follows(*own, e)) rows.push_back(std::move(e));
    }
    return rows;
  }

 private:
  bool has_columns(const import::CsvTable& table) {
    std::string missing;
    for (const char* name : kColumns)
      if (table.column(name) < 0) missing += (missing.empty() ? "" : ", ") + std::string(name);
    if (!missing.empty()) out_.add({table.file, 1, 0}, "the header lacks " + missing + " (expected date, stack, family, event, value, source, inferred)");
    return missing.empty();
  }

  const Port* port(const std::string& name) const {
    const auto at = std::find_if(ports_.begin(), ports_.end(), [&](const Port& p) { return p.stack + "/" + p.family == name; });
    return at == ports_.end() ? nullptr : &*at;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& p : ports_) out.push_back(p.stack + "/" + p.family);
    return out;
  }

  const Port* find_port(const PortLogEntry& e) {
    const std::string name = e.stack + "/" + e.family;
    if (as_.empty()) {
      const Port* own = port(name);
      if (own == nullptr && complete_) out_.add(e.place, "there is no port \"" + name + "\"" + did_you_mean(name, names()));
      return own;
    }
    if (only_.empty()) only_ = name;
    if (only_ == name) return port(as_);
    out_.add(e.place, "is about the port " + name + ", others about " + only_ + " (expected one port in a log that is read as " + as_ + ")");
    return nullptr;
  }

  void read_date(const std::string& text, PortLogEntry& e) {
    if (!Date::parse(text, e.date)) out_.add(e.place, "\"" + text + "\" is not a date (expected one such as 2026-01-31)");
  }
  void read_inferred(const std::string& text, PortLogEntry& e) {
    if (text != "yes" && text != "no") out_.add(e.place, "inferred is \"" + text + "\" (expected yes or no)");
    e.inferred = text == "yes";
  }
  bool read_event(const std::string& text, PortLogEntry& e) {
    const auto at = std::find(std::begin(kPortEvents), std::end(kPortEvents), text);
    const std::vector<std::string> known(std::begin(kPortEvents), std::end(kPortEvents));
    std::string list;
    for (const auto& k : known) list += (list.empty() ? "" : ", ") + k;
    if (at == std::end(kPortEvents)) out_.add(e.place, "unknown event \"" + text + "\" (expected " + list + ")" + did_you_mean(text, known));
    e.event = static_cast<PortEvent>(at == std::end(kPortEvents) ? 0 : at - std::begin(kPortEvents));
    return at != std::end(kPortEvents);
  }

  void read_value(const Port& port, PortLogEntry& e) {
    const std::string name = port.stack + "/" + port.family;
    if (e.event == PortEvent::stage || e.event == PortEvent::rollback) {
      std::vector<std::string> ids;
      for (const auto& s : port.stages) ids.push_back(s.id);
      const auto at = std::find(ids.begin(), ids.end(), e.value);
      if (at == ids.end()) out_.add(e.place, "there is no stage of " + name + " called \"" + e.value + "\"" + did_you_mean(e.value, ids));
      else e.stage = static_cast<int>(at - ids.begin());
    } else if (e.event == PortEvent::efficiency) {
      const auto [end, error] = std::from_chars(e.value.data(), e.value.data() + e.value.size(), e.number);
      if (error != std::errc() || end != e.value.data() + e.value.size() || !(e.number >= 0 && e.number <= 10))
        return out_.add(e.place, "the efficiency is \"" + e.value + "\" (expected a number between 0 and 10, relative to the native stack)");
      const double production = port.stages.back().efficiency.mode;
      e.number = production > 0 ? std::min(1.0, e.number / production) : 0;
    } else if (e.event == PortEvent::incident && e.value.empty()) {
      out_.add(e.place, "an incident without a value (expected its kind, such as missing-operator)");
    }
  }

  // Whether a row may stand behind those before it.
  bool follows(const Port& port, const PortLogEntry& e) {
    Standing& at = standing_.try_emplace(&port, Standing{e.date, false, 0, 0, std::vector<char>(port.stages.size(), 0)}).first->second;
    const std::string what = text(e.event) + std::string(e.stage < 0 ? "" : " \"" + e.value + "\"") + " of " + port.stack + "/" + port.family + " on " + e.date.text();
    const auto refuse = [&](const std::string& why) { return out_.add(e.place, what + " " + why), false; };
    if (e.date < at.last) return refuse("is out of order (the row before it is of " + at.last.text() + ")");
    if (at.abandoned > 0) return refuse("comes after the port was abandoned (line " + std::to_string(at.abandoned) + ")");
    if (e.event == PortEvent::start && at.begun) return refuse("is out of order (expected it as the first row of its port)");
    if (e.event == PortEvent::resume && at.incident == 0) return refuse("has no incident before it to resume from");
    if ((e.event == PortEvent::stage || e.event == PortEvent::incident) && at.incident > 0)
      return refuse("comes before the incident of line " + std::to_string(at.incident) + " was over (expected a resume between them)");
    if (e.event == PortEvent::stage) {
      const auto later = port.built_on(e.stage);
      for (size_t i = 0; i < later.size(); ++i)
        if (later[i] && at.ended[i]) return refuse("is out of order (\"" + port.stages[i].id + "\" has ended before)");
      at.ended[static_cast<size_t>(e.stage)] = 1;
    }
    if (e.event == PortEvent::rollback) {
      const auto later = port.built_on(e.stage);
      for (size_t i = 0; i < later.size(); ++i)
        if (later[i]) at.ended[i] = 0;
    }
    if (e.event == PortEvent::incident) at.incident = e.place.line;
    if (e.event == PortEvent::resume || e.event == PortEvent::rollback) at.incident = 0;
    if (e.event == PortEvent::abandon) at.incident = 0, at.abandoned = e.place.line;
    at.begun = true, at.last = e.date;
    return true;
  }

  const std::vector<Port>& ports_;
  std::string as_, only_;  // only_: the port that a log read as another one is about
  Diagnostics& out_;
  bool complete_;
  std::map<const Port*, Standing> standing_;
};

}  // namespace

std::vector<PortLogEntry> read_port_log(const std::string& path, const std::vector<Port>& ports, const std::string& as,
                                        Diagnostics& out, bool complete) {
  return LogReader(ports, as, out, complete).read(path);
}

}  // namespace capmix::scenario
