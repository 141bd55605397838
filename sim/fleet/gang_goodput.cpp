#include "fleet/gang_goodput.hpp"

#include <algorithm>
#include <boost/math/special_functions/lambert_w.hpp>
#include <cmath>
#include <stdexcept>

#include "fleet/goodput.hpp"

namespace capmix::fleet {
namespace {

// Seconds per try of a phase that begins `at` after a strike and lasts `length`, when strikes of this rate end it.
double survives(double rate, double at, double length) { return rate > 0 ? std::exp(-rate * at) * -std::expm1(-rate * length) / rate : length; }

Strike strike_of(const FailureCause& c, const Recovery& recovery, const GangSetup& setup, const Draw& draw) {
  Strike s{c.id, c.kind, c.rate(draw) * units_at_risk(c, setup.chips, setup.layout), nodes_taken(c, setup.chips, setup.layout), c.hot, c.repair, {}, {}};
  s.detect = (c.detect ? *c.detect : recovery.detect).at(draw);
  s.resume = (s.nodes > 0 ? recovery.requeue : recovery.in_place).at(draw);
  return s;
}

}  // namespace

PerSecond GangFailures::rate() const {
  PerSecond sum(0);
  for (const auto& s : strikes) sum += s.rate;
  return sum;
}

double GangFailures::slow_share() const { return -std::expm1(-(slow_rate * slow_for)); }

GangFailures gang_failures(const Failures& failures, const GangSetup& setup, const Draw& draw) {
  const auto& c = setup.checkpoint;
  if (setup.chips <= 0) throw std::invalid_argument("a gang has chips");
  if (std::min({c.stall, c.flush, c.reload, setup.interval}) < Seconds(0)) throw std::invalid_argument("a checkpoint takes no negative time");
  GangFailures out;
  for (const auto& cause : failures.causes) out.strikes.push_back(strike_of(cause, failures.recovery, setup, draw));
  const double nodes = std::ceil(setup.chips / setup.layout.chips_per_node);
  out.reload = c.reload, out.warm_up = failures.recovery.warm_up.at(draw);
  out.spares = setup.spares >= 0 ? setup.spares : std::ceil(failures.recovery.spares * nodes);
  out.stall = c.stall, out.flush = c.flush, out.interval = setup.interval;
  const double rate = out.rate().value();
  if (out.interval.value() <= 0) out.interval = rate > 0 ? young_daly(c.stall, Seconds(1 / rate)) : kDay;
  out.interval = std::max({out.interval, c.flush, setup.least});
  out.slow_for = failures.slow.detect.at(draw), out.slowdown = failures.slow.slowdown.at(draw);
  if (out.slow_for.value() > 0) out.slow_rate = nodes * failures.slow.share.at(draw) / out.slow_for;
  return out;
}

double erlang_b(int servers, double load) {
  double b = 1;
  for (int k = 1; k <= servers; ++k) b = load * b / (k + load * b);
  return b;
}

GangShares expected_shares(const GangFailures& g) {
  GangShares out;
  const double rate = g.rate().value(), slow = g.slowdown * g.slow_share(), cycle = g.interval.value() + g.stall.value();
  if (rate <= 0) {
    out[GangTime::useful] = g.interval.value() / cycle * (1 - slow), out[GangTime::slow] = g.interval.value() / cycle * slow;
    out[GangTime::stall] = g.stall.value() / cycle;
    return out;
  }
  // Per run, from a first step to the next one after a strike.
  const double counted = std::exp(-rate * g.flush.value()) / std::expm1(rate * cycle), work = counted * g.interval.value();
  out[GangTime::useful] = work * (1 - slow), out[GangTime::slow] = work * slow;
  out[GangTime::stall] = counted * g.stall.value();
  out[GangTime::lost] = 1 / rate - counted * cycle;
  double succeeds = 0, repairs = 0, waits = 0;
  for (const auto& s : g.strikes) {
    const double q = s.rate.value() / rate;
    double at = 0;
    for (const auto& [phase, length] : {std::pair{GangTime::detect, s.detect}, {GangTime::resume, s.resume}, {GangTime::reload, g.reload}, {GangTime::warm_up, g.warm_up}}) {
      out[phase] += q * survives(rate, at, length.value());
      at += length.value();
    }
    succeeds += q * std::exp(-rate * at);
    if (s.nodes <= 0) continue;
    if (s.hot) repairs += s.rate.value() * s.nodes * s.repair.expected().value();
    else waits += q * std::exp(-rate * s.detect.value()) * s.repair.expected().value();
  }
  for (const auto phase : {GangTime::detect, GangTime::resume, GangTime::reload, GangTime::warm_up}) out[phase] /= succeeds;
  double all = 0;
  for (const double x : out.of) all += x;
  const double full = erlang_b(static_cast<int>(g.spares) + 1, repairs), struck = all;
  out[GangTime::wait] = waits / succeeds + all * full / (1 - full);
  all += out[GangTime::wait];
  for (double& x : out.of) x /= all;
  out.interruptions = rate * struck / all;
  return out;
}

Seconds best_interval(Seconds stall, Seconds mtbf) {
  return mtbf * (1 + boost::math::lambert_w0(-std::exp(-1 - stall / mtbf)));
}

Seconds daly_interval(Seconds stall, Seconds mtbf) {
  const double x = stall / (2 * mtbf);
  if (x >= 1) return mtbf;
  return young_daly(stall, mtbf) * (1 + std::sqrt(x) / 3 + x / 9) - stall;
}

}  // namespace capmix::fleet
