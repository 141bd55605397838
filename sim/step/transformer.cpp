#include "step/transformer.hpp"

namespace capmix::step {
namespace {

constexpr double kHalf = 2;  // bytes of a 16-bit activation or weight

// Forward products of one layer on one chip: work and bytes of operands and result.
struct Product {
  Flop work;
  Bytes moved;
};

Product product(double tokens, double in, double out) {
  return {Flop(2 * tokens * in * out), Bytes(kHalf * (tokens * in + in * out + tokens * out))};
}

Seconds three_times(const Roof& roof, const Product& p, bool recompute) {
  const double passes = recompute ? 4 : 3;  // forward, two gradients, and forward again
  return operator_time(roof, p.work, p.moved).time * passes;
}

}  // namespace

MicroBatch micro_batch(const LlmModel& m, int seq, const ParallelPlan& plan, const Roof& roof) {
  const double t = plan.tp, h = m.hidden, tokens = static_cast<double>(plan.micro_batch) * seq;
  const double kv = h * m.kv_heads / m.heads;
  const double passes = plan.recompute ? 4 : 3;
  MicroBatch out;

  Seconds layer = three_times(roof, product(tokens, h, (h + 2 * kv) / t), plan.recompute) +
                  three_times(roof, product(tokens, h / t, h), plan.recompute) +
                  three_times(roof, product(tokens, m.ffn / t, h), plan.recompute);
  layer += three_times(roof, product(tokens, h, (m.gated ? 2 : 1) * m.ffn / t), plan.recompute);
  out.gemm = layer * m.layers;

  // Causal attention: scores and values are 2 products of 2 T s h FLOP each, half of it masked; fused, so the
  // score matrix never reaches memory. Its backward recomputes the scores: 2.5 forwards (Dao et al. 2022).
  const double attention_passes = plan.recompute ? 4.5 : 3.5;
  out.attention = operator_time(roof, Flop(2 * tokens * seq * h / t), Bytes(kHalf * tokens * (2 * h + 2 * kv) / t)).time *
                  (attention_passes * m.layers);

  // Memory-bound: two norms and two residual additions read and write the hidden state (5 passes in all with the
  // 16-bit state), the activation reads one or two FFN states and writes one.
  const double bytes = kHalf * tokens * (10 * h + (m.gated ? 3 : 2) * m.ffn) / t;
  out.elementwise = (Bytes(bytes) / roof.memory + roof.launch * 6) * (passes * m.layers);

  // Output layer and loss: the logits are written and read in FP32 by softmax and its gradient.
  const Product logits = product(tokens, h, m.vocab / t);
  out.vocabulary = operator_time(roof, logits.work, logits.moved).time * 3 + Bytes(4 * 4 * tokens * m.vocab / t) / roof.memory;

  out.collectives = plan.tp > 1 ? m.layers * (plan.recompute ? 6 : 4) : 0;
  out.collective = Bytes(kHalf * tokens * h);
  return out;
}

Seconds optimizer_step(const LlmModel& model, const ParallelPlan& plan, int dp, const Roof& roof) {
  const double own = model.parameters() / plan.tp / (plan.zero >= 1 ? dp : 1);
  return Bytes(30 * own) / roof.memory;
}

std::vector<MemoryPart> memory(const LlmModel& m, int seq, const ParallelPlan& plan, int dp) {
  const double own = m.parameters() / plan.tp, shards = dp;
  const double tokens = static_cast<double>(plan.micro_batch) * seq, h = m.hidden;
  const double layer = 34 * tokens * h / plan.tp;
  const double activations = plan.recompute ? 2 * tokens * h / plan.tp * m.layers + layer : layer * m.layers;
  return {{"parameters", Bytes(2 * own / (plan.zero >= 3 ? shards : 1))},
          {"gradients", Bytes(4 * own / (plan.zero >= 2 ? shards : 1))},
          {"optimizer states", Bytes(12 * own / (plan.zero >= 1 ? shards : 1))},
          {"activations", Bytes(activations)},
          {"logits", Bytes(4 * tokens * m.vocab / plan.tp)}};
}

double wire_bytes_per_parameter(int zero) { return zero == 0 || zero == 3 ? 8 : 6; }

}  // namespace capmix::step
