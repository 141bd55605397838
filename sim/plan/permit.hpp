// The approvals of one offer taken together: allowed when the last key has turned, refused with the first refusal.
#pragma once

#include "model/plan.hpp"

namespace capmix::plan {

struct Permit {
  bool needed = false;        // false: no approval at all
  bool granted = true;
  Date decided;               // of the last grant or the first refusal; meaningless when none is needed
  Id<Approval> by;            // the one that decides: it refused, or was the last to grant
};

inline Permit permit(const Offer& offer, const std::vector<ApprovalPlan>& approvals) {
  Permit p;
  for (const auto id : offer.approvals) {
    const ApprovalPlan& a = approvals[id.index];
    const bool first = !p.needed;
    const bool refuses = !a.granted && (p.granted || a.decided < p.decided);
    const bool later_grant = a.granted && p.granted && (first || a.decided > p.decided);
    if (refuses || later_grant) {
      p.granted = a.granted;
      p.decided = a.decided;
      p.by = id;
    }
    p.needed = true;
  }
  return p;
}

}  // namespace capmix::plan
