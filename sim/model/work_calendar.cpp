#include "model/work_calendar.hpp"

#include <algorithm>

namespace capmix {
namespace {

const Date kFirst = Date::of(2000, 1, 1), kEnd = Date::of(2100, 1, 1);

// Month and day as one number that ascends through the year.
int of_year(Date d) { return d.month() * 100 + (d.day() - Date::of(d.year(), d.month(), 1).day()); }

}  // namespace

bool WorkSeason::covers(Date day) const {
  if (!yearly) return from <= day && day <= to;
  const int a = of_year(from), b = of_year(to), d = of_year(day);
  return a <= b ? a <= d && d <= b : d >= a || d <= b;
}

WorkCalendar::WorkCalendar(const std::vector<WorkSeason>& seasons) {
  if (seasons.empty()) return;
  double sum = 0;
  for (Date day = kFirst; day < kEnd; day = day + Days{1}) {
    done_.push_back(sum);
    double rate = 1;
    for (const auto& s : seasons)
      if (s.covers(day)) rate = std::min(rate, s.rate);
    sum += rate;
  }
  done_.push_back(sum);
}

// Before and after the table days are full ones.
double WorkCalendar::progress(double at) const {
  const double day = at - kFirst.day(), last = static_cast<double>(done_.size() - 1);
  if (day <= 0) return day;
  if (day >= last) return done_.back() + day - last;
  const auto i = static_cast<size_t>(day);
  return done_[i] + (day - static_cast<double>(i)) * (done_[i + 1] - done_[i]);
}

double WorkCalendar::end_of(double begin, double work) const {
  if (done_.empty() || work <= 0) return begin + work;
  const double target = progress(begin) + work;
  if (target <= 0) return kFirst.day() + target;
  if (target >= done_.back()) return kFirst.day() + static_cast<double>(done_.size() - 1) + target - done_.back();
  // The first morning by which it is done; the day before that one does work.
  const auto at = static_cast<size_t>(std::lower_bound(done_.begin(), done_.end(), target) - done_.begin());
  if (at == 0) return kFirst.day();
  return kFirst.day() + static_cast<double>(at - 1) + (target - done_[at - 1]) / (done_[at] - done_[at - 1]);
}

}  // namespace capmix
