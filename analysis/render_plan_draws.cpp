// Many draws of one plan: dates with their spread, criticality, money, what binds; as tables and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/render.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

std::string percent(double share) { return fixed(100 * share, 0); }

// P10, P50 and P90 side by side in one column, so that a narrow terminal does not part them.
std::string side_by_side(const std::string& a, const std::string& b, const std::string& c, int width) {
  return fmt::format("{:>{}}  {:>{}}  {:>{}}", a, width, b, width, c, width);
}
constexpr int kDate = 10, kNumber = 6;
void spread_column(TextTable& table, const std::string& what, int width) { table.column(what + "\n" + side_by_side("P10", "P50", "P90", width)); }
std::string cell(const DateSpread& d) { return side_by_side(d.p10.text(), d.p50.text(), d.p90.text(), kDate); }
std::string cell(const NumberSpread& n, const Scale& scale) { return side_by_side(number(n.p10, scale), number(n.p50, scale), number(n.p90, scale), kNumber); }

std::string halls(const PlanDraws& draws, int width) {
  if (draws.halls.empty()) return "";
  TextTable table("hall");
  for (const char* what : {"power", "network", "first pod"}) spread_column(table, what, kDate);
  table.column("with pods,\n% of draws");
  for (const auto& h : draws.halls) table.row({h.hall, cell(h.power), cell(h.network), cell(h.first_pod), percent(h.first_pod.share)});
  return heading("Halls: power, network, first pod online") + table.text(width);
}

// Halls of a site that share a template, task by task: a table of all would be as long as the site is large.
struct TaskRow {
  std::string name, site, most_hall;
  double critical = 0, least = 1, most = -1, slack = 0, days = 0;
  int halls = 0;
};

std::string criticality(const PlanDraws& draws, int width) {
  std::vector<TaskRow> rows;
  std::map<std::pair<std::string, std::string>, size_t> places;
  for (const auto& t : draws.tasks) {
    const std::string site = t.hall.substr(0, t.hall.find('/'));
    const auto [at, fresh] = places.emplace(std::pair{site, t.task}, rows.size());
    if (fresh) rows.push_back({t.name, site, "", 0, 1, -1, 0, 0, 0});
    TaskRow& row = rows[at->second];
    row.critical += t.critical, row.slack += t.slack, row.days += t.days, ++row.halls;
    row.least = std::min(row.least, t.critical);
    if (t.critical > row.most) row.most = t.critical, row.most_hall = t.hall.substr(t.hall.find('/') + 1);
  }
  if (rows.empty()) return "";
  std::string out = heading("Criticality index, % of draws");
  out += wrap("A day lost there is a day lost for a hall: its own, or one that waits for its crew. Over the halls of a site, means of slack and length.", width) + "\n";
  for (size_t begin = 0; begin < rows.size();) {
    TextTable table(rows[begin].site + ": task");
    for (const char* head : {"halls", "mean of\nhalls", "least", "most"}) table.column(head);
    table.column("in hall", true);
    table.column("slack,\ndays");
    table.column("length,\ndays");
    const size_t end = static_cast<size_t>(std::find_if(rows.begin() + static_cast<std::ptrdiff_t>(begin), rows.end(),
                                                        [&](const TaskRow& r) { return r.site != rows[begin].site; }) - rows.begin());
    std::stable_sort(rows.begin() + static_cast<std::ptrdiff_t>(begin), rows.begin() + static_cast<std::ptrdiff_t>(end),
                     [](const TaskRow& a, const TaskRow& b) { return a.critical / a.halls > b.critical / b.halls; });
    for (size_t i = begin; i < end; ++i) {
      const TaskRow& r = rows[i];
      table.row({r.name, std::to_string(r.halls), percent(r.critical / r.halls), percent(r.least), percent(r.most), r.most_hall,
                 fixed(r.slack / r.halls, 0), fixed(r.days / r.halls, 0)});
    }
    out += (begin == 0 ? "" : "\n") + table.text(width);
    begin = end;
  }
  return out;
}

std::string approvals(const PlanDraws& draws, int width) {
  if (draws.approvals.empty()) return "";
  TextTable table("approval");
  table.column("granted,\n% of draws");
  spread_column(table, "decided", kDate);
  for (const auto& a : draws.approvals) table.row({a.approval, percent(a.granted), cell(a.decided)});
  return heading("Approvals") + table.text(width);
}

std::string ports(const PlanDraws& draws, int width) {
  if (draws.ports.empty()) return "";
  TextTable table("port");
  for (const char* what : {"functional", "production"}) spread_column(table, what, kDate);
  for (const auto& p : draws.ports) table.row({p.port, cell(p.functional), cell(p.production)});
  return heading("Ports") + table.text(width);
}

