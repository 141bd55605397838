// The dates of one run: build-out with a small Gantt chart, approvals, orders, ports, what binds.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/buildout.hpp"
#include "analysis/render.hpp"
#include "analysis/render_money.hpp"
#include "analysis/render_supply.hpp"
#include "analysis/table.hpp"
#include "base/unit.hpp"

namespace capmix::analysis {
namespace {

constexpr int kNarrowestChart = 12;  // characters; a terminal with less room gets no chart

// A stretch of time drawn with `months` calendar months per character, or with `days` where that is not 0.
struct Chart {
  Timeline span;
  int months = 1;
  double days = 0;
  int cells = 0;

  int cell(Date d) const {
    return std::clamp(days > 0 ? static_cast<int>((d - span.start()).n / days) : span.month(d) / months, 0, cells - 1);
  }
  std::string unit() const { return days > 0 ? fmt::format("{:.3g} days", days) : months == 1 ? "a month" : count(months, "month"); }
  std::string bar(const TaskRow& t) const {
    std::string out(static_cast<size_t>(cells), ' ');
    if (t.start.is_never() || t.end.is_never()) return out;
    const int from = cell(t.start), to = cell(std::max(t.start, t.end + Days{-1}));
    const int late = cell(std::max(t.start, t.end + Days{std::max(0.0, t.slack) - 1}));
    for (int i = from; i <= late; ++i) out[static_cast<size_t>(i)] = i > to ? '.' : t.critical ? '#' : '=';
    return out;
  }
  // The year's last two digits where a year begins.
  std::string head() const {
    std::string out(static_cast<size_t>(cells), ' ');
    for (int y = span.start().year(); y <= span.end().year(); ++y) {
      const Date first = std::max(span.start(), Date::of(y, 1, 1));
      if (first >= span.end()) break;
      const size_t at = static_cast<size_t>(cell(first));
      const std::string text = "'" + std::to_string(y).substr(2);
      if (at + text.size() <= out.size() && (at == 0 || out[at - 1] == ' ')) out.replace(at, text.size(), text);
    }
    return out;
  }
};

// One chart for all halls, so that they can be compared by eye. `fill`: as wide as there is room.
Chart chart_for(const std::vector<Hall>& halls, int room, bool fill) {
  Date first = Date::never(), last(0);
  for (const auto& h : halls)
    for (const auto& t : h.tasks) {
      if (t.start.is_never() || t.end.is_never()) continue;
      first = std::min(first, t.start);
      last = std::max(last, t.end + Days{std::max(0.0, t.slack)});
    }
  if (room < kNarrowestChart || first.is_never()) return {};
  Chart c;
  c.span = Timeline(first, last + Days{1});
  c.months = (c.span.months() + room - 1) / room;
  c.cells = (c.span.months() + c.months - 1) / c.months;
  if (fill) c.cells = room, c.days = (c.span.end() - c.span.start()).n / room;
  return c;
}

// The chart with the dates of its tasks; alone (`fill`) it takes their place.
std::string buildout(const Facts& facts, int width, bool fill = false) {
  auto halls = read_halls(facts);
  if (halls.empty()) return "";
  for (auto& h : halls)
    for (auto& t : h.tasks)
      if (!t.note.empty()) t.name += " (" + t.note + ")";
  size_t name = 4;
  for (const auto& h : halls) {
    name = std::max(name, columns(h.id));
    for (const auto& t : h.tasks) name = std::max(name, columns(t.name));
  }
  constexpr int kDates = 2 + 10 + 2 + 10 + 2 + 5, kBars = 2 + 2;  // start, end, slack; the chart's frame
  const Chart chart = chart_for(halls, width - static_cast<int>(name) - kBars - (fill ? 0 : kDates), fill);
  std::string out = heading("Build-out");
  out += wrap(fmt::format("{}{}", fill ? "" : "Slack in days to the hall's end. ", chart.cells == 0 ? "* critical." :
              fmt::format("# critical, = other task, . slack; {} per character.", chart.unit())), width);
  for (const auto& h : halls) {
    TextTable table(h.id);
    if (!fill) for (const char* head : {"start", "end", "slack"}) table.column(head);
    table.column(chart.cells == 0 ? "" : " " + chart.head(), true);
    for (const auto& t : h.tasks) {
      std::vector<std::string> row{t.name + std::string(name - columns(t.name), ' ')};  // all charts below each other
      if (!fill) row.insert(row.end(), {t.start.text(), t.end.text(), fixed(t.slack, 0)});
      row.push_back(chart.cells == 0 ? (t.critical ? "*" : "") : "|" + chart.bar(t) + "|");
      table.row(row);
    }
    out += "\n" + table.text(width);
  }
  return out;
}

// "from 2027-03-01 60.0 MW, from 2027-09-01 120 MW; network 2027-02-01"
std::string power(const Facts& facts, int width) {
  std::map<std::string, std::string> steps, network;
  for (const auto& d : facts.of<DateFact>()) {
    if (d.kind == "hall-power") steps[d.subject] += (steps[d.subject].empty() ? "" : ", ") + d.date + ": " + si(d.value, "W");
    if (d.kind == "hall-network") network[d.subject] = d.date;
  }
  if (steps.empty() && network.empty()) return "";
  std::string out = heading("Halls: IT power from a date on, and network");
  TextTable table("hall");
  table.column("network");
  table.column("power", true);
  for (const auto& [hall, date] : network) table.row({hall, date, steps.count(hall) ? steps[hall] : "none"});
  return out + table.text(width);
}

std::string orders(const Facts& facts, int width) {
  const auto& all = facts.of<OrderFact>();
  if (all.empty()) return "";
  double most = 0;
  for (const auto& o : all) most = std::max(most, o.spend);
  const Scale usd = money_scale(most);
  TextTable chips("order"), spend("order");
  for (const char* head : {"ordered", "decided"}) chips.column(head);
  chips.column("status", true);
  for (const char* head : {"chips\nordered", "chips\nallowed", "chips\ndelivered"}) chips.column(head);
  for (const char* head : {"price of\na chip", "spend", "converted", "redirected", "stranded", "lost", "out-\nstanding"}) spend.column(head);
  for (const auto& o : all) {
    const std::string from = "redirected from ";
    const std::string name = o.origin.rfind(from, 0) == 0 ? o.offer + " (from " + o.origin.substr(from.size()) + ")" : o.origin == "loop" ? o.offer + " (loop)" : o.offer;
    chips.row({name, o.ordered, o.decided, o.status, std::to_string(o.chips), std::to_string(o.allowed),
               std::to_string(o.delivered)});
    spend.row({name, fixed(o.price, 0), number(o.spend, usd), number(o.converted, usd), number(o.redirected, usd), number(o.stranded, usd),
               number(o.lost, usd), number(o.outstanding, usd)});
  }
  return heading("Orders, deliveries by the horizon") + chips.text(width) +
         heading("Money of orders, " + usd_unit(usd) + " (price: USD)") + spend.text(width);
}

std::string ports(const Facts& facts, int width) {
  TextTable table("port");
  table.column("from");
  table.column("efficiency, %\nof production");
  table.column("", true);
  size_t rows = 0;
  for (const auto& d : facts.of<DateFact>()) {
    if (d.kind != "port") continue;
    table.row({d.subject, d.date, fixed(100 * d.value, 0), d.note.empty() ? "no work yet" : d.note});
    ++rows;
  }
  return rows == 0 ? "" : heading("Ports") + table.text(width);
}

// Constraints of one month, by share; the words are those of the months before when nothing changes.
struct BindingMonth {
  std::vector<std::pair<double, std::string>> shares;
  double capacity = 0;
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const auto& [share, name] : shares) out.push_back(fmt::format("{} ({:.0f} %)", name, 100 * share));
    return out;
  }
};

