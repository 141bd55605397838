// What one micro-batch of a transformer costs on one chip, layer by layer: products, attention, streamed memory and
// the communication inside a layer (tensor, context and expert parallel).
#pragma once

#include "model/workload.hpp"
#include "step/network.hpp"
#include "step/operators.hpp"

namespace capmix::step {

// Seconds of one pass, by what they are spent on. Communication is what shows: what hides is not in it.
struct Work {
  Seconds gemm, attention, memory, tensor, context, expert;
  Seconds host;   // waiting for the host to launch an expert layer
  Seconds compute() const { return gemm + attention + memory; }
  Seconds total() const { return compute() + tensor + context + expert + host; }
  Work& operator+=(const Work& o);
  Work operator*(double k) const;
};

struct Pass {
  Work forward, backward;   // backward: with whatever is recomputed
  Pass& operator+=(const Pass& o) { forward += o.forward, backward += o.backward; return *this; }
  Pass operator*(double k) const { return {forward * k, backward * k}; }
};

// Everything that the cost of a layer depends on.
struct LayerSetup {
  const LlmModel& model;
  int seq = 0;
  Precision precision = Precision::bf16;
  bool block_scaled = false;
  int lora_rank = 0;
  const ParallelPlan& plan;
  Machine machine;
  Network network;
  double tensor_exposed = 1;  // share of tensor-parallel communication that does not hide behind products
  Seconds routing;
  bool stops_early = false;   // recompute leaves out the last product of a layer
  bool deduplicates = true;   // one copy of a token per domain goes to its experts there
};

struct LayerCosts {
  Pass dense, expert;   // one layer of either kind, at a mean of full and window attention
  Pass vocabulary;      // output layer and loss
  Pass embedding;
};

// FLOP of the backward pass are twice those of the forward one (gradients of inputs and of weights), of a frozen
// base once. Attention's backward pass recomputes the scores: 2.5 forwards (Dao et al. 2022); unfused it writes and
// reads the score matrix (Korthikanti et al. 2022). Products of the linear layers run in the campaign's precision,
// attention, router, embedding and output layer in 16 bits; a product in 8 or 4 bits pays for quantising its
// operands. Not modelled: dropout, imbalance of experts, overlap of expert all-to-all with computation.
LayerCosts layer_costs(const LayerSetup& setup);

}  // namespace capmix::step
