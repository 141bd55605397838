// Pipeline schedules against the papers' formulas (Narayanan et al. 2019 and 2021).
#include "step/schedule.hpp"

#include <string>

#include "catch.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

// Stages whose passes of one micro-batch take 1 and 2 s, in equal chunks; activations take no time.
Pipeline equal(int stages, int chunks, int micro_batches) {
  Pipeline p;
  p.stages = stages, p.chunks = chunks, p.micro_batches = micro_batches;
  p.forward.assign(static_cast<size_t>(stages * chunks), Seconds(1.0 / chunks));
  p.backward.assign(static_cast<size_t>(stages * chunks), Seconds(2.0 / chunks));
  return p;
}

// "F0 F1 B0" for chunk 0, "F0' B0'" for chunk 1.
std::string text(const std::vector<PipelineTask>& tasks) {
  std::string out;
  for (const auto& t : tasks) out += (out.empty() ? "" : " ") + std::string(t.forward ? "F" : "B") + std::to_string(t.micro_batch) + std::string(static_cast<size_t>(t.chunk), '\'');
  return out;
}

}  // namespace

TEST_CASE("1F1B of equal stages takes (p - 1 + m)(f + b)") {
  for (const int p : {1, 2, 4, 8})
    for (const int m : {1, 3, 8, 64, 200}) {
      INFO("p " << p << ", m " << m);
      CHECK(makespan(equal(p, 1, m)).value() == test::Approx((p - 1 + m) * 3.0));
    }
}

TEST_CASE("interleaving divides the bubble by the chunks: m (f + b) + (p - 1)(f + b) / v") {
  for (const int p : {2, 4, 8})
    for (const int v : {2, 4})
      for (const int rounds : {1, 2, 8, 25}) {  // m is a multiple of p
        INFO("p " << p << ", v " << v << ", m " << rounds * p);
        CHECK(makespan(equal(p, v, rounds * p)).value() == test::Approx(rounds * p * 3.0 + (p - 1) * 3.0 / v));
      }
}

TEST_CASE("a folded pipeline takes as long as the whole one") {
  for (const int v : {1, 2, 4}) {
    Pipeline p = equal(4, v, 64);
    CHECK(makespan(p).value() == test::Approx(timeline(p).end.value()));
    // Unequal stages and activations that take time: the slowest stage sets the pace.
    for (size_t i = 0; i < p.forward.size(); ++i) p.forward[i] = Seconds(0.3 + 0.1 * static_cast<double>(i % 3)), p.backward[i] = Seconds(0.5 + 0.2 * static_cast<double>(i % 4));
    p.transfer = Seconds(0.05);
    INFO("v " << v);
    CHECK(makespan(p).value() == test::Approx(timeline(p).end.value()));
    p.micro_batches = 67;  // not a multiple of the stages
    CHECK(makespan(p).value() == test::Approx(timeline(p).end.value()));
  }
}

TEST_CASE("the order of 1F1B, stage by stage") {
  // Narayanan et al. 2019, figure 8, with three micro-batches on three stages: as many forward passes ahead as there
  // are stages behind, then one backward for one forward.
  const Pipeline p = equal(3, 1, 4);
  CHECK(text(order(p, 0)) == "F0 F1 F2 B0 F3 B1 B2 B3");
  CHECK(text(order(p, 1)) == "F0 F1 B0 F2 B1 F3 B2 B3");
  CHECK(text(order(p, 2)) == "F0 B0 F1 B1 F2 B2 F3 B3");
}

TEST_CASE("the order of interleaved 1F1B, stage by stage") {
  // Narayanan et al. 2021, section 2.2: micro-batches in groups of p through every chunk; 2 (p - stage - 1) +
  // (v - 1) p passes ahead (here 4 and 2), backward from the last chunk on.
  const Pipeline p = equal(2, 2, 4);
  CHECK(text(order(p, 0)) == "F0 F1 F0' F1' F2 B0' F3 B1' F2' B0 F3' B1 B2' B3' B2 B3");
  CHECK(text(order(p, 1)) == "F0 F1 F0' B0' F1' B1' F2 B0 F3 B1 F2' B2' F3' B3' B2 B3");
}

TEST_CASE("a pipeline never waits for itself, whatever the number of micro-batches") {
  for (const int p : {2, 3, 4, 8})
    for (const int v : {1, 2, 3, 4})
      for (int m = 1; m <= 3 * p + 1; ++m) {
        INFO("p " << p << ", v " << v << ", m " << m);
        const Pipeline line = equal(p, v, m);
        step::Timeline t;
        REQUIRE_NOTHROW(t = timeline(line));
        CHECK(t.end.value() >= m * 3.0 - 1e-9);                 // no stage is faster than its work
        CHECK(t.end.value() <= (m + p - 1) * 3.0 * v + 1e-9);   // nor slower than without any overlap of chunks
      }
}

TEST_CASE("activations that travel beside the passes delay the first and the last micro-batch only") {
  // p stages, transfer x: the first micro-batch reaches the last stage (p - 1) x later and its gradients come back as
  // much later; between the two a stage ahead of the others hides it while x is less than a pass... with one
  // micro-batch in flight per stage 1F1B waits for a round trip: each of the m - 1 others costs nothing more when
  // p = 1, and 2 x / p at most when it does not.
  for (const int p : {2, 4}) {
    Pipeline line = equal(p, 1, 16);
    line.transfer = Seconds(0.01);
    const double bare = (p - 1 + 16) * 3.0, more = makespan(line).value() - bare;
    CHECK(more >= 2 * (p - 1) * 0.01 - 1e-9);
    CHECK(more <= 2 * (p - 1) * 0.01 + 2 * 0.01 * 16);
  }
}
