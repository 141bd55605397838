// How many requests a lane of a serving engine takes: by closed form in steady state, and by simulation at the largest load
// that meets its objectives.
#pragma once

#include <string>
#include <vector>

#include "step/batching.hpp"

namespace capmix::step {

// Means over the requests of a traffic, from a fixed sample of them.
struct LlmMeans {
  double prompt = 0, computed = 0, output = 0;  // tokens; computed: of the prompt, not cached
  double pairs = 0;            // keys that the computed tokens of a prompt attend to
  double context = 0;          // keys that a sequence under way attends to, over all that are under way
  double longest = 0;          // computed tokens of the prompt at the traffic's percentile
  double most = 0;             // prompt and output of the longest request
  double cut_prompt = 0, cut_output = 0;  // shares of the requests that were drawn longer than their `most`, and cut to it
};
LlmMeans means(const TextTraffic& traffic);

// A lane whose `sequences` are always under way, each request followed by the next.
struct LlmSteady {
  double sequences = 0;
  LlmWork work;                // of one iteration
  LlmCost cost;
  double requests = 0;         // that end in one iteration
  double rate() const { return cost.total().value() > 0 ? requests / cost.total().value() : 0; }  // requests/s
};
LlmSteady steady(const LlmEngine& engine, const LlmMeans& means, LlmPhase phase, double sequences);
// Sequences whose pages fit beside weights and activations, at the mean context; 0: none, or the longest request does not.
double fits(const LlmEngine& engine, const LlmMeans& means, double iteration_tokens);
// The most sequences up to `most` whose steady iteration takes no longer than the objective.
double within(const LlmEngine& engine, const LlmMeans& means, LlmPhase phase, double most, Seconds tpot);

// Seconds to the first token of the prompt at the traffic's percentile on a lane that has nothing else to do, in pieces of at
// most that many tokens: no load gives it sooner. What a cache holds of the prompt is not attended to, so that this stays below.
Seconds first_alone(const LlmEngine& engine, const LlmMeans& means, double iteration_tokens);
// The tokens of the smallest and the largest iteration that are tried: engines that take prompts in by pieces are set up for 128 to
// some thousands (Agrawal et al. 2024, "Sarathi-Serve": 256 to 2,048).
inline constexpr double kSmallestIteration = 128, kLargestIteration = 16384;

struct LlmLoad {
  double rate = 0;             // requests/s of a lane
  double tokens = 0, sequences = 0;  // limits of an iteration
  Seconds ttft, tpot;          // at the traffic's percentile
  Seconds iteration;           // mean, with what it waited
  LlmCost spent;               // of it
  double evicted = 0;          // requests that were taken in anew, per request
};
// The largest load of Poisson arrivals that meets the objectives, or, without any, what a lane does when all requests are
// there at the start. `hand_over`: seconds that each first token waits for the cache's way to another pool. A rate of 0:
// none meets them. Simulated on SimGrid in a process of its own; the same requests at every load.
LlmLoad largest_load(const LlmEngine& engine, const TextTraffic& traffic, LlmPhase phase, double most_sequences, Seconds hand_over = Seconds(0));

}  // namespace capmix::step
