#include "import/rhythm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/calendar.hpp"

namespace capmix::import {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kWholeMonth = 27 * 24;  // hours that a month must have at least

struct Means {
  std::vector<double> sum, n;
  explicit Means(size_t cells) : sum(cells), n(cells) {}
  void add(size_t cell, double value) { sum[cell] += value, n[cell] += 1; }
  bool whole(double least = 1) const { return std::all_of(n.begin(), n.end(), [&](double x) { return x >= least; }); }
  double at(size_t cell) const { return sum[cell] / n[cell]; }
};

// Scaled to a mean of 1; absent when all are 0.
std::optional<std::vector<double>> shape(std::vector<double> values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  if (mean <= 0) return {};
  for (double& v : values) v /= mean;
  return values;
}

void add_calendar(const Series& series, Rhythm& out) {
  const auto hours = whole_hours(series);
  if (!hours) return;
  Means day(24), week(kWeekHours), year(12);
  for (size_t i = 0; i < hours->rates.size(); ++i) {
    const double rate = hours->rates[i];
    if (std::isnan(rate)) continue;
    const int64_t h = hours->first + static_cast<int64_t>(i);
    day.add(static_cast<size_t>((h % 24 + 24) % 24), rate);
    week.add(week_hour(h), rate);
    year.add(static_cast<size_t>(Date(static_cast<int32_t>(std::floor(static_cast<double>(h) / 24))).month() - 1), rate);
  }
  if (!day.whole()) return;
  std::vector<double> hour(24), weekday(7), month;
  for (size_t i = 0; i < kWeekHours && week.whole(); ++i) hour[i % 24] += week.at(i), weekday[i / 24] += week.at(i);
  for (size_t i = 0; i < 24 && !week.whole(); ++i) hour[i] = day.at(i);
  out.hour = shape(hour);
  if (week.whole()) out.weekday = shape(weekday);
  for (size_t i = 0; i < 12 && year.whole(kWholeMonth); ++i) month.push_back(year.at(i));
  if (!month.empty()) out.month = shape(month);
}

}  // namespace

Rhythm rhythm_of(const Series& series) {
  Rhythm out;
  const double scale = series.counts ? 1 / series.step : 1;
  out.mean = series.rate(), out.peak = kUnknown, out.trough = kUnknown;
  for (size_t i = 0; i < series.values.size(); ++i) {
    const double v = series.values[i] * scale;
    if (std::isnan(v)) continue;
    if (std::isnan(out.peak) || v > out.peak) out.peak = v, out.peak_at = i;
    if (std::isnan(out.trough) || v < out.trough) out.trough = v;
  }
  if (series.calendar && series.start) add_calendar(series, out);
  return out;
}

std::vector<Burst> bursts_of(const Series& series) {
  std::vector<Burst> out;
  std::vector<size_t> lengths{1};
  for (const double wanted : {1.0, 60.0, 3600.0}) {
    const auto n = static_cast<size_t>(std::llround(wanted / series.step));
    if (wanted >= series.step && n > lengths.back()) lengths.push_back(n);
  }
  const double scale = series.counts ? 1 : series.step;
  for (const size_t n : lengths) {
    std::vector<double> counts;
    for (size_t from = 0; from + n <= series.values.size(); from += n) {
      const double sum = std::accumulate(series.values.begin() + static_cast<std::ptrdiff_t>(from), series.values.begin() + static_cast<std::ptrdiff_t>(from + n), 0.0);
      if (!std::isnan(sum)) counts.push_back(sum * scale);
    }
    if (counts.empty()) continue;
    const double size = static_cast<double>(counts.size()), mean = std::accumulate(counts.begin(), counts.end(), 0.0) / size;
    double squares = 0;
    for (const double c : counts) squares += (c - mean) * (c - mean);
    const double window = static_cast<double>(n) * series.step;
    out.push_back({window, counts.size(), *std::max_element(counts.begin(), counts.end()) / window / series.rate(),
                   series.counts && counts.size() > 1 && mean > 0 ? squares / (size - 1) / mean : kUnknown});
  }
  return out;
}

}  // namespace capmix::import
