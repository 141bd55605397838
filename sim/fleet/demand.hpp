// Demand by the hour in closed form: no events, no sampling.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/draw.hpp"
#include "model/plan.hpp"

namespace capmix::fleet {

// Requests per second in a region and hour, constant in the hour:
//   users x share x requests per user and day / 86400 x multiplier x (1 + annual growth)^(days / 365.2425)
//   x hour[local hour] x weekday[local day] x month, or x the recorded series' hour in place of hour and weekday,
//   x 1 + (times - 1) x part of the hour, for each flash crowd of that hour,
// less what is lost of the region on that day (LostRegion; two losses leave the product of what each leaves).
// Hours count from the start of the timeline, midnight UTC. Of a fractional UTC offset
// (India: 5.5) each hour takes its part of the two local hours that it falls into. Growth steps daily, month at the first of each month in UTC.
//
// A region with a recorded series of its own follows that one. A recorded series stands on its own dates. Days behind its end take its last whole years again (its last whole weeks,
// if it is shorter than 365 days), moved by the nearest number of whole weeks, so that weekday and hour stay and the
// season is off by half a week at most; days before its beginning likewise its first ones. One that stays holds its first
// hour's value before its beginning and its last hour's behind its end.
//
// Flash crowds begin and end at once; the hours at both ends take their part. Those of a rate are a Poisson process over the
// timeline, each crowd with a length and a height of its own.
class DemandCurve {
 public:
  DemandCurve(const Demand& demand, const Timeline& timeline, const Draw& draw, const std::vector<LostRegion>& lost = {});
  size_t regions() const { return factors_.size(); }
  int64_t hours() const { return static_cast<int64_t>(total_.size()); }
  double rate(size_t region, int64_t hour) const {
    const auto day = static_cast<size_t>(hour / 24);
    double rate = level_[day] * factors_[region][hour_of_week(hour)];
    if (!by_hour_[region].empty()) rate *= by_hour_[region][static_cast<size_t>(hour)];
    return left_[region].empty() ? rate : rate * left_[region][day];
  }
  double rate(int64_t hour) const { return total_[static_cast<size_t>(hour)]; }  // all regions
  // Greatest rate of all regions together in hours [from, to), as it can be known before: without flash crowds that
  // nobody expects.
  double peak(int64_t from, int64_t to) const;

 private:
  size_t hour_of_week(int64_t hour) const { return static_cast<size_t>((first_ + hour) % kWeekHours); }
  void add_recorded(const Demand& demand, const Timeline& timeline);
  std::vector<int64_t> add_flashes(const Demand& demand, const Draw& draw, const Timeline& timeline, bool expected);  // hours that it changed
  double sum(int64_t hour) const;                         // over the regions
  int64_t first_ = 0;                                     // hour of the week at the start, Monday 00 UTC = 0
  std::vector<std::array<double, kWeekHours>> factors_;   // region, UTC hour of the week
  std::vector<std::vector<double>> by_hour_;              // region, hour: recorded x flash crowds; empty: 1
  std::vector<std::vector<double>> left_;                 // region, day: share that is not lost; empty: all
  std::vector<double> level_;                             // by day, requests/s at factor 1
  std::vector<double> total_;                             // by hour
  std::vector<double> foreseen_;                          // by hour, without unexpected crowds; empty: total_
};

// The hour of a recorded series that stands for the hour `day` x 24 + `hour` of its clock; both count from 1970.
// `length`: hours, at least one week.
int64_t recorded_hour(int64_t first, int64_t length, int64_t hour);

}  // namespace capmix::fleet
