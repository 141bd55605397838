// A small study by hand: two offers, two approvals on the first, one built hall and one to be built.
//   h200  USD 24.8k, cuda (native), 8 a node of 10 kW; needs "licence" and "permission"; producer "nv"
//   npu   USD 7.5k, cann (ported), 8 a node of 6 kW; needs nothing; producer "hw"
// Weights per chip in the bottleneck: h200 1000 x 0.6 = 600 TFLOP/s, npu 400 x 0.5 = 200 TFLOP/s.
#pragma once

#include "plan/plan.hpp"

namespace fixture {

using namespace capmix;

inline const Date kStart = Date::of(2026, 1, 1), kEnd = Date::of(2029, 1, 1);

inline Id<Chip> add_chip(Scenario& s, const std::string& id, const std::string& stack, double peak, double gemm) {
  Efficiency e;
  e.id = id;
  e.gemm = gemm;
  Chip c;
  c.id = id;
  c.stack = stack;
  c.peak[Precision::bf16] = FlopRate(peak);
  c.efficiency = s.efficiencies.add(e);
  return s.chips.add(c);
}

inline Id<Node> add_node(Scenario& s, Id<Chip> chip, double watts) {
  Node n;
  n.id = s.chips[chip].id + "-node";
  n.chip = chip;
  n.chips = 8;
  n.power = Watts(watts);
  return s.nodes.add(n);
}

inline Id<Producer> add_producer(Scenario& s, const std::string& id, double units_a_year) {
  Producer p;
  p.id = id;
  p.years.push_back({2026, units_a_year, {}});
  p.from = Date::of(2026, 1, 1);
  return s.producers.add(p);
}

inline Id<Approval> add_approval(Scenario& s, const std::string& id, double probability, Date decided) {
  Approval a;
  a.id = id;
  a.probability = probability;
  a.decided = decided;
  return s.approvals.add(a);
}

inline Id<Offer> add_offer(Scenario& s, const std::string& id, Id<Node> node, Id<Producer> producer, double price) {
  Offer o;
  o.id = id;
  o.node = node;
  o.producer = producer;
  o.price = Usd(price);
  o.opens = kStart;
  return s.offers.add(o);
}

// permit 60 -> grid 120 (power); permit -> 60 % of it -> fibre 100 (network); then rack 30 and burn-in 15 per pod.
inline std::vector<Task> tasks() {
  enum { permit, grid, fibre, rack };
  const auto task = [](const char* id, double days, std::vector<TaskDependency> after, Milestone m, bool chips) {
    Task t;
    t.id = id;
    t.duration = Uncertain<Days>(Days{days * 0.8}, Days{days}, Days{days * 2});
    t.after = std::move(after);
    t.milestone = m;
    t.needs_chips = chips;
    return t;
  };
  return {task("permit", 60, {}, Milestone::none, false),
          task("grid", 120, {{permit, 1}}, Milestone::power, false),
          task("fibre", 100, {{permit, 0.6}}, Milestone::network, false),
          task("rack", 30, {{grid, 1}, {fibre, 1}}, Milestone::installed, true),
          task("burn-in", 15, {{rack, 1}}, Milestone::online, true)};
}

inline Hall hall(const std::string& id, double megawatts, bool existing) {
  Hall h;
  h.id = id;
  h.power = Watts(megawatts * 1e6);
  h.start = kStart;
  h.existing = existing;
  if (!existing) h.tasks = tasks();
  h.phases = {{1.0, Days{0}}};
  return h;
}

inline void add_port(Scenario& s) {
  Port p;
  p.stack = "cann";
  p.family = "llm-training";
  p.start = kStart;
  const auto stage = [](const char* id, double days, double efficiency) {
    PortStage g;
    g.id = id;
    g.duration = Uncertain<Days>(Days{days / 2}, Days{days}, Days{days * 3}, std::string("port.") + id);
    g.efficiency = Uncertain<double>(efficiency * 0.8, efficiency, efficiency * 1.1, std::string("efficiency.") + id);
    return g;
  };
  p.stages = {stage("bring-up", 60, 0.2), stage("parity", 60, 0.4), stage("tuned", 90, 0.6), stage("production", 60, 0.8)};
  p.functional = 1;
  s.ports.push_back(p);
}

inline void add_study(Scenario& s) {
  Campaign c;
  c.id = "flagship";
  c.runs = 0;
  c.parts = {{{}, 1024}};
  s.study.reference = s.campaigns.add(c);
  s.study.timeline = Timeline(kStart, kEnd);
  s.study.order_date = Date::of(2026, 3, 1);
  s.study.chip_budget = Usd(20e9);
  s.study.redirect.share = 0.5;
  s.study.redirect.delay = Days{90};
  s.study.redirect.to = {s.offers.find("npu")};
  s.study.outcomes = {{"drawn", "as drawn", {}, {}}};
}

inline Scenario study() {
  Scenario s;
  s.native_stacks = {"cuda"};
  const auto h200 = add_node(s, add_chip(s, "h200", "cuda", 1000e12, 0.6), 10e3);
  const auto npu = add_node(s, add_chip(s, "npu", "cann", 400e12, 0.5), 6e3);
  Fabric fabric;
  fabric.id = "fat-tree";
  fabric.pod_nodes = 128;
  Site site;
  site.id = "a";
  site.fabric = s.fabrics.add(fabric);
  site.halls = {hall("old", 20, true), hall("new", 2000, false)};
  s.sites.add(site);
  const auto licence = add_approval(s, "licence", 0.7, Date::of(2026, 4, 10));
  const auto permission = add_approval(s, "permission", 0.6, Date::of(2026, 6, 20));
  const auto first = add_offer(s, "h200", h200, add_producer(s, "nv", 1.2e6), 24.8e3);
  s.offers[first].approvals = {licence, permission};
  s.offers[first].lead_time = Days{30};
  const auto second = add_offer(s, "npu", npu, add_producer(s, "hw", 750e3), 7.5e3);
  s.offers[second].lead_time = Days{60};
  add_port(s);
  add_study(s);
  return s;
}

inline Mix mix(double h200, double npu) { return {"mix", "", {Usd(h200), Usd(npu)}}; }

inline Outcome forced(const Scenario& s, const char* approval, bool granted, std::optional<double> quota = {}) {
  ForcedApproval f;
  f.approval = s.approvals.find(approval);
  f.granted = granted;
  f.quota = quota;
  return {"forced", "", {f}, {}};
}

inline Plan at_modes(const Scenario& s, const Mix& m, const Outcome& o = {}) { return plan::make(s, m, o, Draw::at_modes()); }

inline int64_t online(const Plan& p, const std::string& offer, Date day) {
  int64_t n = 0;
  for (const auto& pod : p.pods)
    if (pod.offer == offer && pod.online <= day) n += pod.chips;
  return n;
}

}  // namespace fixture
