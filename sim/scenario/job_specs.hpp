// A log of jobs as a scheduler takes it, on chips that may be others than the log's; and a cluster as a table.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "import/jobs.hpp"
#include "model/workload.hpp"

namespace capmix::scenario {

// How a job of the log becomes one of this fleet. `ratio`: what one chip of this fleet does of the work of one of the log's.
enum class JobMapping {
  duration,     // the same gang for the same time
  work,         // the same gang, until its work is done: time / ratio
  chip_hours,   // as many fewer chips, rounded up to whole ones, for the same time; what rounding adds is taken off the time
  steps,        // the same gang, until its steps are done, at the step time that sim/step finds for its model; else as `work`
};
inline constexpr const char* kJobMappingNames[] = {"duration", "work", "chip-hours", "steps"};

struct JobMap {
  JobMapping by = JobMapping::duration;
  double ratio = 1;
  double guess = 1;             // estimate over run time, of jobs whose user's is not in the log
  double least = 1, most = 1;   // chips of an elastic gang, of those in the log
  std::vector<Campaign> works{};  // what jobs may train, by the name that the log has for it
  int model = -1;               // the one of them that gangs are taken for whose own is not known; -1: none
};

struct JobSpecs {
  std::vector<JobSpec> jobs{};  // by submit
  std::vector<int> of{};        // index in the log's jobs
  size_t unsized = 0;           // of the log, without a run time: left out
  size_t asked = 0;             // whose estimate is the user's
  size_t split = 0;             // that held chips in several attempts or tasks: their chip-seconds over their chips is the run time
  // By steps: jobs whose run time comes from them; the others, by the name that the log has for what they train ("": none), among them those
  // without steps.
  size_t by_steps = 0;
  std::map<std::string, size_t> unknown{};
};
JobSpecs specs_of(const import::JobLog& log, const JobMap& map);
// "12 jobs run for their steps; 34 for as long as the log says: resnet50 (30), dense-7b (4)"; of --map steps.
std::string told_of_steps(const JobSpecs& specs);

// Training of a model of which nothing is said but its batch (sequences a step) and length: BF16, on the fastest plan that the search finds.
Campaign plain_work(const Table<LlmModel>& llms, Id<LlmModel> model, int batch, int seq);
inline constexpr int kPlainBatch = 1024, kPlainSeq = 4096;

// Of a log that says steps (Gavel): each job's rate by part, of parts that are named after a chip of the table of throughputs, against the
// chip that run times are for. `question`: how the log was read. The number of parts so named.
size_t add_rates(const std::string& path, import::JobQuestion question, const import::JobLog& log, const std::vector<ClusterPart>& parts, JobSpecs& specs);

// Columns name, pods, nodes (of a pod), chips (of a node) and, if one wants, rate. Every problem at once.
std::vector<ClusterPart> read_cluster(const std::string& path, Diagnostics& problems);

// Columns tenant (as the log names it), weight (blank: 1) and, if one wants, quota (chips; blank: none). Who is not in it has the default. By number
// of the tenant in the log. Every problem at once.
std::vector<TenantShare> read_tenants(const std::string& path, const std::vector<std::string>& names, Diagnostics& problems);

}  // namespace capmix::scenario