std::string offers(const PlanDraws& draws, int width) {
  double most = 0, chips = 0;
  for (const auto& o : draws.offers) {
    for (const auto* n : {&o.converted, &o.redirected, &o.stranded, &o.lost, &o.outstanding}) most = std::max(most, n->p90);
    chips = std::max(chips, o.delivered.p90);
  }
  const Scale usd = money_scale(most), units = scale_for(chips);
  TextTable table("offer");
  spread_column(table, scaled_unit(units, "chips"), kNumber);
  for (const char* what : {"converted", "redirected", "stranded", "lost", "outstanding"}) spread_column(table, what, kNumber);
  size_t rows = 0;
  for (const auto& o : draws.offers) {
    double all = o.delivered.mean;
    for (const auto* n : {&o.converted, &o.redirected, &o.stranded, &o.lost, &o.outstanding}) all += n->mean;
    if (all == 0) continue;  // nobody ordered it in any draw
    std::vector<std::string> row{o.offer, cell(o.delivered, units)};
    for (const auto* n : {&o.converted, &o.redirected, &o.stranded, &o.lost, &o.outstanding}) row.push_back(cell(*n, usd));
    table.row(row);
    ++rows;
  }
  if (rows == 0) return "";
  return heading("Offers: chips delivered by the horizon, and money, " + usd_unit(usd)) + table.text(width);
}

std::string binding(const PlanDraws& draws, int width) {
  if (!draws.bound) return heading("What binds") + wrap("Left out (--no-binding).", width);
  TextTable table("quarter");
  table.column("constraint (% of draws)", true);
  std::string quarter;
  for (const auto& b : draws.binding) {
    if (b.share < 0.005) continue;  // would print as 0 %
    table.row({b.quarter == quarter ? "" : b.quarter, fmt::format("{} ({} %)", b.constraint, percent(b.share))});
    quarter = b.quarter;
  }
  return draws.binding.empty() ? "" : heading("Greatest share of the cut, by quarter") + table.text(width);
}

Json json(Date d) { return d.is_never() ? Json() : Json(d.text()); }
Json json(const DateSpread& d) { return {{"p10", json(d.p10)}, {"p50", json(d.p50)}, {"p90", json(d.p90)}, {"share", d.share}}; }
Json json(const NumberSpread& n) { return {{"p10", n.p10}, {"p50", n.p50}, {"p90", n.p90}, {"mean", n.mean}}; }

}  // namespace

std::string render_plan_draws(const results::StudyInfo& info, const PlanDraws& draws, int width) {
  std::string out = wrap(fmt::format("{}: plan of `{}`, {}, {}", info.name, name_of(info.mixes, draws.mix), name_of(info.outcomes, draws.outcome),
                                     count(draws.draws, "draw")), width);
  out += wrap("P10, P50, P90: reached by or below in that share of the draws; never: not in that share.", width);
  return out + halls(draws, width) + criticality(draws, width) + approvals(draws, width) + ports(draws, width) + offers(draws, width) + binding(draws, width);
}

std::string plan_draws_to_json(const results::StudyInfo& info, const PlanDraws& draws) {
  Json out{{"study", info.id}, {"mix", draws.mix}, {"outcome", draws.outcome}, {"draws", draws.draws}, {"seed", info.seed}};
  Json h = Json::array(), t = h, a = h, p = h, o = h, b = h;
  for (const auto& x : draws.halls)
    h.push_back({{"hall", x.hall}, {"power", json(x.power)}, {"full_power", json(x.full_power)}, {"network", json(x.network)}, {"first_pod", json(x.first_pod)}});
  for (const auto& x : draws.tasks)
    t.push_back({{"hall", x.hall}, {"task", x.task}, {"name", x.name}, {"critical", x.critical}, {"slack_days", x.slack}, {"days", x.days}});
  for (const auto& x : draws.approvals)
    a.push_back({{"approval", x.approval}, {"granted", x.granted}, {"decided", json(x.decided)}, {"granted_on", json(x.granted_on)}});
  for (const auto& x : draws.ports) p.push_back({{"port", x.port}, {"functional", json(x.functional)}, {"production", json(x.production)}});
  for (const auto& x : draws.offers)
    o.push_back({{"offer", x.offer}, {"delivered", json(x.delivered)}, {"converted", json(x.converted)}, {"redirected", json(x.redirected)},
                 {"stranded", json(x.stranded)}, {"lost", json(x.lost)}, {"outstanding", json(x.outstanding)}});
  for (const auto& x : draws.binding) b.push_back({{"quarter", x.quarter}, {"constraint", x.constraint}, {"share", x.share}});
  out["halls"] = std::move(h), out["tasks"] = std::move(t), out["approvals"] = std::move(a), out["ports"] = std::move(p), out["offers"] = std::move(o);
  out["binding"] = draws.bound ? std::move(b) : Json();
  return json_text(out);
}

}  // namespace capmix::analysis
