// swf: the Standard Workload Format 2.2 of the Parallel Workloads Archive (https://www.cs.huji.ac.il/labs/parallel/workload/swf.html).
// Lines that begin with ";" are the header; a job is 18 numbers between blanks: job, submit, wait, run, processors
// allocated, mean CPU time, memory, processors asked for, time asked for, memory asked for, status, user, group, executable,
// queue, partition, job before, think time. -1: not known. Times are seconds from UnixStartTime of the header
// (UTC; the zone of the machine is a name there, which is not read).
//
// A chip is a processor: those allocated, or those asked for where the log does not say. status: 1 completed, 0 failed,
// 5 cancelled. Lines with 2, 3 or 4 are parts of the job above them (to be continued, the last of a completed one, of a killed
// one): its attempts. MaxProcs of the header is the fleet. A run time of -1 is a job that never ran, or of which that is not known.
#include <cmath>

#include "import/formats/format.hpp"
#include "import/formats/jobs.hpp"

namespace capmix::import {
namespace {

constexpr size_t kFields = 18;
constexpr double kAbsolute = 3e8;  // s: a first submit behind this (1979) is counted from 1970

void split(std::string_view text, Cells& out) {
  out.clear();
  for (size_t from = 0; (from = text.find_first_not_of(" \t", from)) != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(" \t", from), text.size());
    out.push_back(text.substr(from, end - from));
    from = end;
  }
}

// "; MaxProcs: 240"
void header(JobSink& sink, std::string_view text, int line) {
  const auto value = [&](std::string_view name) -> std::optional<double> {
    const size_t at = text.find(name);
    if (at == std::string_view::npos || text.find_first_not_of("; \t") != at) return {};
    return number(text.substr(at + name.size()));
  };
  if (const auto start = value("UnixStartTime:"); start && *start > 0) sink.epoch = *start, sink.log.zone = 0;
  if (const auto processors = value("MaxProcs:"); processors && *processors > 0) {
    sink.log.fleet = processors;
    if (sink.fleet_from.empty()) sink.fleet = *processors, sink.fleet_from = "MaxProcs in line " + std::to_string(line);
  }
}

struct Row {
  double submit = 0, wait = 0, run = 0, allocated = 0, asked_chips = 0, asked = 0, status = 0;
};

// The numbers of a row that count; refuses it when one is none.
bool numbers(JobSink& sink, const Cells& cells, Row& out) {
  const std::pair<size_t, double Row::*> fields[] = {{1, &Row::submit}, {2, &Row::wait}, {3, &Row::run}, {4, &Row::allocated}, {7, &Row::asked_chips}, {8, &Row::asked}, {10, &Row::status}};
  const char* const names[] = {"submit time", "wait time", "run time", "number of processors", "number of processors asked for", "time asked for", "status"};
  for (size_t i = 0; i < std::size(fields); ++i) {
    const auto value = number(cells[fields[i].first]);
    if (!value) return sink.refuse("not a number", std::string(names[i]) + " is " + shown(cells[fields[i].first]) + " (expected a number, or -1)");
    out.*fields[i].second = *value;
    if (*value < 0 && *value != -1) return sink.refuse("a negative number", std::string(names[i]) + " is " + plain(*value) + " (expected at least 0, or -1 for not known)");
  }
  return true;
}

// A line of a part belongs to the job above.
void part(JobSink& sink, const Cells& cells, const Row& r) {
  auto& jobs = sink.log.jobs;
  const bool whole = !jobs.empty() && jobs.back().id == cells[0];
  if (whole && r.run > 0) {
    Job& job = jobs.back();
    const double before = job.attempts.empty() ? job.submit : job.attempts.back().end, start = before + std::max(0.0, r.wait);
    job.attempts.push_back({start, start + r.run, r.allocated > 0 ? r.allocated : job.chips});
  }
  sink.aside("is a part of a job", "is a part of job " + std::string(cells[0].substr(0, 20)) + (whole ? "" : ", of which no line tells the whole"));
}

void job_of(JobSink& sink, const Cells& cells, const Row& r) {
  const double chips = r.allocated > 0 ? r.allocated : r.asked_chips;
  if (r.submit < 0) { sink.refuse("a value is missing", "has no submit time (-1)"); return; }
  if (chips <= 0) { sink.refuse("a value is missing", "has no number of processors (" + std::string(cells[4]) + " allocated, " + std::string(cells[7]) + " asked for)"); return; }
  if (r.run < 0) { sink.aside("has no run time", r.status == 5 ? "was cancelled before it ran" : "has no run time (-1)"); return; }
  Job job;
  job.id = cells[0], job.submit = r.submit, job.chips = chips, job.run = r.run;
  job.user = sink.user(cells[11] == "-1" ? "" : cells[11]), job.tenant = sink.tenant(cells[12] == "-1" ? "" : cells[12]);
  job.work = sink.work(cells[13] == "-1" ? "" : cells[13]), job.qos = sink.qos(cells[14] == "-1" ? "" : cells[14]);
  job.status = sink.status(r.status == -1 ? "" : cells[10]);
  job.state = r.status == 1 ? JobEnd::completed : r.status == 0 ? JobEnd::failed : r.status == 5 ? JobEnd::cancelled : JobEnd::unknown;
  if (r.wait >= 0) job.start = r.submit + r.wait, job.end = *job.start + r.run;
  if (r.asked > 0) job.asked = r.asked;
  sink.use(std::move(job), true);
}

// Attempts that do not fill the run time of their job say something else than it does: the job counts.
void settle_parts(JobSink& sink) {
  size_t odd = 0, first = 0;
  for (auto& job : sink.log.jobs) {
    double seconds = 0;
    for (const auto& a : job.attempts) seconds += a.chip_seconds();
    if (job.attempts.empty() || std::fabs(seconds - job.chips * *job.run) <= 1e-3 * seconds) {
      if (!job.attempts.empty()) job.end = job.attempts.back().end;
      continue;
    }
    job.attempts.clear();
    if (odd++ == 0) first = static_cast<size_t>(job.line);
  }
  if (odd > 0) sink.note("Parts of " + std::to_string(odd) + " jobs do not sum to their run time (first in line " + std::to_string(first) + "): the parts are left out");
}

}  // namespace

void read_swf(JobSink& sink, const std::string& text, Diagnostics& problems) {
  Cells cells;
  bool any = false;
  for (const auto& [line, row] : lines_of(text)) {
    if (row.front() == ';') { header(sink, row, line); continue; }
    split(row, cells);
    if (!any && !number(cells.front())) return problems.add({sink.log.file, line, 0}, "does not begin with a number (expected 18 numbers, or a header line with \";\")");
    any = true;
    sink.begin(line);
    if (cells.size() != kFields) { sink.refuse("another number of fields", "has " + std::to_string(cells.size()) + " fields (expected 18)"); continue; }
    const auto status = number(cells[10]), allocated = number(cells[4]);
    const bool is_part = status && (*status == 2 || *status == 3 || *status == 4);
    if (!is_part) sink.size(allocated && *allocated > 0 ? allocated : number(cells[7]), number(cells[3]));
    Row r;
    if (!numbers(sink, cells, r)) continue;
    if (is_part) part(sink, cells, r);
    else job_of(sink, cells, r);
  }
  settle_parts(sink);
  double first = std::numeric_limits<double>::infinity();
  for (const auto& j : sink.log.jobs) first = std::min(first, j.submit);
  if (!sink.log.jobs.empty() && first > kAbsolute) {
    sink.epoch = 0, sink.log.zone = 0;
    sink.note("Submit times are counted from 1970, not from the start of the log");
  }
}

}  // namespace capmix::import
