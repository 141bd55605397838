// capmix: CSV of our own, as jobs_csv() writes it (import/jobs.hpp has the columns). Needed are submit_s or start_s, chips, and
// run_s, attempts, tasks or steps; the other columns may be missing, in whatever order they stand.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "base/calendar.hpp"
#include "import/formats/format.hpp"
#include "import/formats/jobs.hpp"

namespace capmix::import {
namespace {

enum Column { kId, kTenant, kUser, kEpoch, kSubmit, kStart, kEnd, kRun, kAsked, kDeadline, kChips, kNodes, kChip, kQos, kWork, kStatus, kState, kPriority, kBatch, kSteps, kAttempts, kTasks };
const std::vector<std::string> kNames{"id",   "tenant", "user", "epoch", "submit_s", "start_s", "end_s",    "run_s", "asked_s", "deadline_s", "chips",
                                      "nodes", "chip",   "qos",  "work",  "status",   "state",   "priority", "batch", "steps",   "attempts",   "tasks"};
// In the order in which they are asked for: what must be there first.
const std::vector<Column> kNeeded{kSubmit, kChips},
    kOther{kId, kTenant, kUser, kEpoch, kStart, kEnd, kRun, kAsked, kDeadline, kNodes, kChip, kQos, kWork, kStatus, kState, kPriority, kBatch, kSteps, kAttempts, kTasks};

struct Row {
  std::vector<std::string_view> cell = std::vector<std::string_view>(kNames.size());
  std::string_view operator[](Column c) const { return cell[c]; }
};

std::optional<std::vector<Span>> spans_of(std::string_view text) {
  std::vector<Span> out;
  while (!(text = trimmed(text)).empty()) {
    const std::string_view one = text.substr(0, text.find(' '));
    text.remove_prefix(one.size());
    const size_t a = one.find(':'), b = a == std::string_view::npos ? a : one.find(':', a + 1);
    if (b == std::string_view::npos) return {};
    const auto start = number(one.substr(0, a)), end = number(one.substr(a + 1, b - a - 1)), chips = number(one.substr(b + 1));
    if (!start || !end || !chips || *end < *start || *chips < 0) return {};
    out.push_back({*start, *end, *chips});
  }
  return out;
}

std::optional<JobEnd> state_of(std::string_view text) {
  for (const auto s : {JobEnd::completed, JobEnd::failed, JobEnd::cancelled, JobEnd::unknown})
    if (text == kJobEndNames[static_cast<int>(s)]) return s;
  return text.empty() ? std::optional(JobEnd::unknown) : std::nullopt;
}

// Numbers that may be blank; false when the row is refused.
bool numbers(JobSink& sink, const Row& r, Job& job) {
  const std::pair<Column, std::optional<double> Job::*> all[] = {
      {kStart, &Job::start}, {kEnd, &Job::end},           {kRun, &Job::run},     {kAsked, &Job::asked}, {kDeadline, &Job::deadline},
      {kNodes, &Job::nodes}, {kPriority, &Job::priority}, {kBatch, &Job::batch}, {kSteps, &Job::steps}};
  for (const auto& [column, into] : all) {
    if (r[column].empty()) continue;
    job.*into = number(r[column]);
    if (column == kPriority ? !(job.*into) && !sink.amount({}, r[column], kNames[column].c_str()) : !sink.amount(job.*into, r[column], kNames[column].c_str())) return false;
  }
  return true;
}

// What attempts (their sum) or tasks (from the first start to the last end) say of the run time.
std::optional<double> run_of(const Job& job) {
  if (job.attempts.empty() && job.tasks.empty()) return {};
  double sum = 0, first = std::numeric_limits<double>::infinity(), last = -first;
  for (const auto& a : job.attempts) sum += a.end - a.start;
  for (const auto& t : job.tasks) first = std::min(first, t.start), last = std::max(last, t.end);
  return job.tasks.empty() ? sum : last - first;
}

void read_row(JobSink& sink, const Row& r, std::string& epoch, int& epoch_line) {
  Job job;
  const auto chips = number(r[kChips]), run = number(r[kRun]), submit = number(r[kSubmit]);
  const auto attempts = spans_of(r[kAttempts]), tasks = spans_of(r[kTasks]);
  if (attempts) job.attempts = *attempts;
  if (tasks) job.tasks = *tasks;
  job.chips = chips.value_or(0), job.run = run;
  if (run || !job.attempts.empty() || !job.tasks.empty())
    if (chips && *chips >= 0 && run.value_or(0) >= 0) sink.size_hours(job.chip_seconds() / 3600);
  if (!sink.amount(chips, r[kChips], "chips") || !numbers(sink, r, job)) return;
  if (job.chips == 0) { sink.aside(kNotHeld, kNotHeld); return; }
  for (const auto& [spans, column] : {std::pair{&attempts, kAttempts}, {&tasks, kTasks}})
    if (!*spans) { sink.refuse("spans that cannot be read", kNames[column] + " is " + shown(r[column]) + " (expected start:end:chips, blank between two)"); return; }
  const auto state = state_of(r[kState]);
  if (!state) { sink.refuse("an unknown state", "state is " + shown(r[kState]) + " (expected completed, failed, cancelled or unknown)"); return; }
  job.submitted = !r[kSubmit].empty() || !job.start;
  if (job.submitted && !sink.amount(submit, r[kSubmit], "submit_s")) return;
  job.submit = job.submitted ? *submit : *job.start;
  if (!job.attempts.empty() && !job.tasks.empty()) { sink.refuse("attempts and tasks", "has attempts and tasks (expected one of them)"); return; }
  if (!job.run) job.run = run_of(job);
  if (!job.run && !job.steps) { sink.refuse("a value is missing", "has neither run_s nor steps"); return; }
  if (epoch_line == 0) epoch = r[kEpoch], epoch_line = sink.line();
  if (r[kEpoch] != epoch) { sink.refuse("another epoch", "has the epoch " + shown(r[kEpoch]) + " (expected " + shown(epoch) + ", as in line " + std::to_string(epoch_line) + ")"); return; }
  job.id = r[kId], job.state = *state;
  job.tenant = sink.tenant(r[kTenant]), job.user = sink.user(r[kUser]), job.chip = sink.chip(r[kChip]), job.qos = sink.qos(r[kQos]);
  job.work = sink.work(r[kWork]), job.status = sink.status(r[kStatus]);
  const bool told_apart = !job.id.empty();
  sink.use(std::move(job), told_apart);
}

void quote(std::string& out, const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) { out += text; return; }
  out += '"';
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  out += '"';
}

std::string epoch_text(const JobLog& log) {
  if (!log.epoch) return "";
  std::string out = clock_text(std::floor(*log.epoch));
  char text[32];
  if (const int micro = static_cast<int>((*log.epoch - std::floor(*log.epoch)) * 1e6); micro > 0) std::snprintf(text, sizeof text, ".%06d", micro), out += text;
  if (!log.zone) return out;
  if (*log.zone == 0) return out + "Z";
  const int minutes = static_cast<int>(std::fabs(*log.zone) / 60 + 0.5);
  std::snprintf(text, sizeof text, "%c%02d:%02d", *log.zone < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
  return out + text;
}

std::string spans_text(const std::vector<Span>& spans) {
  std::string out;
  for (const auto& s : spans) out += (out.empty() ? "" : " ") + plain(s.start) + ":" + plain(s.end) + ":" + plain(s.chips);
  return out;
}

}  // namespace

void read_own(JobSink& sink, const std::string& text, Diagnostics& problems) {
  Wanted wanted;
  for (const auto c : kNeeded) wanted.columns.push_back(kNames[c]);
  for (const auto c : kOther) wanted.optional.push_back(kNames[c]);
  Row row;
  std::string epoch;
  int epoch_line = 0;
  each_row(sink, text, wanted, problems, [&](const Cells& cells) {
    for (size_t i = 0; i < cells.size(); ++i) row.cell[i < kNeeded.size() ? kNeeded[i] : kOther[i - kNeeded.size()]] = cells[i];
    read_row(sink, row, epoch, epoch_line);
  });
  if (epoch.empty()) return;
  const auto at = zoned_time(epoch);
  if (!at) return problems.add({sink.log.file, epoch_line, 0}, "epoch is " + shown(epoch) + " (expected a time such as 2026-01-31 18:30:00, with Z or +08:00 behind it or not)");
  sink.epoch = at->at + at->zone.value_or(0), sink.log.zone = at->zone;
}

std::string jobs_csv(const JobLog& log) {
  std::string out;
  for (const auto& name : kNames) out += (out.empty() ? "" : ",") + name;
  out += '\n';
  const std::string epoch = epoch_text(log);
  const auto name = [&](const std::vector<std::string>& names, int i) { quote(out, i < 0 ? std::string() : names[static_cast<size_t>(i)]), out += ','; };
  const auto value = [&](const std::optional<double>& v) { out += (v ? plain(*v) : std::string()) + ","; };
  for (const auto& j : log.jobs) {
    quote(out, j.id), out += ',';
    name(log.tenants, j.tenant), name(log.users, j.user);
    out += epoch + ",";
    value(j.submitted ? std::optional(j.submit) : std::nullopt);
    for (const auto& v : {j.start, j.end, j.run, j.asked, j.deadline, std::optional(j.chips), j.nodes}) value(v);
    name(log.chips, j.chip), name(log.qos, j.qos), name(log.works, j.work), name(log.statuses, j.status);
    out += std::string(kJobEndNames[static_cast<int>(j.state)]) + ",";
    for (const auto& v : {j.priority, j.batch, j.steps}) value(v);
    out += spans_text(j.attempts) + "," + spans_text(j.tasks) + "\n";
  }
  return out;
}

}  // namespace capmix::import
