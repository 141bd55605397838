#include "analysis/render_supply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "analysis/table.hpp"
#include "base/calendar.hpp"
#include "base/unit.hpp"

namespace capmix::analysis {
namespace {

std::string chips_text(double n) { return n < 9999.5 ? fixed(n, 0) : number(n, scale_for(n)) + scale_for(n).prefix; }

// Money from one offer on its way.
struct Way {
  double blocked = 0, converted = 0, stranded = 0;
  int64_t chips = 0;
  std::string first, last = "never";               // blocked from, converted by
  struct Quarter { double blocked = 0, moved = 0, converted = 0, stranded = 0; };
  std::map<std::string, Quarter> quarters;
};

std::map<std::string, Way> ways(const Facts& facts) {
  std::map<std::string, Way> out;
  for (const auto& f : facts.of<MoneyFlowFact>()) {
    Way& w = out[f.source];
    if (f.kind == "moved" && f.usd == 0) continue;
    auto& q = w.quarters[quarter_name(date_or_never(f.date))];
    if (f.kind == "moved") q.moved += f.usd;
    if (f.kind == "blocked") {
      w.blocked += f.usd, q.blocked += f.usd;
      w.first = w.first.empty() ? f.date : std::min(w.first, f.date);
    } else if (f.kind == "stranded") {
      w.stranded += f.usd, q.stranded += f.usd;
    } else if (f.kind == "converted") {
      w.converted += f.usd, q.converted += f.usd, w.chips += f.chips;
      w.last = w.last == "never" ? f.date : std::max(w.last, f.date);
    }
  }
  return out;
}

std::string statement(const std::string& offer, const Way& w) {
  std::string out = fmt::format("{}: of {} blocked from {} on, ", offer, money(Usd(w.blocked)), w.first);
  if (w.chips > 0) {
    const auto chips = static_cast<double>(w.chips);
    out += fmt::format("{} ({:.0f} %) is converted by {}: {} chips at a mean price of {}; ", money(Usd(w.converted)),
                       100 * w.converted / w.blocked, w.last, chips_text(chips), money(Usd(w.converted / chips)));
  } else {
    out += "nothing is converted; ";
  }
  return out + money(Usd(w.stranded)) + " is stranded.";
}

std::string by_quarter(const std::string& offer, const Way& w, int width) {
  const Scale usd = money_scale(w.blocked);
  TextTable table(offer + ", cumulative, " + usd_unit(usd));
  for (const char* head : {"blocked", "ordered elsewhere", "converted", "stranded"}) table.column(head);
  Way::Quarter sum;
  for (const auto& [quarter, q] : w.quarters) {
    sum.blocked += q.blocked, sum.moved += q.moved, sum.converted += q.converted, sum.stranded += q.stranded;
    table.row({quarter, number(sum.blocked, usd), number(sum.moved, usd), number(sum.converted, usd), number(sum.stranded, usd)});
  }
  return table.text(width);
}

std::string ceilings(const Facts& facts, int width) {
  TextTable table("from -> to");
  table.column("ordered");
  table.column("USD bn");
  table.column("chips");
  table.column("price of\na chip");
  table.column("limited by", true);
  table.column("chips left\nby horizon");
  for (const auto& f : facts.of<MoneyFlowFact>())
    if (f.kind == "moved")
      table.row({f.source + " -> " + f.target, f.date, fixed(f.usd / 1e9, 2), std::to_string(f.chips), f.chips > 0 ? fixed(f.price, 0) : "-",
                 f.ceiling, std::to_string(f.chips_left)});
  return table.text(width);
}

std::string history(const Facts& facts, int width) {
  std::string out;
  size_t steps = 0;
  for (const auto& d : facts.of<DateFact>()) {
    if (d.kind != "approval-step") continue;
    const size_t colon = d.note.find(": ");
    const std::string state = d.note.substr(0, colon), note = colon == std::string::npos ? "." : ": " + d.note.substr(colon + 2);
    out += wrap(fmt::format("{} {} {}{}{}", d.date, d.subject, state, d.value > 0 ? " (recorded)" : "", note), width, 12);
    ++steps;
  }
  size_t approvals = 0;
  for (const auto& d : facts.of<DateFact>()) approvals += d.kind == "approval";
  return steps > approvals ? "\n" + out : "";
}

}  // namespace

std::string render_approvals(const Facts& facts, int width) {
  TextTable table("approval");
  table.column("decision");
  table.column("date");
  table.column("quota, chips");
  size_t rows = 0;
  std::string ratios;
  for (const auto& d : facts.of<DateFact>()) {
    const bool list = d.kind == "ratio", paid = d.kind == "ratio-paid";
    if (list || paid) ratios += wrap(fmt::format("The ratio of {} unlocks {} {}, at {} prices.", d.subject, fixed(d.value, 2), d.note, list ? "list" : "the mix's"), width);
    if (d.kind != "approval") continue;
    table.row({d.subject, d.note, d.date, d.value < 0 ? "none" : fixed(d.value, 0)});
    ++rows;
  }
  return rows == 0 ? "" : heading("Approvals") + table.text(width) + ratios + history(facts, width);
}

std::string render_redirect(const Facts& facts, int width) {
  const auto all = ways(facts);
  if (all.empty()) return "";
  std::string out = heading("Blocked money and where it went");
  for (const auto& [offer, way] : all) out += wrap(statement(offer, way), width);
  for (const auto& [offer, way] : all) out += "\n" + by_quarter(offer, way, width);
  return out + "\n" + ceilings(facts, width);
}

std::string render_market(const Facts& facts, const std::string& start, int width) {
  const Timeline time(date_or_never(start), date_or_never(start) + Days{1});
  std::map<std::string, std::vector<const MarketFact*>> producers;
  for (const auto& m : facts.of<MarketFact>()) producers[m.producer].push_back(&m);
  std::string out;
  for (const auto& [producer, months] : producers) {
    if (std::none_of(months.begin(), months.end(), [](const MarketFact* m) { return m->rivals > 0 || m->stock > 0; })) continue;
    TextTable table(producer);
    for (const char* head : {"wanted\nby us", "may\npass", "others want\nin 12 months", "made in\nmonth", "stock", "price x", "wait,\nmonths"})
      table.column(head);
    for (const auto* m : months) {
      const Date month = time.month_start(static_cast<int>(m->month));
      if (m->month < 0 || (month.month() - 1) % 3 != 0) continue;
      table.row({quarter_name(month), chips_text(static_cast<double>(m->wanted)), chips_text(static_cast<double>(m->firm)), chips_text(m->rivals),
                 chips_text(m->made), chips_text(m->stock), fixed(m->price, 2), fixed(m->wait, 1)});
    }
    out += "\n" + table.text(width);
  }
  if (out.empty()) return "";
  return heading("Producers' markets at the beginning of quarters") +
         wrap("Chips. price x: multiple for one more chip. wait: until it leaves the producer, for another buyer.", width) + out;
}

}  // namespace capmix::analysis
