// Bytes per chip in mixed precision: 16-bit weights and gradients, Adam states with master weights, activations.
#pragma once

#include <vector>

#include "model/profile.hpp"
#include "step/iteration.hpp"

namespace capmix::step {

// Share of the memory that a framework leaves to a model (allocator, context, communication buffers).
inline constexpr double kUsable = 0.94;

// Of a chip of stage `stage`. Weights 2 B, gradients as the software keeps them, Adam states with master weights
// 12 B, sharded over dp from ZeRO stage 3, 2 and 1 (Rajbhandari et al. 2020). Activations per layer as Korthikanti et
// al. (2022) count them, with every width of the model; with 1F1B a stage holds those of as many micro-batches as it
// runs ahead. Full recompute keeps the input of each layer and one whole layer. The layers that ZeRO 3 gathers are
// counted (two of them). Not modelled: fragmentation, offload.
std::vector<MemoryPart> memory(const LlmModel& model, const Campaign& campaign, const ParallelPlan& plan, const Lane& lane, size_t stage, int dp);
Bytes total(const std::vector<MemoryPart>& parts);

}  // namespace capmix::step
