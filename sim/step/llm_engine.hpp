// What one iteration of a serving engine costs: some sequences get their next token, and some tokens of prompts are taken
// in beside them (continuous batching, Yu et al. 2022, "Orca"; with prompts in pieces, Agrawal et al. 2024, "Sarathi-Serve").
//
// An instance is `tensor` x `pipeline` x `expert` chips. Tensor ranks share every product of a layer and sum twice a
// layer. Pipeline stages hold a part of the layers each: `pipeline` batches are under way, one in each stage, so each of
// them runs as on one stage that has all layers. Expert ranks hold a part of the experts each and have batches of their
// own in everything else (data-parallel attention). Batches that are under way side by side are lanes; lanes are equal,
// so one of them is priced and simulated.
#pragma once

#include <string>
#include <vector>

#include "model/profile.hpp"
#include "model/workload.hpp"
#include "step/network.hpp"
#include "step/operators.hpp"
#include "step/step.hpp"

namespace capmix::step {

struct LlmSplit {
  int tensor = 1, pipeline = 1, expert = 1;
  int chips() const { return tensor * pipeline * expert; }
  int lanes() const { return pipeline * expert; }
  bool operator==(const LlmSplit&) const = default;
};
std::string words(const LlmSplit& split);  // "tp 2, pp 1"

struct LlmPrecisions {
  Precision weights = Precision::fp8;  // and of the products; the output layer is at 16 bits
  Precision cache = Precision::fp8;    // of cached keys and values
};

// One iteration of a lane.
struct LlmWork {
  double decoding = 0;  // sequences that get one more token
  double context = 0;   // keys that they attend to, summed over them
  double prompt = 0;    // tokens of prompts
  double pairs = 0;     // keys that these attend to, summed over them
  double ended = 0;     // prompts that end here, and give their first token
};

struct LlmCost {
  Seconds products, attention, streams, talk, host;
  Seconds total() const { return products + attention + streams + talk + host; }
};

class LlmEngine {
 public:
  // References must outlive the engine. Throws std::invalid_argument when the chip lacks the precision of the weights.
  LlmEngine(const LlmModel& model, const Group& group, const Fabric& fabric, LlmPrecisions precisions, LlmSplit split);

  LlmCost cost(const LlmWork& work) const;
  const LlmSplit& split() const { return split_; }
  // Per chip: weights, and what an iteration of `tokens` needs beside them.
  Bytes weights() const { return weights_; }
  Bytes activations(double tokens) const;
  // Of one cached token, over the chips of a lane: a tensor group that is wider than the heads of keys holds copies, and
  // latent attention holds one on every rank.
  Bytes cache_of_token() const { return cache_; }
  // Tokens that a lane caches beside weights and activations, in whole pages; negative when these alone do not fit.
  double cache_tokens(double iteration_tokens) const;
  // Useful FLOP of a request: products of its tokens and attention over what it sees.
  Flop flop(double prompt, double cached, double output) const;
  // Seconds in which the chips of a lane send `tokens` cached tokens through their NICs.
  Seconds transfer(double tokens) const;

 private:
  Seconds layer_products(double tokens) const;
  Seconds expert_products(double tokens) const;
  Seconds product(double m, double n, double k) const { return gemm(machine_, m, n, k, weight_precision_); }

  const LlmModel& model_;
  LlmSplit split_;
  Chip chip_;
  Machine machine_;
  Network network_;
  ByteRate nic_;  // attained, towards other instances
  Precision weight_precision_, cache_precision_;
  Seconds iteration_, sequence_;
  double overlap_ = 0;
  Bytes weights_, cache_;
};

inline constexpr double kPageTokens = 64;     // of a paged cache: half a page a sequence is lost
inline constexpr double kCached = 0.92;       // of the memory that an engine takes for weights, cache and activations

}  // namespace capmix::step
