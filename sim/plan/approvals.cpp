// Approvals: each a state machine over dates, the same for every mix. Up to the study's `as_of` the recorded history is
// replayed; what it leaves undecided is drawn: granted with its probability, on its date, which then lies after the
// cut-off (low, mode and high below it move to the day after). After a grant, pauses: open for an exponential time,
// paused for a drawn one, then open again or refused for good. At modes there are none.
// An outcome may force grant, date and quota: its decision replaces the history from its date on and all that would be
// drawn. Without `as_of` nothing that is recorded counts.
// Not modelled: two approvals that depend on each other, or on what anybody orders.
#include <algorithm>
#include <cmath>

#include "plan/passes.hpp"

namespace capmix::plan {
namespace {

bool decides(ApprovalState s) { return s == ApprovalState::granted || s == ApprovalState::refused; }
ApprovalState state_of(bool granted) { return granted ? ApprovalState::granted : ApprovalState::refused; }

// The same uncertain date, but after the cut-off.
Uncertain<Date> after(Uncertain<Date> date, const std::optional<Date>& as_of) {
  if (!as_of || date.low > *as_of) return date;
  const Date first = *as_of + Days{1};
  date.low = std::max(date.low, first), date.mode = std::max(date.mode, first), date.high = std::max(date.high, first);
  return date;
}

void replay(const Approval& approval, Date as_of, ApprovalPlan& a) {
  for (const auto& event : approval.history) {
    if (event.date > as_of) break;
    a.steps.push_back({event.date, event.state, true, event.note});
    if (event.quota) a.quota = *event.quota;
  }
}

// Appends pauses after the last step, which is a grant or a pause, none of them before `day`.
void pause(const Approval& approval, Date day, Date end, const Draw& draw, ApprovalPlan& a) {
  if (!approval.pauses || draw.modes()) return;
  const Days mean = approval.pauses->every.at(draw);
  for (int k = 0; day < end; ++k) {
    const std::string path = "approval:" + approval.id + ":pause:" + std::to_string(k);
    if (a.steps.back().state == ApprovalState::granted) {
      day = day + Days{std::max(1.0, -mean.n * std::log(draw.uniform(path + ":open")))};
      if (day >= end) return;
      a.steps.push_back({day, ApprovalState::paused});
    }
    day = day + Days{std::max(1.0, approval.pauses->lasts.at(draw, path + ":lasts").n)};
    const bool final = draw.chance(approval.pauses->final, path + ":final");
    a.steps.push_back({day, state_of(!final)});
    if (final) return;
  }
}

// Drops what is known from `day` on, and decides.
void decide(ApprovalPlan& a, Date day, bool granted) {
  while (!a.steps.empty() && a.steps.back().from >= day) a.steps.pop_back();
  a.steps.push_back({day, state_of(granted)});
}

ApprovalPlan follow(const Scenario& s, const Approval& approval, const ForcedApproval* forced, const Draw& draw) {
  const auto& as_of = s.study.as_of;
  ApprovalPlan a;
  a.approval = approval.id;
  if (approval.quota) a.quota = approval.quota->at(draw);
  if (as_of) replay(approval, *as_of, a);
  const ApprovalState now = a.steps.empty() ? ApprovalState::pending : a.steps.back().state;
  const bool drawn = draw.chance(approval.probability.at(draw), "approval:" + approval.id + ":granted");
  const Date day = after(approval.decided, as_of).at(draw);

  const bool forces = forced != nullptr && (forced->granted || forced->decided);
  bool replaced = false;
  if (forces) {
    const bool known = decides(now) ? now == ApprovalState::granted : drawn, granted = forced->granted.value_or(known);
    replaced = forced->decided || !decides(now) || granted != known;  // else the record says just that
    if (replaced) decide(a, forced->decided.value_or(day), granted);
  } else if (now == ApprovalState::paused && approval.pauses && !draw.modes()) {
    pause(approval, *as_of, s.study.timeline.end(), draw, a);
  } else {
    if (!decides(now)) decide(a, day, drawn);
    if (a.steps.back().state == ApprovalState::granted)
      pause(approval, as_of ? std::max(*as_of, a.steps.back().from) : a.steps.back().from, s.study.timeline.end(), draw, a);
  }
  const auto first = replaced ? std::prev(a.steps.end())
                              : std::find_if(a.steps.begin(), a.steps.end(), [](const auto& step) { return decides(step.state); });
  a.granted = first != a.steps.end() && first->state == ApprovalState::granted;
  a.decided = first != a.steps.end() ? first->from : Date::never();  // paused by the record, and never again
  if (forced != nullptr && forced->quota) a.quota = *forced->quota;
  if (forced != nullptr && forced->unlimited) a.quota = -1;
  return a;
}

}  // namespace

void approvals(const Scenario& scenario, const Outcome& outcome, const Draw& draw, Plan& plan) {
  for (size_t i = 0; i < scenario.approvals.size(); ++i) {
    const auto id = scenario.approvals.id_at(i);
    const ForcedApproval* forced = nullptr;
    for (const auto& f : outcome.forced)
      if (f.approval == id) forced = &f;
    plan.approvals.push_back(follow(scenario, scenario.approvals[id], forced, draw));
  }
}

}  // namespace capmix::plan
