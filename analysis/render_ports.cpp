// Work on the ports of a plan: who works when, what it costs, and what went wrong.
#include <fmt/format.h>

#include "analysis/render.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

std::string work(const Facts& facts, int width) {
  const auto& all = facts.of<PortWorkFact>();
  double months = 0, usd = 0;
  for (const auto& w : all) months += w.months, usd += w.usd;
  if (months <= 0) return "";  // nobody has said how many people work
  const Scale money = money_scale(usd);
  TextTable table("work package");
  for (const char* head : {"start", "end", "people", "engineer-\nmonths"}) table.column(head);
  if (usd > 0) table.column(usd_unit(money));
  table.column("began after", true);
  for (const auto& w : all) {
    std::vector<std::string> row{w.stack + "/" + (w.family.empty() ? "" : w.family + "/") + w.package, w.start, w.end, fixed(w.engineers, 0), fixed(w.months, 1)};
    if (usd > 0) row.push_back(w.usd > 0 ? number(w.usd, money) : "-");
    row.push_back(w.after);
    table.row(row);
  }
  std::vector<std::string> sum{"sum", "", "", "", fixed(months, 1)};
  if (usd > 0) sum.push_back(number(usd, money));
  sum.push_back("");
  table.row(sum);
  return heading("Work on the ports") + table.text(width);
}

std::string setbacks(const Facts& facts, int width) {
  TextTable table("incident");
  table.column("from");
  table.column("days");
  table.column("", true);
  size_t rows = 0;
  for (const auto& d : facts.of<DateFact>()) {
    if (d.kind != "port-setback") continue;
    table.row({d.subject, d.date, d.value < 0 ? "for good" : fixed(d.value, 0), d.note});
    ++rows;
  }
  return rows == 0 ? "" : heading("Incidents of the ports") + table.text(width);
}

std::string dual(const Facts& facts, int width) {
  std::string out;
  for (const auto& d : facts.of<DateFact>())
    if (d.kind == "port-dual") out += wrap(fmt::format("{}: old and new stack side by side from {} {}: at most {:.0f} chip-months of those online.", d.subject, d.date, d.note, d.value), width);
  return out.empty() ? "" : heading("Cut-over") + out;
}

}  // namespace

std::string render_port_work(const Facts& facts, int width) { return work(facts, width) + setbacks(facts, width) + dual(facts, width); }

}  // namespace capmix::analysis
