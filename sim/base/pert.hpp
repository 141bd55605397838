// The PERT distribution on [0, 1] with its mode at m: beta with alpha = 1 + 4 m, beta = 5 - 4 m (Malcolm et al. 1959).
#pragma once

namespace capmix {

// The u-quantile, 0 < u < 1, 0 <= m <= 1. Within 1e-9 of the exact one and rising with u. A shape (m) is tabulated
// when it is first asked for, and every answer comes from its table: the digits do not depend on how often it is used.
double pert_quantile(double m, double u);

}  // namespace capmix
