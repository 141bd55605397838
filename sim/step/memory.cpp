#include "step/memory.hpp"

#include <algorithm>

namespace capmix::step {
namespace {

// Bytes of one layer's stored activations of one micro-batch on one chip.
double layer_activations(const LlmModel& m, const Campaign& c, const ParallelPlan& p, bool expert) {
  const double tokens = static_cast<double>(p.micro_batch) * c.seq / p.cp, t = p.tp, outside = p.sequence_parallel ? t : 1;
  const double heads = m.heads / t, kv = std::max(1.0, m.kv_heads / t);
  // What a product takes is kept in the precision that it multiplies in: what the norms hand on, attention's result, the
  // activation; the rest in 16 bits: the norms' inputs, queries, keys and values, the products before the activation.
  const double operand = operand_bytes(c.precision) < 2 ? 1 : 2;
  const auto ffn = [&](double width) { return (2 * (m.gated ? 2.0 : 1.0) + operand) * width; };
  double bytes_per_token = (2 + operand) * 2.0 * m.hidden / outside + 2 * heads * m.query_dim() + operand * heads * m.value_dim() + 2 * kv * (m.query_dim() + m.value_dim());
  if (!expert) bytes_per_token += ffn(m.ffn) / t;
  else bytes_per_token += ffn(m.shared_width()) / t + m.top_k * ((2 + operand) * m.hidden + ffn(m.expert_ffn) / p.expert_tp) / (t > p.expert_tp ? t / p.expert_tp : 1);
  double bytes = bytes_per_token * tokens;
  if (!p.fused_attention && p.recompute == Recompute::none) bytes += 5.0 * heads * p.micro_batch * c.seq * c.seq / p.cp;
  return bytes;
}

}  // namespace

std::vector<MemoryPart> memory(const LlmModel& m, const Campaign& c, const ParallelPlan& p, const Lane& lane, size_t at, int dp) {
  const StagePlan& stage = lane.stages[at];
  // A frozen base is kept in the precision that it multiplies in.
  const double own = stage.parameters + stage.experts, weight = c.lora_rank > 0 ? std::min(2.0, operand_bytes(c.precision)) : 2;
  // Dense weights have dp x cp replicas to be sharded over, an expert's as many as are left of them.
  const double replicas = p.shard > 0 ? p.shard : dp * p.cp, copies = expert_ranks(p, dp).count;
  const double sharded = stage.parameters / replicas + stage.experts / copies;
  const double trained = c.lora_rank > 0 ? 0.01 : 1;  // adapters alone have gradients and states
  const double gathered = p.zero >= 3 ? 2.0 * weight * own / std::max(1, stage.layers) : 0;
  const bool moe = m.moe();
  const double layer = layer_activations(m, c, p, moe), tokens = static_cast<double>(p.micro_batch) * c.seq / p.cp;
  // Micro-batches in flight, in units of the stage's whole pass.
  double ahead = std::min<double>(lane.micro_batches, p.pp - static_cast<double>(at));
  if (p.vpp > 1) ahead = std::min<double>(lane.micro_batches, (2.0 * (p.pp - static_cast<double>(at) - 1) + 1) / p.vpp + (p.vpp - 1.0) * p.pp / p.vpp);
  const double kept = 2 * tokens * m.hidden / (p.sequence_parallel ? p.tp : 1);
  const double activations = p.recompute == Recompute::full ? kept * stage.layers * ahead + layer : layer * stage.layers * ahead;
  const double gradient = stage.group->software.gradient_bytes;
  std::vector<MemoryPart> out{{"parameters", Bytes(weight * (p.zero >= 3 ? sharded : own) + gathered)},
                              {"gradients", Bytes(trained * gradient * (p.zero >= 2 ? sharded : own))},
                              {"optimizer states", Bytes(trained * 12 * (p.zero >= 1 ? sharded : own))},
                              {"activations", Bytes(activations)}};
  if (at + 1 == lane.stages.size()) out.push_back({"logits", Bytes(4 * tokens * m.vocab / p.tp)});
  return out;
}

Bytes total(const std::vector<MemoryPart>& parts) {
  Bytes sum;
  for (const auto& part : parts) sum += part.bytes;
  return sum;
}

}  // namespace capmix::step
