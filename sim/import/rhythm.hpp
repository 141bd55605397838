// What a recorded series says of the rhythm of demand: shapes by hour, weekday and month, and how bursty it is. Pure; gaps
// are left out of every mean, and of every longer window that one falls into.
#pragma once

#include <optional>
#include <vector>

#include "import/series.hpp"

namespace capmix::import {

struct Rhythm {
  double mean = 0, peak = 0, trough = 0;  // per second, of single windows that are known
  size_t peak_at = 0;                     // index of the first greatest window
  // Relative, mean 1; hours and days of the file's clock, Monday and January first. Absent where the calendar cannot be
  // trusted, or some hour, weekday or month is not known. Each weekday counts alike in the hours, and each hour in the
  // weekdays, whichever are recorded more often; with less than a week the hours are plain means.
  std::optional<std::vector<double>> hour{}, weekday{}, month{};
};
Rhythm rhythm_of(const Series& series);

// Windows of a length, one behind the other from the first on.
struct Burst {
  double window = 0;           // s: the wanted length, rounded to whole steps
  size_t windows = 0;          // without gaps
  double peak_to_mean = 0;     // of their means; the mean is that of the series
  double dispersion = 0;       // variance / mean of their counts: 1 for a Poisson process; NaN for rates, and for one window
};
// For the step, 1 s, 1 min and 1 h, as far as the step and the length of the series allow.
std::vector<Burst> bursts_of(const Series& series);

}  // namespace capmix::import
