#include "step/transformer.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::step {
namespace {

constexpr double kHalf = 2;            // bytes of a 16-bit activation
constexpr double kEager = 1.7;         // traffic of unfused element-wise kernels relative to fused ones
// Bytes moved per element that a product takes in 8 or 4 bits: read 2, write 1, and 1 transposed; with a scale per block
// it is read again for the transposed copy, whose blocks lie the other way.
constexpr double kQuantise = 4, kQuantiseBlocks = 6.5;
constexpr double kBackwardLaunches = 1.5;  // of a backward pass, relative to a forward one
constexpr double kBackwardAttention = 2.5 / 0.85;  // 2.5 times the work at a lower rate
constexpr double kScores = 7, kScoreGradients = 8;  // passes over the score matrix, unfused
// Bytes per element of an activation run operator by operator in FP32, such as GPT-OSS's clamped one: up 12, two clamps
// 16, scale 8, sigmoid 8, product 12, plus one 8, product 12, weight 8, down 6. Its backward pass twice that.
constexpr double kEagerForward = 90;
constexpr double kPad = 4;             // more of them where 8-bit products want each expert's tokens padded to a tile
constexpr double kPermute = 5;         // reads and writes of a token's state per expert and pass: permute, unpermute, weigh

Work& add(Work& w, Seconds Work::*what, Seconds t) { w.*what += t; return w; }

// Cost of one layer, collected piece by piece.
class Layer {
 public:
  explicit Layer(const LayerSetup& s) : s_(s), m_(s.model), p_(s.plan), c_(s.machine) {
    tokens_ = static_cast<double>(p_.micro_batch) * s.seq / p_.cp;
    own_tokens_ = p_.tp > 1 && p_.sequence_parallel ? tokens_ / p_.tp : tokens_;
  }

  Pass dense() {
    Pass out = attention_block();
    out += ffn_block(m_.ffn);
    out += elementwise();
    out += tensor_parallel(m_.parallel_block ? 1 : 2);
    return recomputed(out);
  }

  Pass expert() {
    Pass out = attention_block();
    if (m_.shared_width() > 0) out += ffn_block(m_.shared_width());
    out += experts();
    out += elementwise();
    out += tensor_parallel(m_.shared_width() > 0 ? 2 : 1);  // that of split experts stands with them
    out = recomputed(out);
    // Routing tells the host how many tokens each expert has before the next kernels can be launched.
    out.forward.host = std::max(Seconds(0), s_.routing - out.forward.total());
    out.backward.host = std::max(Seconds(0), s_.routing * kBackwardLaunches - out.backward.total());
    return out;
  }

  Pass vocabulary() {
    Pass out;
    // Padded so that every rank's part is a multiple of 128, as Megatron pads it.
    const double v = std::ceil(m_.vocab / (128.0 * p_.tp)) * 128;
    const Seconds one = gemm(c_, tokens_, v, m_.hidden, Precision::bf16);
    out.forward.gemm = one, out.backward.gemm = one * (s_.lora_rank > 0 ? 1 : 2);
    // Logits leave the product in 16 bits; the loss reads and writes them in FP32 for maximum, sum and gradient.
    out.forward.memory = stream(c_, Bytes(tokens_ * v * 12), 4);
    out.backward.memory = stream(c_, Bytes(tokens_ * v * 8), 2);
    if (p_.tp > 1) out.forward.tensor = out.backward.tensor = all_gather(s_.network, {p_.tp, 1}, Bytes(kHalf * tokens_ * m_.hidden));
    return out;
  }

  Pass embedding() {
    Pass out;
    out.forward.memory = stream(c_, Bytes(kHalf * 2 * own_tokens_ * m_.hidden), 2);
    out.backward.memory = stream(c_, Bytes(kHalf * 3 * own_tokens_ * m_.hidden), 2);
    return out;
  }

 private:
  // A linear layer: one product forward, two backward (one when the weights are frozen), and quantising.
  Pass linear(double tokens, double in, double out, double groups = 1) const {
    Pass p;
    const auto product = [&](double m, double n, double k) {
      return gemm(c_, m, n, k, s_.precision, groups) * (groups > 1 ? 1 / c_.grouped : 1);
    };
    p.forward.gemm = product(tokens, out, in);
    p.backward.gemm = product(tokens, in, out);
    if (s_.lora_rank == 0) p.backward.gemm += product(in, out, tokens);
    if (operand_bytes(s_.precision) < kHalf) {
      const double bytes = s_.block_scaled || s_.precision == Precision::fp4 ? kQuantiseBlocks : kQuantise;
      p.forward.memory = stream(c_, Bytes(bytes * tokens * in * groups), 1);
      p.backward.memory = stream(c_, Bytes(bytes * tokens * out * groups), 1);
    }
    return p;
  }

