#include "analysis/render_money.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

// One row a quarter, the items in the order of the facts; an item that is always 0 is left out.
std::string quarters(const Facts& facts, int width) {
  const auto& all = facts.of<MoneyFact>();
  if (all.empty()) return "";
  std::vector<std::string> items;
  std::map<std::string, std::map<std::string, double>> rows;
  double most = 0;
  for (const auto& m : all) {
    rows[m.quarter][m.item] = m.usd;
    most = std::max(most, m.usd);
    if (m.usd != 0 && std::count(items.begin(), items.end(), m.item) == 0) items.push_back(m.item);
  }
  const Scale usd = money_scale(most);
  TextTable table("quarter");
  for (const auto& item : items) table.column(item);
  for (const auto& [quarter, row] : rows) {
    std::vector<std::string> cells{quarter};
    for (const auto& item : items) cells.push_back(number(row.count(item) ? row.at(item) : 0, usd));
    table.row(std::move(cells));
  }
  return heading("Money by quarter, " + usd_unit(usd)) + table.text(width);
}

std::string lost(const Facts& facts, int width) {
  if (facts.of<LostRegionFact>().empty()) return "";
  TextTable table("region");
  for (const char* head : {"lost, %", "from", "to"}) table.column(head);
  table.column("why", true);
  for (const auto& r : facts.of<LostRegionFact>()) table.row({r.region, fixed(100 * r.share, 0), r.from, r.to, r.why});
  return heading("Regions whose demand is lost") + table.text(width);
}

std::string loop(const Facts& facts, int width) {
  const auto& all = facts.of<LoopFact>();
  if (all.empty()) return "";
  double flops = 0, money = 0;
  for (const auto& q : all) flops = std::max(flops, q.capacity), money = std::max(money, q.revenue);
  const Scale rate = scale_for(flops), usd = money_scale(money);
  TextTable table("quarter");
  table.column("capacity\n" + rate.prefix + "FLOP/s");
  table.column("sold\n" + rate.prefix + "FLOP/s");
  table.column("revenue\n" + usd_unit(usd));
  for (const char* head : {"of it\nrent", "for\nchips", "ordered on", "gain, %\na quarter", "growth, %\na quarter"}) table.column(head);
  for (const auto& q : all)
    table.row({q.quarter, number(q.capacity, rate), number(q.sold, rate), number(q.revenue, usd), number(q.rent, usd), number(q.extra, usd), q.paid,
               fixed(100 * q.gain, 1), fixed(100 * q.damped, 1)});
  return heading("The loop: what compute earns, and what that buys") +
         wrap(fmt::format("Gain: money for chips that comes back in a quarter, per money of the bought chips that are online. If it came back at once, "
                          "compute would grow as fast; with {:.1f} quarters from earning to chips online it grows as the last column says.", all.back().delay), width) + "\n" + table.text(width);
}

std::string waiting(const Facts& facts, int width) {
  if (facts.of<WaitingFact>().empty()) return "";
  TextTable table("offer");
  for (const char* head : {"most at\nonce, chips", "on", "waited,\nchip-months"}) table.column(head);
  for (const auto& w : facts.of<WaitingFact>()) table.row({w.offer, std::to_string(w.peak), w.peak_on, fixed(w.chip_months, 0)});
  return heading("Delivered chips that wait for a hall with power") + table.text(width);
}

}  // namespace

std::string render_money(const Facts& facts, int width) {
  return quarters(facts, width) + lost(facts, width) + loop(facts, width) + waiting(facts, width);
}

}  // namespace capmix::analysis
