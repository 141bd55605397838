// Decode of a language model in closed form: how many tokens per second a chip gives at a time-per-token objective.
//
// A replica spans t chips of one scale-up domain by tensor parallelism. For each new token of b sequences every chip
// reads its part of the weights and of the cached keys and values once, multiplies, and takes part in two all-reduces a
// layer (Pope et al. 2022, "Efficiently scaling transformer inference"):
//
//   read(b)  = (weights(b) + b x cache) / (t x bandwidth x memory efficiency of serving)
//   work(b)  = b x 2 FLOP per active parameter and attention's share / (t x peak x matrix efficiency of serving)
//   talk(b)  = layers x 2 x (2 (t - 1) / t x b x hidden x 2 B / (scale-up x its efficiency) + 2 hops)
//   token(b) = max(read, work) + talk
//
// b is the largest batch that the memory left by the weights holds and whose token(b) meets the objective; t is the one
// with the most tokens per chip. Of experts, weights(b) counts those that b tokens reach on average.
//
// Small and honest: no prefill, no queue and no tail, no speculation, no paging losses; kernel launches are taken to be
// captured in graphs; the cache is spread evenly even where a model has fewer KV heads than chips (data-parallel
// attention); products of a small batch attain what large ones do (they are bound by memory then). Serving of language
// models is not simulated in fleet runs.
#pragma once

#include <string>

#include "model/workload.hpp"

namespace capmix::step {

struct DecodeSetup {
  const LlmModel& model;
  const Chip& chip;
  const Efficiency& efficiency;
  Seconds hop;                    // latency inside the scale-up domain
  int context = 4096;             // tokens that a new one attends to, the mean over its sequence
  Precision precision = Precision::bf16;  // of weights, cache and products; sums between chips are at 16 bits
  Seconds objective{0.05};        // time per token of one sequence (TPOT)
  double stage = 1;               // of a port: multiplies what memory and matrix units attain
};

struct Decode {
  bool feasible = false;
  std::string reason;             // why no batch meets the objective, with figures
  int chips = 0;                  // of a replica
  int batch = 0;                  // sequences of a replica
  Seconds token;                  // time per token at that batch
  std::string limit;              // "objective" or "memory": what keeps the batch from growing
  double rate() const { return token.value() > 0 ? batch / token.value() : 0; }  // tokens/s of a replica
  double rate_per_chip() const { return chips > 0 ? rate() / chips : 0; }
};
Decode decode(const DecodeSetup& setup);

// Bytes of cached keys and values that one sequence holds (latent attention: the compressed ones).
Bytes cache_per_sequence(const LlmModel& model, int context, Precision precision);

}  // namespace capmix::step
