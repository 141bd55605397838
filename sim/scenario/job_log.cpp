// [[log]]: a log of jobs as work of a study. Its rows are the importer's (import/jobs.hpp), its jobs those of `replay jobs`.
#include <algorithm>
#include <cmath>

#include "import/jobs.hpp"
#include "scenario/job_specs.hpp"
#include "scenario/loader.hpp"

namespace capmix::scenario {
namespace {

JobMap map_of(Reader& r) {
  JobMap map;
  map.by = r.one_of<JobMapping>("map", kJobMappingNames, "duration");
  r.also_knows({"ratio"});
  if (map.by == JobMapping::duration) {
    if (r.has("ratio") && (!r.has("map") || r.value("map")->text == "duration")) r.error("ratio", "\"ratio\" is only for map = \"work\" and map = \"chip-hours\": what one of these chips does of the work of one of the log's");
  } else {
    map.ratio = r.number("ratio", {1e-6, 1e6, "between 1e-6 and 1e6"});
  }
  map.guess = r.number("guess", {1e-6, 1e6, "between 1e-6 and 1e6"}, 1);
  map.least = r.number("least", {1e-6, 1, "between 1e-6 and 1"}, 1), map.most = r.number("most", {1, 1e6, "between 1 and 1e6"}, 1);
  return map;
}

// What `check` says of it.
std::string told_of(const import::JobLog& log, const JobSpecs& specs) {
  const auto& report = log.report;
  std::string out = std::to_string(specs.jobs.size()) + " jobs of " + std::to_string(report.rows) + " rows";
  if (!report.aside.empty()) out += ", " + std::to_string(report.aside.size()) + " set aside";
  if (!report.refused.empty()) out += ", " + std::to_string(report.refused.size()) + " refused, the first in line " + std::to_string(report.refused.front().line) + ": " + report.refused.front().why;
  if (specs.unsized > 0) out += ", " + std::to_string(specs.unsized) + " without a run time left out";
  return out;
}

}  // namespace

void Loader::read_job_log(Reader r) {
  JobLogWork log;
  log.id = r.text("id");
  check_work_id(r, log.id);
  log.name = r.text("name", log.id);
  const Ref file = r.ref("file"), policy = r.ref("policy");
  import::JobQuestion question;
  question.format = r.text("format", "");
  const Ref with = r.has("with") ? r.ref("with") : Ref{};
  question.chip = r.text("with_chip", "");
  r.also_knows({"with"});
  const JobMap map = map_of(r);
  const Ref chip = r.ref("chip");
  log.chips = r.integer("chips", 1);
  const Date start = s_.study.timeline.start(), begins = r.date("begins", start);
  if (r.has("begins") && begins < start) r.error("begins", "\"begins\" is " + begins.text() + ", before the study, which starts " + start.text());
  log.spine = r.number("spine", {1e-6, 1, "between 1e-6 and 1"}, 1);
  log.restart = r.quantity<Seconds>("restart", kNotNegative, Seconds(0));
  const Ref tenants = r.has("tenants") ? r.ref("tenants") : Ref{};
  log.tenants.half_life = r.quantity<Days>("half_life", kPositive, Days(0)).n * kDay.value();
  r.also_knows({"failures", "checkpoint", "tenants"});
  if (r.has("failures")) {
    const Ref failures = r.ref("failures");
    if (!s_.chips.empty() && !failures.text.empty()) {
      if (!s_.failures.find(failures.text).valid()) read_failures(open(catalogue_, "failures", failures.text, failures.place), failures.text);
      log.failures = s_.failures.find(failures.text);
    }
    log.checkpoint = r.quantity<Seconds>("checkpoint", kNotNegative);
  } else if (r.has("checkpoint")) {
    r.error("checkpoint", "\"checkpoint\" is only for a log with \"failures\": a strike loses the work since the last one");
  }
  r.factual();
  r.done();

  log.policy = policy.text;
  if (const auto& known = job_policy_names(); !known.empty() && !policy.text.empty() && std::count(known.begin(), known.end(), policy.text) == 0) unknown(policy, "policy", known);
  for (const char* key : {"tenants", "half_life"})
    if (r.has(key) && !policy.text.empty() && policy.text != "fair-share") r.error(key, "\"" + std::string(key) + "\" is only for policy = \"fair-share\"");
  if (!s_.chips.empty()) log.chip = resolve(s_.chips, chip, "chip of this platform");
  if (file.text.empty()) return;
  const std::string path = beside(r.file(), file.text);
  if (!files_.keep(path)) return context.problems.add(file.place, "cannot read " + path);
  if (!with.text.empty() && !files_.keep(question.with = beside(r.file(), with.text))) return context.problems.add(with.place, "cannot read " + question.with);
  const auto read = import::read_jobs(path, question, context.problems);
  if (!read) return;
  if (const std::string terms = tenants.text.empty() ? "" : beside(r.file(), tenants.text); !terms.empty()) {
    if (!files_.keep(terms)) return context.problems.add(tenants.place, "cannot read " + terms);
    log.tenants.of = read_tenants(terms, read->tenants, context.problems);
  }
  JobSpecs specs = specs_of(*read, map);
  context.notes.push_back(r.subject() + ": " + path + ": " + told_of(*read, specs));
  if (specs.jobs.empty()) return context.problems.add(file.place, path + ": no job says how long it ran: there is nothing to schedule");
  for (auto& job : specs.jobs) job.submit += static_cast<double>(begins.day() - start.day()) * kDay.value();
  log.jobs = std::move(specs.jobs);
  s_.logs.add(std::move(log));
}

}  // namespace capmix::scenario
