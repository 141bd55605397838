#include "model/failures.hpp"

#include <algorithm>
#include <cmath>

#include "base/pert.hpp"
#include "base/poisson.hpp"

namespace capmix {

Seconds RepairTime::expected() const { return lognormal ? mean : (range.low + 4 * range.mode + range.high) / 6; }

Seconds RepairTime::quantile(double u) const {
  if (lognormal) return median * std::exp(std::sqrt(2 * std::max(0.0, std::log(mean / median))) * normal_quantile(u));
  const Seconds width = range.high - range.low;
  return width.value() > 0 ? range.low + width * pert_quantile((range.mode - range.low) / width, u) : range.mode;
}

double FailureCause::age_factor(Seconds age, double f) const {
  return infant_decay.value() > 0 ? 1 + (f - 1) * std::exp(-std::max(0.0, age / infant_decay)) : 1;
}

int Layout::nodes_of(Blast b) const {
  switch (b) {
    case Blast::chip:
    case Blast::node: return 1;
    case Blast::rack: return nodes_per_rack;
    case Blast::pod: return nodes_per_pod;
    case Blast::hall: return nodes_per_hall;
    case Blast::job:
    case Blast::site: break;
  }
  return 0;
}

double units_at_risk(const FailureCause& cause, double chips, const Layout& layout) {
  if (cause.per == FailureUnit::job) return cause.of_job(std::ceil(chips / layout.chips_per_node));
  if (cause.per == FailureUnit::site) return 1;
  double nodes = std::ceil(chips / layout.chips_per_node), on_them = chips;
  if (const int block = layout.nodes_of(cause.blast); block > 1) nodes = std::ceil(nodes / block) * block;
  if (cause.blast != Blast::job && cause.blast != Blast::chip) on_them = nodes * layout.chips_per_node;
  return cause.per == FailureUnit::chip ? on_them : nodes;
}

double nodes_taken(const FailureCause& cause, double chips, const Layout& layout) {
  const double nodes = std::ceil(chips / layout.chips_per_node);
  if (cause.blast == Blast::job) return 0;
  const int block = layout.nodes_of(cause.blast);
  return block > 0 ? std::min(nodes, static_cast<double>(block)) : nodes;
}

}  // namespace capmix
