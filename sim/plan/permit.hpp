// The approvals of one offer taken together: chips pass while all are granted; one refusal refuses the offer.
#pragma once

#include <vector>

#include "model/plan.hpp"

namespace capmix::plan {

struct Permit {
  bool needed = false;        // false: no approval at all
  bool granted = true;
  Date decided;               // of the last grant or the first refusal; meaningless when none is needed
  Id<Approval> by;            // the one that decides: it refused, or was the last to grant
};

// By the approvals' first decisions alone: who is to be named for an order that waits.
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

struct Span {
  Date from, to = Date::never();  // [from, to)
};

// Days of an offer by what its approvals allow; both lists ascending, spans of one list never touch.
struct Passage {
  bool needed = false;            // false: no approval at all, always open
  std::vector<Span> open;         // all granted
  std::vector<Span> refused;      // at least one refused
};
Passage passage(const std::vector<Id<Approval>>& needed, const std::vector<ApprovalPlan>& approvals);
inline Passage passage(const Offer& offer, const std::vector<ApprovalPlan>& approvals) { return passage(offer.approvals, approvals); }

// What becomes of an order that is placed on `day`.
struct Fate {
  enum class Kind { granted, refused, late } kind = Kind::granted;
  Date decided;                   // granted: since when it is open; refused: since when it is refused
  Date begin;                     // granted: first day on which chips may pass, never() if none is known
  Date ends = Date::never();      // refused, or a refusal after the grant: the day; late: when patience ends
};
// `patience`: an order that is neither granted nor refused for so long is given up.
Fate fate(const Passage& passage, Date day, const Days* patience);

// Days of [from, to) in the spans.
int days_within(const std::vector<Span>& spans, Date from, Date to);

}  // namespace capmix::plan
