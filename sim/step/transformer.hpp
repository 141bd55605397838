// What one micro-batch of a dense transformer costs on one chip of a tensor-parallel group, and what it stores.
#pragma once

#include <vector>

#include "model/profile.hpp"
#include "step/roofline.hpp"

namespace capmix::step {

// Times of one micro-batch on one chip. Backward is twice the forward products (gradients of inputs and of
// weights), and the forward again under full recompute.
struct MicroBatch {
  Seconds gemm, attention, elementwise, vocabulary;  // forward + backward (+ recompute)
  Seconds total() const { return gemm + attention + elementwise + vocabulary; }
  int collectives = 0;        // all-reduces of `collective` bytes over the tensor-parallel group
  Bytes collective;
};
// Not modelled: dropout, expert layers, context parallelism, sliding windows. Sequence parallelism is assumed
// with tp > 1: an all-gather and a reduce-scatter carry the bytes of one all-reduce (Korthikanti et al. 2022).
MicroBatch micro_batch(const LlmModel& model, int seq, const ParallelPlan& plan, const Roof& roof);

// Optimizer step: Adam reads gradient, master weight and two moments and writes them and the 16-bit weight,
// 4 + 12 + 12 + 2 = 30 B per parameter that this chip updates.
Seconds optimizer_step(const LlmModel& model, const ParallelPlan& plan, int dp, const Roof& roof);

// Bytes per chip in mixed precision as Megatron keeps them: weights 2 B, gradients 4 B (FP32 accumulation), Adam
// states with master weights 12 B, sharded over dp from ZeRO stage 3, 2 and 1 (Rajbhandari et al. 2020).
// Activations with selective storage 34 s b h / tp per layer, or 2 s b h / tp and one whole layer under full
// recompute (Korthikanti et al. 2022, with flash attention: no score matrix); logits in FP32.
std::vector<MemoryPart> memory(const LlmModel& model, int seq, const ParallelPlan& plan, int dp);

// Bytes on the wire per parameter and iteration, as a multiple of one ring pass (n-1)/n: gradients are
// reduce-scattered in FP32 (4 B) and weights gathered in 16 bits (2 B); ZeRO 0 all-reduces FP32 gradients
// (2 x 4 B); ZeRO 3 gathers weights in both passes of a micro-batch (4 + 2 x 2 B for
// the last one; those of the others are counted with each).
double wire_bytes_per_parameter(int zero);

}  // namespace capmix::step
