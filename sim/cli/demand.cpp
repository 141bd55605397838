// capmix replay demand: a recorded series of demand or a list of requests: what was used of it, and its rhythm.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/statistics.hpp"
#include "analysis/table.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "import/rhythm.hpp"
#include "import/text.hpp"

namespace capmix::cli {
namespace {

using analysis::Json;
using import::Run;
using import::Series;

constexpr size_t kShown = 10;
const char* const kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
const char* const kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// A series, with the list that it was counted from if it is one.
struct Recorded {
  std::optional<import::RequestList> list;
  Series series;
  import::Rhythm rhythm;
  std::vector<import::Burst> bursts;
};

Recorded read(const DemandOptions& o) {
  Diagnostics problems;
  const import::SeriesFormat* known = nullptr;
  for (const auto& f : import::series_formats())
    if (f.name == o.format) known = &f;
  Recorded out;
  if (known == nullptr) {
    const std::string text = import::read_text(o.file, problems);
    const std::string looks = import::looks_like(text);
    if (problems.ok())
      problems.add({"--format", 0, 0}, (o.format.empty() ? "is needed" : "\"" + o.format + "\" is unknown") + " (expected one of " + analysis::joined(import::series_format_names()) + ")" +
                                           (looks.empty() ? did_you_mean(o.format, import::series_format_names()) : "; " + o.file + " looks like " + looks));
  } else if (known->requests && o.select.empty()) {
    out.list = import::read_requests(o.file, o.format, problems);
    if (out.list) out.series = import::counted(*out.list, 1);
  } else if (auto s = import::read_demand_series(o.file, {o.format, o.select}, problems)) {
    out.series = std::move(*s);
  }
  if (!problems.ok()) throw InputError(problems);
  out.rhythm = import::rhythm_of(out.series), out.bursts = import::bursts_of(out.series);
  return out;
}

// When a window begins: its date where there is one, else the time since the first.
std::string when(const Series& s, size_t window) {
  const double since = static_cast<double>(window) * s.step;
  return s.start ? import::clock_text(*s.start + since) : fmt::format("{:.0f} s", since);
}

std::vector<Run> longest(std::vector<Run> runs) {
  std::stable_sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.windows > b.windows; });
  if (runs.size() > kShown) runs.resize(kShown);
  return runs;
}

size_t windows_of(const std::vector<Run>& runs) {
  size_t n = 0;
  for (const auto& r : runs) n += r.windows;
  return n;
}

std::string used(const Recorded& d, int width) {
  const Series& s = d.series;
  const auto& r = s.report;
  std::string out = fmt::format("{}: {} ({})\n", s.file, s.name, s.format);
  const auto say = [&](const std::string& text) { out += analysis::wrap("- " + text, width, 2); };
  say(fmt::format("Rows: {}, of which {} used, {} refused{}. Out of order: {}; a second row of a window: {}{}.", r.rows, r.used, r.refused.size(),
                  r.aside > 0 ? fmt::format(", {} not asked for", r.aside) : "", r.unsorted, r.doubled, r.off_grid > 0 ? fmt::format("; beside the step: {}", r.off_grid) : ""));
  say(fmt::format("{}{} windows of {}, {}.", s.start ? "From " + when(s, 0) + ": " : "", s.values.size(), import::lasting_text(s.step), import::lasting_text(s.seconds())));
  if (d.list) say("A list says nothing of time without requests: windows without any are 0.");
  say(s.calendar ? "Hours of the day and weekdays are those of the file's clock." : "The hour of the day and the weekday are not known.");
  for (const auto& note : r.notes) say(note + ".");
  std::map<std::string, size_t> states;
  if (d.list && !d.list->states.empty()) {
    std::vector<std::string> parts;
    for (const auto& [state, n] : d.list->states) parts.push_back(fmt::format("{} {}", n, state));
    say("How they ended: " + analysis::joined(parts) + ".");
  }
  for (size_t i = 0; i < r.refused.size() && i < kShown; ++i) say(fmt::format("Line {} {}: refused.", r.refused[i].line, r.refused[i].why));
  if (r.refused.size() > kShown) say(fmt::format("Refused besides: {} (all: --json).", analysis::count(static_cast<int64_t>(r.refused.size() - kShown), "row")));
  return out;
}

