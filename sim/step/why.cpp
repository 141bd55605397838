#include "step/why.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace capmix::step {
namespace {

using Spent = std::vector<std::pair<std::string, Seconds>>;

constexpr size_t kMost = 3;       // reasons that are told of one plan
constexpr double kWorth = 0.002;  // of the best's step: less is not told beside a larger reason
constexpr double kNothing = 0.0005;  // rounds to nothing, such as a tie
constexpr double kTraded = 0.5;   // of what it costs: savings that are told
constexpr std::ptrdiff_t kWork = 3;  // parts of `spent` that are useful work; they come first

// Work of all stages in a micro-batch, shared equally among them.
Work mean_pass(const Lane& lane) {
  Work sum;
  for (const auto& stage : lane.stages) sum += stage.pass.forward, sum += stage.pass.backward;
  return sum * (1.0 / static_cast<double>(lane.stages.size()));
}

size_t slowest_lane(const Iteration& it) {
  const auto at = std::max_element(it.lanes.begin(), it.lanes.end(), [](const Lane& a, const Lane& b) { return a.makespan < b.makespan; });
  return static_cast<size_t>(at - it.lanes.begin());
}

// Of the step: "12 %", "4.1 %".
std::string percent(double share, bool sign) {
  char text[32];
  std::snprintf(text, sizeof text, std::fabs(share) >= 0.0995 ? (sign ? "%+.0f %%" : "%.0f %%") : (sign ? "%+.1f %%" : "%.1f %%"), share * 100);
  return text;
}

std::string listed(const std::vector<std::pair<std::string, double>>& shares, size_t most, bool sign) {
  std::string out;
  for (size_t i = 0; i < std::min(most, shares.size()); ++i)
    if (i == 0 || shares[i].second >= kWorth) out += (i == 0 ? "" : ", ") + shares[i].first + " " + percent(shares[i].second, sign);
  return out;
}

void sort_down(std::vector<std::pair<std::string, double>>& shares) {
  std::stable_sort(shares.begin(), shares.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
}

double total(const std::vector<std::pair<std::string, double>>& shares) {
  return std::accumulate(shares.begin(), shares.end(), 0.0, [](double sum, const auto& x) { return sum + x.second; });
}

// The largest part of the best's time, and what is lost besides.
std::string limits(const Spent& parts, Seconds step) {
  std::vector<std::pair<std::string, double>> all, lost;
  for (const auto& [name, time] : parts) all.emplace_back(name, time / step);
  lost.assign(all.begin() + kWork, all.end());
  sort_down(all), sort_down(lost);
  std::erase_if(lost, [&](const auto& x) { return x.first == all[0].first || x.second < kWorth; });
  return "limited by " + all[0].first + " " + percent(all[0].second, false) + (lost.empty() ? "" : "; lost to " + listed(lost, kMost, false));
}

// A plan may pay much for one thing and save as much on another: then both are told.
std::string against(const Spent& parts, const Spent& best, Seconds step) {
  std::vector<std::pair<std::string, double>> costs, saves;
  for (const auto& [name, time] : parts) {
    Seconds theirs;
    for (const auto& [other, t] : best) if (other == name) theirs = t;
    (time > theirs ? costs : saves).emplace_back(name, std::fabs((time - theirs) / step));
  }
  for (const auto& [name, time] : best)
    if (std::none_of(parts.begin(), parts.end(), [&](const auto& x) { return x.first == name; })) saves.emplace_back(name, time / step);
  sort_down(costs), sort_down(saves);
  if (costs.empty() || costs[0].second < kNothing) return "as fast as the best";
  const bool traded = total(saves) > kTraded * total(costs);
  return listed(costs, kMost, true) + (traded ? "; saves " + listed(saves, kMost - 1, false) : "");
}

}  // namespace

Spent spent(const TrainingSetup& s, const Iteration& it) {
  const size_t at = slowest_lane(it);
  const Lane& lane = it.lanes[at];
  const double m = lane.micro_batches, stages = static_cast<double>(lane.stages.size());
  // Recomputing is told apart by the same plan without it, in any memory.
  Work work = mean_pass(lane);
  Seconds again;
  if (it.plan.recompute != Recompute::none) {
    TrainingSetup free = s;
    free.check_memory = false;
    ParallelPlan plan = it.plan;
    plan.recompute = Recompute::none;
    std::string why;
    if (const auto other = lay_out(free, plan, why)) {
      const Work without = mean_pass(other->lanes[at]);
      again = work.total() - without.total(), work = without;
    }
  }
  Seconds mean, slowest, sharded;
  for (int stage = 0; stage < lane.pipeline.stages; ++stage) {
    const Seconds busy = lane.pipeline.busy(stage);
    mean += busy * (1 / stages), slowest = std::max(slowest, busy);
  }
  sharded = mean - work.total() - again;
  const std::string kind = it.plan.recompute == Recompute::selective ? "selective recompute" : "full recompute";
  return {{"matrix products", work.gemm * m},
          {"attention", work.attention * m},
          {"memory-bound operators", work.memory * m},
          {kind, again * m},
          {"tp communication", work.tensor * m},
          {"cp communication", work.context * m},
          {"ep communication", work.expert * m},
          {"host launch of experts", work.host * m},
          {it.plan.zero >= 3 ? "ZeRO 3 gathering" : "ZeRO 2 scattering", sharded * m},
          {"uneven stages", (slowest - mean) * m},
          {"bubble", lane.makespan - slowest * m},
          {"dp communication", it.exposed},
          {"optimizer", it.optimizer},
          {"stragglers", lane.makespan * it.straggle},
          {"fixed cost", it.step - lane.makespan * (1 + it.straggle) - it.exposed - it.optimizer}};
}

void explain(const TrainingSetup& s, std::vector<Priced>& plans) {
  Spent best;
  std::string why;
  for (size_t i = 0; i < plans.size(); ++i) {
    const auto it = lay_out(s, plans[i].plan, why);
    if (!it) continue;
    const auto parts = spent(s, *it);
    if (i == 0) best = parts;
    plans[i].why = i == 0 ? limits(parts, it->step) : against(parts, best, plans[0].step);
  }
}

}  // namespace capmix::step
