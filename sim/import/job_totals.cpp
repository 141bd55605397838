#include "import/job_totals.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>

namespace capmix::import {
namespace {

constexpr std::pair<const char*, double> kWidths[] = {{"below 1", 0}, {"1", 1}, {"2-7", 2}, {"8", 8}, {"9-63", 9}, {"64-511", 64}, {"512+", 512}};  // name, least

size_t width_of(double chips) {
  size_t i = 0;
  while (i + 1 < std::size(kWidths) && chips >= kWidths[i + 1].second) ++i;
  return i;
}

void add(JobShare& share, double chip_hours) { ++share.jobs, share.chip_hours += chip_hours; }

// Chips by time out of spans, without keeping the steps.
class Sweep {
 public:
  void hold(double from, double to, double chips) {
    if (to > from) changes_.emplace_back(from, chips), changes_.emplace_back(to, -chips);
  }
  std::optional<JobLoad> load(size_t jobs) {
    if (changes_.empty()) return {};
    std::sort(changes_.begin(), changes_.end());  // at one time ends (negative) come first
    JobLoad out{jobs, changes_.front().first, changes_.back().first, 0, 0, 0};
    double held = 0, sum = 0, before = out.from;
    for (const auto& [t, by] : changes_) {
      sum += held * (t - before), before = t;
      if ((held += by) > out.peak * (1 + 1e-12)) out.peak = held, out.peak_at = t;
    }
    out.mean = sum / (out.to - out.from);
    return out;
  }

 private:
  std::vector<std::pair<double, double>> changes_;
};

std::vector<JobShare> by_tenant(const JobLog& log) {
  std::vector<JobShare> out;
  for (const auto& name : log.tenants) out.push_back({name});
  for (const auto& j : log.jobs)
    if (j.tenant >= 0) add(out[static_cast<size_t>(j.tenant)], j.chip_seconds() / 3600);
  std::erase_if(out, [](const auto& t) { return t.jobs == 0; });  // named by refused rows alone
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return a.chip_hours != b.chip_hours ? a.chip_hours > b.chip_hours : a.jobs != b.jobs ? a.jobs > b.jobs : a.name < b.name;
  });
  return out;
}

// A job that begins when it is submitted: attempts one behind the other without a pause, tasks as far apart as they were.
void at_submit(Sweep& sweep, const Job& j) {
  double t = j.submit;
  for (const auto& a : j.attempts) sweep.hold(t, t + a.end - a.start, a.chips), t += a.end - a.start;
  double first = std::numeric_limits<double>::infinity();
  for (const auto& s : j.tasks) first = std::min(first, s.start);
  for (const auto& s : j.tasks) sweep.hold(t + s.start - first, t + s.end - first, s.chips);
  if (j.attempts.empty() && j.tasks.empty()) sweep.hold(t, t + *j.run, j.chips);
}

void add_load(const JobLog& log, JobTotals& out) {
  Sweep was, wanted;
  size_t in_was = 0, in_wanted = 0;
  for (const auto& j : log.jobs) {
    const auto& spans = j.attempts.empty() ? j.tasks : j.attempts;
    if (j.run) at_submit(wanted, j), ++in_wanted;
    if (!j.start || !j.run) continue;
    ++in_was;
    if (spans.empty()) was.hold(*j.start, *j.start + *j.run, j.chips);
    for (const auto& s : spans) was.hold(s.start, s.end, s.chips);
  }
  out.load = was.load(in_was), out.at_once = wanted.load(in_wanted);
}

}  // namespace

JobTotals totals_of(const JobLog& log) {
  JobTotals out;
  out.jobs = log.jobs.size();
  std::vector<JobShare> widths;
  for (const auto& [name, least] : kWidths) widths.push_back({name});
  for (size_t i = 0; i < out.states.size(); ++i) out.states[i].name = kJobEndNames[i];
  for (const auto& j : log.jobs) {
    const double hours = j.chip_seconds() / 3600;
    out.chip_hours += hours;
    add(out.states[static_cast<size_t>(j.state)], hours);
    add(widths[width_of(j.chips)], hours);
    if (j.run) ++out.sized, out.runs.push_back(*j.run);
    if (const auto w = j.wait()) out.waits.push_back(*w);
    out.span = std::max(out.span, j.submit);
    out.attempts += j.attempts.size();
    if (j.attempts.size() < 2) continue;
    ++out.retried;
    out.retried_hours += hours - j.attempts.back().chip_seconds() / 3600;
  }
  std::copy_if(widths.begin(), widths.end(), std::back_inserter(out.widths), [](const auto& w) { return w.jobs > 0; });
  out.tenants = by_tenant(log);
  std::sort(out.runs.begin(), out.runs.end()), std::sort(out.waits.begin(), out.waits.end());
  add_load(log, out);
  return out;
}

std::vector<ReasonShare> reasons_of(const std::vector<LeftOut>& rows, size_t lines) {
  std::map<std::string, ReasonShare> found;
  for (const auto& r : rows) {
    auto& share = found[r.reason];
    share.reason = r.reason, ++share.rows;
    if (r.chip_hours) ++share.sized, share.chip_hours += *r.chip_hours;
    if (share.first.size() < lines) share.first.push_back(&r);
  }
  std::vector<ReasonShare> out;
  for (auto& [reason, share] : found) out.push_back(std::move(share));
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.rows > b.rows; });
  return out;
}

double hours_of(const std::vector<LeftOut>& rows) {
  double sum = 0;
  for (const auto& r : rows) sum += r.chip_hours.value_or(0);
  return sum;
}

}  // namespace capmix::import