// A row per run of months in which the same constraints bind with the same shares.
std::string binding(const Facts& facts, int width) {
  std::map<std::string, BindingMonth> months;
  double most = 0;
  for (const auto& b : facts.of<BottleneckFact>()) {
    BindingMonth& m = months[b.month];
    m.capacity = b.capacity, most = std::max(most, b.capacity);
    m.shares.emplace_back(b.share, b.binding);
  }
  if (months.empty()) return "";
  for (auto& [month, m] : months)
    std::stable_sort(m.shares.begin(), m.shares.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  const Scale rate = scale_for(most);
  TextTable table("from");
  table.column("to");
  table.column("capacity at\nits end, " + rate.prefix + "FLOP/s");
  table.column("binding (share of the cut)", true);
  for (auto it = months.begin(); it != months.end();) {
    const auto lines = it->second.lines();
    auto next = std::next(it);
    while (next != months.end() && next->second.lines() == lines) ++next;
    const auto& [last, end] = *std::prev(next);
    for (size_t i = 0; i < lines.size(); ++i)
      table.row({i == 0 ? it->first : "", i == 0 ? last : "", i == 0 ? number(end.capacity, rate) : "", lines[i]});
    it = next;
  }
  return heading("Binding constraint by month") + table.text(width);
}

std::string title(const results::StudyInfo& info, const RunKey& key, int width) {
  std::string mix = key.mix, outcome = key.outcome;
  for (const auto& m : info.mixes) if (m.id == key.mix) mix = m.name;
  for (const auto& o : info.outcomes) if (o.id == key.outcome) outcome = o.name;
  const std::string world = key.draw < 0 ? "at modes" : "draw " + std::to_string(key.draw);
  return wrap(fmt::format("{}: plan of `{}`, {}, {}", info.name, mix, outcome, world), width);
}

}  // namespace

std::string render_plan(const results::StudyInfo& info, const RunKey& key, const Facts& facts, int width) {
  return title(info, key, width) + buildout(facts, width) + power(facts, width) + render_approvals(facts, width) + orders(facts, width) +
         render_redirect(facts, width) + render_market(facts, info.start, width) + render_money(facts, width) + ports(facts, width) +
         render_port_work(facts, width) + binding(facts, width);
}

std::string render_gantt(const results::StudyInfo& info, const RunKey& key, const Facts& facts, int width) {
  return title(info, key, width) + buildout(facts, width, true);
}

}  // namespace capmix::analysis
