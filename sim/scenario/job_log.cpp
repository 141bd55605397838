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
  if (map.by == JobMapping::steps) {
    map.ratio = r.number("ratio", {1e-6, 1e6, "between 1e-6 and 1e6"}, 1);
  } else if (map.by == JobMapping::duration) {
    if (r.has("ratio") && (!r.has("map") || r.value("map")->text == "duration")) r.error("ratio", "\"ratio\" is only for map = \"work\", \"chip-hours\" and \"steps\": what one of these chips does of the work of one of the log's");
  } else {
    map.ratio = r.number("ratio", {1e-6, 1e6, "between 1e-6 and 1e6"});
  }
  map.guess = r.number("guess", {1e-6, 1e6, "between 1e-6 and 1e6"}, 1);
  map.least = r.number("least", {1e-6, 1, "between 1e-6 and 1"}, 1), map.most = r.number("most", {1, 1e6, "between 1 and 1e6"}, 1);
  return map;
}

// What `check` says of it.
std::string told_of(const import::JobLog& log, const JobSpecs& specs, const JobMap& map) {
  const auto& report = log.report;
  std::string out = std::to_string(specs.jobs.size()) + " jobs of " + std::to_string(report.rows) + " rows";
  if (!report.aside.empty()) out += ", " + std::to_string(report.aside.size()) + " set aside";
  if (!report.refused.empty()) out += ", " + std::to_string(report.refused.size()) + " refused, the first in line " + std::to_string(report.refused.front().line) + ": " + report.refused.front().why;
  if (specs.unsized > 0) out += ", " + std::to_string(specs.unsized) + " without a run time left out";
  if (map.by == JobMapping::steps) out += "; " + told_of_steps(specs);
  return out;
}

}  // namespace

// Models that a log may name, and how those without a campaign are trained.
struct LogModels {
  std::vector<std::string> files{};     // ids in the folder of models
  int batch = kPlainBatch, seq = kPlainSeq;
  Place place{};                        // of who names them
};

// The place in `into` of a campaign or a language model of that id, read and added where it is new; -1: there is none.
int Loader::log_work(const std::string& name, const LogModels& models, std::vector<Campaign>& into) {
  const auto at = std::find_if(into.begin(), into.end(), [&](const Campaign& c) { return c.id == name; });
  if (at != into.end()) return static_cast<int>(at - into.begin());
  if (const auto campaign = s_.campaigns.find(name); campaign.valid()) {
    into.push_back(s_.campaigns[campaign]);
    return static_cast<int>(into.size()) - 1;
  }
  if (std::count(models.files.begin(), models.files.end(), name) == 0) return -1;
  if (!s_.llms.find(name).valid() && !s_.recommenders.find(name).valid()) read_model(open(workload_root_, "models", name, models.place), name);
  const auto llm = s_.llms.find(name);
  if (!llm.valid()) return -1;
  into.push_back(plain_work(s_.llms, llm, models.batch, models.seq));
  return static_cast<int>(into.size()) - 1;
}

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
  JobMap map = map_of(r);
  log.guess = map.guess;
  const Ref chip = r.ref("chip");
  log.chips = r.integer("chips", 1);
  const Date start = s_.study.timeline.start(), begins = r.date("begins", start);
  if (r.has("begins") && begins < start) r.error("begins", "\"begins\" is " + begins.text() + ", before the study, which starts " + start.text());
  log.spine = r.number("spine", {1e-6, 1, "between 1e-6 and 1"}, 1);
  const Ref model = r.has("model") ? r.ref("model") : Ref{};
  if (r.has("model") && r.has("spine")) r.error("spine", "\"spine\" and \"model\" both say what a gang is left with over several pods (expected one of them)");
  LogModels models{stems_in(workload_root_ + "/models"), r.integer("batch", 1, kPlainBatch), r.integer("seq", 1, kPlainSeq), r.place("id")};
  for (const char* key : {"batch", "seq"})
    if (r.has(key) && !r.has("model") && map.by != JobMapping::steps) r.error(key, std::string("\"") + key + "\" is how a model is trained: only with \"model\" or map = \"steps\"");
  r.also_knows({"model"});
  log.restart = r.quantity<Seconds>("restart", kNotNegative, Seconds(0));
  const Ref tenants = r.has("tenants") ? r.ref("tenants") : Ref{};
  log.tenants.half_life = r.quantity<Days>("half_life", kPositive, Days(0)).n * kDay.value();
  r.also_knows({"failures", "checkpoint", "tenants"});
  if (r.has("failures")) {
    const Ref failures = r.ref("failures");
    if (!s_.chips.empty()) log.failures = need_failures(failures);
  }
  if (r.has("failures") || (s_.study.failure_events && r.has("checkpoint"))) {
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
  if (!model.text.empty()) {
    map.model = log_work(model.text, models, map.works);
    std::vector<std::string> known = ids_of(s_.campaigns);
    known.insert(known.end(), models.files.begin(), models.files.end());
    if (s_.recommenders.find(model.text).valid()) context.problems.add(model.place, "\"" + model.text + "\" is a recommender (expected a campaign of this file or a language model)");
    else if (map.model < 0 && gaps_.count(model.text) == 0) unknown(model, "campaign or model", known);
  }
  if (file.text.empty()) return;
  const std::string path = r.resolved(file);
  if (!files_.keep(path)) return context.problems.add(file.place, "cannot read " + path);
  if (!with.text.empty() && !files_.keep(question.with = r.resolved(with))) return context.problems.add(with.place, "cannot read " + question.with);
  const auto read = import::read_jobs(path, question, context.problems);
  if (!read) return;
  if (map.by == JobMapping::steps)
    for (const auto& name : read->works) log_work(name, models, map.works);
  if (const std::string terms = tenants.text.empty() ? "" : r.resolved(tenants); !terms.empty()) {
    if (!files_.keep(terms)) return context.problems.add(tenants.place, "cannot read " + terms);
    log.tenants.of = read_tenants(terms, read->tenants, context.problems);
  }
  JobSpecs specs = specs_of(*read, map);
  context.notes.push_back(r.subject() + ": " + path + ": " + told_of(*read, specs, map));
  if (specs.jobs.empty()) return context.problems.add(file.place, path + ": no job says how long it ran: there is nothing to schedule");
  for (auto& job : specs.jobs) job.submit += static_cast<double>(begins.day() - start.day()) * kDay.value();
  log.jobs = std::move(specs.jobs), log.works = std::move(map.works);
  s_.logs.add(std::move(log));
}

}  // namespace capmix::scenario
