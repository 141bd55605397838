#include "fleet/failure_stream.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/nth.hpp"

namespace capmix::fleet {

double Population::of(FailureUnit u) const {
  switch (u) {
    case FailureUnit::chip: return chips;
    case FailureUnit::node: return nodes;
    case FailureUnit::job: return jobs;
    case FailureUnit::site: return sites;
  }
  return 0;
}

FailureStream::FailureStream(const Failures& failures, const Population& population, const Draw& inputs, const Draw& events, const std::string& name)
    : failures_(&failures), events_(events), stream_(name) {
  if (events.modes()) throw std::invalid_argument("a stream of failures needs a draw of a seed");
  for (const auto& c : failures.causes) causes_.push_back({c.rate(inputs).value(), 0, c.infant.at(inputs), &c});
  resize(population);
}

void FailureStream::resize(const Population& population) {
  population_ = population;
  for (auto& c : causes_) c.rate = c.unit_rate * population.of(c.of->per);
}

double FailureStream::uniform() { return nth(events_, stream_.hash(), ++drawn_); }

double FailureStream::at_age(const Cause& c, double t) const { return c.rate * c.of->age_factor(Seconds(t) - population_.installed, c.factor); }

PerSecond FailureStream::rate(Seconds at) const {
  double sum = 0;
  for (const auto& c : causes_) sum += at_age(c, at.value());
  return PerSecond(sum);
}

std::optional<FailureEvent> FailureStream::next(Seconds from, Seconds until) {
  double t = from.value();
  for (;;) {
    const double most = rate(Seconds(t)).value();
    if (most <= 0) return {};
    t += -std::log(uniform()) / most;
    if (t > until.value()) return {};
    double left = uniform() * most;
    for (size_t i = 0; i < causes_.size(); ++i) {
      if ((left -= at_age(causes_[i], t)) >= 0) continue;
      const FailureCause& c = *causes_[i].of;
      return FailureEvent{Seconds(t), i, c.blast == Blast::job ? Seconds(0) : c.repair.quantile(uniform())};
    }
  }
}

double FailureStream::expected(Seconds from, Seconds until) const {
  double sum = 0;
  const Seconds a = std::max(Seconds(0), from - population_.installed), b = std::max(Seconds(0), until - population_.installed);
  for (const auto& c : causes_) {
    const Seconds d = c.of->infant_decay;
    const double excess = d.value() > 0 ? (c.factor - 1) * d.value() * (std::exp(-(a / d)) - std::exp(-(b / d))) : 0;
    sum += c.rate * ((until - from).value() + excess);
  }
  return sum;
}

}  // namespace capmix::fleet
