#include "step/content.hpp"

#include <cstdio>

namespace capmix::step {

Content& Content::operator<<(double x) {
  char digits[40];
  std::snprintf(digits, sizeof digits, "%.17g;", x);
  text_ += digits;
  return *this;
}

std::string Content::hash() const { return hex64(hash64(text_)) + hex64(hash64(text_, 1)); }

// Structured bindings name every member, so that one added to a struct does not compile until it is thought of here.
void add(Content& c, const LlmModel& m) {
  const auto& [id, name, aliases, layers, hidden, heads, kv_heads, ffn, vocab, gated, tied, parallel_block, experts, top_k, expert_ffn, shared_experts,
               shared_ffn, dense_layers, eager_activation, capacity, head_dim, q_rank, kv_rank, rope_dim, nope_dim, v_dim, window, window_every] = m;
  c << layers << hidden << heads << kv_heads << ffn << vocab << gated << tied << parallel_block << experts << top_k << expert_ffn << shared_experts;
  c << shared_ffn << dense_layers << eager_activation << capacity << head_dim << q_rank << kv_rank << rope_dim << nope_dim << v_dim << window << window_every;
}

void add(Content& c, const ParallelPlan& p) {
  const auto& [tp, zero, micro_batch, recompute, pp, vpp, cp, ep, expert_tp, shard, sequence_parallel, fused_attention, span, searched] = p;
  c << tp << zero << micro_batch << static_cast<int>(recompute) << pp << vpp << cp << ep << expert_tp << shard << sequence_parallel << fused_attention;
  c << static_cast<int>(span) << searched;
}

}  // namespace capmix::step
