// Logs of Slurm and its like, with a row a job and dates for submit, start and end.
//
// helios: cluster_log.csv of SenseTime's Helios clusters (Hu et al., SC 2021; https://github.com/S-Lab-System-Group/HeliosData):
// job_id, user, vc, gpu_num, cpu_num, node_num, state, submit_time, start_time, end_time, duration (end - start, s), queue
// (start - submit, s). gpu_num: whole GPUs that the job asked for, over node_num nodes; 0 of more than half the rows, which
// are jobs on CPUs and are set aside. The zone is not told. TIMEOUT and NODE_FAIL count as failed, as its publisher has them; the other
// states of Slurm are taken too, PREEMPTED as cancelled, RUNNING and SUSPENDED as unknown where they have an end.
//
// acme: trace_seren.csv and trace_kalos.csv of Shanghai AI Lab (Hu et al., NSDI 2024; https://github.com/InternLM/AcmeTrace):
// job_id, user, node_num, gpu_num, type, state, submit_time, start_time, end_time, duration, queue, gpu_time (duration x
// gpu_num), with zones (Seren +08:00, Kalos +00:00). duration is said to be end - start; in Kalos it is end - submit, so the
// queue is in it and in gpu_time. Run time here is end - start in both. type is the work ("Pretrain", "SFT", "Other", ...).
#include <algorithm>
#include <cmath>

#include "import/formats/jobs.hpp"

namespace capmix::import {
namespace {

// A row as both have it.
struct Row {
  std::string_view id, user, tenant, work, chips, nodes, state, submit, start, end, duration;
};

std::optional<JobEnd> ended(std::string_view state) {
  if (state == "COMPLETED") return JobEnd::completed;
  if (state == "CANCELLED" || state.substr(0, 13) == "CANCELLED by " || state == "PREEMPTED") return JobEnd::cancelled;
  if (state == "FAILED" || state == "TIMEOUT" || state == "NODE_FAIL" || state == "OUT_OF_MEMORY" || state == "BOOT_FAIL" || state == "DEADLINE") return JobEnd::failed;
  if (state == "RUNNING" || state == "SUSPENDED" || state == "PENDING") return JobEnd::unknown;
  return {};
}

bool agrees(double told, double is) { return std::fabs(told - is) <= std::max(60.0, 0.01 * is); }

// `queue_too`: duration may be end - submit as well. Gives true when it is, and differs from end - start.
bool read_row(JobSink& sink, const Row& r, bool queue_too) {
  const auto chips = number(r.chips), nodes = number(r.nodes), duration = number(r.duration);
  const auto submit = sink.time(r.submit), start = sink.time(r.start), end = sink.time(r.end);
  const auto run = start && end ? std::optional(*end - *start) : std::nullopt;
  sink.size(chips, run);
  if (!sink.whole(chips, r.chips, "gpu_num")) return false;
  if (*chips == 0) return sink.aside(kNotHeld, kNotHeld);
  const auto state = ended(r.state);
  if (!state) return sink.refuse("an unknown state", "state is " + shown(r.state) + " (expected COMPLETED, CANCELLED, FAILED, TIMEOUT or NODE_FAIL)");
  if (!sink.has_time(submit, r.submit, "submit_time")) return false;
  if (!start && blank_cell(r.start)) return sink.aside("never ran", "has no start_time: it never ran");
  if (!end && blank_cell(r.end)) return sink.aside("was still running", "has no end_time: it was still running");
  if (!sink.has_time(start, r.start, "start_time") || !sink.has_time(end, r.end, "end_time")) return false;
  const bool queued = queue_too && duration && *end >= *submit && agrees(*duration, *end - *submit);
  if (!sink.amount(duration, r.duration, "duration")) return false;
  if (*run >= 0 && !agrees(*duration, *run) && !queued)
    return sink.refuse("units that do not agree", "duration is " + plain(*duration) + " s, from start to end are " + plain(*run) + " s: is one of them in another unit?");
  Job job;
  job.id = r.id, job.submit = *submit, job.start = start, job.end = end, job.run = run, job.chips = *chips, job.state = *state;
  if (nodes && *nodes > 0) job.nodes = nodes;
  job.user = sink.user(r.user), job.tenant = sink.tenant(r.tenant), job.work = sink.work(r.work), job.status = sink.status(r.state);
  return sink.use(std::move(job), true) && queued && *duration > *run + 0.5;
}

}  // namespace

void read_helios(JobSink& sink, const std::string& text, Diagnostics& problems) {
  each_row(sink, text, {{"job_id", "user", "vc", "gpu_num", "node_num", "state", "submit_time", "start_time", "end_time", "duration"}, {}, {}}, problems,
           [&](const Cells& c) { read_row(sink, {c[0], c[1], c[2], "", c[3], c[4], c[5], c[6], c[7], c[8], c[9]}, false); });
  sink.note("The file does not tell the zone of its clock (UTC+8 is likely)");
}

void read_acme(JobSink& sink, const std::string& text, Diagnostics& problems) {
  size_t queued = 0;
  each_row(sink, text, {{"job_id", "user", "node_num", "gpu_num", "type", "state", "submit_time", "start_time", "end_time", "duration"}, {}, {}}, problems, [&](const Cells& c) {
    if (read_row(sink, {c[0], c[1], "", c[4], c[3], c[2], c[5], c[6], c[7], c[8], c[9]}, true)) ++queued;
  });
  if (queued > 0) sink.note("In " + std::to_string(queued) + " rows duration and gpu_time hold the queue too: run time here is end - start");
}

}  // namespace capmix::import
