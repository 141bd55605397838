#include "step/llm_engine.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace capmix::step {
namespace {

constexpr double kActivation = 2;         // bytes of an activation, and of what ranks sum
constexpr double kDispatched = 1;         // bytes of an activation on its way to an expert: 8 bits
// Passes over a token's activations in one layer by fused kernels: norms, residuals, rotary embedding, quantising.
constexpr double kHiddenPasses = 8, kWidePasses = 3;
constexpr double kKernels = 6;            // of one layer that stream, captured in a graph
constexpr Bytes kWorkspace{3e9};          // library workspaces, graphs and context of one chip

// The family's values as serving attains them.
Efficiency as_served(const Efficiency& e) {
  Efficiency out = e;
  for (auto* share : {&out.gemm, &out.gemm8, &out.gemm4}) share->mode *= e.llm_products.mode;
  out.memory = e.llm_memory;
  out.power = e.llm_power;
  out.launch = e.llm_launch;
  return out;
}

// Eight-bit integer products run as fast as eight-bit floating ones where a chip has the former alone.
Chip with_integers(Chip chip, Precision wanted) {
  if (wanted == Precision::int8 && chip.peak.count(Precision::int8) > 0) chip.peak[Precision::fp8] = chip.peak.at(Precision::int8);
  return chip;
}

double cache_width(const LlmModel& m) {
  return m.latent() ? m.kv_rank + m.rope_dim : static_cast<double>(m.kv_heads) * (m.query_dim() + m.value_dim());
}

// Copies of a token's keys and values over the tensor ranks.
double copies(const LlmModel& m, int tensor) { return m.latent() ? tensor : std::max(1.0, static_cast<double>(tensor) / m.kv_heads); }

// Layers that see all of a context, and of the others how far.
double keys(const LlmModel& m, double context, double sequences) {
  if (m.window <= 0 || sequences <= 0) return context;
  const double near = std::min(context, sequences * m.window);
  return (context + (m.window_every - 1.0) * near) / m.window_every;
}

}  // namespace

std::string words(const LlmSplit& s) {
  std::string out = "tp " + std::to_string(s.tensor);
  if (s.pipeline > 1) out += ", pp " + std::to_string(s.pipeline);
  if (s.expert > 1) out += ", ep " + std::to_string(s.expert);
  return out;
}

LlmEngine::LlmEngine(const LlmModel& model, const Group& g, const Fabric& fabric, LlmPrecisions p, LlmSplit split)
    : model_(model), split_(split), chip_(with_integers(g.chip, p.weights)),
      machine_(machine(chip_, as_served(g.efficiency), Software{})), network_(network(chip_, g.node, g.efficiency, fabric, split.chips())), nic_(chip_.nic * g.efficiency.collective.mode),
      weight_precision_(p.weights == Precision::int8 ? Precision::fp8 : p.weights), cache_precision_(p.cache),
      iteration_(g.efficiency.llm_iteration), sequence_(g.efficiency.llm_sequence), overlap_(g.efficiency.overlap) {
  if (g.chip.peak.count(p.weights) == 0) throw std::invalid_argument(g.chip.id + " has no " + text(p.weights) + " rate");
  const double experts = model.expert_parameters(), rest = model.parameters() - experts - model.vocabulary_parameters();
  const double share = split.tensor * split.pipeline;
  weights_ = Bytes((rest / share + experts / (share * split.expert)) * bytes_of(p.weights) + model.vocabulary_parameters() * 2 / share);
  cache_ = Bytes(model.layers * cache_width(model) * copies(model, split.tensor) * bytes_of(p.cache));
}

Bytes LlmEngine::activations(double tokens) const {
  const double wide = model_.moe() ? model_.top_k * model_.expert_ffn + model_.shared_width() : model_.ffn;
  return kWorkspace + Bytes(tokens * (6.0 * model_.hidden + 3 * wide / split_.tensor) * kActivation);
}

double LlmEngine::cache_tokens(double iteration_tokens) const {
  const Bytes left = chip_.memory * kCached - weights_ - activations(iteration_tokens);
  return std::floor(left * split_.tensor / cache_ / kPageTokens) * kPageTokens;
}

Flop LlmEngine::flop(double prompt, double cached, double output) const {
  const LlmModel& m = model_;
  const double table = static_cast<double>(m.hidden) * m.vocab;
  const double tokens = prompt - cached + output, seen = (prompt - cached) * (prompt + cached) / 2 + output * (prompt + output / 2);
  return Flop(2 * (m.active_parameters() - m.vocabulary_parameters()) * tokens + 2 * table * output +
              2.0 * m.layers * m.heads * (m.query_dim() + m.value_dim()) * keys(m, seen, tokens));
}

Seconds LlmEngine::transfer(double tokens) const {
  // Copies of one token's keys are sent once.
  return cache_ * (tokens / copies(model_, split_.tensor)) / (nic_ * split_.tensor);
}

