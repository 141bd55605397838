#include "model/supply.hpp"

namespace capmix {

double planned_units(const Producer& producer, int year, int month) {
  constexpr size_t kMonths = 12;
  const Producer::Year* current = nullptr;
  for (const auto& y : producer.years)
    if (y.year <= year) current = &y;
  if (!current) return 0;
  const bool weighted = current->monthly.size() == kMonths;
  return current->units * (weighted ? current->monthly[static_cast<size_t>(month - 1)] : 1.0 / kMonths);
}

double ramped(Date begin, Days ramp, Date first, Date last) {
  const auto until = [&](double day) {  // days at full rate that make the same
    const double t = day - begin.day();
    return t <= 0 ? 0.0 : t < ramp.n ? t * t / (2 * ramp.n) : t - ramp.n / 2;
  };
  return (until(last.day() + 1.0) - until(first.day())) / ((last - first).n + 1);
}

}  // namespace capmix
