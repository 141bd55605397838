// Demand: users and requests, their rhythm by parameters or out of a recorded series, flash crowds.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/calendar.hpp"
#include "import/series.hpp"
#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

// Mean of the known hours of each hour of the week; NaN where there is none.
std::vector<double> week_profile(const import::HourlySeries& series) {
  std::vector<double> sum(kWeekHours), n(kWeekHours);
  for (size_t i = 0; i < series.rates.size(); ++i) {
    if (std::isnan(series.rates[i])) continue;
    const size_t w = week_hour(series.first + static_cast<int64_t>(i));
    sum[w] += series.rates[i], n[w] += 1;
  }
  for (size_t w = 0; w < kWeekHours; ++w) sum[w] /= n[w];
  return sum;
}

std::string counted(size_t n, const std::string& noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); }

// Hours with a gap take the mean of their weekday and hour; false when one of these is never known.
bool fill(import::HourlySeries& series) {
  const auto profile = week_profile(series);
  for (size_t i = 0; i < series.rates.size(); ++i)
    if (std::isnan(series.rates[i])) series.rates[i] = profile[week_hour(series.first + static_cast<int64_t>(i))];
  return std::none_of(series.rates.begin(), series.rates.end(), [](double v) { return std::isnan(v); });
}

size_t gaps_in(const import::HourlySeries& series) {
  return static_cast<size_t>(std::count_if(series.rates.begin(), series.rates.end(), [](double v) { return std::isnan(v); }));
}

std::string refused_text(const import::SeriesReport& report) {
  const auto& first = report.refused.front();
  return counted(report.refused.size(), "row") + " left out, the first in line " + std::to_string(first.line) + ": " + first.why;
}

}  // namespace

void Loader::demand(const std::string& path) { read_demand(open_file(path, "demand/" + stem(path), {})); }

