// Approvals: granted with the drawn probability, decided on the drawn date either way; an outcome may force any of
// the three. A decision is final: reversals and ratios ("one domestic chip per imported one") are not modelled.
#include "plan/passes.hpp"

namespace capmix::plan {

void approvals(const Scenario& scenario, const Outcome& outcome, const Draw& draw, Plan& plan) {
  for (const auto& approval : scenario.approvals) {
    ApprovalPlan a;
    a.approval = approval.id;
    a.granted = draw.chance(approval.probability.at(draw), "approval:" + approval.id + ":granted");
    a.decided = approval.decided.at(draw);
    if (approval.quota) a.quota = approval.quota->at(draw);
    plan.approvals.push_back(std::move(a));
  }
  for (const auto& forced : outcome.forced) {
    ApprovalPlan& a = plan.approvals[forced.approval.index];
    if (forced.granted) a.granted = *forced.granted;
    if (forced.decided) a.decided = *forced.decided;
    if (forced.quota) a.quota = *forced.quota;
    if (forced.unlimited) a.quota = -1;
  }
  for (auto& a : plan.approvals) a.steps = {{a.decided, a.granted ? ApprovalState::granted : ApprovalState::refused}};
}

}  // namespace capmix::plan
