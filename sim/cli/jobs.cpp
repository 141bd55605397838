// capmix replay jobs: a log of jobs: what was used of it, what the jobs held, how long they ran and waited.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/statistics.hpp"
#include "analysis/table.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"
#include "import/job_totals.hpp"
#include "import/series.hpp"

namespace capmix::cli {
namespace {

using analysis::Json;
using import::JobLoad;
using import::JobLog;
using import::JobShare;
using import::JobTotals;
using import::LeftOut;

constexpr size_t kLines = 3, kTenants = 15;  // that are shown of a reason; of all
constexpr std::pair<const char*, double> kQuantiles[] = {{"P10", 0.1}, {"P50", 0.5}, {"P90", 0.9}, {"P99", 0.99}, {"most", 1}};

std::string hours(double chip_hours) { return fmt::format("{:.1f}", chip_hours); }
std::string share(double part, double whole) { return whole > 0 ? fmt::format("{:.1f} %", 100 * part / whole) : "-"; }
std::string counted(size_t n, const std::string& noun) { return analysis::count(static_cast<int64_t>(n), noun); }

std::string what_of(const std::string& format) {
  for (const auto& f : import::job_formats())
    if (f.name == format) return f.what;
  return "";
}

std::string zone_text(const JobLog& log) {
  if (!log.zone) return "";
  const int minutes = static_cast<int>(std::lround(std::fabs(*log.zone) / 60));
  return minutes == 0 ? " UTC" : fmt::format(" UTC{}{:02}:{:02}", *log.zone < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string when(const JobLog& log, double t) { return log.epoch ? import::clock_text(*log.epoch + t) + zone_text(log) : import::lasting_text(t) + " after the first submit"; }

std::string left_out(const std::vector<LeftOut>& rows, const std::string& what, int width) {
  std::string out;
  for (const auto& reason : import::reasons_of(rows, kLines)) {
    std::string size = reason.sized == 0 ? "size not known" : hours(reason.chip_hours) + " chip-hours";
    if (reason.sized > 0 && reason.sized < reason.rows) size += fmt::format(" in the {} that say their size", reason.sized);
    out += analysis::wrap(fmt::format("- {}: {}, {}, {}.", what, reason.reason, counted(reason.rows, "row"), size), width, 2);
    for (const auto* row : reason.first) out += "  " + analysis::wrap(fmt::format("Line {} {}{}", row->line, row->why, row->why.back() == '?' ? "" : "."), width - 2, 4);
    if (reason.rows > kLines) out += "  All: --json.\n";
  }
  return out;
}

std::string used(const JobLog& log, const JobTotals& t, int width) {
  const auto& r = log.report;
  std::string out = fmt::format("{}: {} ({})\n", log.file, what_of(log.format), log.format);
  const auto say = [&](const std::string& text) { out += analysis::wrap("- " + text, width, 2); };
  say(fmt::format("Rows: {}, of which {} used, {} set aside, {} refused; {}. Out of order: {}.", r.rows, r.used, r.aside.size(), r.refused.size(), counted(t.jobs, "job"), r.unsorted));
  say(fmt::format("Chip-hours: {} of the jobs, {} of what is set aside, {} of what is refused; {} of all rows that say their size.", hours(t.chip_hours),
                  hours(import::hours_of(r.aside)), hours(import::hours_of(r.refused)), hours(r.chip_hours)));
  if (t.sized < t.jobs) say(fmt::format("Without a run time: {}.", counted(t.jobs - t.sized, "job")));
  say(fmt::format("Submitted {}{}.", log.epoch ? "from " + when(log, 0) + " on, " : "", "over " + import::lasting_text(t.span)));
  if (log.fleet) say(fmt::format("The fleet has {:.0f} chips, says the file.", *log.fleet));
  if (t.retried > 0) say(fmt::format("Jobs with more than one attempt: {} ({} attempts of all jobs); what was tried before the last: {} chip-hours.", t.retried, t.attempts, hours(t.retried_hours)));
  for (const auto& note : r.notes) say(note + ".");
  return out + left_out(r.aside, "Set aside", width) + left_out(r.refused, "Refused", width);
}

std::string shares(const std::string& head, const std::vector<JobShare>& all, const JobTotals& t, int width) {
  analysis::TextTable table(head);
  for (const char* column : {"jobs", "of all", "chip-hours", "of all"}) table.column(column);
  for (const auto& s : all)
    if (s.jobs > 0) table.row({s.name, std::to_string(s.jobs), share(static_cast<double>(s.jobs), static_cast<double>(t.jobs)), hours(s.chip_hours), share(s.chip_hours, t.chip_hours)});
  return table.text(width);
}

std::string times(const JobTotals& t, int width) {
  if (t.runs.empty()) return "";
  analysis::TextTable table("seconds");
  for (const char* head : {"jobs", "mean", "P10", "P50", "P90", "P99", "most"}) table.column(head);
  for (const auto& [name, of] : {std::pair{"run", &t.runs}, {"wait", &t.waits}}) {
    if (of->empty()) continue;
    std::vector<std::string> row{name, std::to_string(of->size()), fmt::format("{:.0f}", analysis::mean(*of))};
    for (const auto& [label, p] : kQuantiles) row.push_back(fmt::format("{:.0f}", analysis::quantile(*of, p)));
    table.row(std::move(row));
  }
  return analysis::heading("Run times and waits") + table.text(width) + (t.waits.empty() ? "Waits: the log does not say when its jobs started.\n" : "");
}

std::string loads(const JobLog& log, const JobTotals& t, int width) {
  if (!t.load && !t.at_once) return "";
  std::string out = analysis::heading("Chips in use");
  const auto say = [&](const std::string& head, const JobLoad& l) {
    const std::string over = import::lasting_text(l.to - l.from);
    out += analysis::wrap(fmt::format("- {}: mean {:.1f}, peak {:.1f} at {} ({}, {}).", head, l.mean, l.peak, when(log, l.peak_at), counted(l.jobs, "job"), over), width, 2);
  };
  if (t.load) say("As it was", *t.load);
  if (t.at_once) say("If every job began when it was submitted", *t.at_once);
  if (t.span > 0) out += analysis::wrap(fmt::format("- Wanted: {:.1f} chips, chip-hours over the time in which jobs were submitted.", t.chip_hours * 3600 / t.span), width, 2);
  return out;
}

std::string tenants(const JobTotals& t, int width) {
  if (t.tenants.empty()) return "";
  const std::vector<JobShare> first(t.tenants.begin(), t.tenants.begin() + static_cast<std::ptrdiff_t>(std::min(kTenants, t.tenants.size())));
  std::string out = analysis::heading(fmt::format("Tenants ({} of {})", first.size(), t.tenants.size())) + shares("tenant", first, t, width);
  return out + (t.tenants.size() > kTenants ? "The others: --json.\n" : "");
}

Json left_out_json(const std::vector<LeftOut>& rows) {
  Json out{{"rows", rows.size()}, {"chip_hours", import::hours_of(rows)}};
  Json& reasons = out["reasons"] = Json::array();
  for (const auto& r : import::reasons_of(rows, 0)) reasons.push_back({{"reason", r.reason}, {"rows", r.rows}, {"sized", r.sized}, {"chip_hours", r.chip_hours}});
  Json& lines = out["lines"] = Json::array();
  for (const auto& r : rows) lines.push_back({{"line", r.line}, {"why", r.why}, {"chip_hours", r.chip_hours ? Json(*r.chip_hours) : Json(nullptr)}});
  return out;
}

template <class List>
Json shares_json(const List& all) {
  Json out = Json::array();
  for (const auto& s : all) out.push_back({{"name", s.name}, {"jobs", s.jobs}, {"chip_hours", s.chip_hours}});
  return out;
}

Json quantiles_json(const std::vector<double>& values) {
  if (values.empty()) return nullptr;
  Json out{{"jobs", values.size()}, {"mean", analysis::mean(values)}};
  for (const auto& [name, p] : {std::pair{"p10", 0.1}, {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"max", 1.0}}) out[name] = analysis::quantile(values, p);
  return out;
}

Json load_json(const std::optional<JobLoad>& l) {
  if (!l) return nullptr;
  return {{"jobs", l->jobs}, {"from_seconds", l->from}, {"to_seconds", l->to}, {"mean", l->mean}, {"peak", l->peak}, {"peak_at_seconds", l->peak_at}};
}

std::string to_json(const JobLog& log, const JobTotals& t) {
  const auto& r = log.report;
  const auto known = [](const std::optional<double>& v) { return v ? Json(*v) : Json(nullptr); };
  Json out{{"file", log.file}, {"format", log.format}, {"start", log.epoch ? Json(import::clock_text(*log.epoch)) : Json(nullptr)}, {"utc_offset_seconds", known(log.zone)},
           {"fleet", known(log.fleet)}, {"rows", r.rows}, {"used", r.used}, {"unsorted", r.unsorted}, {"doubled", r.doubled}, {"rows_chip_hours", r.chip_hours},
           {"jobs", t.jobs}, {"sized", t.sized}, {"chip_hours", t.chip_hours}, {"submit_span_seconds", t.span},
           {"attempts", t.attempts}, {"retried_jobs", t.retried}, {"retried_chip_hours", t.retried_hours}};
  out["notes"] = r.notes;
  out["set_aside"] = left_out_json(r.aside), out["refused"] = left_out_json(r.refused);
  out["states"] = shares_json(t.states), out["widths"] = shares_json(t.widths), out["tenants"] = shares_json(t.tenants);
  out["run_seconds"] = quantiles_json(t.runs), out["wait_seconds"] = quantiles_json(t.waits);
  out["load"] = load_json(t.load), out["load_without_waiting"] = load_json(t.at_once);
  return analysis::json_text(out);
}

}  // namespace

int replay_jobs(const Common& c, const JobsOptions& o) {
  if (!o.policies.empty()) return schedule_jobs(c, o);
  Diagnostics problems;
  import::JobQuestion question{o.format, o.with, o.chip};
  if (o.fleet) question.fleet = *o.fleet;
  const auto log = import::read_jobs(o.file, question, problems);
  if (!problems.ok()) throw InputError(problems);
  if (!o.csv.empty()) probe_output(o.csv), write_whole(o.csv, import::jobs_csv(*log));
  const JobTotals t = import::totals_of(*log);
  if (c.json) return print(to_json(*log, t)), 0;
  const int width = terminal_width();
  const std::vector<JobShare> states(t.states.begin(), t.states.end());
  print(used(*log, t, width) + analysis::heading("How they ended") + shares("state", states, t, width) + analysis::heading("Chips of a job") +
        shares("chips", t.widths, t, width) + times(t, width) + loads(*log, t, width) + tenants(t, width));
  return 0;
}

}  // namespace capmix::cli