// Attention's projections and the dense FFN or the shared expert of one layer, averaged over the layers.
Seconds LlmEngine::layer_products(double tokens) const {
  const LlmModel& m = model_;
  const double t = split_.tensor, h = m.hidden, q = m.query_dim(), v = m.value_dim();
  Seconds out = product(tokens, h, m.heads * v / t);
  if (m.latent()) {
    out += product(tokens, m.q_rank + m.kv_rank + m.rope_dim, h) + product(tokens, m.heads * q / t, m.q_rank > 0 ? m.q_rank : h);
    out += product(tokens, m.heads * (m.nope_dim + v) / t, m.kv_rank);
  } else {
    out += product(tokens, (m.heads * q + m.kv_heads * copies(m, split_.tensor) * (q + v)) / t, h);
  }
  const auto ffn = [&](double width) { return product(tokens, (m.gated ? 2 : 1) * width / t, h) + product(tokens, h, width / t); };
  if (!m.moe()) return out + ffn(m.ffn);
  const double sparse = static_cast<double>(m.expert_layers()) / m.layers;
  if (m.dense_layers > 0) out += ffn(m.ffn) * (1 - sparse);
  if (m.shared_width() > 0) out += ffn(m.shared_width()) * sparse;
  return out;
}

// Of one layer with experts: the tokens of all expert ranks meet at the experts; each chip runs those that are reached.
Seconds LlmEngine::expert_products(double tokens) const {
  const LlmModel& m = model_;
  const double all = tokens * split_.expert, reached = m.experts * (1 - std::pow(1 - static_cast<double>(m.top_k) / m.experts, all));
  const double each = all * m.top_k / reached, here = std::max(1.0, reached / split_.expert), width = m.expert_ffn / static_cast<double>(split_.tensor);
  Machine grouped = machine_;
  for (auto* rate : {&grouped.gemm16, &grouped.gemm8, &grouped.gemm4}) *rate = *rate * machine_.grouped;
  return gemm(grouped, each, (m.gated ? 2 : 1) * width, m.hidden, weight_precision_, here) + gemm(grouped, each, m.hidden, width, weight_precision_, here);
}

LlmCost LlmEngine::cost(const LlmWork& w) const {
  const LlmModel& m = model_;
  const double tokens = w.decoding + w.prompt, t = split_.tensor, layers = m.layers;
  LlmCost c;
  if (tokens <= 0) return c;
  c.products = layer_products(tokens) * layers;
  if (m.moe()) c.products += expert_products(tokens) * m.expert_layers();
  c.products += gemm(machine_, w.decoding + w.ended, m.vocab / t, m.hidden, Precision::bf16);
  const double per_key = 2.0 * m.heads / t * (m.latent() ? 2 * m.kv_rank + m.rope_dim : m.query_dim() + m.value_dim());
  if (w.decoding > 0) {
    // A new token's keys are read once; latent attention multiplies with the compressed ones, where it may be bound by that.
    const double seen = keys(m, w.context, w.decoding);
    const Seconds read = Bytes(seen * cache_width(m) * copies(m, split_.tensor) / t * bytes_of(cache_precision_)) / machine_.memory;
    c.attention += (std::max(read, Flop(seen * per_key) / machine_.attention) + machine_.launch) * layers;
  }
  if (w.prompt > 0) {
    const double seen = keys(m, w.pairs, w.prompt);
    const Flop work(2.0 * m.heads / t * (m.query_dim() + m.value_dim()) * seen);
    c.attention += fused_attention(machine_, work, m.query_dim(), std::max(1.0, seen / w.prompt)) * layers;
  }
  const double wide = m.moe() ? m.top_k * m.expert_ffn + m.shared_width() : m.ffn;
  c.streams = stream(machine_, Bytes(tokens * kActivation * (kHiddenPasses * m.hidden + kWidePasses * wide / t)), kKernels) * layers;
  const Bytes activations(tokens * m.hidden * kActivation);
  if (split_.tensor > 1) c.talk += all_reduce(network_, {split_.tensor, 1}, activations) * (2 * layers);
  if (split_.pipeline > 1) c.talk += send(network_, split_.tensor, activations) * split_.pipeline;
  if (split_.expert > 1) {
    const Ranks ranks{split_.expert, split_.tensor};
    const Bytes sent(tokens * m.top_k * m.hidden / t);
    const Seconds there = all_to_all(network_, ranks, sent * kDispatched, m.top_k) + all_to_all(network_, ranks, sent * kActivation, m.top_k);
    // Two half batches take turns, so that one talks while the other computes (DeepSeek-AI 2024, section 3.4).
    const Seconds whole = there * m.expert_layers(), busy = c.products + c.attention + c.streams;
    c.talk += std::max(whole * (1 - overlap_), whole - busy);
  }
  c.host = iteration_ + sequence_ * (w.decoding + w.ended);
  return c;
}

}  // namespace capmix::step
