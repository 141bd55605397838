#include "plan/permit.hpp"

#include <algorithm>

namespace capmix::plan {
namespace {

void extend(std::vector<Span>& spans, Date from, Date to) {
  if (!spans.empty() && spans.back().to == from) spans.back().to = to;
  else spans.push_back({from, to});
}

}  // namespace

Passage passage(const std::vector<Id<Approval>>& needed, const std::vector<ApprovalPlan>& approvals) {
  Passage p;
  p.needed = !needed.empty();
  if (!p.needed) return p.open.push_back({Date(0)}), p;
  std::vector<Date> cuts;
  for (const auto id : needed)
    for (const auto& step : approvals[id.index].steps) cuts.push_back(step.from);
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  for (size_t i = 0; i < cuts.size(); ++i) {
    const Date to = i + 1 < cuts.size() ? cuts[i + 1] : Date::never();
    bool open = true, refused = false;
    for (const auto id : needed) {
      const ApprovalState state = approvals[id.index].on(cuts[i]);
      open = open && state == ApprovalState::granted;
      refused = refused || state == ApprovalState::refused;
    }
    if (open) extend(p.open, cuts[i], to);
    if (refused) extend(p.refused, cuts[i], to);
  }
  return p;
}

Fate fate(const Passage& passage, Date day, const Days* patience) {
  Fate f;
  f.begin = f.decided = Date::never();
  for (const auto& span : passage.refused) {
    if (span.to <= day) continue;
    f.ends = span.from;
    break;
  }
  for (const auto& span : passage.open) {
    if (span.to <= day) continue;
    f.decided = span.from;
    f.begin = std::max(day, span.from);
    break;
  }
  const Date known = std::min(f.begin, std::max(day, f.ends));
  if (patience != nullptr && known > day + *patience) {
    f.kind = Fate::Kind::late;
    f.ends = day + *patience;
  } else if (f.ends < f.begin) {
    f.kind = Fate::Kind::refused;
    f.decided = f.ends;
  }
  return f;
}

int days_within(const std::vector<Span>& spans, Date from, Date to) {
  int days = 0;
  for (const auto& span : spans) days += std::max(0, std::min(to, span.to).day() - std::max(from, span.from).day());
  return days;
}

}  // namespace capmix::plan
