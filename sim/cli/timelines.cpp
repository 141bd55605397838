// capmix replay timelines: what others recorded of building data centres, and the months that it took.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/statistics.hpp"
#include "analysis/table.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "import/timelines.hpp"

namespace capmix::cli {
namespace {

using analysis::Json;
using import::SiteDates;
using import::Timelines;
using import::TimelineSite;

struct Dated {
  const TimelineSite* site;
  SiteDates dates;
};

// Over the sites that were seen from their clearing to their first power.
struct Quantiles {
  size_t sites = 0, seen_late = 0, not_yet = 0;  // counted, and left out because of either end
  double p10 = 0, p50 = 0, p90 = 0;              // months
  double all10 = 0, all50 = 0, all90 = 0;        // the same with the sites that are still building (Kaplan-Meier); inf: not reached
};

Quantiles months_of(const std::vector<Dated>& sites, std::optional<Date> as_of) {
  using analysis::quantile, analysis::running_quantile;
  Quantiles out;
  std::vector<double> months, running;
  for (const auto& s : sites) {
    if (s.dates.months_to_first) months.push_back(*s.dates.months_to_first);
    else ++(s.dates.seen_from_start ? out.not_yet : out.seen_late);
    if (as_of && s.dates.seen_from_start && !s.dates.months_to_first && s.dates.start <= *as_of) running.push_back((*as_of - s.dates.start).n / kDaysPerMonth);
  }
  out.sites = months.size();
  out.p10 = quantile(months, 0.1), out.p50 = quantile(months, 0.5), out.p90 = quantile(months, 0.9);
  out.all10 = running_quantile(months, running, 0.1), out.all50 = running_quantile(months, running, 0.5), out.all90 = running_quantile(months, running, 0.9);
  return out;
}

bool is_forecast(const TimelineSite& site, Date day) {
  for (const auto& row : site.rows)
    if (row.date == day) return row.forecast;
  return false;
}

std::string day(const TimelineSite& site, Date d) { return d.is_never() ? "-" : d.text() + (is_forecast(site, d) ? "*" : " "); }

size_t forecasts(const Timelines& file) {
  size_t n = 0;
  for (const auto& site : file.sites)
    for (const auto& row : site.rows) n += row.forecast ? 1 : 0;
  return n;
}

std::string site_table(const Timelines& file, const std::vector<Dated>& sites, int width) {
  analysis::TextTable table("site");
  for (const char* head : {"start", "first", "25 %", "50 %", "100 %"}) table.column(head);
  if (file.unit == "MW") table.column("1 GW");
  const bool clearing = file.unit != "chips";  // a count of chips does not tell when a site was begun
  if (clearing) table.column("months\nto first");
  table.column("recorded\n" + file.unit), table.column("greatest\n" + file.unit), table.column("falls");
  for (const auto& [site, d] : sites) {
    std::vector<std::string> row{site->name, day(*site, d.start), day(*site, d.first), day(*site, d.quarter), day(*site, d.half), day(*site, d.full)};
    if (file.unit == "MW") row.push_back(day(*site, d.gigawatt));
    if (clearing) row.push_back(d.months_to_first ? analysis::fixed(*d.months_to_first, 1) : d.seen_from_start ? "not yet" : "unseen");
    row.push_back(fmt::format("{:.0f}", d.recorded)), row.push_back(fmt::format("{:.0f}", d.greatest));
    row.push_back(d.falls == 0 ? "" : std::to_string(d.falls));
    table.row(std::move(row));
  }
  return table.text(width);
}

std::string steps_table(const Timelines& file, const TimelineSite& site, int width) {
  analysis::TextTable table("from");
  table.column(file.unit), table.column("H100e"), table.column("line"), table.column("", true);
  double before = 0;
  for (const auto& row : site.rows) {
    const std::string fell = row.capacity < before ? fmt::format("falls by {:.0f}", before - row.capacity) : "";
    table.row({row.date.text(), fmt::format("{:.0f}", row.capacity), row.h100e ? fmt::format("{:.0f}", *row.h100e) : "-", std::to_string(row.line),
               fell + (row.forecast ? (fell.empty() ? "forecast" : ", forecast") : "")});
    before = row.capacity;
  }
  return site.name + "\n" + table.text(width);
}

// What all sites have together on each day on which one of them changes; forecasts only when wanted.
std::map<Date, double> totals(const std::vector<Dated>& sites, bool forecasts_too) {
  std::map<Date, double> change;
  for (const auto& s : sites) {
    double before = 0;
    for (const auto& row : s.site->rows) {
      if (row.forecast && !forecasts_too) break;
      change[row.date] += row.capacity - before;
      before = row.capacity;
    }
  }
  double sum = 0;
  for (auto& [date, value] : change) value = sum += value;
  return change;
}

// H100 equivalents in the last recorded row of each site that says them; negative where the file has none.
double equivalents(const std::vector<Dated>& sites) {
  double sum = 0;
  bool any = false;
  for (const auto& s : sites) {
    double last = 0;
    for (const auto& row : s.site->rows)
      if (!row.forecast && row.h100e) last = *row.h100e, any = true;
    sum += last;
  }
  return any ? sum : -1;
}

// Notes that say the same of several lines, together.
std::vector<std::string> notes_of(const Timelines& file) {
  std::map<std::string, std::vector<int>> lines;
  for (const auto& n : file.notes) lines[n.why + (n.left_out ? "; left out" : "")].push_back(n.line);
  std::vector<std::string> out;
  for (const auto& [why, at] : lines) {
    std::string list;
    for (const int line : at) list += (list.empty() ? "" : ", ") + std::to_string(line);
    out.push_back(fmt::format("{} {}: {}.", at.size() == 1 ? "Line" : "Lines", list, why));
  }
  return out;
}

std::string summary(const Timelines& file, const std::vector<Dated>& sites, std::optional<Date> as_of, int width) {
  double deepest = 0;
  int falls = 0;
  std::string where;
  for (const auto& s : sites) {
    falls += s.dates.falls;
    if (s.dates.deepest_fall > deepest) deepest = s.dates.deepest_fall, where = s.site->name;
  }
  std::string out;
  const auto say = [&](const std::string& text) { out += analysis::wrap("- " + text, width, 2); };
  say(fmt::format("Rows: {}, of which {} used and {} left out; {} out of date order.", file.rows, file.rows - file.left_out(), file.left_out(), file.out_of_order));
  say(!as_of ? std::string("Every row is taken as recorded (--as-of DATE marks later ones as forecasts).")
                    : fmt::format("As of {}: {} later steps are forecasts, marked *.", as_of->text(), forecasts(file)));
  if (const auto sum = totals(sites, false); !sum.empty())
    say(fmt::format("All {} sites together: {:.0f} {} on {}, {:.0f} {} on {}, the last recorded day.", sites.size(), sum.begin()->second,
                    file.unit, sum.begin()->first.text(), sum.rbegin()->second, file.unit, sum.rbegin()->first.text()));
  if (const double sum = equivalents(sites); sum >= 0) say(fmt::format("H100 equivalents in the last recorded row of each site: {:.0f}.", sum));
  if (const auto sum = totals(sites, true); as_of && !sum.empty())
    say(fmt::format("With forecasts: {:.0f} {} on {}.", sum.rbegin()->second, file.unit, sum.rbegin()->first.text()));
  const auto q = months_of(sites, as_of);
  const auto reached = [](double months) { return std::isinf(months) ? std::string("not reached") : analysis::fixed(months, 1); };
  if (q.sites > 0)
    say(fmt::format("Months from start (land clearing) to first operational capacity: P10 {:.1f}, P50 {:.1f}, P90 {:.1f}, over {} sites. "
                    "Not counted: {} that had capacity in their first row, {} without any so far.",
                    q.p10, q.p50, q.p90, q.sites, q.seen_late, q.not_yet));
  if (q.sites > 0 && as_of)
    say(fmt::format("With those that are still without any, by how long they have been building (Kaplan-Meier): P10 {}, P50 {}, P90 {}.",
                    reached(q.all10), reached(q.all50), reached(q.all90)));
  if (falls > 0) say(fmt::format("Recorded capacity falls {} times; deepest: {:.0f} {} at {}.", falls, deepest, file.unit, where));
  for (const auto& note : notes_of(file)) say(note);
  return out;
}

Json date_json(Date d) { return d.is_never() ? Json(nullptr) : Json(d.text()); }

Json site_json(const Dated& s) {
  const auto& d = s.dates;
  Json out{{"site", s.site->name}, {"start", date_json(d.start)}, {"seen_from_start", d.seen_from_start}, {"first", date_json(d.first)}, {"quarter", date_json(d.quarter)},
           {"half", date_json(d.half)}, {"full", date_json(d.full)}, {"gigawatt", date_json(d.gigawatt)}, {"recorded", d.recorded}, {"greatest", d.greatest},
           {"falls", d.falls}, {"deepest_fall", d.deepest_fall}, {"months_to_first", d.months_to_first ? Json(*d.months_to_first) : Json(nullptr)}};
  Json& steps = out["steps"] = Json::array();
  for (const auto& row : s.site->rows)
    steps.push_back({{"date", row.date.text()}, {"capacity", row.capacity},
                     {"h100e", row.h100e ? Json(*row.h100e) : Json(nullptr)}, {"line", row.line}, {"forecast", row.forecast}});
  return out;
}

std::string to_json(const Timelines& file, const std::vector<Dated>& sites, std::optional<Date> as_of) {
  const auto q = months_of(sites, as_of);
  const auto months = [&](double m) { return q.sites > 0 ? analysis::finite_or_null(m) : Json(nullptr); };
  const auto running = [&](double m) { return as_of ? months(m) : Json(nullptr); };
  Json out{{"file", file.file}, {"unit", file.unit}, {"rows", file.rows}, {"left_out", file.left_out()}, {"out_of_order", file.out_of_order},
           {"months_to_first", {{"p10", months(q.p10)}, {"p50", months(q.p50)}, {"p90", months(q.p90)},
                                {"sites", q.sites}, {"had_capacity_at_start", q.seen_late}, {"none_so_far", q.not_yet},
                                {"with_running_p10", running(q.all10)}, {"with_running_p50", running(q.all50)},
                                {"with_running_p90", running(q.all90)}}}};
  Json& notes = out["notes"] = Json::array();
  for (const auto& n : file.notes) notes.push_back({{"line", n.line}, {"left_out", n.left_out}, {"why", n.why}});
  Json& list = out["sites"] = Json::array();
  for (const auto& s : sites) list.push_back(site_json(s));
  return analysis::json_text(out);
}

}  // namespace

int replay_timelines(const Common& c, const TimelinesOptions& o) {
  Diagnostics problems;
  std::optional<Date> as_of;
  if (Date d; Date::parse(o.as_of, d)) as_of = d;
  else if (!o.as_of.empty()) problems.add({"--as-of", 0, 0}, "\"" + o.as_of + "\" is not a date (expected one such as 2026-01-31)");
  const auto file = import::read_timelines(o.file, as_of, problems);
  if (problems.ok() && !o.site.empty() && file.find(o.site) == nullptr) {
    std::vector<std::string> names;
    for (const auto& s : file.sites) names.push_back(s.name);
    problems.add({o.file, 0, 0}, "has no site \"" + o.site + "\"" + did_you_mean(o.site, names));
  }
  if (!problems.ok()) throw InputError(problems);

  std::vector<Dated> sites;
  for (const auto& s : file.sites)
    if (o.site.empty() || s.name == o.site) sites.push_back({&s, import::dates_of(file, s)});
  const int width = terminal_width();
  if (c.json) print(to_json(file, sites, as_of));
  else if (!o.site.empty()) print(steps_table(file, *sites.front().site, width) + "\n" + site_table(file, sites, width));
  else print(summary(file, sites, as_of, width) + "\n" + site_table(file, sites, width));
  return 0;
}

}  // namespace capmix::cli
