#include "plan/limits.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace capmix::plan {

Limits::Limits(const Scenario& scenario, const std::vector<ApprovalPlan>& approvals, const Draw& draw) : s_(scenario) {
  const Timeline& time = s_.study.timeline;
  for (size_t i = 0; i < approvals.size(); ++i) {
    const Approval& approval = s_.approvals[s_.approvals.id_at(i)];
    Limit limit;
    const int64_t quota = approvals[i].quota < 0 ? kNoLimit : whole(approvals[i].quota);
    (approval.yearly ? limit.yearly : limit.left) = quota;
    if (approval.yearly) limit.used.assign(static_cast<size_t>(time.end().year() - time.start().year() + 2), 0);
    if (approval.ratio) {
      limit.per_import = approval.ratio->per_import.at(draw);
      limit.by_value = approval.ratio->by_value;
      limit.unlocked.assign(static_cast<size_t>(time.months()), 0);
      limit.imported = limit.unlocked;
    }
    limits_.push_back(std::move(limit));
  }
}

int64_t Limits::quota(const Offer& offer) const {
  int64_t least = kNoLimit;
  for (const auto a : offer.approvals) least = std::min(least, limits_[a.index].left);
  return least;
}

void Limits::use(const Offer& offer, int64_t chips) {
  for (const auto a : offer.approvals)
    if (limits_[a.index].left != kNoLimit) limits_[a.index].left -= chips;
}

bool Limits::timed(const Offer& offer) const {
  return std::any_of(offer.approvals.begin(), offer.approvals.end(), [&](const auto a) {
    return limits_[a.index].yearly != kNoLimit || limits_[a.index].per_import > 0;
  });
}

bool Limits::rationed(const Offer& offer) const {
  return std::any_of(offer.approvals.begin(), offer.approvals.end(), [&](const auto a) { return limits_[a.index].per_import > 0; });
}

// Chips that dock now count in every later month too, so the tightest of those months decides.
int64_t Limits::room(const Offer& offer, Usd price, Date docked) const {
  int64_t least = kNoLimit;
  for (const auto a : offer.approvals) {
    const Limit& limit = limits_[a.index];
    if (limit.yearly != kNoLimit) least = std::min(least, std::max<int64_t>(0, limit.yearly - limit.used[year(docked)]));
    if (limit.per_import <= 0) continue;
    double room = std::numeric_limits<double>::infinity();
    for (size_t m = month(docked); m < limit.unlocked.size(); ++m) room = std::min(room, limit.unlocked[m] - limit.imported[m]);
    const double chips = room / (limit.by_value ? price.value() : 1.0);
    if (chips < static_cast<double>(least)) least = static_cast<int64_t>(std::max(0.0, std::floor(chips + 1e-9)));
  }
  return least;
}

void Limits::import(const Offer& offer, Usd price, Date docked, int64_t chips) {
  for (const auto a : offer.approvals) {
    Limit& limit = limits_[a.index];
    if (limit.yearly != kNoLimit) limit.used[year(docked)] += chips;
    if (limit.per_import <= 0) continue;
    const double amount = static_cast<double>(chips) * (limit.by_value ? price.value() : 1.0);
    for (size_t m = month(docked); m < limit.imported.size(); ++m) limit.imported[m] += amount;
  }
}

void Limits::unlock(Id<Offer> offer, Usd price, const std::vector<Delivery>& deliveries) {
  for (size_t i = 0; i < limits_.size(); ++i) {
    Limit& limit = limits_[i];
    if (limit.per_import <= 0) continue;
    const auto& domestic = s_.approvals[s_.approvals.id_at(i)].ratio->domestic;
    if (std::count(domestic.begin(), domestic.end(), offer) == 0) continue;
    for (const auto& d : deliveries) {
      const double amount = static_cast<double>(d.chips) * (limit.by_value ? price.value() : 1.0) / limit.per_import;
      for (size_t m = month(d.date); m < limit.unlocked.size(); ++m) limit.unlocked[m] += amount;
    }
  }
}

double Limits::unlocks(Id<Approval> approval, Usd domestic, Usd imported) const {
  const Limit& limit = limits_[approval.index];
  if (limit.per_import <= 0) return std::numeric_limits<double>::infinity();
  return (limit.by_value ? domestic / imported : 1.0) / limit.per_import;
}

size_t Limits::month(Date docked) const {
  return static_cast<size_t>(std::clamp(s_.study.timeline.month(docked), 0, s_.study.timeline.months() - 1));
}

size_t Limits::year(Date docked) const {
  const Timeline& time = s_.study.timeline;
  return static_cast<size_t>(std::clamp(docked.year() - time.start().year(), 0, time.end().year() - time.start().year() + 1));
}

}  // namespace capmix::plan
