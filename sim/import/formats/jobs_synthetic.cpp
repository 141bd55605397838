// Traces that schedulers are tried on: arrivals and gangs of Philly's job log, work that was made up for them.
//
// gavel: trace files of Gavel (Narayanan et al., OSDI 2020; https://github.com/stanford-futuredata/gavel, scheduler/traces): a
// line a job of 7 fields between tabs: "Model (batch size N)", command, argument for the steps, needs_data_dir, total_steps,
// arrival (s), scale_factor. scale_factor: GPUs of the gang, one a worker. Models are drawn at random. There is no run time: it is
// total_steps over the steps/s of that model and gang on one kind of GPU (k80, p100 or v100; "_unconsolidated" behind it: over
// several nodes) in simulation_throughputs.json (--with). Gangs that it does not know (7, 20), and models that were measured
// on one GPU alone, leave the run time unknown: the job still says its steps.
//
// muri: trace-data of Muri (Zhao et al., SIGCOMM 2022; https://github.com/Rivendile/Muri): job_id, num_gpu, submit_time,
// iterations, model_name, batch_size, duration, iteration_time, priority and others, times in MILLISECONDS. num_gpu: GPUs of
// the gang. duration is iterations x iteration_time, up to a sixth more: a row in another unit gives itself away.
//
// elasticflow: traces of ElasticFlow (Gu et al., ASPLOS 2023; https://github.com/gudiandian/ElasticFlow): job_id, submit_time (s),
// iteration, model_name, ddl (deadline, s from the same 0), batch_size, num_gpu, duration (s) and others. num_gpu: GPUs that the
// run time is for; the scheduler may give others. Deadlines are made up: half to one and a half times the run time after the submit.
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "import/formats/jobs.hpp"