  // A low-rank adapter beside a frozen linear layer streams its input and output once a pass.
  Pass adapter(double in, double out) const {
    Pass p;
    if (s_.lora_rank == 0) return p;
    p.forward.memory = stream(c_, Bytes(kHalf * tokens_ * (2 * in + out)), 4);
    p.backward.memory = stream(c_, Bytes(kHalf * tokens_ * (3 * in + 2 * out)), 6);
    return p;
  }

  Pass attention_block() const {
    Pass out;
    const double h = m_.hidden, t = p_.tp, q = m_.query_dim(), v = m_.value_dim();
    const double heads = m_.heads / t, kv = std::max(1.0, m_.kv_heads / t);
    if (m_.latent()) {
      out += linear(tokens_, h, m_.q_rank + m_.kv_rank + m_.rope_dim);
      out += linear(tokens_, m_.q_rank > 0 ? m_.q_rank : h, heads * q);
      out += linear(tokens_, m_.kv_rank, heads * (m_.nope_dim + v));
    } else {
      out += linear(tokens_, h, heads * q + kv * (q + v));
      out += adapter(h, heads * q + kv * (q + v));
    }
    out += linear(tokens_, heads * v, h);
    out += adapter(heads * v, h);
    out += scores(heads, q, v);
    if (p_.cp > 1) out += context_parallel(kv * (q + v), out.forward.attention);
    return out;
  }

  Pass scores(double heads, double q, double v) const {
    Pass out;
    const double span = m_.mean_span(s_.seq);
    if (p_.fused_attention) {
      const Flop flop(2 * tokens_ * span * heads * (q + v));
      out.forward.attention = fused_attention(c_, flop, q, span);
      out.backward.attention = fused_attention(c_, flop, q, span) * kBackwardAttention;
      if (p_.recompute == Recompute::full) out.backward.attention += out.forward.attention;
      return out;
    }
    // Batched products over whole rows, masked or not, and the score matrix through memory.
    const double rows = p_.micro_batch * heads, seq = s_.seq, own = seq / p_.cp;
    const Seconds products = gemm(c_, own, seq, q, Precision::bf16, rows) + gemm(c_, own, v, seq, Precision::bf16, rows);
    const Bytes matrix(kHalf * rows * own * seq);
    out.forward.attention = products + stream(c_, matrix * kScores, 4);
    out.backward.attention = products * 2 + stream(c_, matrix * kScoreGradients, 4);
    if (p_.recompute != Recompute::none) out.backward.attention += out.forward.attention;
    return out;
  }

  Pass ffn_block(double width) const {
    Pass out;
    const double f = width / p_.tp;
    out += linear(tokens_, m_.hidden, (m_.gated ? 2 : 1) * f);
    out += linear(tokens_, f, m_.hidden);
    const double reads = m_.gated ? 3 : 2;
    out.forward.memory += stream(c_, Bytes(kHalf * tokens_ * f * reads), 1);
    out.backward.memory += stream(c_, Bytes(kHalf * tokens_ * f * (reads + (m_.gated ? 2 : 1))), 1);
    return out;
  }

  // Two norms, two residual additions, rotary embedding: fused kernels read and write the state 10 times forward
  // and 12 times backward.
  Pass elementwise() const {
    const double eager = c_.fused ? 1 : kEager;
    const double rotary = 2 * tokens_ * (m_.heads + m_.kv_heads) * m_.query_dim() / p_.tp;
    Pass out;
    out.forward.memory = stream(c_, Bytes(kHalf * (10 * own_tokens_ * m_.hidden * eager + rotary)), c_.fused ? 6 : 14);
    out.backward.memory = stream(c_, Bytes(kHalf * (12 * own_tokens_ * m_.hidden * eager + rotary)), c_.fused ? 8 : 20);
    return out;
  }

  // `blocks` pairs of all-gather and reduce-scatter (or all-reduces) forward, as many backward.
  Pass tensor_parallel(int blocks) const {
    Pass out;
    if (p_.tp < 2) return out;
    const Bytes state(kHalf * tokens_ * m_.hidden);
    const Seconds one = all_reduce(s_.network, {p_.tp, 1}, state) * blocks;
    const double shows = p_.sequence_parallel ? s_.tensor_exposed : 1;
    out.forward.tensor = out.backward.tensor = one * shows;
    if (p_.recompute == Recompute::full) out.backward.tensor += one * shows;
    return out;
  }

