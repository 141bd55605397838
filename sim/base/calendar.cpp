#include "base/calendar.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace capmix {
namespace {

std::chrono::year_month_day civil(Date d) {
  return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{d.day()}}};
}

}  // namespace

Date Date::of(int year, int month, int day) {
  const std::chrono::year_month_day ymd{std::chrono::year{year},
                                        std::chrono::month{static_cast<unsigned>(month)},
                                        std::chrono::day{static_cast<unsigned>(day)}};
  return Date(static_cast<int32_t>(std::chrono::sys_days{ymd}.time_since_epoch().count()));
}

bool Date::parse(const std::string& text, Date& out) {
  int y = 0, m = 0, d = 0, used = 0;
  if (text.size() != 10 || text.find_first_not_of("0123456789-") != std::string::npos || std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &y, &m, &d, &used) != 3 || used != 10) {
    return false;
  }
  const std::chrono::year_month_day ymd{std::chrono::year{y}, std::chrono::month{static_cast<unsigned>(m)},
                                        std::chrono::day{static_cast<unsigned>(d)}};
  if (!ymd.ok()) return false;
  out = Date::of(y, m, d);
  return true;
}

int Date::year() const { return static_cast<int>(civil(*this).year()); }
int Date::month() const { return static_cast<int>(static_cast<unsigned>(civil(*this).month())); }

std::string Date::text() const {
  if (is_never()) return "never";
  const auto ymd = civil(*this);
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
  return buffer;
}

Date operator+(Date d, Days n) {
  if (d.is_never()) return d;
  const double day = std::round(d.day() + n.n);
  return day >= Date::never().day() ? Date::never() : Date(static_cast<int32_t>(day));
}

Date date_or_never(const std::string& text) {
  Date d = Date::never();
  return Date::parse(text, d) ? d : Date::never();
}

Date month_of(Date d) { return Date::of(d.year(), d.month(), 1); }

Date month_after(Date d) {
  const int month = d.month();
  return Date::of(d.year() + month / 12, month % 12 + 1, 1);
}

// 1970-01-01 was a Thursday.
size_t week_hour(int64_t hour) { return static_cast<size_t>(((hour + 3 * 24) % kWeekHours + kWeekHours) % kWeekHours); }

std::string quarter_name(Date d) { return std::to_string(d.year()) + "-Q" + std::to_string((d.month() - 1) / 3 + 1); }

Date Timeline::date(Seconds t) const {
  return Date(start_.day() + static_cast<int32_t>(std::floor(t / kDay)));
}

int Timeline::month(Date d) const {
  return (d.year() - start_.year()) * 12 + d.month() - start_.month();
}

int Timeline::months() const { return month(Date(end_.day() - 1)) + 1; }

Date Timeline::month_start(int month) const {
  const int index = start_.month() - 1 + month;
  return std::max(start_, Date::of(start_.year() + index / 12, index % 12 + 1, 1));
}

std::string Timeline::month_name(int month) const { return month_start(month).text().substr(0, 7); }

std::vector<Quarter> quarters(const Timeline& timeline) {
  std::vector<Quarter> out;
  for (Date first = timeline.start(); first < timeline.end();) {
    const int month = (first.month() - 1) / 3 * 3 + 1;
    const Date begin = Date::of(first.year(), month, 1);
    const Date after = month == 10 ? Date::of(first.year() + 1, 1, 1) : Date::of(first.year(), month + 3, 1);
    const Date next = std::min(after, timeline.end());
    out.push_back({first, next, (next - first).n / (after - begin).n});
    first = next;
  }
  return out;
}

}  // namespace capmix
