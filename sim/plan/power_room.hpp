// Power of one hall over time, and what of it is still free.
#pragma once

#include <algorithm>
#include <vector>

#include "model/plan.hpp"

namespace capmix::plan {

// Reservations start on a day and last for good; only the standing fleet gives power back, when it retires.
// reserve() must be called with days that first_day() has returned for a delivery not earlier than the last one.
class PowerRoom {
 public:
  // `standing`: power of standing chips and the day of their retirement (never: not at all).
  PowerRoom(const HallPlan& hall, const std::vector<std::pair<Date, Watts>>& standing) {
    steps_ = hall.power;
    for (const auto& [date, watts] : standing)
      if (!date.is_never()) steps_.emplace_back(date, Watts(0));
    std::sort(steps_.begin(), steps_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    Watts power;
    for (auto& [date, free] : steps_) {
      for (const auto& step : hall.power)
        if (step.first <= date) power = std::max(power, step.second);
      free = power;
      for (const auto& [retires, watts] : standing)
        if (date < retires) free -= watts;
    }
    settle();
  }

  // Earliest day on or after `day` from which on `watts` stay free; never when there is none.
  Date first_day(Date day, Watts watts) const {
    if (in_the_end() < watts * (1 - kRounding)) return Date::never();  // least_ rises: most halls are full most of the time
    for (size_t i = 0; i < steps_.size(); ++i) {
      const bool ends_later = i + 1 == steps_.size() || steps_[i + 1].first > day;
      if (ends_later && least_[i] >= watts * (1 - kRounding)) return std::max(day, steps_[i].first);
    }
    return Date::never();
  }

  void reserve(Date day, Watts watts) {
    for (size_t i = 0; i < steps_.size(); ++i)
      if (i + 1 == steps_.size() || steps_[i + 1].first > day) steps_[i].second -= watts;
    settle();
  }

  // Free in the end, once every phase has come.
  Watts in_the_end() const { return least_.empty() ? Watts(0) : least_.back(); }

  // Of a pod's power: many small differences of a hall's power are not worth a node.
  static constexpr double kRounding = 1e-9;

 private:
  // least_[i]: what stays free from step i on, whatever comes later.
  void settle() {
    least_.resize(steps_.size());
    for (size_t i = steps_.size(); i-- > 0;)
      least_[i] = i + 1 < steps_.size() ? std::min(steps_[i].second, least_[i + 1]) : steps_[i].second;
  }

  std::vector<std::pair<Date, Watts>> steps_;  // from this day on so much is free
  std::vector<Watts> least_;
};

}  // namespace capmix::plan
