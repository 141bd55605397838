#include "fleet/pool.hpp"

#include <algorithm>
#include <utility>

namespace capmix::fleet {
namespace {

int64_t idle(const Pod& pod) { return pod.on && pod.service < 0 && pod.log < 0 ? pod.free : 0; }
int64_t down(const Pod& pod) { return pod.on && pod.log < 0 ? pod.down : 0; }

int kind_of(std::vector<Kind>& kinds, const PodPlan& pod, const Scenario& scenario) {
  for (size_t k = 0; k < kinds.size(); ++k)
    if (kinds[k].node == pod.node && kinds[k].site == pod.site) return static_cast<int>(k);
  Kind kind;
  kind.node = pod.node, kind.chip = pod.chip, kind.site = pod.site;
  kind.node_chips = std::max(1, scenario.nodes[pod.node].chips);
  kinds.push_back(kind);
  return static_cast<int>(kinds.size()) - 1;
}

}  // namespace

Pool::Pool(const Scenario& scenario, const Plan& plan, const Months& months) {
  for (size_t i = 0; i < plan.pods.size(); ++i) {
    const PodPlan& p = plan.pods[i];
    Pod pod;
    pod.plan = static_cast<int>(i);
    pod.chips = pod.free = p.chips;
    pod.online = months.clipped(p.online), pod.end = months.clipped(p.retires);
    if (!p.site.valid() || pod.online >= pod.end || p.chips <= 0) continue;
    pod.kind = kind_of(kinds_, p, scenario);
    Kind& kind = kinds_[static_cast<size_t>(pod.kind)];
    kind.pods.push_back(static_cast<int>(pods_.size()));
    kind.chips += pod.chips;
    pods_.push_back(pod);
  }
}

template <class Change>
void Pool::change(int p, Change&& how) {
  Pod& pod = pods_[static_cast<size_t>(p)];
  Kind& kind = kinds_[static_cast<size_t>(pod.kind)];
  const auto count = [&](int sign) {
    const int64_t chips = idle(pod);
    kind.idle += sign * chips;
    kind.usable += sign * (chips / kind.node_chips * kind.node_chips);
    kind.down += sign * down(pod);
  };
  count(-1);
  how(pod);
  count(+1);
}

void Pool::advance(int64_t now) {
  for (auto& kind : kinds_) kind.idle_seconds += kind.idle * (now - now_), kind.down_seconds += kind.down * (now - now_);
  now_ = now;
}

int64_t Pool::take_idle_seconds(int k) { return std::exchange(kinds_[static_cast<size_t>(k)].idle_seconds, 0); }
int64_t Pool::take_down_seconds(int k) { return std::exchange(kinds_[static_cast<size_t>(k)].down_seconds, 0); }

void Pool::switch_on(int pod) {
  change(pod, [](Pod& p) { p.on = true; });
}

void Pool::switch_off(int pod) {
  change(pod, [](Pod& p) { p.on = false; });
}

void Pool::serve(int pod, int service) {
  change(pod, [&](Pod& p) { p.service = service; });
}

void Pool::run_log(int pod, int log) {
  change(pod, [&](Pod& p) { p.log = log; });
}

std::vector<Holding> Pool::take(int k, int chips) {
  const Kind& kind = kinds_[static_cast<size_t>(k)];
  std::vector<int> order;
  for (const int p : kind.pods)
    if (idle(pod(p)) >= kind.node_chips) order.push_back(p);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return pod(a).free < pod(b).free; });
  std::vector<Holding> out;
  int need = (chips + kind.node_chips - 1) / kind.node_chips * kind.node_chips;
  for (const int p : order) {
    if (need <= 0) break;
    const int got = std::min(need, pod(p).free / kind.node_chips * kind.node_chips);
    change(p, [&](Pod& x) { x.free -= got; });
    out.push_back({p, got});
    need -= got;
  }
  return out;
}

void Pool::give_back(const std::vector<Holding>& holdings) {
  for (const auto& h : holdings) change(h.pod, [&](Pod& p) { p.free += h.chips; });
}

void Pool::break_free(int pod, int chips) {
  change(pod, [&](Pod& p) { p.free -= chips, p.down += chips; });
}

void Pool::break_held(int pod, int chips) {
  change(pod, [&](Pod& p) { p.down += chips; });
}

void Pool::repair(int pod, int chips) {
  change(pod, [&](Pod& p) { p.free += chips, p.down -= chips; });
}

}  // namespace capmix::fleet
