// Heterogeneity-aware max-min fairness (Narayanan et al. 2020, Gavel). A linear program says which share of its time every job should have on every
// part of the cluster, so that the least normalised throughput is as high as can be; a job's throughput is normalised by what it would
// have if it were spread over all chips alike, and counted per chip of its gang. Rounds then give each part to the jobs that are furthest
// behind their shares there; a job that is not chosen again is preempted. The program is solved again only in a round that finds another set of jobs.
// What is left over goes to whom it fits, in the order of the log. Not modelled: two jobs on one chip, and what a change of chips costs
// beyond the restart that is told.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "fleet/job_policy.hpp"
#include "solve/linear.hpp"

namespace capmix::fleet {
namespace {

constexpr double kRound = 360;      // s, as in Gavel
constexpr double kAlso = 1e-3;      // weight of the mean beside the least: of all that are best for the least, the one with the highest mean
constexpr double kNone = 1e-7;      // share that counts as none
constexpr double kInf = std::numeric_limits<double>::infinity();

class MaxMin : public JobPolicy {
 public:
  void decide(Desk& desk) override {
    for (const int j : desk.ended()) jobs_.erase(j), changed_ = true;
    for (const int j : desk.arrived()) jobs_[j].shares.assign(desk.cluster().parts().size(), 0), jobs_[j].had = jobs_[j].shares, changed_ = true;
    if (jobs_.empty()) return;
    if (desk.now() < next_) return desk.wake(next_);
    next_ = (std::floor(desk.now() / kRound + 1e-9) + 1) * kRound;
    credit(desk);
    if (changed_) share_out(desk);
    changed_ = false;
    round(desk);
    // All that run on the only part that they have a share of go on without another round.
    bool steady = desk.waiting().size() == 0;
    for (const auto& [j, job] : jobs_) steady = steady && std::count_if(job.shares.begin(), job.shares.end(), [](double x) { return x > kNone; }) == 1;
    if (!steady) desk.wake(next_);
  }

  Wait why(const Desk& desk, int job) const override {
    if (jobs_.at(job).told) return {desk.fits(job) ? WaitFor::share : WaitFor::room};
    return {WaitFor::round, -1, next_};
  }

 private:
  struct Share {
    std::vector<double> shares, had;   // of its time, by part; s that it has had since shares were last found
    bool told = false;                 // a round has seen it
  };

  void credit(const Desk& desk) {
    for (auto& [j, job] : jobs_)
      if (desk.state_of(j) == JobState::running) job.had[static_cast<size_t>(desk.placement(j).part)] += desk.now() - std::max(seen_, desk.since(j));
    seen_ = desk.now();
  }

  // Columns: the least, and each job's share of each part that it fits. Rows: of each job, the time there is and its throughput; of each part, chips.
  void share_out(const Desk& desk) {
    const auto& parts = desk.cluster().parts();
    solve::LinearProgram program;
    const int least = program.column(1, kInf);
    std::vector<int> chips_row;
    double all = 0;
    for (const auto& part : parts) {
      const double chips = static_cast<double>(part.pods) * part.nodes * part.chips;
      chips_row.push_back(program.row(-kInf, chips)), all += chips;
    }
    std::map<std::pair<int, size_t>, int> columns;
    for (const auto& [j, job] : jobs_) {
      const int time = program.row(-kInf, 1), speed = program.row(0, kInf);
      double alike = 0;
      for (size_t p = 0; p < parts.size(); ++p) alike += desk.speed(j, static_cast<int>(p)) * program.high[static_cast<size_t>(chips_row[p])] / all;
      program.entries.push_back({speed, least, -1});
      for (size_t p = 0; p < parts.size(); ++p) {
        const double rate = desk.speed(j, static_cast<int>(p)) / alike * std::max(1.0, desk.chips(j));
        if (rate <= 0 || !desk.cluster().ever_fits(desk.width(j), static_cast<int>(p))) continue;
        const int x = program.column(kAlso / static_cast<double>(jobs_.size()) * rate, 1);
        columns[{j, p}] = x;
        program.entries.push_back({time, x, 1}), program.entries.push_back({speed, x, rate}), program.entries.push_back({chips_row[p], x, desk.chips(j)});
      }
    }
    const auto answer = solve::solve(program);
    for (auto& [j, job] : jobs_) std::fill(job.shares.begin(), job.shares.end(), 0.0), std::fill(job.had.begin(), job.had.end(), 0.0);
    for (const auto& [of, x] : columns) jobs_[of.first].shares[of.second] = answer.optimal ? answer.x[static_cast<size_t>(x)] : 1;
  }

  void round(Desk& desk) {
    struct Claim {
      double behind;
      int job;
      size_t part;
    };
    std::vector<Claim> claims;
    for (auto& [j, job] : jobs_) {
      job.told = true;
      for (size_t p = 0; p < job.shares.size(); ++p)
        if (job.shares[p] > kNone) claims.push_back({job.shares[p] / (job.had[p] + kRound * 1e-3), j, p});
    }
    std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) { return a.behind != b.behind ? a.behind > b.behind : a.job != b.job ? a.job < b.job : a.part < b.part; });
    std::vector<double> left;
    for (const auto& part : desk.cluster().parts()) left.push_back(static_cast<double>(part.pods) * part.nodes * part.chips);
    std::map<int, size_t> chosen;
    std::vector<int> order;
    for (const auto& c : claims) {
      if (chosen.count(c.job) > 0 || desk.chips(c.job) > left[c.part] + kNone) continue;
      chosen[c.job] = c.part, left[c.part] -= desk.chips(c.job);
      order.push_back(c.job);
    }
    std::vector<int> stops;
    for (const auto& [end, j] : desk.expected_ends()) {
      const auto it = chosen.find(j);
      if (it == chosen.end() || static_cast<int>(it->second) != desk.placement(j).part) stops.push_back(j);
    }
    for (const int j : stops) desk.preempt(j);
    for (const int j : order)
      if (desk.state_of(j) == JobState::waiting) {
        auto p = desk.place(j, [&](const Placement& x) { return x.part == static_cast<int>(chosen[j]); });
        if (p) desk.start(j, std::move(*p));
      }
    for (int j = desk.waiting().first(); j >= 0; j = desk.waiting().first(j + 1))
      if (!desk.start(j)) desk.says(j, why(desk, j));
  }

  std::map<int, Share> jobs_;          // that wait or run
  double next_ = 0, seen_ = 0;         // next round; the last one
  bool changed_ = false;
};

[[maybe_unused]] const bool added = add_job_policy({"max-min", "max-min of normalised throughput over unlike chips, by rounds", [] { return std::unique_ptr<JobPolicy>(new MaxMin); }});

}  // namespace
}  // namespace capmix::fleet
