#include "fleet/goodput.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::fleet {

Seconds young_daly(Seconds delta, Seconds mtbf) { return Seconds(std::sqrt(2 * delta.value() * mtbf.value())); }

double goodput(Seconds delta, Seconds mtbf, Seconds restart) { return goodput(CheckpointTimes{delta, {}, {}}, mtbf, restart); }

double goodput(const CheckpointTimes& c, Seconds mtbf, Seconds restart) {
  if (mtbf.value() <= 0) return 1;
  const Seconds interval = std::max(young_daly(c.stall, mtbf), c.flush);
  const double writing = interval.value() > 0 ? c.stall / interval : 0;
  return 1 / (1 + writing + (interval / 2 + c.flush + restart + c.reload) / mtbf);
}

}  // namespace capmix::fleet
