// Three traces of Alibaba's clusters (https://github.com/alibaba/clusterdata).
//
// pai: pai_task_table of cluster-trace-gpu-v2020 (Weng et al., NSDI 2022), with its header or, as published, without:
// job_name, task_name, inst_num, status, start_time, end_time, plan_cpu, plan_mem, plan_gpu, gpu_type. A job is all tasks of
// one job_name, which run beside each other. plan_gpu is in percent of one GPU and for one instance: a task holds
// inst_num x plan_gpu / 100 chips. Tasks without GPUs (parameter servers) are set aside, and a task that is still
// running or refused is missing from its job. Times are seconds; their dates are
// shifted, hour and weekday hold at UTC+8. When a job was submitted and by whom stands in pai_job_table (--with); without it
// the first start counts as the submit, and nothing is known of waits.
//
// openb: the pods of cluster-trace-gpu-v2023 (Weng et al., ATC 2023): name, cpu_milli, memory_mib, num_gpu, gpu_milli, gpu_spec,
// qos, pod_phase, creation_time, deletion_time, scheduled_time, s from the start of the trace. gpu_milli is the share of each
// of the num_gpu GPUs, in thousandths: 1 GPU at 460 is 0.46 chips. All GPUs of a pod are in one node. Pods that were Running
// when the trace ended have its end as their deletion.
//
// spot: job_info_df.csv of cluster-trace-v2026-spot-gpu (ASPLOS 2026): job_name, organization, gpu_model, cpu_request,
// gpu_request (of one worker, may be a share), worker_num, submit_time (s from the first), duration (s), job_type (HP, Spot).
#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "import/formats/jobs.hpp"

