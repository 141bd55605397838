#include "study/gang.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "base/poisson.hpp"
#include "base/statistics.hpp"
#include "engine/isolate.hpp"

namespace capmix::study {
namespace {

fleet::GangSetup setup_of(const GangQuestion& q, const CheckpointTimes& checkpoint) {
  fleet::GangSetup out;
  out.chips = q.chips, out.layout = q.layout, out.checkpoint = checkpoint;
  out.interval = q.interval, out.spares = q.spares;
  return out;
}

// All lives beside each other on one clock.
std::vector<fleet::GangTimes> simulate(const GangQuestion& q, const fleet::GangFailures& gang) {
  if (q.lives <= 0 || q.length.value() <= 0) return {};
  const size_t strikes = gang.strikes.size();
  const auto flat = engine::in_child([&] {
    engine::Clock clock;
    std::vector<std::unique_ptr<fleet::GangLife>> lives;
    for (int i = 0; i < q.lives; ++i) lives.push_back(std::make_unique<fleet::GangLife>(clock, gang, Draw(q.seed, i), "gang"));
    clock.run(q.length);
    std::vector<double> out;
    for (const auto& life : lives) {
      const auto t = life->times();
      out.insert(out.end(), t.of.begin(), t.of.end());
      out.push_back(t.open);
      out.insert(out.end(), t.strikes.begin(), t.strikes.end());
    }
    return out;
  });
  std::vector<fleet::GangTimes> out(static_cast<size_t>(q.lives));
  auto at = flat.begin();
  for (auto& life : out) {
    for (double& x : life.of) x = *at++;
    life.open = *at++;
    for (size_t i = 0; i < strikes; ++i) life.strikes.push_back(static_cast<int>(*at++));
  }
  return out;
}

}  // namespace

GangAnswer answer(const GangQuestion& q) {
  GangAnswer out;
  step::CheckpointShape shape = q.checkpoint;
  if (q.chips <= 0 || q.layout.chips_per_node <= 0) throw std::invalid_argument("a gang has chips, and a node has");
  shape.nodes = static_cast<int>(std::ceil(q.chips / q.layout.chips_per_node)), shape.chips_per_node = q.layout.chips_per_node;
  out.checkpoint = step::checkpoint_times(shape);
  const auto setup = setup_of(q, out.checkpoint);
  out.gang = gang_failures(q.failures, setup, Draw::at_modes());
  out.expected = expected_shares(out.gang);
  for (int i = 0; i < q.draws; ++i) {
    const auto drawn = gang_failures(q.failures, setup, Draw(q.seed, i));
    out.goodputs.push_back(expected_shares(drawn).goodput());
    if (drawn.rate().value() > 0) out.between.push_back(1 / drawn.rate().value());
  }
  std::sort(out.goodputs.begin(), out.goodputs.end()), std::sort(out.between.begin(), out.between.end());
  out.lives = simulate(q, out.gang);
  return out;
}

RunScore score(const PublishedRun& run) {
  const GangAnswer a = answer(run.question);
  RunScore out;
  const auto of = [](const std::vector<double>& draws, double unit, RunScore& into) { into.low = quantile(draws, 0.05) / unit, into.high = quantile(draws, 0.95) / unit; };
  if (run.quantity == "interruptions") {
    out.predicted = a.expected.interruptions * run.question.length.value();
    const Interval i = poisson_range(out.predicted, 0.95);
    out.low = i.low, out.high = i.high;
  } else if (run.quantity == "effective-time") {
    out.predicted = a.expected.goodput();
    of(a.goodputs, 1, out);
  } else if (run.quantity == "mttf") {
    out.predicted = 1 / a.gang.rate().value() / 3600;
    of(a.between, 3600, out);
  } else out.predicted = out.low = out.high = a.checkpoint.stall.value();
  if (run.relation == ">") out.holds = out.predicted > run.value;
  else if (run.relation == "up to") out.holds = out.low <= run.value;
  else out.holds = (out.low <= run.value && run.value <= out.high) || std::fabs(out.predicted / run.value - 1) <= kRounding;
  return out;
}

}  // namespace capmix::study
