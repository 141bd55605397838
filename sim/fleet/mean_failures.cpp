#include "fleet/mean_failures.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::fleet {

bool takes_means(const Scenario& scenario) {
  const auto has = [&](const Node& n) { return !n.failures.valid() || has_mean(scenario.failures[n.failures]); };
  return scenario.study.failure_events && scenario.logs.size() == 0 && std::all_of(scenario.nodes.begin(), scenario.nodes.end(), has);
}

bool has_mean(const Failures& failures) {
  return std::all_of(failures.causes.begin(), failures.causes.end(), [](const FailureCause& c) { return c.per == FailureUnit::job || c.per == FailureUnit::site || c.blast <= Blast::rack; });
}

Ages ages_of(const Pod& pod, const Plan& plan, const Months& months) {
  const auto installed = static_cast<double>(months.second(plan.pods[static_cast<size_t>(pod.plan)].online));
  return {static_cast<double>(pod.online) - installed, static_cast<double>(pod.end) - installed};
}

double mean_age_factor(const FailureCause& cause, double f, const Ages& ages) {
  const double d = cause.infant_decay.value();
  if (d <= 0 || ages.until <= ages.from) return 1;
  return 1 + (f - 1) * d * (std::exp(-ages.from / d) - std::exp(-ages.until / d)) / (ages.until - ages.from);
}

double MeanFailures::units(const FailureCause& cause, const Pod& pod) const {
  if (cause.per == FailureUnit::chip) return pod.chips;
  return cause.per == FailureUnit::node ? pod.chips / pool_.kind(pod.kind).node_chips : 0;
}

double MeanFailures::taken(const FailureCause& cause, const Pod& pod) const {
  const Kind& kind = pool_.kind(pod.kind);
  const int nodes = pod.chips / kind.node_chips, rack = scenario_.nodes[kind.node].rack_nodes;
  if (cause.blast == Blast::job) return 0;
  return cause.blast == Blast::rack ? std::min(rack, nodes) : 1;
}

int MeanFailures::down(int p) {
  const Pod& pod = pool_.pod(p);
  const Kind& kind = pool_.kind(pod.kind);
  const Id<Failures> model = scenario_.nodes[kind.node].failures;
  const int nodes = pod.chips / kind.node_chips;
  if (nodes == 0) return 0;
  const auto& causes = scenario_.failures[model].causes;
  const double installed = static_cast<double>(pod.online) - ages_of(pod, plan_, months_).from;
  double x = 0;
  std::vector<double> rates;
  for (const auto& c : causes) {
    rates.push_back(units(c, pod) * c.rate(draw_).value());
    x += rates.back() * mean_age_factor(c, c.infant.at(draw_), ages_of(pod, plan_, months_)) * taken(c, pod) * c.repair.expected().value() / nodes;
  }
  const double up = 1 / (1 + x);
  for (int m = 0; m < months_.count(); ++m) {
    const auto from = static_cast<double>(std::max(pod.online, months_.begin(m))), until = static_cast<double>(std::min(pod.end, months_.end(m)));
    for (size_t c = 0; c < causes.size() && until > from; ++c) {
      auto& sums = strikes_[{model.index, c, kind.chip.index}];
      sums.resize(static_cast<size_t>(months_.count()));
      sums[static_cast<size_t>(m)] += up * rates[c] * (until - from) * mean_age_factor(causes[c], causes[c].infant.at(draw_), {from - installed, until - installed});
    }
  }
  double& carried = carried_[static_cast<size_t>(pod.kind)];
  carried += nodes * (1 - up);
  const int whole = std::min(nodes, static_cast<int>(std::floor(carried)));
  carried -= whole;
  return whole;
}

void MeanFailures::write(Facts& facts) const {
  for (int m = 0; m < months_.count(); ++m)
    for (const auto& [key, strikes] : strikes_) {
      const auto& [model, cause, chip] = key;
      double before = 0;
      for (int i = 0; i < m; ++i) before += strikes[static_cast<size_t>(i)];
      const auto whole = static_cast<int64_t>(std::llround(before + strikes[static_cast<size_t>(m)]) - std::llround(before));
      const FailureCause& c = scenario_.failures[{model}].causes[cause];
      if (whole == 0 || c.blast == Blast::job) continue;
      OutageMonth f;
      f.month = m, f.chip = scenario_.chips[{chip}].id, f.model = scenario_.failures[{model}].id, f.cause = c.id;
      f.strikes = whole, f.nodes = whole, f.repair = static_cast<double>(f.nodes) * c.repair.expected().value();
      facts.of<OutageMonth>().push_back(std::move(f));
    }
}

}  // namespace capmix::fleet