namespace capmix::import {
namespace {

// Upstream, headers stand in files of their own.
const char* const kTasks = "job_name,task_name,inst_num,status,start_time,end_time,plan_cpu,plan_mem,plan_gpu,gpu_type";
const char* const kJobs = "job_name,inst_id,user,status,start_time,end_time";

std::string missing_header(const std::string& text, const char* header) {
  return std::string_view(text).substr(0, text.find('\n')).find("job_name") != std::string_view::npos ? "" : header;
}

// One job while its tasks are gathered.
struct Gathered {
  std::string name{};
  std::vector<int> lines{};
  std::vector<Span> tasks{};
  std::vector<bool> failed{};
  int chip = -1;
};

// Of the job table.
struct Submit {
  double at = 0;
  std::string user{}, status{};
};

using Submits = std::unordered_map<std::string, Submit>;

std::optional<Submits> read_submits(JobSink& sink, const std::string& with, Diagnostics& problems) {
  Submits out;
  const std::string text = read_text(with, problems);
  if (!problems.ok()) return {};
  JobSink other(with, "pai_job_table", {});
  size_t bad = 0;
  const bool read = each_row(other, text, {{"job_name", "user", "status", "start_time"}, {}, missing_header(text, kJobs)}, problems, [&](const Cells& c) {
    const auto at = number(c[3]);
    if (at && *at >= 0 && !c[0].empty()) out.try_emplace(std::string(c[0]), Submit{*at, std::string(c[1]), std::string(c[2])});
    else ++bad;
  });
  bad += other.log.report.refused.size();
  if (bad > 0) sink.note(std::to_string(bad) + " rows of the job table have no start_time, or are no rows of it: they say nothing");
  return read ? std::optional(std::move(out)) : std::nullopt;
}

JobEnd pai_end(std::string_view status) { return status == "Terminated" ? JobEnd::completed : status == "Failed" ? JobEnd::failed : JobEnd::unknown; }

// A job of its tasks, or why none; its rows are counted here.
void settle(JobSink& sink, const Gathered& g, const Submits& submits, size_t& unknown) {
  Job job;
  job.id = g.name, job.chip = g.chip, job.line = g.lines.front(), job.tasks = g.tasks;
  double first = std::numeric_limits<double>::infinity(), last = -first;
  for (const auto& t : g.tasks) job.chips += t.chips, first = std::min(first, t.start), last = std::max(last, t.end);
  job.start = first, job.end = last, job.run = last - first;
  const auto told = submits.find(g.name);
  job.submitted = told != submits.end() && told->second.at <= first;
  job.submit = job.submitted ? told->second.at : first;
  if (!job.submitted) ++unknown;
  std::string status = std::count(g.failed.begin(), g.failed.end(), true) > 0 ? "Failed" : "Terminated";
  if (told != submits.end() && !told->second.status.empty()) status = told->second.status;
  job.state = pai_end(status), job.status = sink.status(status);
  if (told != submits.end()) job.user = sink.user(told->second.user);
  const auto [reason, why] = sink.verdict(job, true);
  if (*reason != '\0') {
    for (size_t i = 0; i < g.tasks.size(); ++i) sink.log.report.refused.push_back({g.lines[i], reason, why, g.tasks[i].chip_seconds() / 3600});
    return;
  }
  sink.log.report.used += g.tasks.size();
  if (job.tasks.size() == 1) job.tasks.clear();
  sink.log.jobs.push_back(std::move(job));
}

// A task's row, into its job.
void gather(JobSink& sink, const Cells& c, std::vector<Gathered>& jobs, std::unordered_map<std::string, size_t>& index) {
  const auto instances = number(c[2]), start = number(c[4]), end = number(c[5]), percent = number(c[6]);
  const auto chips = instances && percent ? std::optional(*instances * *percent / 100) : std::nullopt;
  sink.size(chips, start && end ? std::optional(*end - *start) : std::nullopt);
  if (c[0].empty()) { sink.refuse("a value is missing", "has no job_name"); return; }
  if (blank_cell(c[6]) || (percent && *percent == 0)) { sink.aside(kNotHeld, kNotHeld); return; }
  if (!sink.amount(percent, c[6], "plan_gpu")) return;
  if (c[3] == "Waiting" || c[3] == "Running" || (blank_cell(c[5]) && !blank_cell(c[4]))) { sink.aside("was still running", "is " + std::string(c[3].substr(0, 20)) + ", without an end"); return; }
  if (c[3] != "Terminated" && c[3] != "Failed") { sink.refuse("an unknown state", "status is " + shown(c[3]) + " (expected Terminated, Failed, Running or Waiting)"); return; }
  if (!sink.whole(instances, c[2], "inst_num") || !sink.positive(instances, c[2], "inst_num") || !sink.amount(start, c[4], "start_time") || !sink.amount(end, c[5], "end_time")) return;
  if (*end < *start) { sink.refuse("times out of order", "ends " + plain(*start - *end) + " s before it starts"); return; }
  if (*end == *start) { sink.refuse("ran for 0 s", "ran for 0 s"); return; }
  const auto [at, fresh] = index.try_emplace(std::string(c[0]), jobs.size());
  if (fresh) jobs.push_back({std::string(c[0])});
  Gathered& job = jobs[at->second];
  job.lines.push_back(sink.line()), job.tasks.push_back({*start, *end, *chips}), job.failed.push_back(c[3] == "Failed");
  if (job.chip < 0) job.chip = sink.chip(c[7]);
}

}  // namespace

void read_pai(JobSink& sink, const std::string& text, const std::string& with, Diagnostics& problems) {
  std::vector<Gathered> jobs;
  std::unordered_map<std::string, size_t> index;
  sink.rows_are_tasks = true;
  const bool read = each_row(sink, text, {{"job_name", "task_name", "inst_num", "status", "start_time", "end_time", "plan_gpu", "gpu_type"}, {}, missing_header(text, kTasks)}, problems,
                             [&](const Cells& c) { gather(sink, c, jobs, index); });
  const auto submits = with.empty() ? std::optional(Submits()) : read_submits(sink, with, problems);
  if (!read || !submits) return;
  size_t unknown = 0;
  for (const auto& g : jobs) settle(sink, g, *submits, unknown);
  sink.epoch = 8 * 3600.0, sink.log.zone = 8 * 3600.0;
  if (with.empty()) sink.note("The task table does not say when jobs were submitted (pai_job_table does: --with): their first start counts, and waits are not known");
  else if (unknown > 0) sink.note(std::to_string(unknown) + " jobs are not in the job table, or start before it has them submitted: their first start counts");
  sink.note("Dates are shifted by their publisher; hour and weekday hold at UTC+8");
}

void read_openb(JobSink& sink, const std::string& text, Diagnostics& problems) {
  size_t running = 0;
  each_row(sink, text, {{"name", "num_gpu", "gpu_milli", "gpu_spec", "qos", "pod_phase", "creation_time", "deletion_time", "scheduled_time"}, {}, {}}, problems, [&](const Cells& c) {
    const auto gpus = number(c[1]), milli = number(c[2]), created = number(c[6]), deleted = number(c[7]), scheduled = number(c[8]);
    const auto chips = gpus && milli ? std::optional(*gpus * *milli / 1000) : std::nullopt;
    const auto run = deleted && scheduled ? std::optional(*deleted - *scheduled) : std::nullopt;
    sink.size(chips, run);
    if (!sink.whole(gpus, c[1], "num_gpu")) return;
    if (*gpus == 0) { sink.aside(kNotHeld, kNotHeld); return; }
    if (!sink.positive(milli, c[2], "gpu_milli")) return;
    if (*milli > 1000) { sink.refuse("a share above the whole", "gpu_milli is " + plain(*milli) + " (expected at most 1000, of each GPU)"); return; }
    const bool known = c[5] == "Running" || c[5] == "Succeeded" || c[5] == "Failed" || c[5] == "Pending";
    if (!known) { sink.refuse("an unknown state", "pod_phase is " + shown(c[5]) + " (expected Running, Succeeded, Failed or Pending)"); return; }
    if (!sink.amount(created, c[6], "creation_time")) return;
    if (blank_cell(c[8])) { sink.aside("never ran", "has no scheduled_time: it never ran"); return; }
    if (!sink.amount(scheduled, c[8], "scheduled_time") || !sink.amount(deleted, c[7], "deletion_time")) return;
    Job job;
    job.id = c[0], job.chips = *chips, job.nodes = 1, job.submit = *created, job.start = scheduled, job.end = deleted, job.run = run;
    job.chip = sink.chip(c[3]), job.qos = sink.qos(c[4]), job.status = sink.status(c[5]);
    job.state = c[5] == "Succeeded" ? JobEnd::completed : c[5] == "Failed" ? JobEnd::failed : JobEnd::unknown;
    if (sink.use(std::move(job), true) && c[5] == "Running") ++running;
  });
  if (running > 0) sink.note(std::to_string(running) + " pods were still running: their deletion_time, which is the end of the trace or when they were stopped, ends them");
}

void read_spot(JobSink& sink, const std::string& text, Diagnostics& problems) {
  each_row(sink, text, {{"job_name", "organization", "gpu_model", "gpu_request", "worker_num", "submit_time", "duration", "job_type"}, {}, {}}, problems, [&](const Cells& c) {
    const auto each = number(c[3]), workers = number(c[4]), submit = number(c[5]), run = number(c[6]);
    const auto chips = each && workers ? std::optional(*each * *workers) : std::nullopt;
    sink.size(chips, run);
    if (!sink.amount(each, c[3], "gpu_request") || !sink.whole(workers, c[4], "worker_num") || !sink.amount(submit, c[5], "submit_time") || !sink.amount(run, c[6], "duration")) return;
    if (*chips == 0) { sink.aside(kNotHeld, kNotHeld); return; }
    Job job;
    job.id = c[0], job.tenant = sink.tenant(c[1]), job.chip = sink.chip(c[2]), job.qos = sink.qos(c[7]);
    job.chips = *chips, job.submit = *submit, job.run = run;
    sink.use(std::move(job), true);
  });
}

}  // namespace capmix::import
