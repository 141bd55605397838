// A recommender's step by hand, on SimGrid against its closed form, and what must hold for all.
#include "step/kinds/rec_training.hpp"

#include <cmath>

#include "catch.hpp"
#include "step/all_to_all.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

// One table and one product, on a chip on which every number is easy.
struct Plain : fixture::Parts {
  RecModel model;
  RecTrainingOptions options;
  int batch = 1024;

  Plain() {
    chip = fixture::products_only("plain", 1e12);
    chip.memory_bandwidth = ByteRate(1e12);
    chip.scale_up = ByteRate(1e9), chip.nic = ByteRate(1e8);
    chip.peak[Precision::fp16] = FlopRate(1e12);
    efficiency = fixture::attains_all();
    efficiency.scale_up = {1.0};
    efficiency.recommender.gather = {0.5}, efficiency.recommender.update = {0.25}, efficiency.recommender.all_to_all = {0.5};
    efficiency.recommender.iteration = Seconds(1e-4);
    fabric = fixture::no_latency();
    EmbeddingTable t;
    t.rows = 1e9, t.dim = 64, t.lookups = 10;
    model.id = "plain";
    model.tables = {t};
    model.blocks.emplace_back();
    model.blocks[0].widths = {256, 128};
  }
  RecTrainingSetup setup(int chips) const { return {model, batch, Precision::fp16, {chip, node, efficiency, software, chips}, fabric, options}; }
};

// A gang that communicates: DLRM-like tables in numbers, with latency.
struct Gang : Plain {
  Gang() {
    fabric = Fabric{};
    batch = 1 << 17;
    model.tables.clear();
    for (int i = 0; i < 40; ++i) {
      EmbeddingTable t;
      t.rows = 1e4 * (i + 1) * (i + 1), t.dim = 128, t.lookups = 1 + i % 7;
      model.tables.push_back(t);
    }
    model.blocks[0].widths = {5120, 1024, 1024, 1};
    chip.memory = Bytes(1e15);
    chip.scale_up = ByteRate(400e9), chip.nic = ByteRate(50e9);
  }
};

double part(const StepProfile& p, const std::string& name) {
  for (const auto& t : p.parts)
    if (t.name == name) return t.time.value();
  return 0;
}

double memory_need(const StepProfile& p) {
  double sum = 0;
  for (const auto& m : p.memory) sum += m.bytes.value();
  return sum;
}

}  // namespace

TEST_CASE("one chip's recommender step by hand") {
  const Plain p;
  const StepProfile got = train_rec(p.setup(1));
  REQUIRE(got.feasible);
  // 1,024 samples x 10 rows x 64 x 4 B at half of 1 TB/s.
  CHECK(part(got, "embedding lookup") == test::Approx(2621440 / 0.5e12));
  // Gradients 10,240 x 64 x 2 B, rows and their states 10,240 x (256 + 256) B there and back, at a quarter.
  CHECK(part(got, "embedding update") == test::Approx((1310720 + 10485760) / 0.25e12).epsilon(1e-4));
  // Three products of 2 x 1024 x 256 x 128 FLOP at 1 TFLOP/s.
  CHECK(part(got, "matrix products") == test::Approx(3 * 67108864 / 1e12));
  // 64 pooled numbers of 2 B, read and written, forward and backward.
  CHECK(part(got, "memory-bound") == test::Approx(2 * 1024 * 64 * 2 * 2 / 1e12));
  // 32,768 weights x 20 B.
  CHECK(part(got, "optimizer") == test::Approx(32768 * 20 / 1e12));
  CHECK(part(got, "fixed") == 1e-4);
  CHECK(part(got, "embedding all-to-all") == 0);
  CHECK(got.parts.size() == 6);
  CHECK(got.units == 1024);
  CHECK(got.model_flop.value() == 3 * 67108864.0);
  CHECK(got.mfu == test::Approx(3 * 67108864.0 / 1e12 / got.step.value()));
}

TEST_CASE("two chips exchange pooled rows by hand") {
  Plain p;
  p.efficiency.hides = 0;
  const StepProfile got = train_rec(p.setup(2));
  REQUIRE(got.feasible);
  // 32 columns each. A chip sends 1,024 x 32 x 2 B, of which half stays; there at 1 GB/s, and the gradients back.
  CHECK(part(got, "embedding all-to-all") == test::Approx(2 * 1024 * 32 * 2 / 2 / 1e9));
  CHECK(part(got, "embedding lookup") == test::Approx(2621440 / 2 / 0.5e12));
  // Nothing hides: the keys of 512 samples x 10 x 8 B, half of which leave, and 32,768 gradients of 2 B, summed: each
  // chip sends and receives half twice.
  CHECK(part(got, "key exchange (exposed)") == test::Approx(512 * 10 * 8 / 2 / 1e9));
  CHECK(part(got, "dp communication (exposed)") == test::Approx(2 * 32768 * 2 / 2 / 1e9));
}

TEST_CASE("hosts that prepare samples more slowly than chips take them set the pace") {
  Plain p;
  p.options.sample = Bytes(1000), p.options.host = ByteRate(1e9);
  const StepProfile got = train_rec(p.setup(1));
  // 1,024 x 1,000 B at 1 GB/s.
  CHECK(got.step.value() == test::Approx(1.024e-3));
  CHECK(got.limit == "input pipeline");
  p.options.host = ByteRate(1e13);
  CHECK(part(train_rec(p.setup(1)), "input pipeline (exposed)") == 0);
}