Demand Loader::read_demand(Reader r) {
  Demand d;
  r.text("name", "");
  d.users = r.uncertain<double>("users", kPositive);
  d.requests_per_user_day = r.uncertain<double>("requests_per_user_day", kPositive);
  d.multiplier = r.uncertain<double>("multiplier", kPositive);
  d.annual_growth = r.uncertain<double>("annual_growth", {-1, 100, "between -1 and 100"});
  const auto shape = [&](const std::string& key, auto& into) {
    const auto values = r.numbers(key);
    double sum = 0;
    for (const double v : values) sum += v;
    if (values.size() != into.size() || sum <= 0) {
      r.error(key, "\"" + key + "\" holds " + std::to_string(values.size()) + " values (expected " + std::to_string(into.size()) + ", not all 0)");
      std::fill(into.begin(), into.end(), 1.0);
      return;
    }
    for (size_t i = 0; i < into.size(); ++i) into[i] = values[i] * static_cast<double>(into.size()) / sum;
  };
  auto regions = r.tables("region");
  // A series of all regions, or each has its own: nobody would take hour and weekday.
  const bool each = !regions.empty() && std::all_of(regions.begin(), regions.end(), [](const Reader& t) { return t.has("recorded"); });
  if (r.has("recorded") || each) {
    for (const char* key : {"hour", "weekday"})
      if (r.has(key)) r.error(key, std::string("\"") + key + "\" and \"recorded\" cannot both be said: the series has its own hours");
    r.also_knows({"hour", "weekday"});
    if (r.has("recorded") && each) r.error("recorded", "every region has a series of its own, so that nobody takes this one");
    r.also_knows({"recorded"});
    if (r.has("recorded")) read_recorded_demand(r.table("recorded"), r.subject(), d.recorded);
    d.hour.fill(1), d.weekday.fill(1);
  } else {
    shape("hour", d.hour);
    shape("weekday", d.weekday);
  }
  r.also_knows({"recorded"});
  if (r.has("month")) d.month.resize(12), shape("month", d.month);
  double sum = 0;
  for (auto& t : regions) {
    Region region;
    region.id = t.text("id");
    region.share = t.number("share", kFraction);
    region.utc_offset = t.number("utc_offset", {-12, 14, "between -12 and 14"});
    t.also_knows({"source", "confidence", "note", "recorded"});
    if (t.has("recorded")) read_recorded_demand(t.table("recorded"), r.subject() + ": region " + region.id, region.recorded);
    t.done();
    sum += region.share;
    d.regions.push_back(std::move(region));
  }
  if (d.regions.empty()) r.error("region", "demand needs at least one [[region]]");
  else if (std::fabs(sum - 1) > 1e-9) r.error("region", "the shares of the regions sum to " + std::to_string(sum) + " (expected 1)");
  std::sort(d.regions.begin(), d.regions.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  const bool seasons = d.recorded.hours.size() >= 365 * 24 || std::any_of(d.regions.begin(), d.regions.end(), [](const Region& at) { return at.recorded.hours.size() >= 365 * 24; });
  if (seasons && !d.month.empty()) r.error("month", "\"month\" and a recorded series of a year or more cannot both be said: the series has its own seasons");
  read_flashes(r, d);
  r.factual();
  r.done();
  return d;
}

// [recorded]: the hours of a file, scaled to a mean of 1. What the file lacks is refused, or counted.
void Loader::read_recorded_demand(Reader from, const std::string& of, RecordedShape& into) {
  const Ref file = from.ref("file"), format = from.ref("format");
  const std::string select = from.text("select", "");
  into.local = from.choice("time", {"utc", "local"}, "utc") == "local";
  const bool profile = from.choice("gaps", {"refuse", "profile"}, "refuse") == "profile", begins = from.has("begins");
  const Date day = from.date("begins", Date());
  from.factual();
  from.done();
  if (file.text.empty() || format.text.empty()) return;
  const auto names = import::series_format_names();
  if (std::count(names.begin(), names.end(), format.text) == 0) return unknown(format, "format", names);
  const std::string path = from.resolved(file);
  if (!files_.keep(path)) return context.problems.add(file.place, "cannot read " + path);
  auto series = import::read_demand_series(path, {format.text, select}, context.problems);
  if (!series) return;
  if (series->calendar && begins) return from.error("begins", path + " has a calendar of its own, from " + import::clock_text(*series->start) + " on (\"begins\" is for series without one)");
  if (!series->calendar && !begins) return from.error("file", path + " does not tell which hour of the day and which weekday it is (expected begins = DATE: the day at whose hour 0 it is taken to begin)");
  if (begins) series->start.reset();
  auto hours = import::whole_hours(*series);
  if (!hours || hours->rates.size() < kWeekHours) {
    const double h = series->seconds() / 3600;
    return from.error("file", path + (series->step > 3600 ? " has steps of " + import::lasting_text(series->step) + " (expected an hour or less)"
                                                          : " lasts " + std::to_string(static_cast<int64_t>(h)) + " h (expected a week or more, to repeat it by weekday and hour)"));
  }
  if (begins) hours->first = int64_t{day.day()} * 24;
  const std::string told = of + ": " + path + ": ";
  if (const size_t gaps = gaps_in(*hours); gaps > 0) {
    if (!profile) return from.error("file", path + " has a gap in " + std::to_string(gaps) + " of " + std::to_string(hours->rates.size()) + " hours (expected none, or gaps = \"profile\": such an hour takes the series' mean of its weekday and hour)");
    if (!fill(*hours)) return from.error("gaps", path + " has no value for some hours of the week, so there is no mean to take for them");
    context.notes.push_back(told + std::to_string(gaps) + " of " + std::to_string(hours->rates.size()) + " hours have a gap and take the mean of their weekday and hour");
  }
  if (!series->report.refused.empty()) context.notes.push_back(told + refused_text(series->report));
  if (hours->cut > 0) context.notes.push_back(told + counted(hours->cut, "window") + " at the ends left out, of hours that are not whole");
  if (begins) context.notes.push_back(told + "taken to begin on " + day.text() + ", which the file does not tell");
  const double mean = std::accumulate(hours->rates.begin(), hours->rates.end(), 0.0) / static_cast<double>(hours->rates.size());
  if (mean <= 0) return from.error("file", path + " is 0 in every hour");
  for (double& v : hours->rates) v /= mean;
  into.first = hours->first, into.hours = std::move(hours->rates);
}

void Loader::read_flashes(Reader& r, Demand& d) {
  std::vector<std::string> regions;
  for (const auto& region : d.regions) regions.push_back(region.id);
  for (auto& t : r.tables_by_id("flash")) {
    FlashCrowd f;
    f.id = t.text("id");
    f.once = t.has("from");
    if (f.once == t.has("per_year")) t.error("id", "a flash crowd says either \"from\" (a day) or \"per_year\" (how often)");
    t.also_knows({"from", "per_year", "hour"});
    if (f.once) f.from = t.uncertain<Date>("from"), f.hour = t.integer("hour", 0, 0);
    else if (t.has("hour")) t.error("hour", "\"hour\" is of a day: a flash crowd that comes so often a year comes at any hour");
    if (f.hour > 23) t.error("hour", "\"hour\" is " + std::to_string(f.hour) + " (expected 0 to 23)");
    if (!f.once) f.per_year = t.uncertain<double>("per_year", {0, 1000, "between 0 and 1000"}, Uncertain<double>(0.0));
    f.lasts = t.uncertain<Seconds>("lasts", kPositive);
    f.times = t.uncertain<double>("times", kNotNegative);
    f.expected = t.flag("expected", false);
    f.region = t.text("region", "");
    if (!f.region.empty() && std::count(regions.begin(), regions.end(), f.region) == 0) unknown({f.region, t.place("region")}, "region", regions);
    t.also_knows({"source", "confidence", "note"});
    if (t.has("source")) t.factual();
    t.done();
    d.flashes.push_back(std::move(f));
  }
}

}  // namespace capmix::scenario
