// Recommendation demand by the hour in closed form: no events, no sampling.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/draw.hpp"
#include "model/plan.hpp"

namespace capmix::fleet {

// Requests per second in a region and hour, constant in the hour:
//   users x share x requests per user and day / 86400 x multiplier x (1 + annual growth)^(days / 365.2425)
//   x hour[local hour] x weekday[local day],
// less what is lost of the region on that day (LostRegion; two losses leave the product of what each leaves).
// Hours count from the start of the timeline, midnight UTC. A fractional UTC offset takes the shape of the hour
// in which the local time falls. Growth steps daily.
class DemandCurve {
 public:
  DemandCurve(const Demand& demand, const Timeline& timeline, const Draw& draw, const std::vector<LostRegion>& lost = {});
  size_t regions() const { return factors_.size(); }
  int64_t hours() const { return static_cast<int64_t>(total_.size()); }
  double rate(size_t region, int64_t hour) const {
    const auto day = static_cast<size_t>(hour / 24);
    const double rate = level_[day] * factors_[region][week_hour(hour)];
    return left_[region].empty() ? rate : rate * left_[region][day];
  }
  double rate(int64_t hour) const { return total_[static_cast<size_t>(hour)]; }  // all regions
  // Greatest rate of all regions together in hours [from, to).
  double peak(int64_t from, int64_t to) const;

 private:
  static constexpr int kWeekHours = 168;
  size_t week_hour(int64_t hour) const { return static_cast<size_t>((first_ + hour) % kWeekHours); }
  int64_t first_ = 0;                                     // hour of the week at the start, Monday 00 UTC = 0
  std::vector<std::array<double, kWeekHours>> factors_;   // region, UTC hour of the week
  std::vector<std::vector<double>> left_;                 // region, day: share that is not lost; empty: all
  std::vector<double> level_;                             // by day, requests/s at factor 1
  std::vector<double> total_;                             // by hour
};

}  // namespace capmix::fleet
