#include "audit/audit.hpp"

#include <algorithm>

#include "audit/rules.hpp"

namespace capmix::audit {

std::vector<Finding> audit(const Scenario& scenario) {
  const Statements statements(scenario);
  Findings out;
  for (const auto rule : {same_quantity, parts_of_whole, means, exchange, one_number, stated_ratio, chip_share, orders_in_budget,
                          chips_then_capex, order_and_output, price_ceiling, order_and_quota, peak_precision, performance,
                          study_power, study_capex, study_cash, study_output, study_quota, study_idle, study_chip_share})
    rule(statements, out);
  std::stable_sort(out.begin(), out.end(), [](const Finding& a, const Finding& b) {
    return a.severity != b.severity ? a.severity < b.severity : a.size > b.size;
  });
  return out;
}

}  // namespace capmix::audit
