#include "plan/output.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::plan {
namespace {

constexpr int kMonths = 12;

// Units of one calendar month for everybody. Years before the first one make nothing.
double planned(const Producer& producer, int year, int month) {
  const Producer::Year* current = nullptr;
  for (const auto& y : producer.years)
    if (y.year <= year) current = &y;
  if (!current) return 0;
  const bool weighted = current->monthly.size() == kMonths;
  return current->units * (weighted ? current->monthly[static_cast<size_t>(month - 1)] : 1.0 / kMonths);
}

// Share of the days first..last that lie on or after `begin`.
double share_since(Date begin, Date first, Date last) {
  const double all = (last - first).n + 1;
  return std::clamp(((last - begin).n + 1) / all, 0.0, 1.0);
}

Date next_month(Date first) {
  return first.month() == kMonths ? Date::of(first.year() + 1, 1, 1) : Date::of(first.year(), first.month() + 1, 1);
}

}  // namespace

Output::Output(const Producer& producer, const Draw& draw, Date first, Date end) : end_(end) {
  const double ours = producer.realised.at(draw) * producer.share.at(draw);
  const Date from = producer.from.at(draw);
  double sum = 0;
  int64_t whole = 0;
  for (Date m = Date::of(first.year(), first.month(), 1); m < end; m = next_month(m)) {
    Month month;
    month.first = m;
    month.last = Date(next_month(m).day() - 1);
    sum += planned(producer, m.year(), m.month()) * ours * share_since(from, month.first, month.last);
    // A sum of monthly weights may end a rounding error below a whole chip.
    const auto now = static_cast<int64_t>(std::floor(sum * (1 + 1e-12)));
    month.made = month.left = now - whole;
    whole = now;
    months_.push_back(month);
  }
}

int64_t Output::available(const Month& month, Date begin) {
  if (begin <= month.first) return month.left;
  const double made = static_cast<double>(month.made) * share_since(begin, month.first, month.last);
  return std::min(month.left, static_cast<int64_t>(std::floor(made)));
}

Output::Taken Output::take(int64_t wanted, Date begin, Days lead) {
  Taken taken;
  for (auto& month : months_) {
    if (wanted == 0) break;
    const int64_t chips = std::min(wanted, available(month, begin));
    if (chips == 0) continue;
    month.left -= chips;
    wanted -= chips;
    const Date docked = month.last + lead;
    if (docked < end_) taken.deliveries.push_back({docked, chips});
    else taken.late += chips;
  }
  return taken;
}

int64_t Output::deliverable(Date begin, Days lead) const {
  int64_t chips = 0;
  for (const auto& month : months_)
    if (month.last + lead < end_) chips += available(month, begin);
  return chips;
}

}  // namespace capmix::plan
