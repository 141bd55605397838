#include "scenario/job_specs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "import/csv.hpp"
#include "import/text.hpp"

namespace capmix::scenario {
namespace {

constexpr double kMostNodes = 1e8;
constexpr size_t kNames = 5;                             // of works that are not known, that are told

// A whole number of 1 to 100 million; 0 after a problem.
int whole(const import::CsvTable& table, const import::CsvRow& row, int column, Diagnostics& problems) {
  const std::string& text = row.fields[static_cast<size_t>(column)];
  double value = 0;
  if (import::parse_number(import::trimmed(text), value) && value >= 1 && value <= kMostNodes && value == std::floor(value)) return static_cast<int>(value);
  problems.add({table.file, row.line, 0}, table.header[static_cast<size_t>(column)] + " is \"" + text + "\" (expected a whole number of 1 to 100,000,000)");
  return 0;
}

}  // namespace

Campaign plain_work(const Table<LlmModel>& llms, Id<LlmModel> model, int batch, int seq) {
  Campaign c;
  c.id = c.name = llms[model].id, c.model = model;
  c.global_batch = batch, c.seq = seq;
  c.plans.emplace_back().searched = true;
  return c;
}

std::string told_of_steps(const JobSpecs& specs) {
  std::string out = std::to_string(specs.by_steps) + " jobs run for their steps";
  size_t n = 0, names = 0;
  std::vector<std::pair<size_t, std::string>> most;
  for (const auto& [name, count] : specs.unknown) n += count, most.emplace_back(count, name.empty() ? "no name" : name);
  if (n == 0) return out;
  std::stable_sort(most.begin(), most.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  out += "; " + std::to_string(n) + " for as long as the log says: ";
  for (const auto& [count, name] : most) {
    if (names++ == kNames) return out + ", and " + std::to_string(most.size() - kNames) + " more";
    out += (names > 1 ? ", " : "") + name + " (" + std::to_string(count) + ")";
  }
  return out;
}

JobSpecs specs_of(const import::JobLog& log, const JobMap& map) {
  JobSpecs out;
  std::vector<int> work(log.works.size(), -1);           // by the log's name
  for (size_t i = 0; i < log.works.size(); ++i)
    for (size_t w = 0; w < map.works.size(); ++w)
      if (map.works[w].id == log.works[i]) work[i] = static_cast<int>(w);
  for (size_t i = 0; i < log.jobs.size(); ++i) {
    const import::Job& job = log.jobs[i];
    const double held = job.chip_seconds();
    const int trains = map.by == JobMapping::steps && job.work >= 0 ? work[static_cast<size_t>(job.work)] : -1;
    const bool by_steps = trains >= 0 && job.steps && *job.steps > 0;
    if (map.by == JobMapping::steps && !by_steps) ++out.unknown[job.work >= 0 ? log.works[static_cast<size_t>(job.work)] : ""];
    if ((!(held > 0) && !by_steps) || !(job.chips > 0)) {
      ++out.unsized;
      continue;
    }
    out.split += job.attempts.size() > 1 || job.tasks.size() > 1 ? 1 : 0;
    JobSpec spec;
    spec.submit = job.submit, spec.run = held / job.chips, spec.chips = job.chips, spec.tenant = job.tenant, spec.priority = job.priority.value_or(0);
    spec.estimate = job.asked && *job.asked > 0 ? *job.asked : spec.run * map.guess;
    out.asked += job.asked && *job.asked > 0 ? 1 : 0;
    double longer = 1;
    if (map.by == JobMapping::work || map.by == JobMapping::steps) longer = 1 / map.ratio;
    if (map.by == JobMapping::chip_hours) {
      const double chips = job.chips / map.ratio;
      spec.chips = chips < 1 && job.chips < 1 ? chips : std::max(1.0, std::ceil(chips - 1e-9));
      longer = chips / spec.chips;
    }
    spec.run *= longer, spec.estimate *= longer;
    spec.work = trains >= 0 ? trains : map.model;
    // Steps of another batch than the work's are as many more or fewer of its own.
    if (by_steps) ++out.by_steps, spec.steps = *job.steps * (job.batch && *job.batch > 0 ? *job.batch / map.works[static_cast<size_t>(trains)].global_batch : 1);
    if (spec.chips >= 1 && (map.least < 1 || map.most > 1)) {
      spec.least = std::max(1.0, std::ceil(spec.chips * map.least));
      spec.most = std::max(spec.chips, std::floor(spec.chips * map.most));
    }
    out.jobs.push_back(spec), out.of.push_back(static_cast<int>(i));
  }
  return out;
}

size_t add_rates(const std::string& path, import::JobQuestion question, const import::JobLog& log, const std::vector<ClusterPart>& parts, JobSpecs& specs) {
  size_t named = 0;
  for (size_t p = 0; p < parts.size(); ++p) {
    question.chip = parts[p].name;
    Diagnostics unknown;                                 // a part may be named after anything
    const auto there = import::read_jobs(path, question, unknown);
    if (!there) continue;
    ++named;
    std::map<int, double> run;                           // s there, by line
    for (const auto& job : there->jobs) run[job.line] = job.run.value_or(0);
    for (size_t j = 0; j < specs.jobs.size(); ++j) {
      auto& rates = specs.jobs[j].rates;
      if (rates.empty())
        for (const auto& part : parts) rates.push_back(part.rate);
      const import::Job& job = log.jobs[static_cast<size_t>(specs.of[j])];
      const auto at = run.find(job.line);
      rates[p] = at != run.end() && at->second > 0 ? job.run.value_or(0) / at->second : 0;
    }
  }
  return named;
}

std::vector<ClusterPart> read_cluster(const std::string& path, Diagnostics& problems) {
  std::vector<ClusterPart> out;
  const size_t before = problems.size();
  const import::CsvTable table = import::read_csv(path, problems);
  if (problems.size() > before) return {};
  const std::vector<std::string> known{"name", "pods", "nodes", "chips", "rate"};
  int at[5];
  for (size_t i = 0; i < known.size(); ++i) {
    at[i] = table.column(known[i]);
    if (at[i] < 0 && i < 4) problems.add({path, 1, 0}, "has no column " + known[i] + " (expected name, pods, nodes, chips and, if wanted, rate)");
  }
  for (const auto& h : table.header)
    if (std::find(known.begin(), known.end(), h) == known.end()) problems.add({path, 1, 0}, "there is no column \"" + h + "\"" + did_you_mean(h, known));
  if (problems.size() > before) return {};
  if (table.rows.empty()) problems.add({path, 0, 0}, "has no row: a cluster has at least one part");
  std::set<std::string> names;
  double nodes = 0;
  for (const auto& row : table.rows) {
    ClusterPart part;
    part.name = row.fields[static_cast<size_t>(at[0])];
    part.pods = whole(table, row, at[1], problems), part.nodes = whole(table, row, at[2], problems), part.chips = whole(table, row, at[3], problems);
    nodes += static_cast<double>(part.pods) * part.nodes;
    if (part.name.empty()) problems.add({path, row.line, 0}, "has no name");
    else if (!names.insert(part.name).second) problems.add({path, row.line, 0}, "name \"" + part.name + "\" stands further up too");
    if (part.chips > 4096) problems.add({path, row.line, 0}, "chips is " + std::to_string(part.chips) + " (expected at most 4096 in one node)");
    if (at[4] >= 0 && !import::trimmed(row.fields[static_cast<size_t>(at[4])]).empty() &&
        (!import::parse_number(import::trimmed(row.fields[static_cast<size_t>(at[4])]), part.rate) || part.rate < 1e-6 || part.rate > 1e6))
      problems.add({path, row.line, 0}, "rate is \"" + row.fields[static_cast<size_t>(at[4])] + "\" (expected a number above 0: work of a second against that of the log)");
    out.push_back(part);
  }
  if (nodes > kMostNodes) problems.add({path, 0, 0}, "has more than 100 million nodes");
  return problems.size() > before ? std::vector<ClusterPart>{} : out;
}

namespace {

// A cell above 0; blank, or no such column: `otherwise`.
double positive(const import::CsvTable& table, const import::CsvRow& row, int column, double otherwise, const std::string& what, Diagnostics& problems) {
  const std::string text(column < 0 ? std::string_view() : import::trimmed(row.fields[static_cast<size_t>(column)]));
  double out = otherwise;
  if (!text.empty() && (!import::parse_number(text, out) || !(out > 0 && std::isfinite(out)))) {
    problems.add({table.file, row.line, 0}, table.header[static_cast<size_t>(column)] + " is \"" + text + "\" (expected " + what + ")");
    return otherwise;
  }
  return out;
}

}  // namespace

std::vector<TenantShare> read_tenants(const std::string& path, const std::vector<std::string>& names, Diagnostics& problems) {
  const size_t before = problems.size();
  const import::CsvTable table = import::read_csv(path, problems);
  if (problems.size() > before) return {};
  const std::vector<std::string> known{"tenant", "weight", "quota"};
  const int tenant = table.column("tenant"), weight = table.column("weight"), quota = table.column("quota");
  if (tenant < 0) problems.add({path, 1, 0}, "has no column tenant (expected tenant, weight and quota)");
  for (const auto& h : table.header)
    if (std::find(known.begin(), known.end(), h) == known.end()) problems.add({path, 1, 0}, "there is no column \"" + h + "\"" + did_you_mean(h, known));
  if (problems.size() > before) return {};
  std::vector<TenantShare> out(names.size());
  std::set<std::string> seen;
  for (const auto& row : table.rows) {
    const std::string name(import::trimmed(row.fields[static_cast<size_t>(tenant)]));
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end()) problems.add({path, row.line, 0}, "the log has no tenant \"" + name + "\"" + did_you_mean(name, names));
    else if (!seen.insert(name).second) problems.add({path, row.line, 0}, "tenant \"" + name + "\" stands further up too");
    const TenantShare share{positive(table, row, weight, 1, "a weight above 0", problems), positive(table, row, quota, kForever, "chips, more than 0", problems)};
    if (at != names.end()) out[static_cast<size_t>(at - names.begin())] = share;
  }
  return problems.size() > before ? std::vector<TenantShare>{} : out;
}

}  // namespace capmix::scenario
