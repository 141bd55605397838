#include "model/plan.hpp"

namespace capmix {

double Plan::port_efficiency(const std::string& stack, const std::string& family, Date day) const {
  for (const auto& port : ports) {
    if (port.stack != stack || port.family != family) continue;
    double efficiency = 0;
    for (const auto& step : port.steps)
      if (step.date <= day && step.functional) efficiency = step.efficiency;
    return efficiency;
  }
  return 1;
}

ApprovalState ApprovalPlan::on(Date day) const {
  ApprovalState state = ApprovalState::pending;
  for (const auto& step : steps)
    if (step.from <= day) state = step.state;
  return state;
}

}  // namespace capmix
