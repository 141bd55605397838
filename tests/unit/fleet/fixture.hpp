// A small world built by hand: two chips, "fast" (native stack cuda) and "slow" (stack cann, to be ported), in
// nodes of 8 chips and 10 kW, sites "east" and "west", one fabric. No step simulation is needed.
#pragma once

#include <stdexcept>
#include <string_view>

#include "model/facts.hpp"
#include "model/plan.hpp"
#include "model/profile.hpp"

namespace test {

using namespace capmix;

inline Date day(int year, int month, int d) { return Date::of(year, month, d); }

struct World {
  Scenario scenario;
  Plan plan;
  RateTable rates;

  explicit World(Date end = day(2027, 1, 1), Date start = day(2026, 1, 1)) {
    scenario.study.timeline = Timeline(start, end);
    for (const char* id : {"fast", "slow"}) {
      Chip chip;
      chip.id = id;
      chip.stack = chip.id == "fast" ? "cuda" : "cann";
      chip.nic = ByteRate(50e9);
      chip.peak[Precision::bf16] = FlopRate(1e15);
      Node node;
      node.id = chip.id + "-node";
      node.chip = scenario.chips.add(chip);
      node.chips = 8;
      node.power = Watts(10e3);
      scenario.nodes.add(node);
    }
    Fabric fabric;
    fabric.id = "net";
    const auto net = scenario.fabrics.add(fabric);
    for (const char* id : {"east", "west"}) {
      Site site;
      site.id = id;
      site.fabric = net;
      site.pue = 1.25;
      site.energy_price = UsdPerJoule(0.10 / 3.6e6);
      scenario.sites.add(site);
    }
    LlmModel llm;
    llm.id = "llm";
    llm.layers = 1, llm.hidden = 1000, llm.heads = llm.kv_heads = 1, llm.ffn = 1000, llm.vocab = 1000, llm.tied = true;
    scenario.llms.add(llm);
    scenario.study.order_date = start;
  }

  Id<Chip> chip(const std::string& id) const { return scenario.chips.find(id); }

  // Ordered, approved, delivered, powered, networked, online: all on one date unless changed afterwards.
  PodPlan& pod(const std::string& chip_id, int chips, Date online, const std::string& site = "east") {
    PodPlan p;
    p.id = site + "-" + chip_id + "-" + std::to_string(plan.pods.size());
    p.chip = chip(chip_id);
    p.node = scenario.nodes.find(chip_id + "-node");
    p.site = scenario.sites.find(site);
    p.chips = chips;
    p.ordered = p.approved = p.delivered = p.powered = p.networked = p.installed = p.online = online;
    return plan.pods.emplace_back(p);
  }

  Campaign& campaign(const std::string& id, int chips, double tokens, int priority = 0) {
    Campaign c;
    c.id = id;
    c.model = scenario.llms.id_at(0);
    c.tokens = tokens;
    c.parts = {{{}, chips}};
    c.priority = priority;
    c.earliest = scenario.study.timeline.start();
    return scenario.campaigns[scenario.campaigns.add(c)];
  }

  // Flat demand of `rate` requests/s in one region at UTC.
  Service& service(const std::string& id, double rate) {
    Service s;
    s.id = id;
    s.stages.emplace_back();
    s.headroom = 0;
    s.demand.users = 86400.0 * rate;
    s.demand.requests_per_user_day = 1.0;
    s.demand.multiplier = 1.0;
    s.demand.annual_growth = 0.0;
    s.demand.hour.fill(1);
    s.demand.weekday.fill(1);
    s.demand.regions = {{"home", 1, 0}};
    return scenario.services[scenario.services.add(s)];
  }

  // `units` per second, 10 model FLOP each, a quarter of the step stalled.
  StepProfile& rate(const std::string& workload, const std::vector<std::string>& chips, double units) {
    StepProfile p;
    p.key = workload;
    p.feasible = true;
    p.step = Seconds(1);
    p.parts = {{"gemm", Seconds(0.75), true}, {"dp communication", Seconds(0.25), false}};
    p.units = units;
    p.model_flop = Flop(10 * units);
    RateKey key{workload, {}, "net"};
    for (const auto& c : chips) key.nodes.push_back(c + "-node");
    return rates.rates[key] = p;
  }

  // The port of a family on cann: efficiency from a date on, functional unless it is 0.
  void port(const std::string& family, const std::vector<std::pair<Date, double>>& steps) {
    PortPlan p{"cann", family, {}, false};
    for (const auto& [date, e] : steps) p.steps.push_back({"stage", date, e, e > 0});
    plan.ports.push_back(p);
  }
};

// Chip-seconds of an owner (and workload) in the whole ledger.
inline int64_t owned(const Facts& facts, const std::string& owner, const std::string& chip = "", const std::string& workload = "*") {
  int64_t sum = 0;
  for (const auto& row : facts.of<LedgerFact>())
    if ((owner == "*" || row.owner == owner) && (chip.empty() || row.chip == chip) && (workload == "*" || row.workload == workload))
      sum += row.chip_seconds;
  return sum;
}

// By view: for a temporary string GCC 14 warns that the reference may dangle.
inline const JobFact& job(const Facts& facts, std::string_view id) {
  for (const auto& j : facts.of<JobFact>())
    if (j.job == id) return j;
  throw std::runtime_error("no job " + std::string(id));
}

}  // namespace test
