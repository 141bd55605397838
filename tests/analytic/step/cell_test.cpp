// The serving cell's simulation against closed forms: each must lie within the 99 % interval of the simulated mean, and
// that interval must be narrow enough to mean something.
#include "step/cell.hpp"

#include <cmath>

#include "base/draw.hpp"
#include "catch.hpp"
#include "step/cell_run.hpp"
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

TEST_CASE("closer to saturation a cell of one server still is M/M/1 and M/D/1, in plain arithmetic") {
  // A run of n requests tells M/M/1's mean to about 2.6 sqrt(8 / n) / (1 - u) (Whitt 1989): 1 % of it at 0.7 with 6e6, and
  // constant service, whose queue varies half as much, at 0.8.
  const auto run = [](bool random, double load, int64_t n) {
    const ServingCell c = one_stage(1, 1, random);
    CellRequests requests(c);
    const RunOptions o{n};
    return figures(play_in_single_file(c, requests, load, o), o);
  };
  agrees(run(true, 0.7, 6000000), MM1{0.7, Seconds(1)}.sojourn());
  agrees(run(false, 0.8, 6000000), MD1{0.8, Seconds(1)}.sojourn());
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
  agrees(simulate_cell(one_stage(2, 1, true), 1.2, {900000}), MMc{1.2, Seconds(1), 2}.sojourn());
  agrees(simulate_cell(one_stage(16, 1, true), 12, {400000}), MMc{12, Seconds(1), 16}.sojourn());
}

TEST_CASE("a server that takes what waits is bulk service, constant and exponential") {
  agrees(simulate_cell(one_stage(1, 8, false), 0.8 * 8, {800000}), Bulk{0.8 * 8, Seconds(1), 8}.constant_sojourn());
  agrees(simulate_cell(one_stage(1, 8, true), 0.5 * 8, {1600000}), Bulk{0.5 * 8, Seconds(1), 8}.exponential_sojourn());
}
