#include "step/kinds/decode.hpp"

#include <algorithm>
#include <cmath>

#include "base/unit.hpp"
#include "step/memory.hpp"

namespace capmix::step {
namespace {

constexpr double kReduced = 2;  // bytes of an activation between chips
constexpr int kLargest = 1 << 20;  // sequences: beyond any memory

// Keys that a query attends to, over the layers: one layer in `window_every` sees all of the context.
double span(const LlmModel& m, int context) {
  if (m.window <= 0 || m.window >= context) return context;
  return (context + (m.window_every - 1.0) * m.window) / m.window_every;
}

// Parameters that a step of `batch` sequences reads: of the input table only rows, of experts those that are reached.
double parameters_read(const LlmModel& m, int batch) {
  const double table = m.tied ? 0 : static_cast<double>(m.hidden) * m.vocab;
  const double reached = m.moe() ? 1 - std::pow(1 - static_cast<double>(m.top_k) / m.experts, batch) : 0;
  return m.parameters() - table - m.expert_parameters() * (1 - reached);
}

Flop flop_per_token(const LlmModel& m, int context) {
  const double matrices = m.active_parameters() - m.vocabulary_parameters() + static_cast<double>(m.hidden) * m.vocab;
  return Flop(2 * matrices + 2.0 * m.layers * m.heads * (m.query_dim() + m.value_dim()) * span(m, context));
}

struct Replica {
  const DecodeSetup& s;
  int chips;

  Seconds read(int batch) const {
    const Bytes moved = Bytes(parameters_read(s.model, batch) * bytes_of(s.precision)) + cache_per_sequence(s.model, s.context, s.precision) * batch;
    return moved / (s.chip.memory_bandwidth * (chips * s.efficiency.serving_memory.mode * s.stage));
  }
  Seconds work(int batch) const {
    return flop_per_token(s.model, s.context) * batch / (s.chip.peak.at(s.precision) * (chips * s.efficiency.serving_gemm.mode * s.stage));
  }
  Seconds talk(int batch) const {
    if (chips == 1) return Seconds(0);
    const Bytes sent(2.0 * (chips - 1) / chips * batch * s.model.hidden * kReduced);
    return (sent / (s.chip.scale_up * s.efficiency.scale_up.mode) + s.hop * 2) * (2 * s.model.layers);
  }
  Seconds token(int batch) const { return std::max(read(batch), work(batch)) + talk(batch); }

  // Sequences whose cache fits beside the weights; negative when the weights alone do not.
  int fits() const {
    const Bytes left = s.chip.memory * (kUsable * chips) - Bytes(s.model.parameters() * bytes_of(s.precision));
    if (left.value() < 0) return -1;
    return static_cast<int>(std::min<double>(kLargest, std::floor(left / cache_per_sequence(s.model, s.context, s.precision))));
  }
  // The largest batch up to `most` that meets the objective, for token() grows with the batch; 0: none.
  int meets(int most) const {
    int low = 0, high = most;
    while (low < high) {
      const int middle = low + (high - low + 1) / 2;
      if (token(middle) <= s.objective) low = middle;
      else high = middle - 1;
    }
    return low;
  }
};

std::string why_none(const DecodeSetup& s, const Replica& widest) {
  const std::string on = std::to_string(widest.chips) + " x " + s.chip.id;
  const Bytes weights(s.model.parameters() * bytes_of(s.precision));
  if (widest.fits() < 0) return "the weights take " + si(weights.value(), "B") + ", and a scale-up domain of " + on + " leaves " + si((s.chip.memory * (kUsable * widest.chips)).value(), "B");
  if (widest.fits() < 1) return "beside the weights the memory of " + on + " holds no sequence of " + std::to_string(s.context) + " tokens";
  const Seconds read = widest.read(1), all = widest.token(1);
  if (read > s.objective) return "reading the weights and one sequence's cache takes " + si(read.value(), "s") + " on " + on + ", the objective is " + si(s.objective.value(), "s");
  return "one sequence alone takes " + si(all.value(), "s") + " per token on " + on + ", the objective is " + si(s.objective.value(), "s");
}

}  // namespace

Bytes cache_per_sequence(const LlmModel& m, int context, Precision precision) {
  const double width = m.latent() ? m.kv_rank + m.rope_dim : static_cast<double>(m.kv_heads) * (m.query_dim() + m.value_dim());
  return Bytes(m.layers * width * bytes_of(precision) * span(m, context));
}

Decode decode(const DecodeSetup& s) {
  Decode best;
  if (s.chip.peak.count(s.precision) == 0) {
    best.reason = s.chip.id + " has no " + text(s.precision) + " rate";
    return best;
  }
  const int domain = std::max(1, s.chip.scale_up_domain);
  for (int chips = 1; chips <= domain; chips = chips < domain ? std::min(2 * chips, domain) : domain + 1) {
    const Replica replica{s, chips};
    const int fits = std::max(0, replica.fits()), batch = replica.meets(fits);
    if (batch < 1) continue;
    Decode found{true, "", chips, batch, replica.token(batch), batch < fits ? "objective" : "memory"};
    if (found.rate_per_chip() > best.rate_per_chip()) best = found;
  }
  if (!best.feasible) best.reason = why_none(s, {s, domain});
  return best;
}

}  // namespace capmix::step