TEST_CASE("on an idle fabric SimGrid and the closed form of a recommender's step agree") {
  for (const int chips : {8, 12, 16, 64, 256, 1024, 4096}) {
    INFO(chips);
    const Gang g;
    std::string why;
    const auto closed = lay_out(g.setup(chips), why);
    INFO(why);
    REQUIRE(closed);
    const StepProfile played = train_rec(g.setup(chips));
    CHECK(played.step.value() == test::Approx(closed->step().value()).epsilon(0.01));
    CHECK(part(played, "embedding all-to-all") == test::Approx(closed->exchange.value()).epsilon(0.01));
    double sum = 0;
    for (const auto& t : played.parts) sum += t.time.value();
    CHECK(sum == test::Approx(played.step.value()));
  }
}

TEST_CASE("an all-to-all through narrow uplinks takes longer, as its closed form says") {
  Gang g;
  g.fabric.pod_nodes = 4, g.fabric.oversubscription = 4;
  std::string why;
  const auto closed = lay_out(g.setup(128), why);  // 4 pods
  REQUIRE(closed);
  const double played = part(train_rec(g.setup(128)), "embedding all-to-all");
  Gang wide = g;
  wide.fabric.oversubscription = 1;
  CHECK(played > 2 * part(train_rec(wide.setup(128)), "embedding all-to-all"));
  CHECK(played == test::Approx(closed->exchange.value()).epsilon(0.1));
}

TEST_CASE("a folded all-to-all takes as long as one with a flow for every pair") {
  for (const int pods : {1, 2, 4}) {
    for (const double oversubscription : {1.0, 3.0}) {
      INFO(pods << " pods, " << oversubscription);
      std::vector<Sender> gang;
      for (int d = 0; d < 16; ++d) gang.push_back({{d * pods / 16, ByteRate(1e9)}, Bytes(1e8)});
      const double pairs = play_all_to_all(gang, oversubscription, 100).value(), folded = play_all_to_all(gang, oversubscription, 2).value();
      CHECK(folded == test::Approx(pairs).epsilon(0.01));
    }
  }
}

TEST_CASE("the chip that sends most holds up an all-to-all") {
  std::vector<Sender> gang(8, {{0, ByteRate(1e9)}, Bytes(1e8)});
  gang[3].leaves = Bytes(2e8);
  CHECK(play_all_to_all(gang, 1).value() == test::Approx(0.2).epsilon(0.01));
}

TEST_CASE("tables that do not fit say how many chips would do, and that many do") {
  Plain p;
  p.chip.memory = Bytes(80e9);
  // 10^9 rows x 64 x 8 B = 512 GB; 75 GB usable: 7 chips by weight.
  const StepProfile got = train_rec(p.setup(4));
  CHECK_FALSE(got.feasible);
  INFO(got.reason);
  CHECK(got.reason.find("512 GB") != std::string::npos);
  CHECK(got.reason.find("too little; 7 chips would do") != std::string::npos);
  CHECK(train_rec(p.setup(7)).feasible);
  CHECK_FALSE(train_rec(p.setup(6)).feasible);
  p.model.tables[0].rows = 1e13;
  CHECK(train_rec(p.setup(4)).reason.find("no number of chips") != std::string::npos);
  p.batch = 2;
  CHECK(train_rec(p.setup(4)).reason == "a batch of 2 samples is less than one for each of 4 chips");
}

TEST_CASE("host memory holds what the chips do not, and the skew says how often it is asked") {
  Plain p;
  p.chip.memory = Bytes(80e9);
  p.options.host_memory = Bytes(500e9), p.options.host_link = ByteRate(50e9);
  const StepProfile even = train_rec(p.setup(1));
  REQUIRE(even.feasible);
  // 75.2 GB less buffers of 512 GB are on the chip: 85.3 % of the lookups of 2.6 MB miss, with states twice the bytes.
  CHECK(part(even, "rows from host memory") == test::Approx(2621440 * 2 * (1 - 75.2 / 512) / 50e9).epsilon(0.01));
  p.model.tables[0].skew = 1.1;
  const StepProfile skewed = train_rec(p.setup(1));
  CHECK(part(skewed, "rows from host memory") < 0.1 * part(even, "rows from host memory"));
  CHECK(memory_need(even) <= 80e9);
}

TEST_CASE("more chips never raise what one of them must hold, nor lower what they do together") {
  double memory = 1e300, rate = 0;
  for (int chips = 8; chips <= 1024; chips *= 2) {
    INFO(chips);
    const Gang g;
    const StepProfile got = train_rec(g.setup(chips));
    REQUIRE(got.feasible);
    CHECK(memory_need(got) <= memory * (1 + 1e-9));
    CHECK(got.rate() > rate * (chips == 16 ? 0.5 : 0.99));  // the step from one node to two puts the exchange on NICs
    memory = memory_need(got), rate = got.rate();
  }
}

TEST_CASE("a history is looked up and attended to once per request") {
  Plain p;
  DenseBlock history;
  history.kind = BlockKind::attention, history.side = Side::request;
  history.width = 256, history.heads = 2, history.tokens = 1000, history.layers = 2, history.projections = 5;
  p.model.blocks.push_back(history);
  const double each = train_rec(p.setup(1)).model_flop.value();
  p.options.samples_per_request = 4;
  const double shared = train_rec(p.setup(1)).model_flop.value();
  const double own = 3 * 67108864.0;
  CHECK(shared - own == test::Approx((each - own) / 4));
}
