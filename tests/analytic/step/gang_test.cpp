// What a gang is left with over several pods, against closed forms.
#include "step/gang.hpp"

#include <algorithm>

#include "catch.hpp"
#include "step/iteration.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using test::Approx;
using namespace capmix::step;

namespace {

// Four nodes of one scale-up domain each, a replica of the model on each of them, and nothing that hides an exchange.
struct Exposed : fixture::TrainingParts {
  Exposed() {
    software.overlaps_data = false;
    chip.memory = Bytes(1e15);
    campaign.plans = {{8, 1, 1, Recompute::none}};
    fabric.pod_nodes = 1;  // of the fabric; the pods that count are those that the gang spans
  }
  StepProfile gang(int chips = 32) const { return step::gang(model, campaign, {chip, node, efficiency, software, chips}, fabric); }
  // s that an exchange spends on the wires of an idle fabric: gradients of 4 B to their owners and weights of 2 B back, each of a chip's
  // parameters through its NIC, but for its own share of them.
  double wire(int nodes) const {
    std::string why;
    const auto it = lay_out(setup(8 * nodes), campaign.plans.front(), why);
    REQUIRE(it);
    return 6 * it->lanes.front().stages.front().parameters * (nodes - 1) / nodes / (chip.nic.value() * efficiency.collective.mode);
  }
};

}  // namespace

TEST_CASE("a gang over pods of a fabric that is not oversubscribed runs as inside one") {
  for (const int chips : {16, 32, 64, 128}) {
    const StepProfile p = Exposed().gang(chips);
    REQUIRE(p.feasible);
    REQUIRE(p.by_pods.size() >= 1);
    for (const auto& [pods, rate] : p.by_pods) CHECK(rate == Approx(1).epsilon(1e-9));
  }
}

TEST_CASE("a ring over oversubscribed pods: its exchange takes as much longer as a domain's part of the uplink is short") {
  // One ring through four domains leaves each pod once. A pod's uplink is that of its n domains / k, so that the flow on it has n / k of
  // a domain's NICs, or all of them: the bytes of the exchange take max(1, k / n) times as long, and its latency does not.
  // 4 pods: n = 1. 2 pods: n = 2. (3 pods of 4 nodes are 2.)
  for (const double k : {1.5, 2.0, 3.0, 8.0}) {
    Exposed e;
    e.fabric.oversubscription = k;
    const StepProfile p = e.gang();
    REQUIRE(p.feasible);
    REQUIRE(p.by_pods.size() == 2);
    const double step = p.step.value(), wire = e.wire(4);
    CHECK(wire > 0.02 * step);
    CHECK(p.by_pods[0].first == 2);
    CHECK(p.by_pods[0].second == Approx(step / (step + (std::max(1.0, k / 2) - 1) * wire)).epsilon(1e-6));
    CHECK(p.by_pods[1].first == 4);
    CHECK(p.by_pods[1].second == Approx(step / (step + (k - 1) * wire)).epsilon(1e-6));
  }
}

TEST_CASE("an exchange that hides behind the passes costs nothing until it is longer than they are") {
  // One micro-batch of a long sequence: gradients hide behind its backward pass, weights behind the next forward pass, and with an
  // interference of 0 nothing shows while k x wire is shorter than either. At k = 2 it is; at k = 40 what is longer shows.
  Exposed e;
  e.software.overlaps_data = true;
  e.efficiency.interference = 0, e.efficiency.hides = 0.9;
  e.campaign.seq = 65536, e.campaign.global_batch = 4;
  e.fabric.oversubscription = 2;
  std::string why;
  const auto setup = e.setup(32);
  const auto it = lay_out(setup, e.campaign.plans.front(), why);
  REQUIRE(it);
  const DataParallel& d = it->lanes.front().stages.front().data;
  const double wire = e.wire(4), reduce = wire * 4 / 6, gather = wire * 2 / 6;
  const double late_reduce = d.reduce.value() - reduce, late_gather = d.gather.value() - gather;  // latency
  REQUIRE(2 * wire < d.gather_hides.value());
  CHECK(e.gang().by_pods[1].second == Approx(1).epsilon(1e-6));
  e.fabric.oversubscription = 40;
  const StepProfile p = e.gang();
  const double shows = std::max(0.0, 40 * reduce + late_reduce - d.reduce_hides.value()) + std::max(0.0, 40 * gather + late_gather - d.gather_hides.value());
  CHECK(shows > 0);
  CHECK(p.by_pods[1].second == Approx(p.step.value() / (p.step.value() + shows)).epsilon(1e-6));
}

TEST_CASE("experts that are spread over pods meet at the uplinks") {
  // An all-to-all over p pods sends (p - 1) / p of its bytes through uplinks of 1 / k: the more pods and the larger k, the slower.
  Exposed e;
  e.model.experts = 32, e.model.top_k = 2, e.model.expert_ffn = 4096;
  e.campaign.plans = {{1, 1, 1, Recompute::none}};
  e.campaign.plans.front().ep = 32;
  double before = 1;
  for (const double k : {1.0, 2.0, 4.0, 8.0}) {
    e.fabric.oversubscription = k;
    const StepProfile p = e.gang();
    REQUIRE(p.feasible);
    CHECK(p.by_pods[1].second <= p.by_pods[0].second + 1e-9);
    CHECK(p.by_pods[1].second <= before + 1e-9);
    before = p.by_pods[1].second;
  }
  CHECK(before < 0.9);
}

TEST_CASE("a gang that no plan fits says so, and so does a fabric without pods") {
  Exposed e;
  e.chip.memory = Bytes(1e9);
  const StepProfile none = e.gang();
  CHECK_FALSE(none.feasible);
  CHECK(none.reason.find("too much") != std::string::npos);
  CHECK(none.by_pods.empty());
  Exposed other;
  other.fabric.id = "theirs", other.fabric.placement.text = "<platform/>";
  CHECK(other.gang().reason == "fabric theirs is a SimGrid platform, which has no pods");
}

TEST_CASE("a width that the campaign's plans do not fit takes what the search finds") {
  Exposed e;
  e.campaign.plans = {{8, 1, 1, Recompute::none}};
  e.campaign.plans.front().pp = 4;  // 32 chips and their multiples
  CHECK(e.gang(32).plan.find("pp 4") != std::string::npos);
  const StepProfile narrow = e.gang(8);
  CHECK(narrow.feasible);
  CHECK(narrow.plan.find("pp 4") == std::string::npos);
  CHECK(narrow.by_pods.empty());
}
