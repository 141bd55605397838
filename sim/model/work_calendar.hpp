// When work goes on: a rate per day, from 1 (a full day's work) to 0 (none).
#pragma once

#include <string>
#include <vector>

#include "base/calendar.hpp"

namespace capmix {

// Days on which work goes slower. Month and day repeat every year and may wrap over its end; with a year it is once.
struct WorkSeason {
  Date from, to;          // both included; of a yearly one only month and day count
  bool yearly = false;
  double rate = 0;
  bool covers(Date day) const;
};

// The least rate of the seasons that cover a day, else 1. Holidays are seasons of rate 0.
class WorkCalendar {
 public:
  std::string id, name;

  WorkCalendar() = default;
  explicit WorkCalendar(const std::vector<WorkSeason>& seasons);

  // The moment at which `work` days of full work are done that start at `begin`; both in days since 1970-01-01, with
  // fractions. Rises with both. Outside 2000 to 2099 every day is a full one.
  double end_of(double begin, double work) const;
  bool ever_works() const { return done_.empty() || done_.back() > 0; }

 private:
  double progress(double at) const;
  std::vector<double> done_;  // work from the first day of the table to the morning of each; empty: full days
};

}  // namespace capmix
