#include "analysis/report_series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "analysis/statistics.hpp"

namespace capmix::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kSecondsPerDay = 86400;

// Days of each month inside the horizon.
std::vector<double> month_days(const Timeline& t) {
  std::vector<double> out;
  for (int m = 0; m < t.months(); ++m) out.push_back((std::min(t.end(), t.month_start(m + 1)) - t.month_start(m)).n);
  return out;
}

std::vector<double> divided(std::vector<double> values, const std::vector<double>& days, double by) {
  for (size_t m = 0; m < values.size(); ++m) values[m] = by > 0 ? values[m] / by / days[m] : kNone;
  return values;
}

Json numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double x : values) out.push_back(finite_or_null(x));
  return out;
}

}  // namespace

void MonthSeries::add(bool at_modes, const std::vector<double>& months) {
  if (at_modes) {
    modes = months;
    return;
  }
  draws.resize(std::max(draws.size(), months.size()));
  for (size_t m = 0; m < months.size(); ++m) draws[m].push_back(months[m]);
}

Json MonthSeries::json() const {
  std::vector<double> p10, p50, p90;
  for (const auto& values : draws) p10.push_back(quantile(values, 0.1)), p50.push_back(quantile(values, 0.5)), p90.push_back(quantile(values, 0.9));
  return {{"modes", numbers(modes)}, {"p10", numbers(p10)}, {"p50", numbers(p50)}, {"p90", numbers(p90)}};
}

void World::add(const results::StudyInfo& info, const RunKey& key, const Facts& facts, const Metrics& metrics) {
  const Timeline timeline = info.timeline();
  const auto days = month_days(timeline);
  const bool at_modes = key.draw < 0;
  trained.add(at_modes, divided(metrics.trained, days, info.reference_flop_per_token));
  served.add(at_modes, divided(metrics.served, days, kSecondsPerDay));
  std::vector<double> chips(days.size(), 0);
  for (const auto& f : facts.of<FleetMonth>()) chips.at(static_cast<size_t>(f.month)) += static_cast<double>(f.online);
  online.add(at_modes, chips);
  if (at_modes) {
    Facts& kept = plan.emplace();
    kept.of<DateFact>() = facts.of<DateFact>(), kept.of<OrderFact>() = facts.of<OrderFact>(), kept.of<FleetMonth>() = facts.of<FleetMonth>();
    return;
  }
  for (const auto& b : metrics.binding) ++binds[b.month][b.name];
  for (const auto& d : facts.of<DateFact>())
    if (d.kind == "task-end") {
      const Date end = date_or_never(d.date);
      ends[d.subject].push_back(end.is_never() ? std::numeric_limits<double>::infinity() : end.day());
    }
}

}  // namespace capmix::analysis
