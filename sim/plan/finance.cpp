// Finance: the mix's money by day of order.
#include <algorithm>
#include <tuple>

#include "plan/passes.hpp"

namespace capmix::plan {

void finance(const Scenario& scenario, const Mix& mix, const Draw&, Plan& plan) {
  plan.tranches = mix.tranches;
  for (size_t i = 0; mix.tranches.empty() && i < mix.spend.size(); ++i)
    if (mix.spend[i].value() > 0) plan.tranches.push_back({scenario.offers.id_at(i), mix.spend[i], scenario.study.order_date});
  for (auto& t : plan.tranches) t.date = std::max(t.date, scenario.offers[t.offer].opens);
  std::stable_sort(plan.tranches.begin(), plan.tranches.end(), [&](const Tranche& a, const Tranche& b) {
    return std::tie(a.date, scenario.offers[a.offer].id) < std::tie(b.date, scenario.offers[b.offer].id);
  });
}

}  // namespace capmix::plan
