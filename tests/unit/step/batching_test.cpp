// Continuous batching, event by event, where every date is known.
#include "step/batching.hpp"

#include <cmath>
#include <numeric>
#include <stdexcept>

#include "catch.hpp"
#include "step/llm_load.hpp"

using namespace capmix;
using step::BatchLimits;
using step::BatchRun;
using step::LlmCost;
using step::LlmPhase;
using step::LlmRequest;
using step::LlmWork;

namespace {

LlmCost ten_milliseconds(const LlmWork&) { return {Seconds(0.01), {}, {}, {}, {}}; }

struct Played {
  std::vector<double> first, done;
  double iterations = 0, evicted = 0, waited = 0, decoded = 0, prompted = 0, ended = 0;
};

// In an actor of a child process; what comes back are numbers.
Played play(const BatchLimits& limits, const std::vector<LlmRequest>& requests, LlmCost (*cost)(const LlmWork&) = ten_milliseconds) {
  const auto numbers = step::on_simgrid([&] {
    double decoded = 0, prompted = 0, ended = 0;
    const BatchRun run = step::play([&](const LlmWork& w) { decoded += w.decoding, prompted += w.prompt, ended += w.ended; return cost(w); }, limits, requests);
    std::vector<double> out{run.iterations, run.evicted, run.waited, decoded, prompted, ended};
    for (const auto& s : run.served) out.push_back(s.first), out.push_back(s.done);
    return out;
  });
  Played p{{}, {}, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]};
  for (size_t i = 6; i < numbers.size(); i += 2) p.first.push_back(numbers[i]), p.done.push_back(numbers[i + 1]);
  return p;
}

std::vector<LlmRequest> many(int n, double rate) { return step::draw_requests("test", n, rate, {100, 0.8, 400}, {50, 0.7, 200}, 0); }

double sum(const std::vector<LlmRequest>& requests, int LlmRequest::* field) {
  return std::accumulate(requests.begin(), requests.end(), 0.0, [&](double s, const LlmRequest& r) { return s + r.*field; });
}

}  // namespace

// A prompt of 100 tokens in iterations of 64: two of them, then four more tokens.
TEST_CASE("a request alone") {
  const auto p = play({64, 10, 1e9, LlmPhase::both}, {{0.5, 100, 0, 5}});
  CHECK(p.first[0] == test::Approx(0.52));
  CHECK(p.done[0] == test::Approx(0.56));
  CHECK(p.waited == test::Approx(0.5));
  CHECK(p.iterations == 6);
}

// 60 of the 100 tokens are in the cache: one iteration is enough.
TEST_CASE("what a prompt finds in the cache is not computed") {
  const auto p = play({64, 10, 1e9, LlmPhase::both}, {{0, 100, 60, 1}});
  CHECK(p.done[0] == test::Approx(0.01));
  CHECK(p.prompted == 40);
}

// Two places for three requests of 10 tokens each: the first two get tokens from 10 to 100 ms, the third joins in the
// iteration after that. Prompts of 20 and 30 tokens fit one iteration of 50 together.
TEST_CASE("a batch that is full lets the next one wait") {
  const auto p = play({50, 2, 1e9, LlmPhase::both}, {{0, 20, 0, 10}, {0, 30, 0, 10}, {0, 20, 0, 10}});
  CHECK(p.first[0] == test::Approx(0.01));
  CHECK(p.first[1] == test::Approx(0.01));
  CHECK(p.done[1] == test::Approx(0.10));
  CHECK(p.first[2] == test::Approx(0.11));
  CHECK(p.done[2] == test::Approx(0.20));
}

// 40 sequences that run leave 10 tokens of 50 for prompts: one of 30 takes three iterations and delays nobody.
TEST_CASE("prompts are taken in beside the sequences that run") {
  std::vector<LlmRequest> requests(40, {0, 1, 0, 20});
  requests.push_back({0.015, 30, 0, 2});
  const auto p = play({50, 100, 1e9, LlmPhase::both}, requests);
  CHECK(p.done[0] == test::Approx(0.20));
  CHECK(p.first[40] == test::Approx(0.05));  // taken in from 20 ms on
  CHECK(p.done[40] == test::Approx(0.06));
}

TEST_CASE("pools of their own: prompts end with the first token, answers begin with their cache") {
  const std::vector<LlmRequest> requests{{0, 100, 0, 5}, {0, 100, 0, 5}};
  const auto prefill = play({100, 10, 1e9, LlmPhase::prefill}, requests);
  CHECK(prefill.done[0] == test::Approx(0.01));
  CHECK(prefill.done[1] == test::Approx(0.02));
  const auto decode = play({100, 10, 1e9, LlmPhase::decode}, requests);
  CHECK(decode.prompted == 0);
  CHECK(decode.done[0] == test::Approx(0.04));
  CHECK(decode.done[1] == test::Approx(0.04));
}

