// The serving cell's simulation against closed forms: each must lie within the 99 % interval of the simulated mean, and
// that interval must be narrow enough to mean something.
#include "step/cell.hpp"

#include <cmath>

#include "base/draw.hpp"
#include "catch.hpp"
#include "step/queueing.hpp"

using namespace capmix;
using namespace capmix::step;
using test::Approx;

namespace {

// Exponential with mean 1, by the number of a batch, from a stream of its own.
double exponential(int64_t number) {
  static const uint64_t stream = hash64("test.service");
  return -std::log(Draw(7, static_cast<int>(number)).uniform(stream));
}

ServingCell one_stage(int servers, int most, bool random) {
  ServingCell c;
  CellStage s;
  s.name = "serve", s.servers = servers, s.max_batch = most;
  s.service = [random](const Batch& b) { return Seconds(random ? exponential(b.number) : 1.0); };
  c.stages = {s};
  return c;
}

void agrees(const CellRun& run, Seconds exact) {
  CAPTURE(run.mean.value(), run.half_width.value(), exact.value(), run.half_width / run.mean);
  CHECK(run.half_width / run.mean <= 0.01);
  CHECK(std::fabs(run.mean.value() - exact.value()) <= run.half_width.value());
}

}  // namespace

TEST_CASE("a cell of one exponential server is M/M/1, mean and quantiles") {
  const auto run = simulate_cell(one_stage(1, 1, true), 0.4, {600000});
  const MM1 exact{0.4, Seconds(1)};
  agrees(run, exact.sojourn());
  CHECK(run.quantiles[3].value() == Approx(exact.sojourn(0.99).value()).epsilon(0.03));
  CHECK(run.throughput == Approx(0.4).epsilon(0.01));
  CHECK(run.stages[0].utilisation == Approx(0.4).epsilon(0.01));
  CHECK(run.stages[0].mean_batch == 1);
}

TEST_CASE("a cell of one constant server is M/D/1, mean and quantiles") {
  const auto run = simulate_cell(one_stage(1, 1, false), 0.6, {400000});
  const MD1 exact{0.6, Seconds(1)};
  agrees(run, exact.sojourn());
  CHECK(run.quantiles[0].value() == Approx(exact.sojourn(0.5).value()).epsilon(0.02));
  CHECK(run.quantiles[3].value() == Approx(exact.sojourn(0.99).value()).epsilon(0.03));
}

TEST_CASE("a cell of four exponential servers with one queue is M/M/c") {
  agrees(simulate_cell(one_stage(4, 1, true), 2.4, {600000}), MMc{2.4, Seconds(1), 4}.sojourn());
}

TEST_CASE("a server that takes what waits is bulk service, constant and exponential") {
  agrees(simulate_cell(one_stage(1, 8, false), 0.8 * 8, {800000}), Bulk{0.8 * 8, Seconds(1), 8}.constant_sojourn());
  agrees(simulate_cell(one_stage(1, 8, true), 0.5 * 8, {1600000}), Bulk{0.5 * 8, Seconds(1), 8}.exponential_sojourn());
}
