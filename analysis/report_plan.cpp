#include "analysis/report_plan.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/buildout.hpp"
#include "analysis/statistics.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

Json date_json(Date d) { return d.is_never() ? Json() : Json(d.text()); }

Json day_json(double day) { return std::isfinite(day) ? date_json(Date(static_cast<int32_t>(std::lround(day)))) : Json(); }

// Nodes in the order in which they are named first; links between two of them are one.
class Flow {
 public:
  void link(const std::string& from, const std::string& to, double usd) {
    if (usd <= 0) return;
    for (auto& l : links_)
      if (l["source"] == from && l["target"] == to) {
        l["usd"] = l["usd"].get<double>() + usd;
        return;
      }
    links_.push_back({{"source", from}, {"target", to}, {"usd", usd}});
  }
  void node(const std::string& id, const std::string& name, int level, const char* kind) {
    for (const auto& n : nodes_)
      if (n["id"] == id) return;
    nodes_.push_back({{"id", id}, {"name", name}, {"level", level}, {"kind", kind}});
  }
  // Nodes that no link touches are left out.
  Json json() const {
    Json nodes = Json::array();
    for (const auto& n : nodes_)
      if (std::any_of(links_.begin(), links_.end(), [&](const Json& l) { return l["source"] == n["id"] || l["target"] == n["id"]; })) nodes.push_back(n);
    return {{"nodes", std::move(nodes)}, {"links", links_}};
  }

 private:
  Json nodes_ = Json::array(), links_ = Json::array();
};

// Chips of one kind at the horizon.
struct Stand {
  int64_t delivered = 0, online = 0, bought = 0;
  // Of those that were bought.
  double online_share() const {
    if (bought <= 0) return 1;
    const auto waiting = std::clamp<int64_t>(delivered - online, 0, bought);
    return static_cast<double>(bought - waiting) / static_cast<double>(bought);
  }
};

std::map<std::string, Stand> stands(const results::StudyInfo& info, const std::map<std::string, std::string>& chip_of, const Facts& facts) {
  std::map<std::string, Stand> out;
  const int last = info.timeline().months() - 1;
  for (const auto& f : facts.of<FleetMonth>())
    if (f.month == last) out[f.chip].delivered += f.delivered, out[f.chip].online += f.online;
  for (const auto& o : facts.of<OrderFact>())
    if (const auto it = chip_of.find(o.offer); it != chip_of.end()) out[it->second].bought += o.delivered;
  return out;
}

constexpr const char* kFrom = "redirected from ";

Json order_json(const OrderFact& o) {
  return {{"offer", o.offer}, {"origin", o.origin}, {"status", o.status}, {"ordered", o.ordered}, {"decided", o.decided},
          {"usd", o.spend}, {"price_usd", o.price}, {"converted_usd", o.converted}, {"redirected_usd", o.redirected},
          {"stranded_usd", o.stranded}, {"lost_usd", o.lost}, {"outstanding_usd", o.outstanding},
          {"chips", o.chips}, {"allowed", o.allowed}, {"delivered", o.delivered}};
}

// The money of one order from the node in which it arrives.
void follow(Flow& flow, const std::string& node, const OrderFact& o, const std::string& chip, const std::string& chip_name, double online) {
  flow.node("online " + chip, chip_name + " online", 4, "online");
  flow.node("waiting " + chip, chip_name + " not online", 4, "waiting");
  flow.node("outstanding", "Not delivered", 4, "waiting");
  flow.node("stranded", "Stranded", 4, "loss");
  flow.node("lost", "Lost on cancelling", 4, "loss");
  flow.link(node, "online " + chip, o.converted * online);
  flow.link(node, "waiting " + chip, o.converted * (1 - online));
  flow.link(node, "outstanding", o.outstanding);
  flow.link(node, "lost", o.lost);
}

}  // namespace

Json buildout_json(const Facts& facts, const std::map<std::string, std::vector<double>>& ends) {
  Json halls = Json::array();
  for (const auto& h : read_halls(facts)) {
    Json tasks = Json::array();
    for (const auto& t : h.tasks) {
      Json task{{"name", t.name}, {"start", date_json(t.start)}, {"end", date_json(t.end)}, {"slack", finite_or_null(t.slack)}, {"critical", t.critical}, {"note", t.note}};
      if (const auto it = ends.find(h.id + "/" + t.name); it != ends.end())
        task["end_p10"] = day_json(quantile(it->second, 0.1)), task["end_p90"] = day_json(quantile(it->second, 0.9));
      tasks.push_back(std::move(task));
    }
    halls.push_back({{"hall", h.id}, {"tasks", std::move(tasks)}});
  }
  return halls;
}

Json supply_json(const results::StudyInfo& info, const RunKey& key, const Facts& facts) {
  std::map<std::string, std::string> chip_of;
  for (const auto& o : info.offers) chip_of[o.id] = o.chip;
  const auto stand = stands(info, chip_of, facts);
  Flow flow;
  flow.node("money", "Money of the mix", 0, "money");
  flow.node("loop", "Earned on the way", 0, "money");
  Json orders = Json::array();
  std::map<std::string, double> unordered;
  for (const auto& s : info.spend)
    if (s.mix == key.mix) unordered[s.offer] += s.usd;
  for (const auto& o : facts.of<OrderFact>()) {
    orders.push_back(order_json(o));
    const std::string name = name_of(info.offers, o.offer), chip = chip_of.count(o.offer) ? chip_of.at(o.offer) : o.offer;
    const double online = stand.count(chip) ? stand.at(chip).online_share() : 1;
    const bool redirected = o.origin.rfind(kFrom, 0) == 0;
    const std::string node = (redirected ? "to " : "offer ") + o.offer, blocked = "blocked " + o.offer;
    flow.node(node, redirected ? "Redirected to " + name : name, redirected ? 3 : 1, redirected ? "redirected" : "offer");
    if (o.origin == "mix") unordered[o.offer] -= o.spend;
    if (redirected) flow.link("blocked " + o.origin.substr(std::string(kFrom).size()), node, o.spend);
    else flow.link(o.origin == "loop" ? "loop" : "money", node, o.spend);
    flow.node(blocked, name + ": blocked", 2, "blocked");
    if (!redirected) flow.link(node, blocked, o.redirected + o.stranded);
    follow(flow, node, o, chip, name_of(info.chips, chip), online);
    flow.link(redirected ? node : blocked, "stranded", redirected ? o.redirected + o.stranded : o.stranded);
  }
  // Money that never became an order. A rest below a dollar is rounding.
  flow.node("unordered", "Never ordered", 4, "loss");
  for (const auto& [offer, usd] : unordered)
    if (usd >= 1) flow.link("money", "unordered", usd);
  Json out = flow.json();
  out["orders"] = std::move(orders);
  Json chips = Json::array();
  for (const auto& [chip, s] : stand)
    chips.push_back({{"chip", chip}, {"bought", s.bought}, {"delivered", s.delivered}, {"online", s.online}});
  out["chips"] = std::move(chips);
  return out;
}

}  // namespace capmix::analysis
