#include "step/gang.hpp"

#include <optional>

#include "model/gang_rates.hpp"
#include "step/iteration.hpp"
#include "step/search.hpp"

namespace capmix::step {
namespace {

// The fastest of the campaign's plans that fits, or else the search's best; or why there is none.
std::optional<ParallelPlan> plan_of(const TrainingSetup& s, std::string& reason) {
  std::optional<ParallelPlan> best;
  Seconds step;
  for (const auto& p : s.campaign.plans) {
    std::string why;
    if (p.searched) continue;
    if (const auto it = lay_out(s, p, why); it && (!best || it->step < step)) best = p, step = it->step;
  }
  if (best) return best;
  const auto found = search(s, 1, &reason);
  if (found.empty()) return std::nullopt;
  return found.front().plan;
}

}  // namespace

StepProfile gang(const LlmModel& model, const Campaign& work, const Group& group, const Fabric& fabric) {
  StepProfile out;
  out.subject = work.id + " on " + group.chip.id + " x " + std::to_string(group.chips);
  if (!fabric.placement.text.empty()) return out.reason = "fabric " + fabric.id + " is a SimGrid platform, which has no pods", out;
  const int nodes = (group.chips + group.node.chips - 1) / group.node.chips;
  Campaign c = work;
  c.parts = {{{}, group.chips}};
  c.checkpoint = Bytes(0);  // a log says what its jobs do again
  Fabric f = fabric;
  f.pod_nodes = nodes;
  const auto plan = plan_of({model, c, {group}, f}, out.reason);
  if (!plan) return out;
  c.plans = {*plan};
  out = train({model, c, {group}, f});
  if (!out.feasible) return out;
  for (const int pods : gang_pods(nodes)) {
    f.pod_nodes = (nodes + pods - 1) / pods;
    const StepProfile over = train({model, c, {group}, f});
    out.by_pods.emplace_back(pods, out.step / over.step);
  }
  return out;
}

}  // namespace capmix::step
