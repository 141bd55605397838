#include "fleet/goodput.hpp"

#include <cmath>

namespace capmix::fleet {

Seconds young_daly(Seconds delta, Seconds mtbf) { return Seconds(std::sqrt(2 * delta.value() * mtbf.value())); }

double goodput(Seconds delta, Seconds mtbf, Seconds restart) {
  if (mtbf.value() <= 0) return 1;
  const Seconds interval = young_daly(delta, mtbf);
  const double writing = interval.value() > 0 ? delta / interval : 0;
  return 1 / (1 + writing + (interval / 2 + restart) / mtbf);
}

}  // namespace capmix::fleet
