// Decode of a language model in closed form: how many tokens per second a chip gives at a time-per-token objective.
//
// A replica spans t chips of one scale-up domain by tensor parallelism. One iteration gives each of b sequences its next
// token, at the cost that serving has for it (step/llm_engine.hpp). b is the largest batch that the memory left by the
// weights holds and whose iteration meets the objective; t is the one with the most tokens per chip.
//
// No prefill, no queue and no tail, unlike kinds/llm_serving: what a pool for decode gives at best, quick enough to be asked
// for at every stage of a port.
#pragma once

#include <string>

#include "model/hardware.hpp"
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

}  // namespace capmix::step
