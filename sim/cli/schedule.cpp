// capmix replay jobs --policy: a log of jobs on a cluster, once for each policy, side by side.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/table.hpp"
#include "base/unit.hpp"
#include "cli/job_works.hpp"
#include "cli/output.hpp"
#include "cli/typed.hpp"
#include "cli/verbs.hpp"
#include "engine/workers.hpp"
#include "fleet/schedule.hpp"
#include "scenario/job_specs.hpp"

namespace capmix::cli {
namespace {

using analysis::Json;
using fleet::ScheduleTotals;

constexpr size_t kShown = 3;         // refused jobs

struct Question {
  import::JobLog log;
  scenario::JobSpecs specs;
  scenario::JobMap map;
  std::vector<ClusterPart> parts;
  size_t named = 0;                  // parts whose rates are those of a chip
  int why = -1;                      // index in specs
  TenantTerms tenants;
  JobWorks works;
  PlayedWorks played;
};

struct Answer {
  ScheduleTotals totals;
  std::vector<JobOutcome> jobs;
  std::vector<BusyMoment> busy;      // where --busy asks for it
  std::string why;
};

std::string job_name(const import::Job& job) { return job.id.empty() ? "line " + std::to_string(job.line) : job.id; }

void check_names(const JobsOptions& o, Typed& typed, scenario::JobMap& map) {
  std::vector<std::string> known, ways(std::begin(scenario::kJobMappingNames), std::end(scenario::kJobMappingNames));
  for (const auto& p : fleet::job_policies()) known.push_back(p.name);
  for (size_t i = 0; i < o.policies.size(); ++i) {
    const std::string& name = o.policies[i];
    if (fleet::find_job_policy(name) == nullptr)
      typed.complain("--policy", "there is no policy \"" + name + "\"" + did_you_mean(name, known) + " (there are " + analysis::joined(known) + ")");
    if (std::find(o.policies.begin(), o.policies.begin() + static_cast<std::ptrdiff_t>(i), name) != o.policies.begin() + static_cast<std::ptrdiff_t>(i))
      typed.complain("--policy", "names \"" + name + "\" twice");
  }
  const auto way = std::find(ways.begin(), ways.end(), o.map);
  if (way == ways.end()) typed.complain("--map", "there is no \"" + o.map + "\"" + did_you_mean(o.map, ways) + " (expected duration, work, chip-hours or steps)");
  else map.by = static_cast<scenario::JobMapping>(way - ways.begin());
  if (way != ways.end() && map.by != scenario::JobMapping::duration && map.by != scenario::JobMapping::steps && !o.ratio)
    typed.complain("--map", o.map + " needs a --ratio: what one of these chips does of the work of one of the log's");
  if (map.by == scenario::JobMapping::duration && o.ratio) typed.complain("--ratio", "is only for --map work, chip-hours and steps");
  map.ratio = o.ratio.value_or(1), map.guess = o.guess, map.least = o.least, map.most = o.most;
}

std::vector<ClusterPart> cluster_of(const JobsOptions& o, const JobWorks& works, Typed& typed) {
  if (!o.cluster.empty()) {
    if (o.nodes > 0) typed.complain("--nodes", "and --cluster both say what there is (expected one of them)");
    auto parts = scenario::read_cluster(o.cluster, typed.problems);
    for (const auto& p : parts)
      if (works.wanted() && p.chips != works.scenario.nodes[works.node].chips)
        typed.complain("--node", fmt::format("{} has {} chips, and nodes of part \"{}\" have {}", o.node, works.scenario.nodes[works.node].chips, p.name, p.chips));
    return parts;
  }
  if (o.nodes <= 0) typed.complain("--policy", "needs a cluster to schedule on: --nodes or --cluster");
  else if (o.nodes % o.pods != 0) typed.complain("--pods", fmt::format("is {}, and {} nodes do not come out even (--cluster takes pods of unequal size)", o.pods, o.nodes));
  return {{"all", o.pods, std::max(1, o.nodes / o.pods), o.node_chips.value_or(works.wanted() ? works.scenario.nodes[works.node].chips : 8)}};
}

// Of fair share: weights and quotas, and how long is remembered what a tenant has had.
void read_terms(const JobsOptions& o, Typed& typed, Question& q) {
  const bool fair = std::find(o.policies.begin(), o.policies.end(), "fair-share") != o.policies.end();
  for (const auto& [option, said] : {std::pair{"--tenants", &o.tenants}, {"--half-life", &o.half_life}})
    if (!said->empty() && !fair) typed.complain(option, "is for --policy fair-share");
  if (!o.tenants.empty()) q.tenants.of = scenario::read_tenants(o.tenants, q.log.tenants, typed.problems);
  if (o.half_life.empty()) return;
  const auto read = parse_duration(o.half_life);
  if (!read.ok) typed.complain("--half-life", read.problem);
  else if (read.value <= 0) typed.complain("--half-life", "is " + o.half_life + " (expected more than 0)");
  else q.tenants.half_life = read.value * kDay.value();
}

int find_job(const Question& q, const std::string& name, Typed& typed) {
  for (size_t i = 0; i < q.specs.of.size(); ++i) {
    const auto& job = q.log.jobs[static_cast<size_t>(q.specs.of[i])];
    if (job.id == name || (job.id.empty() && std::to_string(job.line) == name)) return static_cast<int>(i);
  }
  typed.complain("--why", "there is no job \"" + name + "\" that is scheduled (expected an id of the log, or a line where it has none)");
  return -1;
}

Question ask(const JobsOptions& o) {
  Typed typed;
  Question q;
  check_names(o, typed, q.map);
  q.works = read_works(o, typed, q.map);
  q.parts = cluster_of(o, q.works, typed);
  import::JobQuestion question{o.format, o.with, o.chip};
  if (o.fleet) question.fleet = *o.fleet;
  auto log = import::read_jobs(o.file, question, typed.problems);
  if (log) {
    q.log = std::move(*log), add_works(q.works, q.log, q.map), q.specs = scenario::specs_of(q.log, q.map);
    if (q.specs.jobs.empty()) typed.problems.add({o.file, 0, 0}, "no job says how long it ran: there is nothing to schedule");
    if (q.log.format == "gavel" && !o.with.empty()) q.named = scenario::add_rates(o.file, question, q.log, q.parts, q.specs);
    if (!o.why.empty()) q.why = find_job(q, o.why, typed);
    read_terms(o, typed, q);
  }
  if (!typed.problems.ok()) throw InputError(typed.problems);
  return q;
}

// What a worker sends: the totals, the jobs, and why.
std::string schedule(const Question& q, const JobsOptions& o, const std::string& policy) {
  const fleet::DeskOptions options{o.spine.value_or(1), o.restart, q.tenants, q.played.rates.gangs};
  fleet::Scheduler scheduler(q.parts, q.specs.jobs, fleet::find_job_policy(policy)->make(), options);
  std::string why;
  if (q.why >= 0) {
    fleet::Scheduler early(q.parts, q.specs.jobs, fleet::find_job_policy(policy)->make(), options);
    fleet::run_alone(early, *o.at);
    why = early.why(q.why);
    if (why.empty()) why = fmt::format("it is {}", kJobStateNames[static_cast<size_t>(early.state_of(q.why))]);
  }
  fleet::run_on_clock(scheduler, q.parts);
  const Schedule s = scheduler.take();
  const ScheduleTotals totals = fleet::totals_of(q.specs.jobs, s);
  std::string bytes;
  const auto add = [&](const void* from, size_t size) { bytes.append(static_cast<const char*>(from), size); };
  const size_t moments = o.busy.empty() ? 0 : s.busy.size();
  add(&totals, sizeof totals), add(s.jobs.data(), s.jobs.size() * sizeof(JobOutcome));
  add(&moments, sizeof moments), add(s.busy.data(), moments * sizeof(BusyMoment));
  return bytes + why;
}

std::vector<Answer> answers(const Common& c, const JobsOptions& o, const Question& q) {
  std::vector<Answer> out(o.policies.size());
  engine::Workers workers(jobs(c), [&](int i) { return schedule(q, o, o.policies[static_cast<size_t>(i)]); });
  workers.run(o.policies.size(), [&](const engine::TaskResult& r) {
    if (!r.ok) throw std::runtime_error(o.policies[static_cast<size_t>(r.task)] + ": " + r.bytes);
    Answer& a = out[static_cast<size_t>(r.task)];
    size_t at = 0, moments = 0;
    const auto get = [&](void* into, size_t size) { std::memcpy(into, r.bytes.data() + at, size), at += size; };
    a.jobs.resize(q.specs.jobs.size());
    get(&a.totals, sizeof a.totals), get(a.jobs.data(), a.jobs.size() * sizeof(JobOutcome)), get(&moments, sizeof moments);
    a.busy.resize(moments);
    if (moments > 0) get(a.busy.data(), moments * sizeof(BusyMoment));
    a.why = r.bytes.substr(at);
  });
  return out;
}

std::string fair_share_words(const Question& q) {
  const auto& of = q.tenants.of;
  const auto limited = std::count_if(of.begin(), of.end(), [](const TenantShare& t) { return t.quota < kForever; });
  const auto beyond = std::count_if(q.specs.jobs.begin(), q.specs.jobs.end(), [&](const JobSpec& j) { return j.chips > q.tenants[j.tenant].quota; });
  std::string out = fmt::format(" Fair share: {} of {} have a quota, ", limited, analysis::count(static_cast<int64_t>(q.log.tenants.size()), "tenant"));
  out += q.tenants.half_life > 0 ? fmt::format("what one has had counts half after {:g} days.", q.tenants.half_life / 86400) : "what one holds counts.";
  if (beyond > 0) out += fmt::format(" Wider than their tenant's quota, so that they never start: {}.", analysis::count(beyond, "job"));
  return out;
}

std::string assumptions(const Question& q, const JobsOptions& o) {
  const auto& s = q.specs;
  std::string out = "Estimates are what users asked for.";
  if (s.asked < s.jobs.size())
    out = fmt::format("Estimates: {} of {} jobs have what their user asked for, the others {}their true run time.", s.asked, s.jobs.size(),
                      o.guess == 1 ? "" : fmt::format("{:g} x ", o.guess));
  if (q.map.by == scenario::JobMapping::work) out += fmt::format(" By work: gangs as in the log, run times / {:g}.", q.map.ratio);
  if (q.map.by == scenario::JobMapping::chip_hours) out += fmt::format(" By chip-hours: gangs / {:g}, rounded up, run times shortened by what rounding adds.", q.map.ratio);
  if (q.map.by == scenario::JobMapping::steps) out += fmt::format(" By steps: {}, run times / {:g} otherwise.", scenario::told_of_steps(q.specs), q.map.ratio);
  if (q.named > 0) out += fmt::format(" Rates by job on {} of {} parts, by {}, against {}.", q.named, q.parts.size(), o.with, o.chip.empty() ? "v100" : o.chip);
  if (o.least < 1 || o.most > 1) out += fmt::format(" Elastic: {:g} to {:g} x the gang of the log, at a speed that is linear in chips.", o.least, o.most);
  if (!q.tenants.of.empty() || q.tenants.half_life > 0) out += fair_share_words(q);
  if (s.split > 0) out += fmt::format(" Jobs with several attempts or tasks: {}, run for their chip-seconds over their chips.", s.split);
  if (s.unsized > 0) out += fmt::format(" Left out, without a run time: {}.", s.unsized);
  return out;
}

std::string cluster_text(const std::vector<ClusterPart>& parts) {
  int64_t nodes = 0, chips = 0, pods = 0;
  for (const auto& p : parts) pods += p.pods, nodes += static_cast<int64_t>(p.pods) * p.nodes, chips += static_cast<int64_t>(p.pods) * p.nodes * p.chips;
  return analysis::count(nodes, "node") + ", " + analysis::count(chips, "chip") + " in " + analysis::count(pods, "pod");
}

struct Line {
  const char *name, *key;
  double (*of)(const ScheduleTotals&);
  int decimals;
};
constexpr Line kLines[] = {
    {"finished", "finished", [](const ScheduleTotals& t) { return static_cast<double>(t.finished); }, 0},
    {"running at the end", "running", [](const ScheduleTotals& t) { return static_cast<double>(t.running); }, 0},
    {"waiting at the end", "waiting", [](const ScheduleTotals& t) { return static_cast<double>(t.waiting); }, 0},
    {"refused", "refused", [](const ScheduleTotals& t) { return static_cast<double>(t.refused); }, 0},
    {"wait, mean (s)", "wait_mean_seconds", [](const ScheduleTotals& t) { return t.mean_wait; }, 1},
    {"wait, median (s)", "wait_median_seconds", [](const ScheduleTotals& t) { return t.median_wait; }, 1},
    {"wait, P95 (s)", "wait_p95_seconds", [](const ScheduleTotals& t) { return t.p95_wait; }, 1},
    {"wait, P99 (s)", "wait_p99_seconds", [](const ScheduleTotals& t) { return t.p99_wait; }, 1},
    {"completion, mean (s)", "jct_mean_seconds", [](const ScheduleTotals& t) { return t.mean_jct; }, 1},
    {"completion, median (s)", "jct_median_seconds", [](const ScheduleTotals& t) { return t.median_jct; }, 1},
    {"completion, P99 (s)", "jct_p99_seconds", [](const ScheduleTotals& t) { return t.p99_jct; }, 1},
    {"bounded slowdown, mean", "slowdown_mean", [](const ScheduleTotals& t) { return t.mean_slowdown; }, 2},
    {"makespan (h)", "makespan_hours", [](const ScheduleTotals& t) { return t.makespan / 3600; }, 1},
    {"chips in use (%)", "chips_in_use_percent", [](const ScheduleTotals& t) { return 100 * t.utilisation; }, 2},
    {"nodes in use (%)", "nodes_in_use_percent", [](const ScheduleTotals& t) { return 100 * t.node_use; }, 2},
    {"chip-hours", "chip_hours", [](const ScheduleTotals& t) { return t.chip_hours; }, 1},
    {"preemptions", "preemptions", [](const ScheduleTotals& t) { return static_cast<double>(t.preempted); }, 0},
    {"resizes", "resizes", [](const ScheduleTotals& t) { return static_cast<double>(t.resized); }, 0},
    {"jobs that spanned pods", "spanning_jobs", [](const ScheduleTotals& t) { return static_cast<double>(t.spanning); }, 0},
    {"longest line", "longest_line", [](const ScheduleTotals& t) { return t.most_waiting; }, 0},
};

// Jobs that no part of the cluster has room for, whatever the policy: line and reason.
std::vector<std::pair<int, std::string>> refused(const Question& q, const std::vector<Answer>& all) {
  std::vector<std::pair<int, std::string>> out;
  for (size_t j = 0; j < q.specs.jobs.size(); ++j) {
    if (all.front().jobs[j].state != JobState::refused) continue;
    int64_t most = 0;
    for (size_t p = 0; p < q.parts.size(); ++p) {
      const auto& part = q.parts[p];
      if (q.specs.jobs[j].rates.empty() || q.specs.jobs[j].rates[p] > 0) most = std::max(most, static_cast<int64_t>(part.pods) * part.nodes * part.chips);
    }
    out.emplace_back(q.log.jobs[static_cast<size_t>(q.specs.of[j])].line,
                     most == 0 ? std::string("can run on no part of the cluster")
                               : fmt::format("wants {:g} chips in one part of the cluster; the widest that it can run on has {}", q.specs.jobs[j].chips, most));
  }
  return out;
}

std::string text_of(const Question& q, const JobsOptions& o, const std::vector<Answer>& all, int width) {
  std::string out = fmt::format("{}: {} on {}\n", q.log.file, analysis::count(static_cast<int64_t>(q.specs.jobs.size()), "job"), cluster_text(q.parts));
  out += analysis::wrap(assumptions(q, o), width) + "\n";
  analysis::TextTable table("");
  for (const auto& p : o.policies) table.column(p);
  for (const auto& line : kLines) {
    std::vector<std::string> row{line.name};
    for (const auto& a : all) row.push_back(fmt::format("{:.{}f}", line.of(a.totals), line.decimals));
    table.row(std::move(row));
  }
  for (size_t w = 1; w < kWaits; ++w) {
    if (std::all_of(all.begin(), all.end(), [&](const Answer& a) { return a.totals.waited[w] == 0; })) continue;
    std::vector<std::string> row{std::string("waited for ") + kWaitNames[w] + " (h)"};
    for (const auto& a : all) row.push_back(fmt::format("{:.1f}", a.totals.waited[w] / 3600));
    table.row(std::move(row));
  }
  out += table.text(width);
  const auto wide = refused(q, all);
  for (size_t i = 0; i < std::min(kShown, wide.size()); ++i) out += analysis::wrap(fmt::format("- Refused: line {} {}.", wide[i].first, wide[i].second), width, 2);
  if (wide.size() > kShown) out += "  All: --json.\n";
  out += gangs_text(q.works, q.played, width);
  if (q.why < 0) return out;
  out += analysis::heading(fmt::format("Why {} waits at {:g} s", o.why, *o.at));
  for (size_t p = 0; p < all.size(); ++p) out += analysis::wrap(fmt::format("- {}: {}.", o.policies[p], all[p].why), width, 2);
  return out;
}

std::string json_of(const Question& q, const JobsOptions& o, const std::vector<Answer>& all) {
  Json out{{"file", q.log.file}, {"format", q.log.format}, {"jobs", q.specs.jobs.size()}, {"unsized", q.specs.unsized},
           {"split", q.specs.split}, {"estimates_asked", q.specs.asked}, {"map", scenario::kJobMappingNames[static_cast<size_t>(q.map.by)]}, {"ratio", q.map.ratio},
           {"guess", q.map.guess}, {"least", q.map.least}, {"most", q.map.most}, {"parts_with_rates", q.named}, {"spine", o.spine.value_or(1)},
           {"restart_seconds", o.restart}, {"half_life_seconds", q.tenants.half_life}};
  if (q.works.wanted()) {
    out["gangs"] = Json::parse(gangs_json(q.played.table));
    out["by_steps"] = q.played.rates.by_steps, out["steps_unknown"] = q.specs.unknown;
    out["by_duration_without_rate"] = q.played.rates.by_duration, out["refused_without_rate"] = q.played.rates.refused;
  }
  for (size_t t = 0; t < q.tenants.of.size(); ++t)
    out["tenants"].push_back({{"tenant", q.log.tenants[t]}, {"weight", q.tenants.of[t].weight}, {"quota", analysis::finite_or_null(q.tenants.of[t].quota)}});
  Json& parts = out["cluster"] = Json::array();
  for (const auto& p : q.parts) parts.push_back({{"name", p.name}, {"pods", p.pods}, {"nodes", p.nodes}, {"chips", p.chips}, {"rate", p.rate}});
  Json& lines = out["refused"] = Json::array();
  for (const auto& [line, why] : refused(q, all)) lines.push_back({{"line", line}, {"why", why}});
  Json& policies = out["policies"] = Json::array();
  for (size_t p = 0; p < all.size(); ++p) {
    Json one{{"policy", o.policies[p]}};
    for (const auto& line : kLines) one[line.key] = line.decimals == 0 ? Json(static_cast<int64_t>(line.of(all[p].totals))) : analysis::finite_or_null(line.of(all[p].totals));
    Json& waited = one["waited_hours"] = Json::object();
    for (size_t w = 1; w < kWaits; ++w) waited[kWaitNames[w]] = all[p].totals.waited[w] / 3600;
    if (q.why >= 0) one["why"] = all[p].why;
    policies.push_back(std::move(one));
  }
  return analysis::json_text(out);
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string csv_of(const Question& q, const JobsOptions& o, const std::vector<Answer>& all) {
  std::string out = "policy,job,line,tenant,chips,submit_s,start_s,end_s,state,chip_hours,preempted,resized,pods\n";
  const auto when = [](double t) { return t < 0 ? std::string() : fmt::format("{}", t); };
  for (size_t p = 0; p < all.size(); ++p)
    for (size_t j = 0; j < q.specs.jobs.size(); ++j) {
      const JobOutcome& r = all[p].jobs[j];
      const JobSpec& spec = q.specs.jobs[j];
      const auto& job = q.log.jobs[static_cast<size_t>(q.specs.of[j])];
      const std::string tenant = job.tenant < 0 ? "" : quoted(q.log.tenants[static_cast<size_t>(job.tenant)]);
      out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\n", o.policies[p], quoted(job_name(job)), job.line, tenant, spec.chips, spec.submit,
                         when(r.start), when(r.end), kJobStateNames[static_cast<size_t>(r.state)], r.held / 3600, r.preempted, r.resized, r.pods);
    }
  return out;
}

std::string busy_csv(const JobsOptions& o, const std::vector<Answer>& all) {
  std::string out = "policy,at_s,busy_nodes,busy_chips,running,waiting\n";
  for (size_t p = 0; p < all.size(); ++p)
    for (const auto& m : all[p].busy) out += fmt::format("{},{},{},{},{},{}\n", o.policies[p], m.at, m.nodes, m.chips, m.running, m.waiting);
  return out;
}

}  // namespace

std::string policy_list() {
  std::vector<std::string> all;
  for (const auto& p : fleet::job_policies()) all.push_back(p.name + " (" + p.what + ")");
  return analysis::joined(all);
}

int schedule_jobs(const Common& c, const JobsOptions& o) {
  Question q = ask(o);
  for (const auto& path : {o.csv, o.schedule, o.busy})
    if (!path.empty()) probe_output(path);
  if (!o.csv.empty()) write_whole(o.csv, import::jobs_csv(q.log));
  if (q.works.wanted()) {
    q.played = play_works(c, q.works, q.map, q.specs.jobs, q.parts.size());
    q.specs.jobs = q.played.rates.jobs;
  }
  const auto all = answers(c, o, q);
  if (!o.schedule.empty()) write_whole(o.schedule, csv_of(q, o, all));
  if (!o.busy.empty()) write_whole(o.busy, busy_csv(o, all));
  print(c.json ? json_of(q, o, all) : text_of(q, o, all, terminal_width()));
  return 0;
}

}  // namespace capmix::cli
