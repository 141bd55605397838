#include "plan/outcome_shares.hpp"

#include <algorithm>
#include <limits>

#include "plan/passes.hpp"

namespace capmix::plan {
namespace {

bool fits(const ForcedApproval& forced, const ApprovalPlan& drawn) {
  const bool granted = forced.granted.value_or(drawn.granted);
  if (granted != drawn.granted) return false;
  if (!granted) return true;
  const bool limited = drawn.quota >= 0;
  return !(forced.unlimited && limited) && !(forced.quota && !limited);
}

bool forces(const Outcome& outcome) {
  return std::any_of(outcome.forced.begin(), outcome.forced.end(), [](const ForcedApproval& f) { return f.granted || f.unlimited || f.quota; });
}

bool fits(const Outcome& outcome, const std::vector<ApprovalPlan>& approvals) {
  return forces(outcome) && std::all_of(outcome.forced.begin(), outcome.forced.end(), [&](const ForcedApproval& f) { return fits(f, approvals[f.approval.index]); });
}

}  // namespace

std::vector<double> outcome_shares(const Scenario& scenario, int draws) {
  const auto& outcomes = scenario.study.outcomes;
  std::vector<double> out;
  for (const auto& o : outcomes) out.push_back(forces(o) ? 0 : std::numeric_limits<double>::quiet_NaN());
  for (int i = 0; i < draws; ++i) {
    Plan plan;
    approvals(scenario, Outcome(), Draw(scenario.study.seed, i), plan);
    std::vector<size_t> fit;
    for (size_t o = 0; o < outcomes.size(); ++o)
      if (fits(outcomes[o], plan.approvals)) fit.push_back(o);
    for (const size_t o : fit) out[o] += 1.0 / static_cast<double>(fit.size()) / draws;
  }
  return out;
}

}  // namespace capmix::plan
