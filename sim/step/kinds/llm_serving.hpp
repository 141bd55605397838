// Serving of a language model: the largest load that one instance of an engine takes under its objectives, in one pool or
// with prompts and answers in pools of their own (Zhong et al. 2024, "DistServe"; Patel et al. 2024, "Splitwise").
//
// How an instance is split over chips is searched among what fits a scale-up domain (experts: beyond it too), unless it is
// stated; the rate per chip decides. Costs: step/llm_engine.hpp; load: step/llm_load.hpp.
//
// Not modelled: speculative decoding; prefixes that requests share beyond a stated share of each prompt; several models on
// one chip; uneven experts; a router between instances (each has its own Poisson arrivals); the host's tokenising; and of
// a cache's way between pools that it can start before the prompt is through.
#pragma once

#include <vector>

#include "model/profile.hpp"
#include "step/llm_load.hpp"

namespace capmix::step {

struct LlmServingSetup {
  const LlmModel& model;
  Group group;                    // chips: the most of one instance; 0: a scale-up domain's, at most a node's
  const Fabric& fabric;
  TextTraffic traffic;
  LlmPrecisions precisions{};
  LlmPhase phase = LlmPhase::both;
  std::vector<LlmSplit> splits{}; // empty: searched
  bool pipelines = true;          // of those searched: pipeline stages too
  double most_sequences = 2048;   // of a lane, as engines are set up
};

// One instance at its largest load. units / step: requests per second of the instance (groups: its chips). latency: time to
// the first token at the percentile; for a pool of decode, time per token. feasible = false with what is missing, and how
// much of it: memory with the chips that would do, or the objective with its floor.
StepProfile serve_llm(const LlmServingSetup& setup);

// The rate per chip of the best split by closed form: a queue that never empties, and a mean time per token within the
// objective. For fits.
double closed_rate_per_chip(const LlmServingSetup& setup, const LlmMeans& means);

// The chips of two pools that take one request per second, at the rates of their profiles.
struct LlmPools {
  double prefill_chips = 0, decode_chips = 0;
  double rate_per_chip() const { return 1 / (prefill_chips + decode_chips); }
};
LlmPools pools(const StepProfile& prefill, const StepProfile& decode);

}  // namespace capmix::step
