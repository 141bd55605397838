// fta: an event trace of the Failure Trace Archive (event_trace.tab; Grid'5000: Iosup et al., GRID 2007, "please cite"): cells between tabs, padded; a line
// an interval of one component of a node (numbered from 0 on each), event_type 0 (unavailable) or 1 (available), from event_start_time to event_stop_time (s since
// 1970). The header begins with "#". Intervals are as the resource manager saw them: maintenance is in them, and no cause is told.
//
// An available interval is a spell, ended by a failure where an unavailable one of the same component follows without a gap; the last one of
// a component is censored. Groups are the clusters: node_name without its last part.
#include <algorithm>
#include <cmath>
#include <map>

#include "import/formats/failures.hpp"
#include "import/formats/jobs.hpp"

namespace capmix::import {
namespace {

struct Interval {
  int line = 0;
  bool up = false;
  double from = 0, to = 0;
  std::string_view name{};
};

std::vector<std::string_view> tabs(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t end; ; text.remove_prefix(end + 1)) {
    end = std::min(text.find('\t'), text.size());
    out.push_back(trimmed(text.substr(0, end)));
    if (end == text.size()) return out;
  }
}

enum Column { kComponent, kNode, kName, kType, kStart, kStop };
constexpr const char* kColumns[] = {"component_id", "node_id", "node_name", "event_type", "event_start_time", "event_stop_time"};

void lay_component(FailureLog& log, std::vector<Interval>& list) {
  std::stable_sort(list.begin(), list.end(), [](const Interval& a, const Interval& b) { return a.from < b.from; });
  const std::string_view name = list.front().name;
  const int group = index_of(log.groups, name.substr(0, std::min(name.rfind('/'), name.size())));
  for (size_t i = 0; i < list.size(); ++i) {
    const Interval& now = list[i];
    const bool follows = i + 1 < list.size();
    if (follows && list[i + 1].from < now.to - kDiffers)
      log.disagree.push_back({list[i + 1].line, "begins " + plain(now.to - list[i + 1].from) + " s before line " + std::to_string(now.line) + " of the same component ends"});
    if (!now.up) { log.outages.push_back({now.line, group, 0, now.to - now.from}); continue; }
    const bool failed = follows && !list[i + 1].up && std::fabs(list[i + 1].from - now.to) <= kDiffers;
    log.spells.push_back({failed ? list[i + 1].line : 0, group, 0, now.to - now.from, std::numeric_limits<double>::quiet_NaN(), failed ? 0 : -1});
  }
}

}  // namespace

void read_fta(FailureLog& log, const std::string& text, Diagnostics& problems) {
  const auto lines = lines_of(text);
  std::vector<std::string> header;
  std::string_view first = lines.front().text;
  while (!first.empty() && (first.front() == '#' || first.front() == ' ')) first.remove_prefix(1);
  for (size_t from = 0; (from = first.find_first_not_of(" \t", from)) != std::string_view::npos;) {
    const size_t end = std::min(first.find_first_of(" \t", from), first.size());
    header.emplace_back(first.substr(from, end - from)), from = end;
  }
  std::vector<size_t> at;
  for (const char* name : kColumns) {
    at.push_back(static_cast<size_t>(std::find(header.begin(), header.end(), name) - header.begin()));
    if (at.back() == header.size()) problems.add({log.file, lines.front().line, 0}, std::string("the header has no column \"") + name + "\" (expected of fta)" + did_you_mean(name, header));
  }
  if (!problems.ok()) return;
  log.population = "nodes of Grid'5000, 2005 to 2006, as the resource manager saw them";
  log.causes = {{"unavailable", "Unavailable, for whatever reason", "node"}};
  std::map<std::string, std::vector<Interval>> components;
  for (size_t i = 1; i < lines.size(); ++i) {
    ++log.rows;
    const auto cells = tabs(lines[i].text);
    const auto refuse = [&](std::string why) { log.refused.push_back({lines[i].line, std::move(why)}); };
    if (cells.size() != header.size()) { refuse("has " + std::to_string(cells.size()) + " fields (expected " + std::to_string(header.size()) + ", as in the header)"); continue; }
    const auto type = cells[at[kType]];
    const auto from = number(cells[at[kStart]]), to = number(cells[at[kStop]]);
    if (cells[at[kComponent]].empty()) { refuse("has no component_id"); continue; }
    if (type != "0" && type != "1") { refuse("event_type is " + shown(type) + " (expected 0 or 1)"); continue; }
    if (!from) { refuse("event_start_time is " + shown(cells[at[kStart]]) + " (expected s since 1970)"); continue; }
    if (!to) { refuse("event_stop_time is " + shown(cells[at[kStop]]) + " (expected s since 1970)"); continue; }
    if (*to < *from) { refuse("ends " + plain(*from - *to) + " s before it starts"); continue; }
    if (*to == *from) { log.aside.push_back({lines[i].line, "lasts no time"}); continue; }
    ++log.used;
    components[std::string(cells[at[kNode]]) + "/" + std::string(cells[at[kComponent]])].push_back({lines[i].line, type == "1", *from, *to, cells[at[kName]]});
  }
  log.units = components.size();
  for (auto& [id, list] : components) lay_component(log, list);
}

}  // namespace capmix::import
