// lanl: outages of the machines of Los Alamos, 1996 to 2005 (LA-UR-05-7318, "we request that you recognize Los Alamos"): a row an outage of a
// node, with the machine's size and dates in each. Times are local, m/d/yyyy h:mm. The cause stands as free text in one of six
// columns. Down Time (min) is kept by hand beside start and end and counts here; where both differ, the row is named.
//
// Dates of installation and production were mangled by a spreadsheet: "3-Sep" is September 2003, "Oct-98" October 1998. A node is
// watched from its production on, or from its first outage where that was "before tracking", until it was decommissioned or
// the last outage of the whole file began. `nodes` says how many there are: those without a row were watched all the time. Outages of a whole
// machine are as many rows as it has nodes; `together` counts the rows that share machine and start with another.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "base/calendar.hpp"
#include "import/formats/failures.hpp"

namespace capmix::import {
namespace {

constexpr std::array<const char*, 6> kBlame{"Facilities", "Hardware", "Human Error", "Network", "Undetermined", "Software"};
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
enum Column { kSystem, kNodes, kNode, kProd, kDecom, kStarted, kFixed, kDown, kCause };

bool digits(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// "9/26/2003 16:40", s since 1970 of the local clock.
std::optional<double> local_time(std::string_view text) {
  int part[5] = {0, 0, 0, 0, 0};
  size_t from = 0;
  for (int i = 0; i < 5; ++i) {
    const size_t end = i == 4 ? text.size() : text.find("// :"[i], from);
    if (end == std::string_view::npos || !digits(text.substr(from, end - from), part[i])) return {};
    from = end + 1;
  }
  const auto [month, day, year, hour, minute] = part;
  if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1970 || year > 2100 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return {};
  return Date::of(year, month, day).day() * 86400.0 + hour * 3600.0 + minute * 60.0;
}

// "3-Sep" or "Oct-98": the first of that month.
std::optional<double> month_text(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const bool year_first = text[0] >= '0' && text[0] <= '9';
  const auto name = year_first ? text.substr(dash + 1) : text.substr(0, dash), number = year_first ? text.substr(0, dash) : text.substr(dash + 1);
  int year = 0;
  const size_t at = name.size() == 3 ? kMonths.find(name) : std::string_view::npos;
  if (at == std::string_view::npos || at % 3 != 0 || !digits(number, year) || year < 0 || year > 99) return {};
  return Date::of(year < 50 ? 2000 + year : 1900 + year, static_cast<int>(at / 3) + 1, 1).day() * 86400.0;
}

struct Row {
  int line = 0, cause = 0;
  double start = 0, fixed = 0;
};
struct Node {
  std::optional<double> from{}, until{};  // production and decommissioning; absent: before tracking, and still there
  std::vector<Row> rows{};
};
struct Machine {
  int group = 0;
  double nodes = 0;                       // 0: not said
  size_t nameless = 0;                    // outages of nobody knows which node
  std::map<int, Node> known{};
};

const std::vector<LoggedCause>& causes() {
  static const std::vector<LoggedCause> all{{"facilities", "Facilities", "site"}, {"hardware", "Hardware", "node"}, {"human", "Human error", "operator"},
                                            {"network", "Network", "network"}, {"undetermined", "Undetermined or not said", "node"}, {"software", "Software", "software"}};
  return all;
}

// The column that says the cause; Undetermined where none does, -1 where several do.
int blamed(const FailureRows& rows, size_t r) {
  int out = 4, said = 0;
  for (size_t c = 0; c < kBlame.size(); ++c)
    if (!rows.cell(r, kCause + c).empty()) out = static_cast<int>(c), ++said;
  return said > 1 ? -1 : out;
}

// A row's times and cause, or why it is refused.
std::string read_row(FailureLog& log, const FailureRows& rows, size_t r, Row& out, double& down) {
  const auto start = local_time(rows.cell(r, kStarted)), fixed = local_time(rows.cell(r, kFixed));
  const auto not_time = [](const char* name, std::string_view text) {
    if (text.empty()) return std::string("has no ") + name;
    return std::string(name) + " is \"" + std::string(text.substr(0, 40)) + "\" (expected a time such as 9/26/2003 16:40)";
  };
  if (!start) return not_time("Prob Started", rows.cell(r, kStarted));
  if (!fixed) return not_time("Prob Fixed", rows.cell(r, kFixed));
  const auto text = rows.cell(r, kDown);
  if (!parse_number(text, down)) return text.empty() ? "has no Down Time" : "Down Time is \"" + std::string(text.substr(0, 40)) + "\" (expected minutes)";
  if (down < 0) return "Down Time is " + std::string(text) + " (expected at least 0)";
  out = {rows.line(r), blamed(rows, r), *start, *fixed};
  if (out.cause < 0) return "says more than one cause (expected text in one of Facilities, Hardware, Human Error, Network, Undetermined, Software)";
  if (std::fabs(*fixed - *start - 60 * down) > kDiffers)
    log.disagree.push_back({out.line, "Down Time is " + std::string(text) + " min, from start to end are " + std::to_string(std::lround((*fixed - *start) / 60)) + " min"});
  return "";
}

// Spells of one node from `from` to `end`: it is in service between the end of an outage and the start of the next one. An
// outage inside another is part of it.
void lay_node(FailureLog& log, int group, Node& node, double end) {
  std::stable_sort(node.rows.begin(), node.rows.end(), [](const Row& a, const Row& b) { return a.start < b.start; });
  const double until = std::min(end, node.until.value_or(end));
  std::optional<double> up = node.from;
  const auto add = [&](int line, double to, int cause) { log.spells.push_back({line, group, 0, to - *up, node.from ? *up - *node.from : kUnknown, cause}); };
  for (const auto& row : node.rows) {
    if (up && row.start > *up) add(row.line, row.start, row.cause);
    up = std::max({up.value_or(row.fixed), row.start, row.fixed});
  }
  if (up && until > *up) add(0, until, -1);
}

}  // namespace

void read_lanl(FailureLog& log, const std::string& text, Diagnostics& problems) {
  std::vector<std::string> columns{"System", "nodes", "nodenumz", "node prod", "node decom", "Prob Started", "Prob Fixed", "Down Time"};
  columns.insert(columns.end(), kBlame.begin(), kBlame.end());
  const FailureRows rows(log, text, columns, problems);
  if (!rows.ok()) return;
  log.population = "nodes of the machines of Los Alamos National Laboratory, 1996 to 2005", log.causes = causes();
  std::map<std::string, Machine> machines;
  std::map<std::pair<int, double>, size_t> at_once;
  double end = 0;
  for (size_t r = 0; r < rows.size(); ++r) {
    Row row;
    double down = 0;
    int node = 0;
    const auto refuse = [&](std::string why) { log.refused.push_back({rows.line(r), std::move(why)}); };
    const std::string system(rows.cell(r, kSystem));
    if (system.empty()) { refuse("has no System"); continue; }
    const bool named = !rows.cell(r, kNode).empty();
    if (named && !digits(rows.cell(r, kNode), node)) { refuse("nodenumz is \"" + std::string(rows.cell(r, kNode).substr(0, 40)) + "\" (expected the number of a node)"); continue; }
    if (const std::string why = read_row(log, rows, r, row, down); !why.empty()) { refuse(why); continue; }
    ++log.used;
    end = std::max(end, row.start);
    Machine& machine = machines[system];
    machine.group = index_of(log.groups, system);
    log.outages.push_back({row.line, machine.group, row.cause, 60 * down});
    ++at_once[{machine.group, row.start}];
    if (!named) { ++machine.nameless; continue; }
    if (double n = 0; parse_number(rows.cell(r, kNodes), n)) machine.nodes = std::max(machine.nodes, n);
    Node& of = machine.known[node];
    if (const auto from = month_text(rows.cell(r, kProd))) of.from = of.from ? std::min(*of.from, *from) : *from;
    if (const auto until = month_text(rows.cell(r, kDecom))) of.until = of.until ? std::max(*of.until, *until) : *until;
    of.rows.push_back(row);
  }
  for (const auto& [key, n] : at_once) log.together += n > 1 ? n : 0;
  for (auto& [name, machine] : machines) {
    // Nodes that no row names: in service from the latest production to the latest decommissioning of those that are named.
    std::optional<double> from;
    double until = 0;
    for (auto& [number, node] : machine.known) {
      if (node.from) from = std::max(from.value_or(*node.from), *node.from);
      until = std::max(until, std::min(end, node.until.value_or(end)));
      lay_node(log, machine.group, node, end);
    }
    const double silent = std::max(0.0, machine.nodes - static_cast<double>(machine.known.size()));
    for (double i = 0; i < silent && from && until > *from; ++i) log.spells.push_back({0, machine.group, 0, until - *from, 0, -1});
    log.units += machine.known.size() + static_cast<size_t>(silent);
    if (machine.nameless > 0) log.notes.push_back(std::to_string(machine.nameless) + " outages of machine " + name + " do not say of which node: they count as times out of service alone");
    else if (machine.nodes <= 0) log.notes.push_back("Machine " + name + " does not say how many nodes it has: those without an outage are not in its exposure");
  }
}

}  // namespace capmix::import
