#include "step/operators.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::step {
namespace {

// Output tiles of one matrix unit, and what each attains relative to the largest: smaller ones read their operands
// more often.
struct Tile { double m, n, rate; };
constexpr Tile kTiles[] = {{256, 128, 1.0}, {128, 256, 1.0}, {128, 128, 0.92}, {64, 256, 0.85}, {128, 64, 0.75}, {64, 64, 0.55}};
// Share of a last wave's idle units that is really lost: clocks rise and other kernels fill in.
constexpr double kQuantised = 0.6;
constexpr double kUnaligned = 1.2, kMisaligned = 3;
constexpr double kMostWatts = 1.3;       // beyond it the clock is at its ceiling
constexpr double kAttentionFill = 256;   // keys at which a query's loop attains half
constexpr double kBandwidthShare = 0.85; // of the memory rate, for operands of a product

double alignment(double elements, double bytes) {
  const double row = elements * bytes;
  const auto divides = [&](double by) { return std::fmod(row, by) < 0.5; };
  return divides(128) ? 1 : divides(16) ? kUnaligned : kMisaligned;
}

double waves(double tiles, double units) {
  const double w = tiles / units;
  return kQuantised * std::ceil(w - 1e-9) + (1 - kQuantised) * w;
}

}  // namespace

Machine machine(const Chip& chip, const Efficiency& e, const Software& software) {
  const auto peak = [&](Precision p) {
    const auto it = chip.peak.find(p);
    return it == chip.peak.end() ? FlopRate(0) : it->second;
  };
  FlopRate base = peak(Precision::bf16);
  if (base.value() <= 0) base = peak(Precision::fp16);
  double clock = 1;  // what the power limit leaves of the clock, relative to where the fractions were fitted
  if (e.reference_watts > 0 && chip.tdp.value() > 0 && base.value() > 0)
    clock = std::pow(std::clamp(chip.tdp.value() / base.value() / e.reference_watts, 0.3, kMostWatts), e.power);
  const double f = software.factor * clock;
  Machine m;
  m.gemm16 = base * (e.gemm.mode * f);
  m.gemm8 = peak(Precision::fp8).value() > 0 ? peak(Precision::fp8) * (e.gemm8.mode * f) : m.gemm16;
  m.gemm4 = peak(Precision::fp4).value() > 0 ? peak(Precision::fp4) * (e.gemm4.mode * f) : m.gemm8;
  m.attention = base * ((software.portable_attention ? e.portable : e.attention).mode * f);
  m.memory = chip.memory_bandwidth * (e.memory.mode * software.factor);
  m.launch = e.launch;
  m.grouped = e.grouped.mode;
  m.depth_half = e.depth_half;
  m.units = chip.matrix_units;
  m.fused = software.fused;
  return m;
}

double operand_bytes(Precision precision) { return precision == Precision::fp4 ? 0.5 : precision == Precision::fp8 ? 1 : 2; }

Seconds gemm(const Machine& c, double m, double n, double k, Precision precision, double groups) {
  if (m <= 0 || n <= 0 || k <= 0) return Seconds(0);
  const FlopRate rate = precision == Precision::fp4 ? c.gemm4 : precision == Precision::fp8 ? c.gemm8 : c.gemm16;
  double best = 0;
  for (const auto& t : kTiles) {
    const double tiles = groups * std::ceil(m / t.m) * std::ceil(n / t.n);
    const double covered = waves(tiles, c.units) * c.units * t.m * t.n / t.rate;
    if (best == 0 || covered < best) best = covered;
  }
  const double b = operand_bytes(precision);
  const double compute = 2 * best * (k + c.depth_half) / rate.value() * alignment(k, b) * alignment(n, b);
  const double bytes = groups * (b * (m * k + k * n) + 2 * m * n);
  return Seconds(std::max(compute, bytes / (c.memory.value() * kBandwidthShare))) + c.launch;
}

Seconds fused_attention(const Machine& c, Flop flop, double head_dim, double span) {
  const double fill = span / (span + kAttentionFill), width = std::min(1.0, 0.86 + 0.14 * head_dim / 128);
  return flop / (c.attention * (fill * width)) + c.launch;
}

Seconds stream(const Machine& c, Bytes bytes, double kernels) { return bytes / c.memory + c.launch * kernels; }

}  // namespace capmix::step