  // Keys and values travel round the ring of ranks while attention works on those that are here.
  Pass context_parallel(double kv_width, Seconds attention) const {
    Pass out;
    const Bytes block(kHalf * tokens_ * kv_width);
    const Seconds turn = send(s_.network, p_.tp * (p_.cp > s_.network.domain / p_.tp ? s_.network.domain / p_.tp : 1), block) * (p_.cp - 1);
    const double share = (p_.cp - 1.0) / p_.cp;
    out.forward.context = std::max(turn * 0.1, turn - attention * share);
    out.backward.context = std::max(turn * 0.2, turn * 2 - attention * (share * kBackwardAttention));
    return out;
  }

  Pass experts() const {
    Pass out;
    const double spread = p_.tp > p_.expert_tp ? static_cast<double>(p_.tp) / p_.expert_tp : 1;  // tensor ranks that take tokens apart
    const double own = tokens_ / spread, drop = m_.capacity > 0 ? std::min(1.0, m_.capacity) : 1;
    const double routed = own * m_.top_k * drop, local = static_cast<double>(m_.experts) / p_.ep;
    const double each = routed * p_.ep / m_.experts, f = static_cast<double>(m_.expert_ffn) / p_.expert_tp;
    out += linear(each, m_.hidden, (m_.gated ? 2 : 1) * f, local);
    out += linear(each, f, m_.hidden, local);
    const bool quantised = operand_bytes(s_.precision) < kHalf, eager = m_.eager_activation && !quantised;
    const double reads = m_.gated ? 3 : 2, moves = kPermute + (quantised ? kPad : 0);
    out.forward.memory += stream(c_, Bytes(routed * (f * (eager ? kEagerForward : kHalf * reads) + kHalf * moves * m_.hidden)), 6);
    out.backward.memory += stream(c_, Bytes(routed * (f * (eager ? 2 * kEagerForward : kHalf * (reads + 2)) + kHalf * moves * m_.hidden)), 8);
    out.forward.gemm += gemm(c_, own, m_.experts, m_.hidden, Precision::bf16);
    out.backward.gemm += gemm(c_, own, m_.experts, m_.hidden, Precision::bf16) * 2;
    if (p_.ep > 1) {
      // Tokens to their experts and back, in 16 bits; the tensor ranks of a split expert each carry a part.
      const Seconds one = all_to_all(s_.network, {p_.ep, p_.expert_tp}, Bytes(kHalf * routed / p_.expert_tp * m_.hidden), s_.deduplicates ? m_.top_k : 1) * 2;
      out.forward.expert += one, out.backward.expert += one;
    }
    if (p_.expert_tp > 1) {
      const Seconds one = all_reduce(s_.network, {p_.expert_tp, 1}, Bytes(kHalf * routed * m_.hidden));
      out.forward.tensor += one, out.backward.tensor += one;
    }
    return out;
  }

  // Full recompute runs the forward pass again before the backward one (attention and tensor-parallel communication
  // have added theirs where they stand).
  Pass recomputed(Pass p) const {
    if (p_.recompute != Recompute::full) return p;
    Work again = p.forward;
    again.attention = again.tensor = Seconds(0);
    if (s_.stops_early && !m_.moe()) again.gemm -= linear(tokens_, static_cast<double>(m_.ffn) / p_.tp, m_.hidden).forward.gemm;
    p.backward += again;
    return p;
  }

  const LayerSetup& s_;
  const LlmModel& m_;
  const ParallelPlan& p_;
  const Machine& c_;
  double tokens_ = 0, own_tokens_ = 0;  // of a micro-batch on this rank; outside the tensor-parallel blocks
};

}  // namespace

Work& Work::operator+=(const Work& o) {
  for (const auto what : {&Work::gemm, &Work::attention, &Work::memory, &Work::tensor, &Work::context, &Work::expert, &Work::host}) add(*this, what, o.*what);
  return *this;
}

Work Work::operator*(double k) const { return {gemm * k, attention * k, memory * k, tensor * k, context * k, expert * k, host * k}; }

LayerCosts layer_costs(const LayerSetup& setup) {
  Layer layer(setup);
  LayerCosts out;
  if (setup.model.expert_layers() < setup.model.layers) out.dense = layer.dense();
  if (setup.model.moe()) out.expert = layer.expert();
  out.vocabulary = layer.vocabulary();
  out.embedding = layer.embedding();
  return out;
}

}  // namespace capmix::step
