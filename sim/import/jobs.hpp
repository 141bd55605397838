// Logs of jobs: other people's clusters, one neutral record a job. One importer a format, in formats/jobs_*.cpp; what each
// log is, what its publisher calls a GPU in it, and in which unit its times are, stands at the importer's head.
//
// Every row is used, set aside (it is no job that ran on chips) or refused, with its line and the reason; chip-hours are
// conserved: what all rows hold that say their size is what used, aside and refused ones hold together. Nothing is filled
// in: what a log does not say is absent. Not modelled: how busy a chip was that a job held.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"

namespace capmix::import {

// How a job ended. unknown: the log does not say, or it was still running.
enum class JobEnd { completed, failed, cancelled, unknown };
inline constexpr const char* kJobEndNames[] = {"completed", "failed", "cancelled", "unknown"};

// Chips that are held from start to end, s from the log's first submit.
struct Span {
  double start = 0, end = 0, chips = 0;
  double chip_seconds() const { return chips * (end - start); }
  bool operator==(const Span&) const = default;
};

// Indices point into the lists of names of the log; -1: not told. Times are s from the log's first submit.
struct Job {
  int line = 0;                       // 1-based, where it stands in the file
  std::string id{};                   // as the log has it; "" where it has none
  int tenant = -1, user = -1;         // virtual cluster, organisation, queue or group; who submitted
  int chip = -1;                      // model of the chip, or those that it may run on, as the log has it
  int status = -1;                    // how it ended, in the log's own word
  int qos = -1;                       // class of service, or queue
  int work = -1;                      // what it is: model ("resnet50"), or type ("Pretrain")
  JobEnd state = JobEnd::unknown;
  bool submitted = true;              // false: the log does not say when; `submit` is its start
  double submit = 0;
  std::optional<double> start{}, end{};  // first start, last end
  std::optional<double> run{};        // s that it held chips, without waiting; absent: the log says work instead (steps)
  std::optional<double> asked{};      // s that its user asked for
  double chips = 0;                   // of the gang; below 1: a share of one
  std::optional<double> nodes{};
  std::optional<double> priority{};   // a number of the log's own scale
  std::optional<double> deadline{};
  std::optional<double> batch{}, steps{};  // samples a step; steps of the whole job
  std::vector<Span> attempts{};       // one behind the other, where the log tells them apart (two or more, or one)
  std::vector<Span> tasks{};          // beside each other, where parts of it live differently long

  std::optional<double> wait() const { return submitted && start ? std::optional(*start - submit) : std::nullopt; }
  // chips x run, or what its attempts or tasks hold together; 0 when the run time is not known.
  double chip_seconds() const;
  bool operator==(const Job&) const = default;
};

// A row that is no job of the log. `reason` is the kind, for counting; `why` is the whole, with its values.
struct LeftOut {
  int line = 0;
  const char* reason = "";
  std::string why;
  std::optional<double> chip_hours{};   // of the row, where it says its size
};

struct JobReport {
  size_t rows = 0;                      // used + aside.size() + refused.size()
  size_t used = 0;                      // rows; as many as jobs, save where a job has several
  std::vector<LeftOut> aside{};         // by line; good rows that are no job on chips
  std::vector<LeftOut> refused{};       // by line
  double chip_hours = 0;                // of all rows that say their size, summed as they are read
  size_t unsorted = 0;                  // used: with an earlier submit than one further up
  size_t doubled = 0;                   // used: equal to a row further up, in a log without ids that could tell them apart
  std::vector<std::string> notes{};     // what else who uses the log must know
};

struct JobLog {
  std::string file, format;
  std::optional<double> epoch{};        // of the first submit: s since 1970-01-01 00:00 of the log's clock; absent: no dates
  std::optional<double> zone{};         // s that this clock is ahead of UTC; absent: the log does not say
  std::optional<double> fleet{};        // chips there were, where the log says so
  std::vector<Job> jobs{};              // by submit, then by line; never empty
  std::vector<std::string> tenants{}, users{}, chips{}, statuses{}, qos{}, works{};  // in the order of their first row
  JobReport report{};

  double chip_hours() const;            // of the jobs
};

// `name`: what --format says. `with`: what a second file tells, "" when there is none to give.
struct JobFormat {
  std::string name, what, with{};
};
const std::vector<JobFormat>& job_formats();  // by name
std::vector<std::string> job_format_names();

struct JobQuestion {
  std::string format{};     // "": recognised by the header or the first line
  std::string with{};       // second file: throughputs (gavel), job table (pai); "": none
  std::string chip{};       // gavel: whose throughputs; "": v100
  double fleet = std::numeric_limits<double>::infinity();  // chips: a wider job is refused
};

// Problems (unreadable, cut off, binary, of no or of another known format, no usable row) go to `problems` with line and
// reason, and there is no answer.
std::optional<JobLog> read_jobs(const std::string& path, const JobQuestion& question, Diagnostics& problems);

// The format of job logs that a text is in, "" for none.
std::string job_format_of(const std::string& text);
// What a text looks like, whatever is known of it: a format of job logs, one of demand, a table that holds no jobs; or "".
std::string job_text_looks_like(const std::string& text);

// The log as CSV of our own (format "capmix"): what is read back is the same jobs. A header, then a job a row, sorted by
// submit. Blank: not known. Columns:
//   id, tenant, user        text
//   epoch                   the same in every row: the date and time of second 0, "2017-09-04 10:30:41", with "Z" or
//                           "+08:00" behind where the zone is known
//   submit_s, start_s, end_s  s from second 0; blank submit_s: it is not known, the start counts
//   run_s                   s that it held chips
//   asked_s, deadline_s     s; the deadline from second 0
//   chips, nodes            numbers; chips may be a share
//   chip, qos, work, status text
//   state                   completed, failed, cancelled or unknown
//   priority, batch, steps  numbers
//   attempts, tasks         start:end:chips of each, blank between two; s from second 0
std::string jobs_csv(const JobLog& log);

}  // namespace capmix::import
