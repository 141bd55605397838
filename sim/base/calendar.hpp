// Calendar time: dates and durations of projects. It never mixes with simulated Seconds; one
// Timeline converts between the two.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/quantity.hpp"

namespace capmix {

// Mean month of the Gregorian calendar, 365.2425 / 12 days. Fractional months need a mean.
inline constexpr double kDaysPerMonth = 30.436875;

// A calendar duration. Unit: days, fractions allowed.
struct Days {
  double n = 0;
  constexpr auto operator<=>(const Days&) const = default;
  constexpr Days operator+(Days o) const { return {n + o.n}; }
  constexpr Days operator*(double k) const { return {n * k}; }
};
constexpr Days months(double n) { return {n * kDaysPerMonth}; }

// A day of the proleptic Gregorian calendar, counted from 1970-01-01. Dates have whole-day
// resolution: adding a duration rounds to the nearest day.
class Date {
 public:
  constexpr Date() = default;
  constexpr explicit Date(int32_t days_since_1970) : day_(days_since_1970) {}
  static Date of(int year, int month, int day);
  // Reads "2026-01-31"; false when the text is not such a date.
  static bool parse(const std::string& text, Date& out);
  // Later than every date that a plan can hold: "not within any horizon".
  static constexpr Date never() { return Date(10'000'000); }

  constexpr int32_t day() const { return day_; }
  constexpr bool is_never() const { return day_ >= never().day_; }
  int year() const;
  int month() const;  // 1..12
  std::string text() const;  // "2026-01-31", or "never"

  constexpr auto operator<=>(const Date&) const = default;

 private:
  int32_t day_ = 0;
};
Date operator+(Date d, Days n);
constexpr Days operator-(Date a, Date b) { return {static_cast<double>(a.day() - b.day())}; }
Date date_or_never(const std::string& text);  // never() for "never", and for a text that is no date
Date month_of(Date d);                        // its first day
Date month_after(Date d);                     // first day of the month after that of d
std::string quarter_name(Date d);             // "2026-Q1"

// The hour of the week, Monday 00 = 0, of an hour counted from 1970-01-01 00:00 of some clock; negative ones too.
inline constexpr int kWeekHours = 168;
size_t week_hour(int64_t hour);

// The horizon of a study, [start, end), and the one place where dates become simulated seconds.
class Timeline {
 public:
  Timeline() = default;
  Timeline(Date start, Date end) : start_(start), end_(end) {}
  Date start() const { return start_; }
  Date end() const { return end_; }
  Seconds length() const { return at(end_); }
  Seconds at(Date d) const { return kDay * (d - start_).n; }  // negative before the start
  Date date(Seconds t) const;                                 // the day in which t falls
  int months() const;                   // calendar months touched by the horizon
  int month(Date d) const;              // 0 for the month of the start
  Date month_start(int month) const;    // first day of that month, never before the start
  std::string month_name(int month) const;  // "2026-01"

 private:
  Date start_, end_;
};

// One calendar quarter that a horizon touches.
struct Quarter {
  Date first, next;  // of its days inside the horizon, and the day after the last one
  double part = 1;   // of the whole quarter's days
};
std::vector<Quarter> quarters(const Timeline& timeline);  // ascending, without gaps

}  // namespace capmix
