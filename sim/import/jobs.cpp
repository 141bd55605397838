#include "import/jobs.hpp"

#include <algorithm>
#include <iterator>

#include "import/formats/jobs.hpp"
#include "import/series.hpp"

namespace capmix::import {
namespace {

// The first line that is neither blank nor a comment, and the cells of a header.
struct First {
  std::string_view line{};
  std::vector<std::string> header{};
  bool comments = false;  // stand above it
  bool has(const char* name) const { return std::find(header.begin(), header.end(), name) != header.end(); }
  bool has(std::initializer_list<const char*> names) const {
    return std::all_of(names.begin(), names.end(), [&](const char* n) { return has(n); });
  }
};

// By which columns a format is known, in this order.
struct Mark {
  const char* format;
  std::vector<const char*> columns;
};
const std::vector<Mark>& marks() {
  static const std::vector<Mark> all{{"philly", {"timestamp", "duration", "num_gpus", "gpu_time"}},
                                     {"helios", {"job_id", "vc", "gpu_num", "state"}},
                                     {"acme", {"job_id", "gpu_num", "type", "state"}},
                                     {"pai", {"job_name", "task_name", "inst_num", "plan_gpu"}},
                                     {"openb", {"name", "num_gpu", "gpu_milli"}},
                                     {"spot", {"job_name", "organization", "gpu_request", "worker_num"}},
                                     {"muri", {"job_id", "num_gpu", "iteration_time"}},
                                     {"elasticflow", {"job_id", "num_gpu", "ddl"}},
                                     {"capmix", {"submit_s", "chips"}}};
  return all;
}

std::vector<const char*> missing(const First& f, const Mark& mark) {
  std::vector<const char*> out;
  std::copy_if(mark.columns.begin(), mark.columns.end(), std::back_inserter(out), [&](const char* n) { return !f.has(n); });
  return out;
}

// "; it has all but one of the columns by which philly is known: not num_gpus", or "".
std::string nearly(const First& f) {
  for (const auto& m : marks()) {
    const auto lacks = missing(f, m);
    if (lacks.size() == 1) return std::string("; it has all but one of the columns by which ") + m.format + " is known: not " + lacks.front() + did_you_mean(lacks.front(), f.header);
  }
  return "";
}

First first_line(const std::string& text) {
  First out;
  for (const auto& l : lines_of(std::string_view(text).substr(0, 65536))) {
    if (l.text.front() == ';') { out.comments = true; continue; }
    out.line = l.text;
    break;
  }
  for (std::string_view rest = out.line; !rest.empty();) {
    const size_t end = std::min(rest.find(','), rest.size());
    std::string_view cell = trimmed(rest.substr(0, end));
    if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') cell = cell.substr(1, cell.size() - 2);
    out.header.emplace_back(cell);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

bool is_swf(const First& f) {
  if (f.comments) return true;
  const std::string_view first = f.line;
  size_t numbers = 0;
  for (size_t from = 0; (from = first.find_first_not_of(" \t", from)) != std::string_view::npos;) {
    const size_t end = std::min(first.find_first_of(" \t", from), first.size());
    if (!number(first.substr(from, end - from))) return false;
    ++numbers, from = end;
  }
  return numbers >= 15 && numbers <= 30;
}

// A line of pai_task_table without its header: 10 cells, a state in the fourth.
bool is_task(const First& f) {
  if (f.header.size() != 10) return false;
  const auto& s = f.header[3];
  return s == "Terminated" || s == "Failed" || s == "Running" || s == "Waiting";
}

// Tables that stand beside job logs and hold no jobs.
std::string other_table(const First& f) {
  if (f.has({"sn", "gpu", "model"})) return "a list of openb's nodes (expected its pods)";
  if (f.has({"running_job_num", "total_gpu_num"})) return "counts of a Helios cluster by minute (expected cluster_log.csv)";
  if (f.has({"date", "total"})) return "chips of a Helios cluster by day (expected cluster_log.csv)";
  if (f.has({"gpu_job_num", "avg_run_time_gpu"})) return "a summary of clusters (expected a row a job)";
  if (f.has({"job_name", "inst_id", "user", "status"})) return "pai_job_table (expected pai_task_table, and this with --with)";
  if (f.has({"job_name", "inst_name", "machine"})) return "pai_instance_table (expected pai_task_table)";
  if (f.has({"machineId"})) return "a list of Philly's machines (expected its job log)";
  return "";
}

// The text of a log; empty after a problem.
std::string log_text(const std::string& path, Diagnostics& problems) {
  std::string text = read_text(path, problems);
  if (!problems.ok()) return "";
  if (text.size() > 262 && text.compare(257, 5, "ustar") == 0) return problems.add({path, 0, 0}, "is a tar archive (expected the log in it: unpack it first)"), "";
  if (is_binary(text)) return problems.add({path, 0, 0}, "is binary (expected text, or text packed with gzip)"), "";
  if (trimmed(text.rfind("\xEF\xBB\xBF", 0) == 0 ? std::string_view(text).substr(3) : std::string_view(text)).empty()) return problems.add({path, 0, 0}, "is empty"), "";
  return text;
}

std::string names_text() {
  std::string out;
  for (const auto& f : job_formats()) out += (out.empty() ? "" : ", ") + f.name;
  return out;
}

// The format that is asked for, or the one that is recognised; null after a problem.
const JobFormat* format_for(const std::string& path, const std::string& text, const JobQuestion& q, Diagnostics& problems) {
  const std::string is = job_format_of(text), looks = is.empty() ? job_text_looks_like(text) : is;
  const std::string name = q.format.empty() ? is : q.format;
  const JobFormat* out = nullptr;
  for (const auto& f : job_formats())
    if (f.name == name) out = &f;
  if (out == nullptr && q.format.empty())
    problems.add({path, 1, 0}, "is in no known format of job logs (expected one of " + names_text() + ")" + (looks.empty() ? nearly(first_line(text)) : "; this looks like " + looks));
  else if (out == nullptr) problems.add({path, 0, 0}, "there is no format \"" + name + "\"" + (looks.empty() ? did_you_mean(name, job_format_names()) : "; this looks like " + looks));
  else if (!looks.empty() && looks != name) problems.add({path, 1, 0}, "is not " + name + "; this looks like " + looks), out = nullptr;
  else if (!q.with.empty() && out->with.empty()) problems.add({"--with", 0, 0}, "a format " + name + " has no second file (only gavel and pai have)"), out = nullptr;
  else if (!q.chip.empty() && (name != "gavel" || q.with.empty())) problems.add({"--chip", 0, 0}, "is for gavel's throughputs alone (--with)"), out = nullptr;
  return out;
}

void read(JobSink& sink, const std::string& text, const JobQuestion& q, Diagnostics& problems) {
  const std::string& f = sink.log.format;
  if (f == "acme") read_acme(sink, text, problems);
  else if (f == "capmix") read_own(sink, text, problems);
  else if (f == "elasticflow") read_elasticflow(sink, text, problems);
  else if (f == "gavel") read_gavel(sink, text, q.with, q.chip, problems);
  else if (f == "helios") read_helios(sink, text, problems);
  else if (f == "muri") read_muri(sink, text, problems);
  else if (f == "openb") read_openb(sink, text, problems);
  else if (f == "pai") read_pai(sink, text, q.with, problems);
  else if (f == "philly") read_philly(sink, text, problems);
  else if (f == "philly-json") read_philly_json(sink, text, problems);
  else if (f == "spot") read_spot(sink, text, problems);
  else read_swf(sink, text, problems);
}

}  // namespace

double Job::chip_seconds() const {
  const auto& spans = attempts.empty() ? tasks : attempts;
  if (spans.empty()) return chips * run.value_or(0);
  double sum = 0;
  for (const auto& s : spans) sum += s.chip_seconds();
  return sum;
}

double JobLog::chip_hours() const {
  double sum = 0;
  for (const auto& j : jobs) sum += j.chip_seconds();
  return sum / 3600;
}

const std::vector<JobFormat>& job_formats() {
  static const std::vector<JobFormat> all{
      {"acme", "AcmeTrace, Shanghai AI Lab (job_id, gpu_num, type, state, submit_time, ...)"},
      {"capmix", "our own (submit_s, chips, run_s, ...)"},
      {"elasticflow", "jobs with deadlines (job_id, submit_time, ddl, num_gpu, ...)"},
      {"gavel", "models and steps, between tabs", "simulation_throughputs.json"},
      {"helios", "cluster_log.csv of SenseTime (job_id, vc, gpu_num, state, ...)"},
      {"muri", "models and iterations, milliseconds (job_id, num_gpu, iteration_time, ...)"},
      {"openb", "pods of Alibaba 2023 (name, num_gpu, gpu_milli, ...)"},
      {"pai", "pai_task_table of Alibaba 2020", "pai_job_table"},
      {"philly", "Philly as CSV (timestamp, duration, num_gpus, gpu_time, cluster)"},
      {"philly-json", "cluster_job_log of Philly"},
      {"spot", "jobs of Alibaba 2026 (job_name, organization, gpu_model, ...)"},
      {"swf", "Standard Workload Format"}};
  return all;
}

std::vector<std::string> job_format_names() { return names_of(job_formats()); }

std::string job_format_of(const std::string& text) {
  const First f = first_line(text);
  if (f.line.empty()) return f.comments ? "swf" : "";
  if (f.line.front() == '[' || f.line.front() == '{') {
    const std::string_view head = std::string_view(text).substr(0, 65536);
    return head.find("\"jobid\"") != std::string_view::npos || head.find("\"attempts\"") != std::string_view::npos ? "philly-json" : "";
  }
  for (const auto& m : marks())
    if (missing(f, m).empty()) return m.format;
  if (is_task(f)) return "pai";
  const auto tabs = std::count(f.line.begin(), f.line.end(), '\t');
  if (tabs >= 5 && tabs <= 11 && !is_swf(f)) return "gavel";
  return is_swf(f) ? "swf" : "";
}

std::string job_text_looks_like(const std::string& text) {
  const std::string jobs = job_format_of(text);
  if (!jobs.empty()) return jobs;
  const std::string table = other_table(first_line(text));
  if (!table.empty()) return table;
  const std::string demand = looks_like(text);
  return demand.empty() || demand.find("capmix") != std::string::npos ? demand : demand + " (capmix replay demand)";
}

std::optional<JobLog> read_jobs(const std::string& path, const JobQuestion& question, Diagnostics& problems) {
  Diagnostics here;
  const std::string text = log_text(path, here);
  const auto* format = here.ok() ? format_for(path, text, question, here) : nullptr;
  std::optional<JobLog> out;
  if (format != nullptr) {
    JobSink sink(path, format->name, question);
    read(sink, text, question, here);
    if (here.ok()) out = sink.finish(here);
  }
  for (const auto& d : here.sorted()) problems.add(d.place, d.message);
  return here.ok() ? std::move(out) : std::nullopt;
}

}  // namespace capmix::import
