// The largest load of a serving cell that meets an objective.
#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "base/unit.hpp"
#include "step/cell_run.hpp"

namespace capmix::step {
namespace {

// A backlog takes about 1 / (1 - u)^2 services to settle: beyond 0.99 no run that is affordable would show its tail.
constexpr double kLightest = 0.05, kHeaviest = 0.99;
constexpr double kWithin = 0.005;      // of the load
constexpr double kTold = 0.02;         // of the percentile
constexpr double kObjectives = 20, kTail = 100;
constexpr int64_t kMostRequests = 4'000'000, kMoreRequests = 4;

class Search {
 public:
  Search(const ServingCell& cell, CellRequests& requests, Seconds objective, double percentile, const RunOptions& o)
      : cell_(cell), requests_(requests), objective_(objective), o_(o), direct_(in_single_file(cell)) {
    o_.percentiles = {percentile};
    o_.requests = std::max(o_.requests, static_cast<int64_t>(std::ceil(kTail / (1 - percentile))));
    saturate();
    lengthen(kObjectives * objective.value() * saturated_);
  }

  int64_t requests() const { return o_.requests; }
  double saturated() const { return saturated_; }
  CellRun play(double load) { return direct_ ? figures(log(load), o_) : simulate_cell(cell_, load, o_); }
  void lengthen(double requests) {
    if (requests <= static_cast<double>(o_.requests)) return;
    o_.requests = std::max(o_.requests, static_cast<int64_t>(std::min(requests, static_cast<double>(kMostRequests))));
    saturate();
  }

  // Between the first of the falling shares that meets the objective and the one before it. A load of 0: none does.
  CellRun largest(const std::vector<double>& shares) {
    CellRun best;
    std::optional<CellLog> log_of_best;
    const auto meets = [&](double share) {
      if (direct_) {
        CellLog now = log(share * saturated_);
        if (!now.within(objective_, o_.percentiles.front())) return false;
        if (!log_of_best || now.load > log_of_best->load) log_of_best = std::move(now);
        return true;
      }
      CellRun run = play(share * saturated_);
      if (run.quantiles.front() > objective_) return false;
      if (run.load > best.load) best = std::move(run);
      return true;
    };
    double high = 0, low = 0;
    for (const double share : shares) {
      if (meets(share)) { low = share; break; }
      high = share;
    }
    while (low > 0 && high - low > kWithin * low) {
      const double middle = (low + high) / 2;
      (meets(middle) ? low : high) = middle;
    }
    if (log_of_best) best = figures(*log_of_best, o_);
    return best;
  }

 private:
  CellLog log(double load) { return play_in_single_file(cell_, requests_, load, o_); }
  void saturate() { saturated_ = play(HUGE_VAL).throughput; }

  const ServingCell& cell_;
  CellRequests& requests_;
  Seconds objective_;
  RunOptions o_;
  bool direct_;
  double saturated_ = 0;
};

// Near saturation is where most answers are; what a delay does at light loads need not be monotone.
std::vector<double> shares_around(double found) {
  std::vector<double> out{kHeaviest, 0.9, 0.7, 0.5, 0.3, 0.15, kLightest};
  for (const double x : {1.02 * found, 0.98 * found})
    if (x > kLightest && x < kHeaviest) out.push_back(x);
  std::sort(out.begin(), out.end(), std::greater<>());
  return out;
}

}  // namespace

Capacity capacity(const ServingCell& cell, CellRequests& requests, Seconds objective, double percentile, RunOptions o, bool settle) {
  Capacity out;
  constexpr int64_t kSample = 1000;
  requests.reach(kSample);
  double work = 0;
  for (int64_t i = 0; i < kSample; ++i) work += requests.work(i) / kSample;
  const Seconds floor = alone(cell, work);
  const std::string asked = ", the objective is " + si(objective.value(), "s");
  if (floor > objective) {
    out.reason = "one request alone takes " + si(floor.value(), "s") + asked;
    return out;
  }
  Search search(cell, requests, objective, percentile, o);
  out.run = search.largest(shares_around(0));
  // Near saturation a percentile goes with 1 / (1 - u): of an error in it, a share 1 - u is one in the load. And at the
  // heaviest load that is tried it need only be below the objective for sure.
  const auto known = [&] {
    const Seconds q = out.run.quantiles.front(), h = out.run.half_widths.front();
    const double error = h / q, used = out.run.load / search.saturated();
    return error <= kTold || error * (1 - used) <= kWithin || (used > kHeaviest - kWithin && q + h <= objective);
  };
  while (settle && out.run.load > 0 && !known() && search.requests() < kMostRequests) {
    const double found = out.run.load / search.saturated();
    search.lengthen(static_cast<double>(kMoreRequests * search.requests()));
    out.run = search.largest(shares_around(found));
  }
  out.saturated = search.saturated();
  out.feasible = out.run.load > 0;
  if (!out.feasible) {
    out.reason = "one request alone takes " + si(floor.value(), "s") + ", behind the lightest queue " + si(search.play(kLightest * search.saturated()).quantiles.front().value(), "s") + asked;
    return out;
  }
  out.load = out.run.load, out.latency = out.run.quantiles.front();
  return out;
}

Capacity capacity(const ServingCell& cell, Seconds objective, double percentile, RunOptions o, bool settle) {
  CellRequests requests(cell);
  return capacity(cell, requests, objective, percentile, o, settle);
}

}  // namespace capmix::step
