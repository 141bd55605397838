// Memory per chip against the papers' formulas.
#include "step/memory.hpp"

#include "catch.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

struct Setup : fixture::TrainingParts {
  ParallelPlan plan{1, 0, 1, Recompute::none};
  Group group{chip, node, efficiency, software, 64};

  Lane lane(int layers, int stages = 1, int micro_batches = 64) const {
    Lane out;
    out.replicas = 1, out.micro_batches = micro_batches;
    for (int i = 0; i < stages; ++i) {
      StagePlan stage;
      stage.group = &group, stage.layers = layers, stage.parameters = 1e9;
      out.stages.push_back(stage);
    }
    return out;
  }
  double part(const std::string& name, const Lane& lane, int dp, size_t stage = 0) const {
    for (const auto& p : memory(model, campaign, plan, lane, stage, dp))
      if (p.name == name) return p.bytes.value();
    return 0;
  }
};

}  // namespace

TEST_CASE("activations of a GPT layer are 34 s b h without its dropout masks") {
  // Korthikanti et al. 2022, equation 1: 34 s b h + 5 a s^2 b of one layer without tensor parallelism, of which
  // attention 11, FFN 19, norms 4. Two masks of dropout of 1 s b h are not kept here (no dropout): 32. With fused
  // attention nothing of size s^2. 8 layers, s 2048, b 2, h 4096.
  Setup s;
  s.plan.micro_batch = 2;
  CHECK(s.part("activations", s.lane(8), 1) == test::Approx(8 * 32.0 * 2048 * 2 * 4096));
  // Tensor and sequence parallel over t = 8: all of it by 8 (equation 4). Without sequence parallelism the norms' and
  // blocks' inputs stay whole (equation 2: 10 + 24 / t; without the masks 8 + 24 / t).
  s.plan.tp = 8;
  CHECK(s.part("activations", s.lane(8), 1) == test::Approx(8 * 32.0 / 8 * 2048 * 2 * 4096));
  s.plan.sequence_parallel = false;
  CHECK(s.part("activations", s.lane(8), 1) == test::Approx(8 * (8 + 24.0 / 8) * 2048 * 2 * 4096));
  // Full recompute keeps 2 s b h a layer and one whole layer at a time (section 5).
  s.plan.tp = 1, s.plan.recompute = Recompute::full;
  CHECK(s.part("activations", s.lane(8), 1) == test::Approx((8 * 2 + 32.0) * 2048 * 2 * 4096));
}

TEST_CASE("a stage of 1F1B holds as many micro-batches as it runs ahead") {
  // Stage 0 of 4 runs 3 ahead and works on a fourth; the last one holds one; never more than there are.
  Setup s;
  s.plan.pp = 4;
  const double one = 2 * 32.0 * 2048 * 4096;
  CHECK(s.part("activations", s.lane(2, 4), 1, 0) == test::Approx(4 * one));
  CHECK(s.part("activations", s.lane(2, 4), 1, 3) == test::Approx(one));
  CHECK(s.part("activations", s.lane(2, 4, 2), 1, 0) == test::Approx(2 * one));
  // Logits in FP32 on the last stage alone.
  CHECK(s.part("logits", s.lane(2, 4), 1, 0) == 0);
  CHECK(s.part("logits", s.lane(2, 4), 1, 3) == test::Approx(4.0 * 2048 * 32000));
}

TEST_CASE("ZeRO divides 18 bytes a parameter, or 16 with 16-bit gradients, stage by stage") {
  // Rajbhandari et al. 2020: weights 2, gradients 2 (4 where the software keeps FP32), Adam states 12; over 64 ranks
  // stage 1 divides the states, stage 2 the gradients too, stage 3 the weights too. 1e9 parameters.
  Setup s;
  for (const double gradient : {4.0, 2.0}) {
    s.software.gradient_bytes = gradient;
    const auto states = [&](int zero) {
      s.plan.zero = zero;
      const Lane lane = s.lane(1000);
      return s.part("parameters", lane, 64) + s.part("gradients", lane, 64) + s.part("optimizer states", lane, 64);
    };
    CHECK(states(0) == test::Approx((14 + gradient) * 1e9));
    CHECK(states(1) == test::Approx((2 + gradient + 12.0 / 64) * 1e9));
    CHECK(states(2) == test::Approx((2 + (gradient + 12) / 64) * 1e9));
    // And two gathered layers of the 1000: 2 x 2 B x 1e6.
    CHECK(states(3) == test::Approx((14 + gradient) / 64 * 1e9 + 4e6));
  }
}

TEST_CASE("adapters have gradients and states, a frozen base has none") {
  Setup s;
  s.campaign.lora_rank = 16;
  CHECK(s.part("parameters", s.lane(8), 1) == test::Approx(2e9));
  CHECK(s.part("gradients", s.lane(8), 1) == test::Approx(0.01 * 4e9));
  CHECK(s.part("optimizer states", s.lane(8), 1) == test::Approx(0.01 * 12e9));
}

TEST_CASE("experts that every rank has for itself keep their states whole") {
  // 64 ranks, a chip with 1e9 dense parameters and 2e9 of its experts; stage 1, 12 B of states. ep 64 = dp: no two ranks
  // have the same experts, so that nothing of 12 x 2e9 = 24e9 B is divided; dense: 12 x 1e9 / 64 = 0.1875e9 B.
  Setup s;
  Lane lane = s.lane(1000);
  lane.stages[0].experts = 2e9;
  s.plan.zero = 1, s.plan.ep = 64;
  CHECK(s.part("optimizer states", lane, 64) == test::Approx(24.1875e9));
  // Nor are their gradients and weights from stage 2 and 3 on: 4 B x (1e9 / 64 + 2e9), 2 B x the same and two gathered
  // layers of the 1000, 2 x 2 B x 3e6.
  s.plan.zero = 3;
  CHECK(s.part("optimizer states", lane, 64) == test::Approx(24.1875e9));
  CHECK(s.part("gradients", lane, 64) == test::Approx(8.0625e9));
  CHECK(s.part("parameters", lane, 64) == test::Approx(4.03125e9 + 12e6));
  // ep 16: four ranks have the same experts and a quarter of their states each, 6e9 B. ep 64 with experts whole on each
  // of 4 tensor ranks and dp 64: the 256 chips of a stage hold every expert 4 times, the same quarter.
  s.plan.zero = 1, s.plan.ep = 16;
  CHECK(s.part("optimizer states", lane, 64) == test::Approx(6.1875e9));
  s.plan.ep = 64, s.plan.tp = 4;
  CHECK(s.part("optimizer states", lane, 64) == test::Approx(6.1875e9));
  // Split over those 4 (expert tp): once again, nothing is divided.
  s.plan.expert_tp = 4;
  CHECK(s.part("optimizer states", lane, 64) == test::Approx(24.1875e9));
}
