// Continuous batching as a discrete-event simulation: requests wait in a queue, iterations are the activities of one
// SimGrid actor, each a sleep of its cost (1 us to simulate; an execution on the host is 3 us, and equal, since nothing
// shares it). At the start of each iteration waiting prompts are taken in, oldest first and in pieces, as far as the
// iteration's tokens, the sequences and the pages of the cache allow; every sequence that is past its prompt gets one
// token. When the pages run out in the middle, the youngest sequence gives its up and is taken in anew, with what it has
// said as part of its prompt (vLLM's recomputation, Kwon et al. 2023).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/workload.hpp"
#include "step/llm_engine.hpp"

namespace capmix::step {

struct LlmRequest {
  double arrival = 0;      // s
  int prompt = 1, cached = 0, output = 1;  // tokens; `cached` of the prompt are found in a cache and not computed
};

// `count` requests with arrivals at `rate` per second (Poisson); at 0 all are there at the start. A draw is a function of
// the stream's name and the request's number, so that another rate sees the same requests, closer together.
std::vector<LlmRequest> draw_requests(const std::string& stream, int count, double rate, const Tokens& prompt, const Tokens& output, double cached);

enum class LlmPhase { both, prefill, decode };  // prefill: done with the first token; decode: arrives with its cache

struct BatchLimits {
  double tokens = 2048;           // of one iteration
  double sequences = 1024;        // under way at once
  double cache_tokens = 1e18;     // pages, in tokens
  LlmPhase phase = LlmPhase::both;
};

struct LlmServed { double first = 0, done = 0; };  // dates of the first and last token; done < 0: not yet

struct BatchRun {
  std::vector<LlmServed> served;  // by request
  std::vector<double> ends;       // of iterations
  double busy = 0, iterations = 0, evicted = 0;
  LlmCost spent;                  // summed over iterations
  double waited = 0;              // nothing to do
};

// The decisions, without a clock: what the next iteration does, and what has come of it.
class Batcher {
 public:
  Batcher(const BatchLimits& limits, const std::vector<LlmRequest>& requests);
  // Takes in what has arrived by `now`; what the iteration does (no tokens: nothing to do before arrival()).
  LlmWork begin(double now);
  void end(double now);
  double arrival() const;         // of the next request that has not arrived; infinite when all have
  bool finished() const;
  BatchRun& run() { return run_; }

 private:
  // `context`: tokens of it in the cache when it joined, at the end of iteration `joined`; it gets one more each iteration.
  struct Sequence { size_t request; double context; long joined; };
  struct Piece { size_t request; double prompt, done; };  // a prompt that is being taken in
  double context(const Sequence& s) const { return s.context + static_cast<double>(iteration_ - s.joined); }
  bool fits(double tokens) const;
  bool admit_next(double now);
  void join(size_t request, double context, double now);
  void finish(size_t request, double context, double now);
  void make_room();

  BatchLimits limits_;
  const std::vector<LlmRequest>& requests_;
  std::map<long, std::vector<Sequence>> running_;  // by the iteration that gives the last token
  std::vector<Piece> filling_;     // oldest first
  std::vector<size_t> again_;      // evicted, youngest first
  std::vector<int> said_;          // tokens that a request has got
  size_t next_ = 0, finished_ = 0;
  long iteration_ = 0;
  double decoding_ = 0, context_ = 0, held_ = 0;  // sequences past their prompt; their keys; tokens that the cache holds
  BatchRun run_;
};

// Plays the requests on SimGrid, in this process; inside an actor.
BatchRun play(const std::function<LlmCost(const LlmWork&)>& cost, const BatchLimits& limits, const std::vector<LlmRequest>& requests);
// Runs `body` in an actor of a process of its own, near t = 0, and returns its numbers.
std::vector<double> on_simgrid(const std::function<std::vector<double>()>& body);

}  // namespace capmix::step
