#include "fleet/log_rates.hpp"

#include <algorithm>
#include <set>

namespace capmix::fleet {
namespace {

// The profiles of a work on a node in a fabric; what does not run is told.
GangRates read(const RateTable& table, const std::string& work, const PartPlace& place, std::string& widths, std::string& reason) {
  std::vector<GangStep> steps;
  for (auto it = table.rates.lower_bound({work, {place.node}, place.fabric}); it != table.rates.end(); ++it) {
    const auto& [key, p] = *it;
    if (key.workload != work || key.nodes != std::vector{place.node} || key.fabric != place.fabric) break;
    steps.push_back({key.chips, p.feasible ? p.step.value() : 0, p.by_pods});
    if (p.feasible) continue;
    widths += (widths.empty() ? "" : ", ") + std::to_string(key.chips);
    if (reason.empty()) reason = p.reason;
  }
  return GangRates(std::move(steps));
}

void from_steps(JobSpec& job, const std::vector<GangRates>& on, double guess, LogRates& out) {
  double first = 0;
  std::vector<double> rates;
  for (const auto& part : on) {
    const double step = part.step(job.chips);
    if (first <= 0) first = step;
    rates.push_back(step > 0 ? first / step : 0);
  }
  if (first <= 0) {
    ++(job.run > 0 ? out.by_duration : out.refused);
    if (job.run <= 0) job.rates.assign(on.size(), 0);
    return;
  }
  const double run = job.steps * first;
  if (job.run > 0) job.estimate *= run / job.run;
  else if (job.estimate <= 0) job.estimate = run * guess;
  job.run = run, job.rates = std::move(rates);
  ++out.by_steps;
}

// Jobs of a work whose run time is not from steps, so that only pods ask for their rate.
size_t by_the_spine(const std::vector<JobSpec>& jobs, int work) {
  return static_cast<size_t>(std::count_if(jobs.begin(), jobs.end(), [&](const JobSpec& j) { return j.work == work && j.steps <= 0; }));
}

}  // namespace

LogRates log_rates(const JobLogWork& log, const std::vector<PartPlace>& places, const RateTable& table) {
  LogRates out;
  out.jobs = log.jobs;
  for (size_t w = 0; w < log.works.size(); ++w) {
    auto& on = out.gangs.emplace_back();
    std::vector<MissingRate> missing;
    std::set<std::pair<std::string, std::string>> told;  // two parts may be alike
    for (const auto& place : places) {
      std::string widths, reason;
      on.push_back(read(table, log.work_name(w), place, widths, reason));
      if (!widths.empty() && told.emplace(place.node, place.fabric).second)
        missing.push_back({log.work_name(w), place.chip, "gangs of " + widths + " chips on " + place.node + " in " + place.fabric + ": " + reason});
    }
    const size_t by_duration = out.by_duration, refused = out.refused;
    for (auto& job : out.jobs)
      if (job.work == static_cast<int>(w) && job.steps > 0) from_steps(job, on, log.guess, out);
    const auto told_of = [&](size_t n, const char* what) {
      if (n > 0 && !missing.empty()) missing.back().reason += std::string("; ") + what + ": " + std::to_string(n);
    };
    told_of(out.by_duration - by_duration, "jobs that run as long as their log says, at its ratio");
    const bool known = std::any_of(on.begin(), on.end(), [](const GangRates& g) { return g.known(); });
    told_of(by_the_spine(out.jobs, static_cast<int>(w)), known ? "jobs whose gangs, over pods, are as at the nearest width that runs, at most" : "jobs whose gangs, over pods, run as inside one");
    told_of(out.refused - refused, "jobs of which it says nothing else, refused");
    out.missing.insert(out.missing.end(), missing.begin(), missing.end());
  }
  return out;
}

}  // namespace capmix::fleet
