#include "catch.hpp"
#include "step/rec_batch.hpp"
#include "step/rec_serving.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

struct Cell : fixture::Parts {
  RecModel model = fixture::ranking();
  ServiceStage stage = fixture::service();
  std::string pool = "feed";
  StepProfile serve() const { return step::serve({model, stage, pool, {chip, node, efficiency, software, 8}, fabric}); }
};

double sum(const StepProfile& p) {
  double t = 0;
  for (const auto& part : p.parts) t += part.time.value();
  return t;
}

}  // namespace

TEST_CASE("a cell meets an objective that is far above one request") {
  const auto p = Cell{}.serve();
  REQUIRE(p.feasible);
  CHECK(p.rate() > 0);
  CHECK(p.latency <= Seconds(0.08));
  CHECK(sum(p) == test::Approx(p.step.value()));
  // No faster than its roofline: 8 chips x 1e15 x 0.5 / (500 x 4e9 FLOP) = 2000 requests/s.
  CHECK(p.rate() < 2000);
  CHECK(p.rate() > 1000);  // half of it is not lost to queueing under an objective of a hundred requests
  CHECK(p.model_flop.value() == test::Approx(p.units * 500 * 4e9));
  CHECK(p.energy.value() == test::Approx(1e4 * p.step.value()));  // one node of 10 kW
}

TEST_CASE("a tighter objective never serves more") {
  Cell cell;
  double before = 1e300;
  for (const double objective : {0.2, 0.08, 0.02, 0.008, 0.004}) {
    cell.stage.objective = Seconds(objective);
    const auto p = cell.serve();
    REQUIRE(p.feasible);
    CHECK(p.latency.value() <= objective);
    CHECK(p.rate() <= before * (1 + 1e-12));
    before = p.rate();
  }
}

TEST_CASE("an objective below one request is refused with the floor") {
  Cell cell;
  cell.stage.objective = Seconds(1e-4);  // 500 x 4e9 / 8 FLOP at 5e14 FLOP/s take 5e-4 s
  const auto p = cell.serve();
  CHECK_FALSE(p.feasible);
  CHECK(p.reason.find("one request alone takes") == 0);
  CHECK(p.reason.find("queue") == std::string::npos);
  CHECK(p.reason.find("the objective is 100 us") != std::string::npos);
}

TEST_CASE("more uncertain efficiencies spread the trust range around the mode") {
  const auto p = Cell{}.serve();
  CHECK(p.trust_low < 1);
  CHECK(p.trust_low > 0.7);   // gemm 0.4 / 0.5 bounds a compute-limited cell near 0.8
  CHECK(p.trust_high > 1);
  CHECK(p.trust_high < 1.3);  // and 0.6 / 0.5 near 1.2
  Cell known;
  known.efficiency.serving_gemm = {0.5}, known.efficiency.serving_memory = {0.8}, known.efficiency.gather = {0.4}, known.efficiency.collective = {0.8};
  CHECK(known.serve().trust_low == test::Approx(1));
  CHECK(known.serve().trust_high == test::Approx(1));
}

TEST_CASE("a chip without the precision, or too small for the tower, says why") {
  Cell cell;
  cell.stage.precision = Precision::fp8;
  CHECK(cell.serve().reason == "fast has no fp8 rate");
  Cell small;
  small.chip.memory = Bytes(1e9);  // 1e9 parameters of 2 B
  CHECK(small.serve().reason.find("2.00 GB") != std::string::npos);
}

TEST_CASE("where only the queue breaks the objective, the reason says so") {
  Cell cell;
  // Between one request alone and one behind the lightest queue. Found by the cell itself: the floor falls as
  // the objective rises, so some objective between 0.5 and 2 ms must be in the gap.
  bool seen = false;
  for (double objective = 5e-4; objective < 2e-3 && !seen; objective *= 1.05) {
    cell.stage.objective = Seconds(objective);
    const auto p = cell.serve();
    seen = !p.feasible && p.reason.find("behind the lightest queue") != std::string::npos;
  }
  CHECK(seen);
}

