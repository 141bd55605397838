#include "step/cell_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <boost/math/distributions/students_t.hpp>

#include "base/draw.hpp"
#include "base/statistics.hpp"
#include "base/unit.hpp"

namespace capmix::step {
namespace {

constexpr int kGroups = 30;            // batch means of the intervals
constexpr double kConfidence = 0.99;

double student() {
  static const double t = boost::math::quantile(boost::math::students_t(kGroups - 1), (1 + kConfidence) / 2);
  return t;
}

// Half-width of the interval of a mean, by the means of groups of neighbours: what waits in a queue resembles who waited
// before it, but groups are nearly independent (Law and Carson 1979).
template <class Value>
double half_width(size_t n, Value&& value) {
  const size_t each = n / kGroups;
  if (each == 0) return std::numeric_limits<double>::infinity();
  double means[kGroups], all = 0, square = 0;
  for (size_t g = 0; g < kGroups; ++g) {
    double sum = 0;
    for (size_t i = 0; i < each; ++i) sum += value(g * each + i);
    means[g] = sum / static_cast<double>(each), all += means[g] / kGroups;
  }
  for (const double m : means) square += (m - all) * (m - all);
  return student() * std::sqrt(square / (kGroups - 1) / kGroups);
}

// Type 7 (statistics.hpp) of a sample that is put in order as far as it must be.
double quantile_of(std::vector<double>& x, double p) {
  const double at = p * static_cast<double>(x.size() - 1);
  const auto i = std::min(static_cast<size_t>(at), x.size() - 2);
  const auto lower = x.begin() + static_cast<std::ptrdiff_t>(i);
  std::nth_element(x.begin(), lower, x.end());
  const double next = *std::min_element(lower + 1, x.end());
  return *lower + (next - *lower) * (at - static_cast<double>(i));
}

}  // namespace

CellRequests::CellRequests(const ServingCell& cell) : arriving_(cell.arriving), recorded_(cell.recorded), seed_(cell.seed), work_of_(cell.work) {}

void CellRequests::reach(int64_t n) {
  static const uint64_t stream = hash64("cell.arrival");
  const size_t given = recorded_.size();
  const double span = given > 1 ? recorded_.back() - recorded_.front() : 0, gap = given > 1 ? span / static_cast<double>(given - 1) : 0;
  arrivals_.reserve(static_cast<size_t>(n));
  double t = arrivals_.empty() ? 0 : arrivals_.back();
  for (auto i = arrivals_.size(); i < static_cast<size_t>(n); ++i) {
    switch (arriving_) {
      case Arriving::poisson: t -= std::log(Draw(seed_, static_cast<int>(i)).uniform(stream)); break;
      case Arriving::constant: t += 1; break;
      case Arriving::recorded: t = (recorded_[i % given] - recorded_.front()) / gap + static_cast<double>(given * (i / given)); break;
    }
    arrivals_.push_back(t);
    if (work_of_) work_.push_back(work_of_(static_cast<int64_t>(i)));
  }
}

Seconds held(const ServingCell& c, const CellStage& s, const Batch& b) {
  if (s.service) return s.service(b);
  double fetching = 0;  // servers: the uplink of their pod is as wide as all their NICs, over its oversubscription
  for (const auto& stage : c.stages) fetching += stage.service ? 0 : stage.servers;
  return (s.fetched * b.work + s.fetched_request * b.requests) / c.nic * std::max(1.0, c.oversubscription / fetching);
}

Seconds clock_unit(const ServingCell& c) {
  const double work = c.work ? c.work(0) : 1;
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const auto& s : c.stages) {
    const double t = held(c, s, {0, 1, work}).value();
    if (t > 0) least = std::min(least, t);
    most = std::max({most, t, held(c, s, {0, s.max_batch, work * s.max_batch}).value()});
  }
  if (!(most > 0) || !std::isfinite(most)) throw std::invalid_argument("serving cell: no stage takes time");
  return Seconds(std::max(least, most * 1e-6));
}

void check(const ServingCell& c, double load, const RunOptions& o) {
  const auto want = [](bool good, const std::string& what) {
    if (!good) throw std::invalid_argument("serving cell: " + what);
  };
  want(!c.stages.empty(), "no stage");
  for (const auto& s : c.stages) {
    want(s.servers >= 1, "stage " + s.name + " has " + std::to_string(s.servers) + " servers (expected at least 1)");
    want(s.max_batch >= 1, "stage " + s.name + " takes batches of " + std::to_string(s.max_batch) + " (expected at least 1)");
    want(s.max_delay.value() >= 0, "stage " + s.name + " waits " + si(s.max_delay.value(), "s") + " (expected 0 or more)");
    want(s.service || (s.fetched + s.fetched_request).value() > 0, "stage " + s.name + " neither computes nor fetches");
  }
  want(load > 0, "a load of " + std::to_string(load) + " requests/s (expected more than 0)");
  want(o.requests >= 100 && o.requests <= 100'000'000, std::to_string(o.requests) + " requests (expected 100 to 1e8)");
  want(o.warm_up >= 0 && o.warm_up < 0.9, "a warm-up of " + std::to_string(o.warm_up) + " (expected 0 to 0.9)");
  if (c.arriving == Arriving::recorded)
    want(c.recorded.size() > 1 && c.recorded.back() > c.recorded.front() && std::is_sorted(c.recorded.begin(), c.recorded.end()), "recorded arrivals are not two or more rising times");
  clock_unit(c);
}

