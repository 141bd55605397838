// Round hardware for the tests of the step: every number is easy to divide by.
#pragma once

#include "step/step.hpp"

namespace capmix::step::fixture {

inline Efficiency efficiency() {
  Efficiency e;
  e.id = "round";
  e.gemm = {0.4, 0.5, 0.6};
  e.memory = {0.7, 0.8, 0.9};
  e.gather = {0.2, 0.4, 0.5};
  e.collective = {0.6, 0.8, 0.9};
  e.launch = Seconds(5e-6);
  e.gemm_half_flop = 1e9;
  e.overlap = 0.8;
  return e;
}

inline Chip chip(const std::string& id, double peak) {
  Chip c;
  c.id = id;
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
  c.plans = {{8, 1, 1, false}};
  return c;
}

inline RankingModel ranking() {
  RankingModel m;
  m.id = "rank";
  m.flop_per_candidate = Uncertain<Flop>(Flop(4e9));
  m.dense_parameters = 1e9;
  m.lookups = Uncertain<double>(300.0);
  m.row = Bytes(128);
  m.cached = 0.9;
  return m;
}

inline Service service() {
  Service s;
  s.id = "feed";
  s.candidates = Uncertain<double>(500.0);
  s.objective = Seconds(0.08);
  s.cell_chips = 8;
  return s;
}

}  // namespace capmix::step::fixture
