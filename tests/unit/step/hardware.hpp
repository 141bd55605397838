// Round hardware for the tests of the step: every number is easy to divide by.
#pragma once

#include "step/step.hpp"

namespace capmix::step::fixture {

inline Efficiency efficiency() {
  Efficiency e;
  e.id = "round";
  e.gemm = e.serving_gemm = {0.4, 0.5, 0.6};
  e.memory = e.serving_memory = {0.7, 0.8, 0.9};
  e.gather = {0.2, 0.4, 0.5};
  e.collective = {0.6, 0.8, 0.9};
  e.launch = Seconds(5e-6);
  e.gemm_half_flop = 1e9;
  e.trust_serving = 0;
  e.overlap = 0.8;
  e.trust_dense = 0.2, e.trust_moe = 0.4, e.trust_lora = 0.3;
  e.calibrated_on = {"round"};
  return e;
}

inline Software software() {
  Software w;
  w.id = "plain", w.name = "Plain";
  w.stack = "one";
  w.standard = true;
  return w;
}

inline Chip chip(const std::string& id, double peak) {
  Chip c;
  c.id = id;
  c.stack = "one";
  c.matrix_units = 100;
  c.peak[Precision::bf16] = FlopRate(peak);
  c.memory = Bytes(100e9);
  c.memory_bandwidth = ByteRate(4e12);
  c.scale_up = ByteRate(400e9);
  c.scale_up_domain = 8;
  c.nic = ByteRate(50e9);
  return c;
}

inline Node node(const std::string& id) {
  Node n;
  n.id = id;
  n.chips = 8;
  n.power = Watts(1e4);
  return n;
}

inline LlmModel llm() {
  LlmModel m;
  m.id = "small";
  m.layers = 8, m.hidden = 4096, m.heads = 32, m.kv_heads = 32, m.ffn = 16384, m.vocab = 32000;
  m.gated = false;
  return m;
}

inline Campaign campaign() {
  Campaign c;
  c.id = "job";
  c.seq = 2048, c.global_batch = 256;
  c.parts = {{{}, 64}};
  c.plans = {{8, 1, 1, Recompute::none}};
  return c;
}

// A chip that spends time on matrix products alone: one matrix unit (so that whole tiles of 256 x 128 never leave a
// part of a wave idle), memory, attention and network that take no time to speak of, and its whole peak attained.
inline Chip products_only(const std::string& id, double peak) {
  Chip c = chip(id, peak);
  c.matrix_units = 1;
  c.memory = Bytes(1e15), c.memory_bandwidth = ByteRate(1e30);
  c.scale_up = c.nic = ByteRate(1e17);
  return c;
}
inline Efficiency attains_all() {
  Efficiency e;
  e.id = "all";
  e.gemm = {1.0}, e.memory = {1.0}, e.collective = {1.0}, e.scale_up = {1.0}, e.grouped = {1.0};
  e.attention = {1e20};
  e.interference = 0, e.hides = 0.9;
  return e;
}
inline Fabric no_latency() {
  Fabric f;
  f.nic_latency = f.scale_up_latency = Seconds(0);
  return f;
}

inline RecModel ranking() {
  RecModel m;
  m.id = "rank";
  m.summary.flop_per_candidate = Uncertain<Flop>(Flop(4e9));
  m.summary.parameters = 1e9;
  m.summary.lookups = Uncertain<double>(300.0);
  m.summary.row = Bytes(128);
  m.summary.cached = 0.9;
  return m;
}

inline ServiceStage service() {
  ServiceStage s;
  s.candidates = Uncertain<double>(500.0);
  s.objective = Seconds(0.08);
  s.cell_chips = 8;
  return s;
}

// What a group of chips and its fabric are made of, to be changed before use.
struct Parts {
  Efficiency efficiency = fixture::efficiency();
  Chip chip = fixture::chip("fast", 1e15);
  Node node = fixture::node("box");
  Software software = fixture::software();
  Fabric fabric;
};
struct TrainingParts : Parts {
  LlmModel model = fixture::llm();
  Campaign campaign = fixture::campaign();
  TrainingSetup setup(int chips) const { return {model, campaign, {{chip, node, efficiency, software, chips}}, fabric}; }
};

}  // namespace capmix::step::fixture
