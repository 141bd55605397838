// One batch of a recommendation stage by hand: where its rows are, what each part takes.
#include "step/rec_batch.hpp"

#include "catch.hpp"
#include "unit/step/hardware.hpp"

using namespace capmix;
using namespace capmix::step;
using test::Approx;

namespace {

// Rows of 1 kB: 256 elements of 4 B; ten lookups a candidate, and on the user's side two a request.
RecModel shaped(double rows) {
  RecModel m;
  EmbeddingTable items, user;
  items.rows = rows, items.dim = 256, items.lookups = 10;
  user.rows = 1, user.dim = 256, user.lookups = 2, user.side = Side::request;
  m.tables = {items, user};
  DenseBlock item, history;
  item.id = "item", item.widths = {256, 1024, 256};
  history.id = "history", history.widths = {256, 4096}, history.side = Side::request;
  m.blocks = {item, history};
  return m;
}

struct Cell : fixture::Parts {
  RecModel model = shaped(1e6);
  ServiceStage stage = fixture::service();
  std::string pool = "p";
  int chips = 1;
  ServingSetup setup() {
    stage.cell_chips = chips;
    return {model, stage, pool, {chip, node, efficiency, software, chips}, fabric};
  }
  RecBatch batch(double requests, double candidates) {
    const auto s = setup();
    return RecCell(s, place_rows(s), Level::mode).batch(requests, candidates);
  }
};

}  // namespace

TEST_CASE("tables that fit are gathered from the chip's memory") {
  Cell c;
  // 4 requests of 500: (2000 x 10 + 4 x 2) rows of 1,024 B at 4 TB/s x 0.4.
  const auto b = c.batch(4, 2000);
  CHECK(b.gather.value() == Approx((20000 + 8) * 1024 / 1.6e12));
  CHECK(b.peers.value() == 0);
  CHECK(b.fetch.value() == 0);
}

TEST_CASE("the user's side is computed once per request, whatever its candidates") {
  Cell c;
  Cell item;
  item.model.blocks.pop_back();
  const double user = c.batch(8, 100).dense.value() - item.batch(8, 100).dense.value();
  CHECK(user > 0);
  CHECK(c.batch(8, 5000).dense.value() - item.batch(8, 5000).dense.value() == Approx(user));
  CHECK(c.batch(4096, 5000).dense.value() - item.batch(4096, 5000).dense.value() > user);
}

TEST_CASE("products take what gemm() says at serving's shares and the precision's rate") {
  Cell c;
  c.chip.peak[Precision::int8] = FlopRate(4e15);
  c.model.blocks.pop_back();
  const double m = 1 << 20;
  Machine expected;
  expected.gemm16 = FlopRate(1e15 * 0.5), expected.memory = c.chip.memory_bandwidth * 0.8;
  expected.launch = c.efficiency.launch, expected.units = c.chip.matrix_units, expected.depth_half = c.efficiency.depth_half;
  const double bf16 = (gemm(expected, m, 1024, 256, Precision::bf16) + gemm(expected, m, 256, 1024, Precision::bf16)).value();
  CHECK(c.batch(1, m).dense.value() == Approx(bf16));
  c.stage.precision = Precision::int8;
  expected.gemm8 = FlopRate(4e15 * 0.5);
  const double int8 = (gemm(expected, m, 1024, 256, Precision::fp8) + gemm(expected, m, 256, 1024, Precision::fp8)).value();
  CHECK(c.batch(1, m).dense.value() == Approx(int8));
}

TEST_CASE("chips of a cell share a batch, and tables that one cannot hold") {
  Cell c;
  c.chips = 8;
  c.model = shaped(4e8);  // 410 GB: more than 94 GB, less than eight times that
  const auto homes = place_rows(c.setup());
  CHECK(homes.reason == "");
  CHECK(homes.own[0] == Approx(1.0 / 8));
  CHECK(homes.peers[0] == Approx(7.0 / 8));
  CHECK(homes.remote[0] == Approx(0).margin(1e-9));
  CHECK(homes.held.value() == Approx(4e8 * 1024 / 8).epsilon(1e-6));
  const auto b = c.batch(8, 8000);  // 1,000 candidates and one request a chip
  const double bytes = (10000 + 2) * 1024.0;
  CHECK(b.gather.value() == Approx(bytes / 8 / 1.6e12));
  CHECK(b.peers.value() == Approx(bytes * 7 / 8 / (400e9 * 0.8) + c.fabric.scale_up_latency.value()).epsilon(1e-6));
}

TEST_CASE("rows of the other half of a PCIe server come through its host") {
  Cell c;
  c.chips = 8;
  c.model = shaped(4e8);
  c.chip.scale_up_domain = 4, c.node.host_path = ByteRate(12e9);
  // 7/8 of a chip's rows are on others, 4 of those 7 in the other domain: 1/2 through the host, of which a chip has 3 GB/s.
  const double bytes = (10000 + 2) * 1024.0;
  CHECK(c.batch(8, 8000).peers.value() == Approx(bytes / 2 / 3e9 + c.fabric.nic_latency.value()).epsilon(1e-6));
}

TEST_CASE("rows that no chip holds come from parameter servers over the NICs") {
  Cell c;
  c.model = shaped(1e9);  // 1,024 GB; 94 GB less the tower's weights fit, all rows alike
  const auto homes = place_rows(c.setup());
  const double tower = (256 * 1024 + 1024 * 256 + 256 * 4096) * 2.0, hit = (94e9 - tower) / (1e9 * 1024);
  CHECK(homes.remote[0] == Approx(1 - hit).epsilon(1e-6));
  CHECK(c.batch(1, 1000).fetch.value() == Approx(10000 * 1024 * (1 - hit) / (50e9 * 0.8)).epsilon(1e-4));
  c.fabric.oversubscription = 4;
  CHECK(c.batch(1, 1000).fetch.value() == Approx(10000 * 1024 * (1 - hit) / (50e9 * 0.8) * 4).epsilon(1e-4));
}

TEST_CASE("tables that fit nowhere say how many chips would do") {
  Cell c;
  c.model = shaped(1e9);
  c.stage.parameter_servers = Bytes(200e9);
  // (1,024 - 200) GB / 94 GB: nine chips.
  const auto reason = place_rows(c.setup()).reason;
  CHECK(reason.find("the tables take 1.02 TB") == 0);
  CHECK(reason.find("parameter servers 200 GB: 9 chips would do") != std::string::npos);
  c.stage.parameter_servers = Bytes(2e12);
  CHECK(place_rows(c.setup()).reason == "");
}
