#include "step/rec_tower.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::step {
namespace {

constexpr double kBackwardAttention = 2.5 / 0.85;  // as transformer.cpp: 2.5 times the work at a lower rate
constexpr double kSummaryProducts = 16;            // products of a tower that is only known by its sums
constexpr double kKept = 2;                        // of a product's input: itself, and what activations and norms keep

// Vectors that stream through memory between products, forward and backward, and in how many kernels.
struct Streams {
  double forward = 0, backward = 0, kernels = 0;   // elements of one sample; kernels of a forward pass
};

Streams streams(const DenseBlock& b) {
  const double t = b.tokens, w = b.width, layers = b.layers;
  const double asked = b.queries > 0 ? std::min(b.queries, b.tokens) : t;
  switch (b.kind) {
    case BlockKind::mlp: return {};
    // x0 * (product + bias) + x: three reads, one write. Back: the gradient, x0 and the product read, three gradients
    // written, and the one of x0 read to be added to.
    case BlockKind::cross: return {4 * w * layers, 7 * w * layers, layers};
    // Upper triangle of the pairs, out and back.
    case BlockKind::dot: return {t * t, t * t, 1};
    // Norm in and out, residual read and written; gate or norm of those that ask. Back twice that.
    case BlockKind::attention: return {(4 * t + 4 * asked) * w * layers, (8 * t + 8 * asked) * w * layers, 3 * layers};
    // Tokens trade places (2), norm (2) and residual (3), and the same without the trade round the feed-forward block.
    case BlockKind::mixing: return {12 * t * w * layers, 20 * t * w * layers, 4 * layers};
  }
  return {};
}

double padded(double n) { return std::ceil(n / 8) * 8; }

}  // namespace

Machine tower_machine(const Chip& chip, const Efficiency& e, const Software& software, Precision precision) {
  Machine m = machine(chip, e, software);
  if (precision != Precision::tf32 && precision != Precision::fp32) return m;
  const auto rate = [&](Precision p) {
    const auto it = chip.peak.find(p);
    return it == chip.peak.end() ? 0.0 : it->second.value();
  };
  const double half = std::max(rate(Precision::bf16), rate(Precision::fp16)), own = rate(precision);
  if (half > 0 && own > 0) m.gemm16 = m.gemm8 = m.gemm4 = m.gemm16 * (own / half), m.attention = m.attention * (own / half);
  return m;
}

TowerTime tower(const RecModel& model, const Machine& c, Precision precision, double samples, double requests) {
  TowerTime out;
  const double element = bytes_of(precision) < 2 ? 2 : bytes_of(precision);
  for (const auto& b : model.blocks) {
    const double times = b.side == Side::candidate ? samples : requests;
    for (const auto& p : b.products()) {
      const double m = p.m * times, n = padded(p.n), k = padded(p.k);
      if (p.weights) {
        out.forward.gemm += gemm(c, m, n, k, precision, p.groups);
        out.backward.gemm += gemm(c, m, k, n, precision, p.groups) + gemm(c, k, n, m, precision, p.groups);
      } else {
        const Seconds one = gemm(c, p.m, n, k, precision, p.groups * times);
        out.forward.gemm += one, out.backward.gemm += one * 2;
      }
    }
    if (b.kind == BlockKind::attention) {
      const Seconds one = fused_attention(c, b.attention_flop() * times, static_cast<double>(b.width) / std::max(1, b.heads), b.span()) + c.launch * (b.layers - 1);
      out.forward.attention += one, out.backward.attention += one * kBackwardAttention;
    }
    const Streams s = streams(b);
    if (s.kernels > 0) {
      out.forward.memory += stream(c, Bytes(s.forward * times * element), s.kernels);
      out.backward.memory += stream(c, Bytes(s.backward * times * element), s.kernels * 2);
    }
  }
  // Rows that arrive are put side by side, and their gradients taken apart.
  const Bytes joined((model.outputs(Side::candidate) * samples + model.outputs(Side::request) * requests) * element * 2);
  out.forward.memory += stream(c, joined, 1), out.backward.memory += stream(c, joined, 1);
  for (auto* pass : {&out.forward, &out.backward})
    for (auto* t : {&pass->gemm, &pass->attention, &pass->memory}) *t = *t * model.scale;
  return out;
}

Bytes tower_activations(const RecModel& model, double element, double samples, double requests) {
  double sum = (model.outputs(Side::candidate) * samples + model.outputs(Side::request) * requests) * element;
  for (const auto& b : model.blocks)
    for (const auto& p : b.products()) sum += p.m * p.k * p.groups * (b.side == Side::candidate ? samples : requests) * element * kKept;
  return Bytes(sum * model.scale);
}

RecModel shaped(const RecModel& model) {
  if (model.shaped()) return model;
  RecModel out = model;
  const auto& s = model.summary;
  DenseBlock b;
  b.id = "summary";
  const int width = std::max(8, static_cast<int>(std::lround(std::sqrt(s.parameters / kSummaryProducts))));
  b.widths.assign(static_cast<size_t>(kSummaryProducts) + 1, width);
  b.tokens = std::max(1, static_cast<int>(std::lround(s.flop_per_candidate.mode.value() / (2 * s.parameters))));
  out.blocks = {b};
  if (out.tables.empty() && s.row.value() > 0 && s.tables.value() > 0) {
    EmbeddingTable t;
    t.rows = std::floor(s.tables / s.row), t.dim = std::max(1, static_cast<int>(s.row.value() / bytes_of(model.element))), t.lookups = s.lookups.mode;
    out.tables = {t};
  }
  return out;
}

}  // namespace capmix::step
