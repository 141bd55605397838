#include "step/kinds/decode.hpp"

#include <algorithm>
#include <cmath>

#include "base/unit.hpp"
#include "step/llm_engine.hpp"

namespace capmix::step {
namespace {

constexpr int kLargest = 1 << 20;  // sequences: beyond any memory
constexpr double kTokens = 512;    // of the iteration that activations are reserved for

// One replica, priced as a lane of a serving engine at the stage of the port.
class Replica {
 public:
  Replica(const DecodeSetup& s, int chips)
      : s_(s), chips_(chips), efficiency_(slowed(s)), node_(one_domain(s)), fabric_(one_hop(s)),
        engine_(s.model, Group{s.chip, node_, efficiency_, software_, chips}, fabric_, {s.precision, s.precision}, {chips, 1, 1}) {}
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  LlmCost cost(int batch) const { return engine_.cost({static_cast<double>(batch), static_cast<double>(batch) * s_.context, 0, 0, 0}); }
  Seconds token(int batch) const { return cost(batch).total(); }
  int chips() const { return chips_; }
  Bytes weights() const { return engine_.weights() * chips_; }
  Bytes room() const { return (s_.chip.memory * kCached - engine_.activations(kTokens)) * chips_; }

  // Sequences whose cache fits beside the weights; negative when the weights alone do not.
  int fits() const {
    const double tokens = engine_.cache_tokens(kTokens);
    return tokens < 0 ? -1 : static_cast<int>(std::min<double>(kLargest, std::floor(tokens / (s_.context + kPageTokens / 2))));
  }
  // The largest batch up to `most` that meets the objective, for token() grows with the batch; 0: none.
  int meets(int most) const {
    int low = 0, high = most;
    while (low < high) {
      const int middle = low + (high - low + 1) / 2;
      if (token(middle) <= s_.objective) low = middle;
      else high = middle - 1;
    }
    return low;
  }

 private:
  static Efficiency slowed(const DecodeSetup& s) {
    Efficiency e = s.efficiency;
    for (auto* share : {&e.llm_products, &e.llm_memory, &e.attention}) share->mode *= s.stage;
    return e;
  }
  static Node one_domain(const DecodeSetup& s) {
    Node n;
    n.chips = std::max(1, s.chip.scale_up_domain);
    return n;
  }
  static Fabric one_hop(const DecodeSetup& s) {
    Fabric f;
    f.scale_up_latency = s.hop;
    return f;
  }

  const DecodeSetup& s_;
  int chips_;
  Efficiency efficiency_;
  Node node_;
  Fabric fabric_;
  Software software_;
  LlmEngine engine_;
};

std::string why_none(const DecodeSetup& s, const Replica& widest) {
  const std::string on = std::to_string(widest.chips()) + " x " + s.chip.id;
  if (widest.fits() < 0) return "the weights take " + si(widest.weights().value(), "B") + ", and a scale-up domain of " + on + " leaves " + si(widest.room().value(), "B");
  if (widest.fits() < 1) return "beside the weights the memory of " + on + " holds no sequence of " + std::to_string(s.context) + " tokens";
  const LlmCost one = widest.cost(1);
  const Seconds read = one.products + one.attention;
  if (read > s.objective) return "reading the weights and one sequence's cache takes " + si(read.value(), "s") + " on " + on + ", the objective is " + si(s.objective.value(), "s");
  return "one sequence alone takes " + si(one.total().value(), "s") + " per token on " + on + ", the objective is " + si(s.objective.value(), "s");
}

}  // namespace

Decode decode(const DecodeSetup& s) {
  Decode best;
  if (s.chip.peak.count(s.precision) == 0) {
    best.reason = s.chip.id + " has no " + text(s.precision) + " rate";
    return best;
  }
  const int domain = std::max(1, s.chip.scale_up_domain);
  for (int chips = 1; chips <= domain; chips = chips < domain ? std::min(2 * chips, domain) : domain + 1) {
    const Replica replica(s, chips);
    const int fits = std::max(0, replica.fits()), batch = replica.meets(fits);
    if (batch < 1) continue;
    Decode found{true, "", chips, batch, replica.token(batch), batch < fits ? "objective" : "memory"};
    if (found.rate_per_chip() > best.rate_per_chip()) best = found;
  }
  if (!best.feasible) best.reason = why_none(s, Replica(s, domain));
  return best;
}

}  // namespace capmix::step
