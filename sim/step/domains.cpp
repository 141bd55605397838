#include "step/domains.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/compat.hpp"
#include "engine/network.hpp"
#include "step/ring.hpp"

namespace capmix::step {
namespace {

namespace actor = simgrid::s4u::this_actor;
using engine::compat::sg4::Engine;

constexpr double kToken = 1;  // byte that tells a domain of the same host that its bytes are there

double stage_chips(const Iteration& it, const Lane& lane) { return static_cast<double>(it.plan.tp) * it.plan.cp * lane.replicas; }

// Chips of a stage in one domain. A last domain that is not full is taken as full, as the closed form does.
double chips_per_domain(const TrainingSetup& s, const Iteration& it, const Lane& lane, const Group& g) {
  const Ranks ranks{it.dp * it.plan.cp, it.plan.tp};
  return std::min(stage_chips(it, lane), static_cast<double>(it.plan.tp) * ranks.local(network_of(s, g)));
}

// A collective of every stage while it runs.
class Collective {
 public:
  Collective(const std::vector<Ring>& rings, const std::vector<Turn>& turns)
      : rings_(rings), turns_(turns), begin_(Engine::get_clock()), ends_(turns.size()) {}

  std::vector<Seconds> play(const std::vector<simgrid::s4u::Host*>& rail) {
    for (size_t r = 0; r < rings_.size(); ++r) {
      const auto& members = rings_[r].members;
      const auto any = [&](auto of) { return std::any_of(members.begin(), members.end(), [&](size_t i) { return of(turns_[i].load) > 0; }); };
      if (members.size() < 2 || !any([](const Load& l) { return l.ideal.value(); })) continue;
      // Alike for all members, so that every send finds its receive.
      const bool dense = any([](const Load& l) { return l.dense; });
      const bool experts = any([](const Load& l) { return l.experts; }) && rings_[r].expert_hop > 0;
      for (size_t at = 0; at < members.size(); ++at)
        engine::compat::add_actor("domain", rail[members[at]], [this, &rail, r, at, dense, experts] { take(rail, r, at, dense, experts); });
    }
    engine::simgrid_engine().run();
    return ends_;
  }

 private:
  // The actor of a domain.
  void take(const std::vector<simgrid::s4u::Host*>& rail, size_t r, size_t at, bool dense, bool experts) {
    const size_t me = rings_[r].members[at];
    const Turn& turn = turns_[me];
    actor::sleep_until(begin_ + turn.opens.value());
    if (dense) pass_on(rail, r, at, 1, "d", turn.load.dense);
    if (experts) pass_on(rail, r, at, rings_[r].expert_hop, "e", turn.load.experts);
    actor::sleep_for(turn.load.besides.value());
    ends_[me] = Seconds(Engine::get_clock() - begin_);
  }

  void pass_on(const std::vector<simgrid::s4u::Host*>& rail, size_t r, size_t at, size_t hop, const char* kind, double bytes) const {
    const auto& members = rings_[r].members;
    const size_t me = members[at], next = members[(at + hop) % members.size()];
    const bool inside = rail[me] == rail[next];
    const double start = Engine::get_clock();
    exchange(kind + std::to_string(me), kind + std::to_string(next), inside ? kToken : bytes);
    if (inside) actor::sleep_until(start + (Bytes(bytes) / turns_[me].load.nic).value());
  }

  const std::vector<Ring>& rings_;
  const std::vector<Turn>& turns_;
  double begin_;
  std::vector<Seconds> ends_;
};

}  // namespace

std::vector<Domain> domains_of(const TrainingSetup& s, const Iteration& it, int& pod) {
  std::vector<Domain> out;
  const Group* group = nullptr;
  double offset = 0;  // in chips of the group
  int first_pod = pod;
  size_t first_host = 0, hosts = 0;
  for (size_t l = 0; l < it.lanes.size(); ++l) {
    const Lane& lane = it.lanes[l];
    for (size_t at = 0; at < lane.stages.size(); ++at) {
      const Group& g = *lane.stages[at].group;
      if (&g != group) group = &g, offset = 0, first_pod = pod, first_host = hosts;
      const double all = stage_chips(it, lane), each = chips_per_domain(s, it, lane, g);
      for (double done = 0; done < all; done += each) {
        const int in = first_pod + static_cast<int>((offset + done) / (static_cast<double>(g.node.chips) * s.fabric.pod_nodes));
        const size_t host = first_host + static_cast<size_t>((offset + done) / chips_per_host(g.chip, g.node));
        out.push_back({l, at, each, {in, network_of(s, g).out * each}, host});
        pod = std::max(pod, in + 1), hosts = std::max(hosts, host + 1);
      }
      offset += all;
    }
  }
  return out;
}

std::vector<Ring> rings_of(const Iteration& it, const std::vector<Domain>& domains) {
  std::vector<Ring> out(it.lanes.front().stages.size());
  for (size_t i = 0; i < domains.size(); ++i) out[domains[i].stage].members.push_back(i);
  for (auto& ring : out) {
    const double wide = static_cast<double>(it.plan.ep) * it.plan.expert_tp;
    ring.expert_hop = static_cast<size_t>(std::max(1.0, wide / domains[ring.members.front()].chips)) % ring.members.size();
  }
  return out;
}

Load load(const TrainingSetup& s, const Iteration& it, const Domain& domain, size_t members, double bytes, Seconds ideal) {
  const ParallelPlan& p = it.plan;
  const StagePlan& stage = it.lanes[domain.lane].stages[domain.stage];
  const Network net = network_of(s, *stage.group);
  const double n = static_cast<double>(members);
  Load l;
  l.ideal = ideal, l.nic = domain.at.nic;
  if (members > 1) {
    // One ring per tensor rank, each with all bytes of its part of the weights.
    l.dense = bytes * stage.parameters * p.tp * (n - 1) / n;
    // As long as on the NICs of its own ranks, which are those of the whole domain together.
    const Ranks experts = expert_ranks(p, it.dp);
    const double local = experts.local(net), apart = std::ceil(experts.count / local);
    l.experts = bytes * stage.experts * ((apart - 1) / apart / local) * domain.chips;
  }
  // Among equal chips the closed form is the measure: never more on the wire than its time holds. Two lanes meet over
  // the NICs, even where by their number they would share a domain.
  const Seconds wire = Bytes(l.dense + l.experts) / domain.at.nic;
  if (wire > ideal && (it.lanes.size() == 1 || ideal.value() <= 0)) l.dense *= ideal / wire, l.experts *= ideal / wire;
  l.besides = std::max(Seconds(0), ideal - wire);
  return l;
}

std::vector<Seconds> play_rings(const std::vector<simgrid::s4u::Host*>& rail, const std::vector<Ring>& rings, const std::vector<Turn>& turns) {
  return Collective(rings, turns).play(rail);
}

}  // namespace capmix::step