CellLog::CellLog(const ServingCell& cell, CellRequests& requests, double offered, const RunOptions& o)
    : load(offered), unit(clock_unit(cell)), first(static_cast<int64_t>(o.warm_up * static_cast<double>(o.requests))), done(static_cast<size_t>(o.requests)) {
  requests.reach(o.requests);
  arrivals.assign(requests.arrivals().begin(), requests.arrivals().begin() + o.requests);
  for (auto& t : arrivals) t = at_once() ? 0 : t / load / unit.value();
  for (const auto& s : cell.stages) stages.push_back({s.servers, 0, 0, 0});
}

bool CellLog::at_once() const { return std::isinf(load); }

double CellLog::begin() const { return at_once() ? 0 : arrivals[static_cast<size_t>(first)]; }

double CellLog::counted(double from, double to) const {
  return at_once() ? to - from : std::max(0.0, std::min(to, arrivals.back()) - std::max(from, begin()));
}

bool CellLog::within(Seconds latency, double p) const {
  const double most = latency / unit;
  int64_t late = 0;
  for (auto i = static_cast<size_t>(first); i < done.size(); ++i) late += done[i] - arrivals[i] > most;
  return static_cast<double>(late) <= (1 - p) * static_cast<double>(static_cast<int64_t>(done.size()) - first);
}

CellRun figures(const CellLog& log, const RunOptions& o) {
  CellRun out;
  out.load = log.load;
  const auto first = static_cast<size_t>(log.first);
  const double unit = log.unit.value();
  std::vector<double> latency;
  latency.reserve(log.done.size() - first);
  for (size_t i = first; i < log.done.size(); ++i) latency.push_back((log.done[i] - log.arrivals[i]) * unit);

  // Requests done in the window; of those that are all there at once, after the first ones, which fill the stages.
  double from = log.begin(), to = log.at_once() ? *std::max_element(log.done.begin(), log.done.end()) : log.arrivals.back();
  if (log.at_once()) {
    std::vector<double> ends = log.done;
    std::nth_element(ends.begin(), ends.begin() + log.first, ends.end());
    from = ends[first];
  }
  const auto count = std::count_if(log.done.begin(), log.done.end(), [&](double t) { return t > from && t <= to; });
  const double last = *std::max_element(log.done.begin(), log.done.end());
  out.throughput = to > from ? static_cast<double>(count) / ((to - from) * unit) : static_cast<double>(log.done.size()) / (last * unit);

  out.mean = Seconds(mean(latency));
  out.half_width = Seconds(half_width(latency.size(), [&](size_t i) { return latency[i]; }));
  std::vector<double> sample = latency;
  for (const double p : o.percentiles) {
    // The interval of the share that is slower, seen on the axis of latencies; downwards, where the sample is dense.
    const double q = quantile_of(sample, p), h = half_width(latency.size(), [&](size_t i) { return latency[i] > q ? 1.0 : 0.0; });
    out.quantiles.push_back(Seconds(q)), out.half_widths.push_back(Seconds(q - quantile_of(sample, std::max(0.0, p - h))));
  }
  const double window = log.at_once() ? last : log.arrivals.back() - log.begin();
  for (const auto& s : log.stages) out.stages.push_back({s.busy / (window * s.servers), static_cast<double>(s.requests) / static_cast<double>(s.batches)});
  return out;
}

bool in_single_file(const ServingCell& cell) {
  int fetching = 0;
  for (const auto& s : cell.stages) {
    if (s.servers != 1) return false;
    fetching += s.service ? 0 : 1;
  }
  return fetching <= 1;
}

CellLog play_in_single_file(const ServingCell& cell, CellRequests& requests, double load, const RunOptions& o) {
  check(cell, load, o);
  CellLog log(cell, requests, load, o);
  const size_t n = log.arrivals.size();
  std::vector<double> ready = log.arrivals;   // when each joins the stage's queue
  for (size_t q = 0; q < cell.stages.size(); ++q) {
    const CellStage& stage = cell.stages[q];
    const auto most = static_cast<size_t>(stage.max_batch);
    const double delay = stage.max_delay / log.unit;
    double free = 0;
    for (size_t i = 0; i < n;) {
      const double full = ready[std::min(i + most, n) - 1], start = std::max(free, std::min(full, ready[i] + delay));
      Batch b{log.stages[q].batches, 0, 0};
      size_t end = i;
      for (; end < n && end - i < most && ready[end] <= start + kInstant; ++end) b.work += requests.work(static_cast<int64_t>(end));
      b.requests = static_cast<int>(end - i);
      free = start + held(cell, stage, b) / log.unit;
      log.stages[q].batches += 1, log.stages[q].requests += b.requests, log.stages[q].busy += log.counted(start, free);
      std::fill(ready.begin() + static_cast<std::ptrdiff_t>(i), ready.begin() + static_cast<std::ptrdiff_t>(end), free);
      i = end;
    }
  }
  log.done = std::move(ready);
  return log;
}

}  // namespace capmix::step