namespace capmix::import {
namespace {

using nlohmann::json;
using Throughputs = std::map<std::string, double, std::less<>>;  // steps/s by "('Model (batch size N)', gang)"

std::string names_of(const json& object) {
  std::string out;
  for (const auto& [name, value] : object.items()) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::optional<Throughputs> throughputs(const std::string& path, const std::string& chip, Diagnostics& problems) {
  Diagnostics here;
  const std::string text = read_text(path, here);
  Throughputs out;
  if (here.ok()) {
    const json all = json::parse(text, nullptr, false);
    if (!all.is_object()) here.add({path, 0, 0}, "is not Gavel's table of throughputs (expected a JSON object by kind of GPU)");
    else if (!all.contains(chip) || !all[chip].is_object()) here.add({path, 0, 0}, "has no GPU \"" + chip + "\" (expected one of " + names_of(all).substr(0, 200) + ")");
    else
      for (const auto& [key, value] : all[chip].items())
        if (value.is_object() && value.contains("null") && value["null"].is_number() && value["null"].get<double>() > 0) out.emplace(key, value["null"].get<double>());
    if (here.ok() && out.empty()) here.add({path, 0, 0}, "has no throughputs of " + chip + " alone (expected \"null\": steps/s by model and gang)");
  }
  for (const auto& d : here.sorted()) problems.add(d.place, d.message);
  return here.ok() ? std::optional(std::move(out)) : std::nullopt;
}

// "ResNet-18 (batch size 32)": name and batch.
void split_type(JobSink& sink, std::string_view type, Job& job) {
  constexpr std::string_view kBatch = " (batch size ";
  const size_t at = type.find(kBatch);
  job.work = sink.work(type.substr(0, at));
  if (at == std::string_view::npos || type.back() != ')') return;
  job.batch = number(type.substr(at + kBatch.size(), type.size() - at - kBatch.size() - 1));
}

void split_tabs(std::string_view text, Cells& out) {
  out.clear();
  for (size_t end; ; text.remove_prefix(end + 1)) {
    end = std::min(text.find('\t'), text.size());
    out.push_back(trimmed(text.substr(0, end)));
    if (end == text.size()) return;
  }
}

void gavel_row(JobSink& sink, const Cells& c, const Throughputs& table, const std::string& chip, size_t& unknown) {
  const auto steps = number(c[4]), at = number(c[5]), chips = number(c[6]);
  std::optional<double> run;
  if (steps && chips) {
    const auto rate = table.find("('" + std::string(c[0]) + "', " + plain(*chips) + ")");
    if (rate != table.end()) run = *steps / rate->second;
  }
  sink.size(chips, run);
  if (c[0].empty()) { sink.refuse("a value is missing", "has no job type"); return; }
  if (!sink.whole(steps, c[4], "total_steps") || !sink.positive(steps, c[4], "total_steps") || !sink.amount(at, c[5], "arrival time") || !sink.whole(chips, c[6], "scale_factor")) return;
  if (*chips == 0) { sink.aside(kNotHeld, kNotHeld); return; }
  Job job;
  split_type(sink, c[0], job);
  job.submit = *at, job.chips = *chips, job.steps = steps, job.run = run;
  if (run) job.chip = sink.chip(chip);
  if (sink.use(std::move(job), false) && !run) ++unknown;
}

}  // namespace

void read_gavel(JobSink& sink, const std::string& text, const std::string& with, const std::string& chip, Diagnostics& problems) {
  const std::string kind = chip.empty() ? "v100" : chip;
  const auto table = with.empty() ? std::optional(Throughputs()) : throughputs(with, kind, problems);
  if (!table) return;
  Cells cells;
  size_t unknown = 0;
  for (const auto& [line, row] : lines_of(text)) {
    if (row.find('\t') == std::string_view::npos && sink.log.report.rows == 0)
      return problems.add({sink.log.file, line, 0}, "has no tabs (expected 7 fields between tabs)");
    split_tabs(row, cells);
    sink.begin(line);
    if (cells.size() != 7) { sink.refuse("another number of fields", "has " + std::to_string(cells.size()) + " fields (expected 7 between tabs)"); continue; }
    gavel_row(sink, cells, *table, kind, unknown);
  }
  if (with.empty()) sink.note("The trace has steps and no run times: --with simulation_throughputs.json makes one of the other");
  else if (unknown > 0) sink.note(std::to_string(unknown) + " jobs have a model and a gang whose throughput is not known: their run time is not either");
  sink.note("Models are drawn at random by its publisher; arrivals and gangs are Philly's");
}

void read_muri(JobSink& sink, const std::string& text, Diagnostics& problems) {
  each_row(sink, text, {{"job_id", "num_gpu", "submit_time", "iterations", "model_name", "batch_size", "duration", "iteration_time"}, {"priority"}, {}}, problems, [&](const Cells& c) {
    const auto chips = number(c[1]), submit = number(c[2]), steps = number(c[3]), batch = number(c[5]), duration = number(c[6]), each = number(c[7]), priority = number(c[8]);
    sink.size(chips, duration ? std::optional(*duration / 1000) : std::nullopt);
    if (!sink.whole(chips, c[1], "num_gpu") || !sink.amount(submit, c[2], "submit_time") || !sink.amount(duration, c[6], "duration")) return;
    if (!sink.amount(steps, c[3], "iterations") || !sink.amount(each, c[7], "iteration_time") || !sink.amount(batch, c[5], "batch_size")) return;
    if (*chips == 0) { sink.aside(kNotHeld, kNotHeld); return; }
    const double product = *steps * *each;
    if (*duration > 0 && (*duration < 0.8 * product || *duration > 1.25 * product)) {
      sink.refuse("units that do not agree", "duration is " + plain(*duration) + ", iterations x iteration_time are " + plain(product) + " ms: is one of them in another unit?");
      return;
    }
    Job job;
    job.id = c[0], job.chips = *chips, job.submit = *submit / 1000, job.run = *duration / 1000, job.steps = steps, job.batch = batch, job.priority = priority;
    job.work = sink.work(c[4]);
    sink.use(std::move(job), true);
  });
  sink.note("Times are milliseconds in the file; arrivals and gangs are Philly's");
}

void read_elasticflow(JobSink& sink, const std::string& text, Diagnostics& problems) {
  each_row(sink, text, {{"job_id", "submit_time", "model_name", "ddl", "batch_size", "num_gpu", "duration", "iteration"}, {}, {}}, problems, [&](const Cells& c) {
    const auto submit = number(c[1]), deadline = number(c[3]), batch = number(c[4]), chips = number(c[5]), run = number(c[6]), steps = number(c[7]);
    sink.size(chips, run);
    if (!sink.amount(submit, c[1], "submit_time") || !sink.amount(deadline, c[3], "ddl") || !sink.amount(batch, c[4], "batch_size")) return;
    if (!sink.whole(chips, c[5], "num_gpu") || !sink.amount(run, c[6], "duration") || !sink.amount(steps, c[7], "iteration")) return;
    if (*chips == 0) { sink.aside(kNotHeld, kNotHeld); return; }
    if (*run > 0 && *deadline - *submit > 100 * *run) {
      sink.refuse("units that do not agree", "has its deadline " + plain(*deadline - *submit) + " s after its submit and runs for " + plain(*run) + " s: is one of them in another unit?");
      return;
    }
    Job job;
    job.id = c[0], job.submit = *submit, job.deadline = deadline, job.batch = batch, job.chips = *chips, job.run = run, job.steps = steps;
    job.work = sink.work(c[2]);
    sink.use(std::move(job), true);
  });
  sink.note("Deadlines are made up by its publisher; arrivals and gangs are Philly's");
}

}  // namespace capmix::import