TEST_CASE("every token is computed once, and every request served") {
  const auto requests = many(500, 20);
  const auto p = play({128, 64, 1e9, LlmPhase::both}, requests);
  CHECK(p.prompted == sum(requests, &LlmRequest::prompt));
  CHECK(p.ended == 500);
  CHECK(p.decoded == sum(requests, &LlmRequest::output) - 500);
  for (size_t i = 0; i < requests.size(); ++i) CHECK((requests[i].arrival < p.first[i] && p.first[i] <= p.done[i]));
}

// A cache of 1,500 tokens for sequences of up to 600: some give their pages up, and are served all the same.
TEST_CASE("a cache that runs full evicts the youngest") {
  const auto requests = many(200, 0);
  const auto p = play({256, 64, 1500, LlmPhase::both}, requests);
  CHECK(p.evicted > 0);
  for (size_t i = 0; i < requests.size(); ++i) CHECK((p.first[i] > 0 && p.done[i] >= p.first[i]));
  CHECK(p.prompted > sum(requests, &LlmRequest::prompt));  // what was evicted is computed again
  // Each token of an answer comes from an iteration that decodes, or from one that ends a prompt, again or not.
  CHECK(p.decoded + p.ended == sum(requests, &LlmRequest::output));
  CHECK_THROWS_AS(step::Batcher({256, 64, 300, LlmPhase::both}, requests), std::invalid_argument);
}

// One place, and an iteration a prompt: M/D/1. At half load a request waits rho D / (2 (1 - rho)) = D / 2 on average, at
// 0.8 it waits 2 D; with its own D the first token comes after 1.5 and 3 D.
TEST_CASE("one prompt at a time is the queue M/D/1") {
  for (const auto& [load, expected] : {std::pair{0.5, 1.5}, {0.8, 3.0}}) {
    const auto requests = step::draw_requests("queue", 40000, load / 0.01, {10, 0}, {1, 0}, 0);
    const auto p = play({1000, 1, 1e9, LlmPhase::prefill}, requests);
    double mean = 0;
    for (size_t i = 0; i < requests.size(); ++i) mean += (p.first[i] - requests[i].arrival) / static_cast<double>(requests.size());
    CHECK(mean / 0.01 == test::Approx(expected).epsilon(0.05));
  }
}

// Always 32 under way, each for as many iterations as its answer has tokens: no fewer iterations than the answers' tokens
// by 32, and at the end no more than one longest answer of them with places free.
TEST_CASE("a queue that never empties keeps every place busy") {
  const auto requests = many(4000, 0);
  const auto p = play({4096, 32, 1e9, LlmPhase::both}, requests);
  const double full = sum(requests, &LlmRequest::output) / 32;
  CHECK(p.iterations >= full);
  CHECK(p.iterations <= full + 200);
}

TEST_CASE("another load sees the same requests, closer together") {
  const auto slow = many(1000, 10), fast = many(1000, 20), again = many(1000, 10);
  double gap = 0;
  for (size_t i = 0; i < slow.size(); ++i) {
    CHECK(slow[i].prompt == fast[i].prompt);
    CHECK(slow[i].arrival == test::Approx(2 * fast[i].arrival));
    CHECK(slow[i].arrival == again[i].arrival);
    gap = slow[i].arrival / static_cast<double>(i + 1);
  }
  CHECK(gap == test::Approx(0.1).epsilon(0.1));
  CHECK(play({128, 64, 1e9, LlmPhase::both}, slow).done == play({128, 64, 1e9, LlmPhase::both}, again).done);
}

// A log-normal with mean 300 and a coefficient of variation of 0.5; and a list, from which pairs are drawn.
TEST_CASE("lengths have the distribution that is stated") {
  const auto drawn = step::draw_requests("lengths", 20000, 0, {300, 0.5}, {1, 0}, 0.25);
  double mean = 0, square = 0;
  for (const auto& r : drawn) mean += r.prompt / 20000.0, square += static_cast<double>(r.prompt) * r.prompt / 20000.0;
  CHECK(mean == test::Approx(300).epsilon(0.02));
  CHECK(std::sqrt(square - mean * mean) / mean == test::Approx(0.5).epsilon(0.05));
  CHECK(drawn[0].cached == std::lround(0.25 * drawn[0].prompt));
  for (const auto& r : step::draw_requests("listed", 100, 0, {0, 0, 1 << 20, {10, 20}}, {0, 0, 1 << 20, {3, 4}}, 0)) CHECK(r.prompt / 10 + 2 == r.output);
}