TEST_CASE("parts of a period sum to it, whatever bounds the cell") {
  Cell slow;
  slow.chip.nic = ByteRate(1e9);  // 500 x 30 rows of 128 B a request over 0.8 GB/s and 8 chips: 0.3 ms, against 0.5 to score
  Cell slower = slow;
  slower.chip.nic = ByteRate(2e8);
  for (const auto* cell : {&slow, &slower}) {
    const auto p = cell->serve();
    REQUIRE(p.feasible);
    CHECK(sum(p) == test::Approx(p.step.value()));
    for (const auto& part : p.parts) CHECK(part.time.value() >= 0);
  }
  CHECK(slow.serve().limit == "compute");
  CHECK(slower.serve().limit == "fabric");
  CHECK(slower.serve().rate() < slow.serve().rate());
}

TEST_CASE("requests of unequal size serve less under a tight objective, and a lower percentile serves more") {
  Cell even, uneven, lower;
  even.stage.objective = uneven.stage.objective = lower.stage.objective = Seconds(0.004);
  uneven.stage.spread = {0.1, 0.5, 3.9};
  lower.stage.percentile = 0.9;
  CHECK(uneven.serve().rate() < even.serve().rate());
  CHECK(lower.serve().rate() > even.serve().rate());
}

TEST_CASE("the same setup gives the same profile") {
  const auto a = Cell{}.serve(), b = Cell{}.serve();
  CHECK(a.rate() == b.rate());
  CHECK(a.latency == b.latency);
  CHECK(a.plan == b.plan);
}

TEST_CASE("no load of a cell's curve that meets the objective is above its rate") {
  Cell cell;
  for (const double objective : {0.2, 0.02, 0.006, 0.003}) {
    cell.stage.objective = Seconds(objective);
    const ServingSetup setup{cell.model, cell.stage, cell.pool, {cell.chip, cell.node, cell.efficiency, cell.software, 8}, cell.fabric};
    const double rate = serve(setup).rate();
    double most = 0;
    for (const auto& run : load_curve(setup, 20, 10000, 2).runs)
      if (run.quantiles[1] <= cell.stage.objective) most = std::max(most, run.load);
    CAPTURE(objective, rate, most);
    CHECK(most > 0);
    CHECK(rate >= most * 0.98);   // 10,000 requests are few for a tail
  }
}

TEST_CASE("no other limit of batches serves more") {
  // Every power of two under one objective, by the same search without its choice of a limit: a fixed tower's 16 products are
  // bound by compute at the mode, so a batch of b takes about b times as long as one, plus its launches.
  Cell cell;
  cell.stage.objective = Seconds(0.01);
  const ServingSetup setup{cell.model, cell.stage, cell.pool, {cell.chip, cell.node, cell.efficiency, cell.software, 8}, cell.fabric};
  const double rate = serve(setup).rate();
  const RowHomes homes = place_rows(setup);
  const RecCell rec(setup, homes, Level::mode);
  for (int batch = 1; batch <= 256; batch *= 2) {
    ServingCell c;
    CellStage score;
    score.name = "score", score.max_batch = batch;
    score.service = [&](const Batch& b) { return rec.batch(b.requests, b.requests * cell.stage.candidates.mode).score(); };
    c.stages = {score};
    const auto found = capacity(c, cell.stage.objective, cell.stage.percentile, {20000});
    CAPTURE(batch, rate, found.load);
    CHECK(rate >= found.load * 0.99);
  }
}

TEST_CASE("the rate at deeper towers ends at an edge, not at a power of two") {
  Cell cell;
  cell.stage.objective = Seconds(0.004);
  const auto p = cell.serve();
  REQUIRE(p.feasible);
  double last = 0, first_none = 0;
  for (const auto& [scale, rate] : p.by_scale) {
    if (rate > 0) last = scale;
    else if (first_none == 0) first_none = scale;
  }
  // One request alone takes about 0.5 ms at scale 1: at some scale below 8 it takes the whole objective.
  REQUIRE(first_none > 0);
  CHECK(last < 8);
  // The edge is searched to 1 %, with first runs.
  cell.model.scale = last * 1.03;
  CHECK_FALSE(cell.serve().feasible);
  cell.model.scale = last * 0.97;
  CHECK(cell.serve().feasible);
}
