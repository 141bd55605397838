#include "fleet/demand.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::fleet {
namespace {

constexpr double kDaysPerYear = 12 * kDaysPerMonth;

// UTC hour of the week in which hour 0 of `day` falls. 1970-01-01 was a Thursday.
int64_t week_start(Date day) { return ((day.day() + 3) % 7 + 7) % 7 * 24; }

}  // namespace

DemandCurve::DemandCurve(const Demand& demand, const Timeline& timeline, const Draw& draw, const std::vector<LostRegion>& lost)
    : first_(week_start(timeline.start())) {
  for (const auto& region : demand.regions) {
    auto& factor = factors_.emplace_back();
    for (int h = 0; h < kWeekHours; ++h) {
      const int offset = static_cast<int>(std::floor(region.utc_offset));
      const auto local = static_cast<size_t>((h + offset + kWeekHours) % kWeekHours);
      factor[static_cast<size_t>(h)] = region.share * demand.hour[local % 24] * demand.weekday[local / 24];
    }
  }
  const double base = demand.users.at(draw) * demand.requests_per_user_day.at(draw) * demand.multiplier.at(draw) /
                      kDay.value();
  const double growth = 1 + demand.annual_growth.at(draw);
  const int days = timeline.end().day() - timeline.start().day();
  for (int d = 0; d < days; ++d) level_.push_back(base * std::pow(growth, d / kDaysPerYear));
  for (const auto& region : demand.regions) {
    auto& left = left_.emplace_back();
    for (const auto& loss : lost) {
      if (loss.region != region.id) continue;
      left.resize(static_cast<size_t>(days), 1.0);
      for (int d = 0; d < days; ++d) {
        const Date day(timeline.start().day() + d);
        if (loss.from <= day && day < loss.to) left[static_cast<size_t>(d)] *= 1 - loss.share;
      }
    }
  }
  for (int64_t h = 0; h < int64_t{24} * days; ++h) {
    double sum = 0;
    for (size_t r = 0; r < factors_.size(); ++r) sum += rate(r, h);
    total_.push_back(sum);
  }
}

double DemandCurve::peak(int64_t from, int64_t to) const {
  double most = 0;
  for (int64_t h = from; h < std::min(to, hours()); ++h) most = std::max(most, rate(h));
  return most;
}

}  // namespace capmix::fleet
