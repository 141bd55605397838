#include "model/plan.hpp"

namespace capmix {

double Plan::port_efficiency(const std::string& stack, const std::string& family, Date day) const {
  const PortPlan* port = find_port(ports, stack, family);
  if (port == nullptr) return 1;
  double efficiency = 0;
  for (const auto& step : port->steps)
    if (step.date <= day) efficiency = step.functional ? step.efficiency : 0;
  return efficiency;
}

Date PortPlan::functional() const {
  for (const auto& step : steps)
    if (step.functional) return step.date;
  return Date::never();
}

ApprovalState ApprovalPlan::on(Date day) const {
  ApprovalState state = ApprovalState::pending;
  for (const auto& step : steps)
    if (step.from <= day) state = step.state;
  return state;
}

}  // namespace capmix
