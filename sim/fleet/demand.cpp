#include "fleet/demand.hpp"

#include <algorithm>
#include <cmath>

namespace capmix::fleet {
namespace {

constexpr double kDaysPerYear = 12 * kDaysPerMonth;
constexpr double kHour = 3600;

// One crowd, in seconds from the start of the timeline.
struct Crowd {
  double from, to, times;
};

std::vector<Crowd> crowds_of(const FlashCrowd& flash, const Draw& draw, const Timeline& timeline) {
  if (flash.once) {
    const double from = timeline.at(flash.from.at(draw)).value() + flash.hour * kHour;
    return {{from, from + flash.lasts.at(draw).value(), flash.times.at(draw)}};
  }
  std::vector<Crowd> out;
  const double rate = flash.per_year.at(draw);
  if (draw.modes() || rate <= 0) return out;
  const auto numbered = [](const Stream& stream, size_t n) { return hash64(std::to_string(n), stream.hash()); };
  for (double t = 0;;) {
    const size_t n = out.size();
    t -= std::log(draw.uniform(numbered(flash.per_year.path, n))) * kDaysPerYear * kDay.value() / rate;
    if (t >= timeline.length().value()) return out;
    out.push_back({t, t + flash.lasts.at(draw, numbered(flash.lasts.path, n)).value(), flash.times.at(draw, numbered(flash.times.path, n))});
  }
}

const RecordedShape& shape_of(const Demand& demand, const Region& region) { return region.recorded.hours.empty() ? demand.recorded : region.recorded; }

}  // namespace

int64_t recorded_hour(int64_t first, int64_t length, int64_t hour) {
  const int64_t weeks = length / kWeekHours, end = first + length;
  if (hour >= first && hour < end) return hour - first;
  const double years = std::floor(static_cast<double>(length) / 24 / 365);
  // Whole periods to go back (or, negative, forward) until the hour is inside.
  const double period = years >= 1 ? years * kDaysPerYear * 24 : static_cast<double>(weeks * kWeekHours);
  const double beyond = hour >= end ? static_cast<double>(hour - end + 1) : static_cast<double>(hour - first);
  const double n = hour >= end ? std::ceil(beyond / period) : std::floor(beyond / period);
  int64_t at = hour - std::llround(n * period / kWeekHours) * kWeekHours;
  while (at >= end) at -= kWeekHours;  // whole years are no whole weeks: at both ends the rounding can miss by one
  while (at < first) at += kWeekHours;
  return at - first;
}

DemandCurve::DemandCurve(const Demand& demand, const Timeline& timeline, const Draw& draw, const std::vector<LostRegion>& lost)
    : first_(static_cast<int64_t>(week_hour(int64_t{timeline.start().day()} * 24))) {
  for (const auto& region : demand.regions) {
    const bool recorded = !shape_of(demand, region).hours.empty();
    auto& factor = factors_.emplace_back();
    for (int h = 0; h < kWeekHours; ++h) {
      // Of an offset of 5:30 one half of the hour falls into a local hour, the other into the next.
      const double whole = std::floor(region.utc_offset), part = region.utc_offset - whole;
      const auto shape = [&](int hour) {
        const auto local = static_cast<size_t>((hour + static_cast<int>(whole) + kWeekHours) % kWeekHours);
        return demand.hour[local % 24] * demand.weekday[local / 24];
      };
      factor[static_cast<size_t>(h)] = region.share * (recorded ? 1 : part > 0 ? (1 - part) * shape(h) + part * shape(h + 1) : shape(h));
    }
  }
  const double base = demand.users.at(draw) * demand.requests_per_user_day.at(draw) * demand.multiplier.at(draw) /
                      kDay.value();
  const double growth = 1 + demand.annual_growth.at(draw);
  const int days = timeline.end().day() - timeline.start().day();
  for (int d = 0; d < days; ++d) level_.push_back(base * std::pow(growth, d / kDaysPerYear));
  if (!demand.month.empty())
    for (int d = 0; d < days; ++d) level_[static_cast<size_t>(d)] *= demand.month[static_cast<size_t>(Date(timeline.start().day() + d).month() - 1)];
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
  by_hour_.resize(factors_.size());
  add_recorded(demand, timeline);
  add_flashes(demand, draw, timeline, true);
  for (int64_t h = 0; h < int64_t{24} * days; ++h) total_.push_back(sum(h));
  if (std::all_of(demand.flashes.begin(), demand.flashes.end(), [](const auto& f) { return f.expected; })) return;
  foreseen_ = total_;
  for (const int64_t h : add_flashes(demand, draw, timeline, false)) total_[static_cast<size_t>(h)] = sum(h);
}

// One look-up a day and region: within a day the series' hours stand one behind the other, but at its ends.
void DemandCurve::add_recorded(const Demand& demand, const Timeline& timeline) {
  const int64_t start = int64_t{timeline.start().day()} * 24, hours = static_cast<int64_t>(level_.size()) * 24;
  for (size_t r = 0; r < by_hour_.size(); ++r) {
    const auto& shape = shape_of(demand, demand.regions[r]);
    const auto length = static_cast<int64_t>(shape.hours.size());
    if (length == 0) continue;
    if (r > 0 && !shape.local && &shape == &shape_of(demand, demand.regions[0])) { by_hour_[r] = by_hour_[0]; continue; }
    const double offset = shape.local ? demand.regions[r].utc_offset : 0, part = offset - std::floor(offset);
    const int64_t clock = start + static_cast<int64_t>(std::floor(offset)), more = part > 0 ? 1 : 0;
    by_hour_[r].reserve(static_cast<size_t>(hours + more));
    int64_t at = -1;
    for (int64_t h = 0; h < hours + more; ++h) {
      if (shape.stays) at = std::clamp<int64_t>(clock + h - shape.first, 0, length - 1);
      else at = h % 24 == 0 || at + 1 >= length ? recorded_hour(shape.first, length, clock + h) : at + 1;
      by_hour_[r].push_back(shape.hours[static_cast<size_t>(at)]);
    }
    if (more == 0) continue;
    for (size_t h = 0; h + 1 < by_hour_[r].size(); ++h) by_hour_[r][h] = (1 - part) * by_hour_[r][h] + part * by_hour_[r][h + 1];
    by_hour_[r].pop_back();
  }
}

std::vector<int64_t> DemandCurve::add_flashes(const Demand& demand, const Draw& draw, const Timeline& timeline, bool expected) {
  std::vector<int64_t> touched;
  const int64_t hours = static_cast<int64_t>(level_.size()) * 24;
  for (const auto& flash : demand.flashes) {
    if (flash.expected != expected) continue;
    for (const auto& crowd : crowds_of(flash, draw, timeline)) {
      const auto from = std::max<int64_t>(0, static_cast<int64_t>(std::floor(crowd.from / kHour)));
      for (int64_t h = from; h < hours && static_cast<double>(h) * kHour < crowd.to; ++h) {
        const double begin = static_cast<double>(h) * kHour, part = (std::min(crowd.to, begin + kHour) - std::max(crowd.from, begin)) / kHour;
        if (part <= 0) continue;
        touched.push_back(h);
        for (size_t r = 0; r < by_hour_.size(); ++r) {
          if (!flash.region.empty() && demand.regions[r].id != flash.region) continue;
          if (by_hour_[r].empty()) by_hour_[r].assign(static_cast<size_t>(hours), 1.0);
          by_hour_[r][static_cast<size_t>(h)] *= 1 + (crowd.times - 1) * part;
        }
      }
    }
  }
  return touched;
}

double DemandCurve::sum(int64_t hour) const {
  double sum = 0;
  for (size_t r = 0; r < factors_.size(); ++r) sum += rate(r, hour);
  return sum;
}

double DemandCurve::peak(int64_t from, int64_t to) const {
  const auto& known = foreseen_.empty() ? total_ : foreseen_;
  double most = 0;
  for (int64_t h = from; h < std::min(to, hours()); ++h) most = std::max(most, known[static_cast<size_t>(h)]);
  return most;
}

}  // namespace capmix::fleet