std::string runs(const Series& s, const std::vector<Run>& all, const std::string& what, int width) {
  if (all.empty()) return fmt::format("No {}.\n", what);
  analysis::TextTable table(fmt::format("{}\nfrom", what));
  for (const char* head : {"windows", "lasts"}) table.column(head);
  for (const auto& r : longest(all)) table.row({when(s, r.from), std::to_string(r.windows), import::lasting_text(static_cast<double>(r.windows) * s.step)});
  return fmt::format("{} {}, {} windows in all, {}{}\n", all.size(), what, windows_of(all), import::lasting_text(static_cast<double>(windows_of(all)) * s.step),
                     all.size() > kShown ? "; the longest:" : ":") + table.text(width);
}

std::string level(const Recorded& d, int width) {
  const Series& s = d.series;
  std::string out = analysis::heading("Level");
  out += analysis::wrap(fmt::format("Total {:.0f} {}; mean {:.4g}/s over the {} windows that are known, peak {:.4g}/s from {} on, {:.3f} times the mean; least {:.4g}/s.", s.total(),
                                    s.counts ? s.unit : "requests (scaled)", d.rhythm.mean, s.known(), d.rhythm.peak, when(s, d.rhythm.peak_at), d.rhythm.peak / d.rhythm.mean, d.rhythm.trough), width);
  analysis::TextTable table("window");
  for (const char* head : {"windows", "peak/mean", "variance/mean"}) table.column(head);
  for (const auto& b : d.bursts) table.row({import::lasting_text(b.window), std::to_string(b.windows), fmt::format("{:.3f}", b.peak_to_mean), std::isnan(b.dispersion) ? "-" : fmt::format("{:.4g}", b.dispersion)});
  return out + table.text(width);
}

std::string tokens(const import::RequestList& list, int width) {
  if (list.prompt.empty()) return "";
  analysis::TextTable table("tokens");
  for (const char* head : {"mean", "P50", "P90", "P99", "most"}) table.column(head);
  for (const auto& [name, of] : {std::pair{"prompt", &list.prompt}, {"output", &list.output}}) {
    std::vector<std::string> row{name, fmt::format("{:.1f}", analysis::mean(*of))};
    for (const double p : {0.5, 0.9, 0.99, 1.0}) row.push_back(fmt::format("{:.0f}", analysis::quantile(*of, p)));
    table.row(std::move(row));
  }
  return analysis::heading("Tokens of a request") + table.text(width);
}

template <class Names>
std::string shape(const std::string& what, const std::vector<double>& values, Names name, int width) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  std::string line;
  for (size_t i = 0; i < values.size(); ++i) line += fmt::format("{}{} {:.2f}", i == 0 ? "" : ", ", name(i), values[i]);
  return analysis::wrap(fmt::format("{}, relative to the mean: {}. Peak {} / trough {}: {:.3f}.", what, line, name(static_cast<size_t>(high - values.begin())), name(static_cast<size_t>(low - values.begin())),
                                    *low > 0 ? *high / *low : std::numeric_limits<double>::infinity()), width, 2);
}

std::string shapes(const Recorded& d, int width) {
  const auto& r = d.rhythm;
  std::string out = analysis::heading("Shape");
  if (!r.hour) return out + analysis::wrap(d.series.calendar ? "Some hour of the day is never known." : "None: the file's calendar cannot be trusted.", width);
  out += shape("By hour of the day", *r.hour, [](size_t i) { return fmt::format("{:02}", i); }, width);
  out += r.weekday ? shape("By weekday", *r.weekday, [](size_t i) { return std::string(kDays[i]); }, width) : std::string("No weekdays: the file does not know every hour of a week.\n");
  if (r.month) out += shape("By month", *r.month, [](size_t i) { return std::string(kMonths[i]); }, width);
  return out;
}

Json runs_json(const Series& s, const std::vector<Run>& all) {
  Json out = Json::array();
  for (const auto& r : all) out.push_back({{"from", when(s, r.from)}, {"window", r.from}, {"windows", r.windows}, {"seconds", static_cast<double>(r.windows) * s.step}});
  return out;
}

std::string to_json(const Recorded& d) {
  const Series& s = d.series;
  const auto& r = s.report;
  Json out{{"file", s.file}, {"format", s.format}, {"name", s.name}, {"unit", s.unit}, {"counts", s.counts}, {"calendar", s.calendar},
           {"start", s.start ? Json(when(s, 0)) : Json(nullptr)}, {"step_seconds", s.step}, {"windows", s.values.size()}, {"known", s.known()},
           {"rows", r.rows}, {"used", r.used}, {"not_asked_for", r.aside}, {"unsorted", r.unsorted}, {"doubled", r.doubled}, {"beside_the_step", r.off_grid}};
  Json& refused = out["refused"] = Json::array();
  for (const auto& row : r.refused) refused.push_back({{"line", row.line}, {"why", row.why}});
  out["notes"] = r.notes;
  out["gaps"] = runs_json(s, r.gaps), out["zero_runs"] = runs_json(s, r.zeros);
  out["total"] = analysis::finite_or_null(s.total()), out["mean_per_second"] = analysis::finite_or_null(d.rhythm.mean), out["peak_per_second"] = analysis::finite_or_null(d.rhythm.peak);
  out["peak_at"] = when(s, d.rhythm.peak_at), out["peak_to_mean"] = analysis::finite_or_null(d.rhythm.peak / d.rhythm.mean);
  Json& bursts = out["bursts"] = Json::array();
  for (const auto& b : d.bursts)
    bursts.push_back({{"window_seconds", b.window}, {"windows", b.windows}, {"peak_to_mean", analysis::finite_or_null(b.peak_to_mean)}, {"dispersion", analysis::finite_or_null(b.dispersion)}});
  for (const auto& [key, values] : {std::pair{"hour", &d.rhythm.hour}, {"weekday", &d.rhythm.weekday}, {"month", &d.rhythm.month}}) out[key] = *values ? Json(**values) : Json(nullptr);
  if (d.list) {
    Json& list = out["requests"] = {{"requests", d.list->arrival.size()}, {"seconds", d.list->arrival.back()}};
    for (const auto& [name, of] : {std::pair{"prompt_tokens", &d.list->prompt}, {"output_tokens", &d.list->output}})
      if (!of->empty()) list[name] = {{"mean", analysis::mean(*of)}, {"p50", analysis::quantile(*of, 0.5)}, {"p99", analysis::quantile(*of, 0.99)}, {"max", analysis::quantile(*of, 1)}};
    for (const auto& [state, n] : d.list->states) list["states"][state] = n;
  }
  return analysis::json_text(out);
}

std::string list_of(const std::vector<double>& values) {
  std::string out;
  for (const double v : values) out += fmt::format("{}{:.4f}", out.empty() ? "" : ", ", v);
  return "[" + out + "]";
}

std::string in_toml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out;
}

// A demand of one region at the recorded level.
std::string demand_file(const Recorded& d) {
  const Series& s = d.series;
  const std::string name = std::filesystem::path(s.file).filename().string();
  std::string out = fmt::format("# The rhythm of {}, by the file's clock, {} on, {}.\n# One region wants what was recorded: change users, requests and regions to a service's own.\n", in_toml(name), "from " + when(s, 0), import::lasting_text(s.seconds()));
  out += fmt::format("users = 1\nrequests_per_user_day = {:.6g}\nmultiplier = 1\nannual_growth = 0\nhour = {}\nweekday = {}\n", d.rhythm.mean * 86400, list_of(*d.rhythm.hour),
                     list_of(d.rhythm.weekday.value_or(std::vector<double>(7, 1.0))));
  if (d.rhythm.month) out += "month = " + list_of(*d.rhythm.month) + "\n";
  out += fmt::format("source = \"{} ({}, {} of {} rows), by capmix replay demand\"\nconfidence = \"assumption\"\n", in_toml(name), s.format, s.report.used, s.report.rows);
  out += fmt::format("note = \"Means of what was recorded; that a service has this rhythm is an assumption. Windows without a value: {} of {}, left out.{}\"\n", s.missing(), s.values.size(),
                     d.rhythm.weekday ? "" : " Less than a week is known: weekdays are flat, for want of anything better.");
  return out + "\n[[region]]\nid = \"all\"\nshare = 1\nutc_offset = 0\n";
}

}  // namespace

int replay_demand(const Common& c, const DemandOptions& o) {
  const Recorded d = read(o);
  if (!o.out.empty()) {
    if (!d.rhythm.hour)
      throw InputError(o.file + ": error: " + (d.series.calendar ? "some hour of the day is never known" : "the hour of the day is not known") + ", so there is no shape to write to " + o.out);
    probe_output(o.out);
    write_whole(o.out, demand_file(d));
  }
  if (c.json) return print(to_json(d)), 0;
  const int width = terminal_width();
  std::string out = used(d, width) + analysis::heading("Gaps") + runs(d.series, d.series.report.gaps, "gaps", width);
  if (!d.list) out += analysis::heading("Runs of 0") + runs(d.series, d.series.report.zeros, "runs of 0", width);
  print(out + level(d, width) + (d.list ? tokens(*d.list, width) : "") + shapes(d, width));
  return 0;
}

}  // namespace capmix::cli
