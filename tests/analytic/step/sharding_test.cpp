// Tables over chips: small cases by hand, and what must hold for all.
#include "step/sharding.hpp"

#include <cmath>
#include <numeric>

#include "base/draw.hpp"
#include "catch.hpp"
#include "step/lookups.hpp"

using namespace capmix;
using namespace capmix::step;

namespace {

EmbeddingTable table(double rows, int dim, double lookups) {
  EmbeddingTable t;
  t.rows = rows, t.dim = dim, t.lookups = lookups;
  return t;
}

ShardingSetup setup(const RecModel& model, int chips) {
  ShardingSetup s{model};
  s.chips = chips, s.samples = 1000, s.requests = 1000;
  s.optimizer = RecOptimizer::sgd;
  s.room = Bytes(1e12);
  s.gather = s.update = ByteRate(1e9), s.up = s.out = ByteRate(1e30);
  return s;
}

// Elements of every table that the shards hold, once for a data-parallel table.
std::vector<double> placed(const RecModel& m, const Sharding& s) {
  std::vector<double> out(m.tables.size());
  for (const auto& p : s.shards) out[p.table] += p.rows * p.columns;
  return out;
}

RecModel many(int tables, uint64_t seed) {
  RecModel m;
  const Draw draw(seed, 0);
  for (int i = 0; i < tables; ++i) {
    const std::string at = "table " + std::to_string(i);
    m.tables.push_back(table(std::floor(std::pow(10, 1 + 7 * draw.uniform(at + " rows"))), 32 << static_cast<int>(3 * draw.uniform(at + " dim")),
                             std::floor(1 + 20 * draw.uniform(at + " lookups"))));
  }
  return m;
}

}  // namespace

TEST_CASE("Three tables on two chips by hand") {
  // Reads only count: gradients on the wire of 0 bytes, and 10^9 rows of which hardly one is touched twice, so a draw
  // writes what it reads, twice. 32 columns cannot be cut. Lookups 4, 3 and 1: 4 on one chip, 3 + 1 on the other.
  RecModel m;
  m.tables = {table(1e9, 32, 4), table(1e9, 32, 3), table(1e9, 32, 1)};
  auto s = setup(m, 2);
  s.wire = 1e-12;
  const Sharding got = shard(s);
  REQUIRE(got.fits);
  REQUIRE(got.shards.size() == 3);
  CHECK(got.shards[0].first_chip != got.shards[1].first_chip);
  CHECK(got.shards[1].first_chip == got.shards[2].first_chip);
  // 1,000 samples x 4 rows x 128 B.
  CHECK(got.most.read.value() == test::Approx(1000 * 4 * 128));
  CHECK(got.most.written.value() == test::Approx(2 * 1000 * 4 * 128).epsilon(1e-4));
  CHECK(got.imbalance == test::Approx(1));
  CHECK(got.words.find("3 tables: 3 table-wise") == 0);
  // 2 x 10^9 rows x 128 B.
  CHECK(got.most.weights.value() == test::Approx(2e9 * 128));
}

TEST_CASE("A table that is asked for more than its share is cut by columns, then by rows") {
  RecModel m;
  m.tables = {table(1e8, 64, 10)};
  const Sharding two = shard(setup(m, 2));
  REQUIRE(two.fits);
  CHECK(two.how[0] == Placed::column_wise);
  CHECK(two.most.read.value() == test::Approx(1000.0 * 10 * 64 * 4 / 2));
  // Parts of 32 columns are the narrowest: two of them, each by rows over four chips.
  const Sharding eight = shard(setup(m, 8));
  REQUIRE(eight.fits);
  CHECK(eight.how[0] == Placed::row_wise);
  CHECK(eight.most.read.value() == test::Approx(1000.0 * 10 * 64 * 4 / 8));
  // Each of the four adds up what the others send it: 3/4 of its part's pooled rows of all samples go to neighbours,
  // then a quarter out.
  CHECK(eight.most.partial.value() == test::Approx(1000.0 * 32 * 2 * 3 / 4));
  CHECK(eight.most.sent.value() == test::Approx(1000.0 * 32 * 2 / 4));
}

TEST_CASE("Small tables go to every chip") {
  // Summing its gradients moves rows x dim x 4 B; a chip would receive samples / chips x dim x 2 B of its rows: 250 rows.
  RecModel m;
  m.tables = {table(250, 32, 1), table(251, 32, 1)};
  const Sharding got = shard(setup(m, 2));
  REQUIRE(got.fits);
  CHECK(got.how[0] == Placed::data_parallel);
  CHECK(got.how[1] != Placed::data_parallel);
  CHECK(got.replicated.value() == 250 * 32 * 4);
}

TEST_CASE("Every row and column is placed exactly once, on chips that exist, within their room") {
  for (const int chips : {1, 2, 7, 8, 24, 64, 100, 512}) {
    INFO(chips);
    const RecModel m = many(200, 7);
    auto s = setup(m, chips);
    s.room = Bytes(3e12 / chips);
    s.optimizer = RecOptimizer::adagrad;
    s.out = ByteRate(1e9), s.up = ByteRate(4e9);
    const Sharding got = shard(s);
    REQUIRE(got.fits);
    const auto elements = placed(m, got);
    for (size_t i = 0; i < m.tables.size(); ++i) CHECK(elements[i] == test::Approx(m.tables[i].rows * m.tables[i].dim));
    for (const auto& p : got.shards) {
      CHECK(p.first_chip >= 0);
      CHECK(p.first_chip + p.chips <= chips);
      CHECK(p.first_column + p.columns <= m.tables[p.table].dim);
      if (!p.replicated && p.chips > 1 && p.chips < 8) CHECK(p.first_chip / 8 == (p.first_chip + p.chips - 1) / 8);
    }
    double weights = 0, read = 0, worst = 0, mean = 0;
    for (const auto& l : got.loads) {
      weights += l.weights.value(), read += l.read.value();
      CHECK(l.weights <= s.room * (1 + 1e-9));
      worst = std::max(worst, time_of(s, l).value()), mean += time_of(s, l).value() / chips;
    }
    // Weights: all, and the data-parallel ones once more for each further chip.
    CHECK(weights == test::Approx(got.needed.value() + got.replicated.value() * 2 * (chips - 1)));
    double asked = 0;
    for (const auto& t : m.tables) asked += 1000 * t.lookups * t.dim * 4;
    CHECK(read == test::Approx(asked));
    CHECK(got.imbalance == test::Approx(worst / mean));
    if (chips <= 64) CHECK(got.imbalance < 1.15);
  }
}

TEST_CASE("Twice the chips never raise what a chip must hold") {
  const RecModel m = many(100, 3);
  double before = 1e300;
  for (int chips = 1; chips <= 1024; chips *= 2) {
    INFO(chips);
    const Sharding got = shard(setup(m, chips));
    REQUIRE(got.fits);
    CHECK(got.most.weights.value() <= before * (1 + 1e-9));
    before = got.most.weights.value();
  }
}

TEST_CASE("Tables that do not fit: by how much") {
  RecModel m;
  m.tables = {table(1e9, 64, 1)};
  auto s = setup(m, 4);
  s.optimizer = RecOptimizer::adagrad;
  s.room = Bytes(100e9);
  // 10^9 x 64 x (4 + 4) B = 512 GB, 128 GB per chip.
  const Sharding got = shard(s);
  CHECK_FALSE(got.fits);
  CHECK(got.why.find("512 GB") != std::string::npos);
  CHECK(got.why.find("28.0 GB too little") != std::string::npos);
  CHECK_FALSE(holds(s));
  s.room = Bytes(128e9);
  CHECK(shard(s).fits);
  CHECK(holds(s));
}

TEST_CASE("Whether tables fit is known without placing them") {
  const RecModel m = many(50, 5);
  for (const int chips : {1, 3, 8, 40})
    for (double room = 1e9; room < 1e12; room *= 1.3) {
      INFO(chips << " chips, " << room);
      auto s = setup(m, chips);
      s.room = Bytes(room);
      CHECK(holds(s) == shard(s).fits);
    }
}

TEST_CASE("Thousands of tables on thousands of chips, the same every time") {
  const RecModel m = many(3000, 11);
  auto s = setup(m, 2048);
  s.samples = 1 << 20;
  s.out = ByteRate(1e9), s.up = ByteRate(4e9);
  const Sharding a = shard(s), b = shard(s);
  REQUIRE(a.fits);
  REQUIRE(a.shards.size() == b.shards.size());
  bool same = true;
  for (size_t i = 0; i < a.shards.size(); ++i) same = same && a.shards[i].first_chip == b.shards[i].first_chip;
  CHECK(same);
  CHECK(a.imbalance < 1.3);
}

TEST_CASE("Rows that a batch touches") {
  // Evenly drawn: 1,000 rows, 1,000 draws: 1,000 (1 - (1 - 1/1000)^1000) = 632.3 rows.
  CHECK(touched_rows(table(1000, 1, 1), 1000) == test::Approx(632.3).epsilon(1e-4));
  // By Zipf's law with exponent 1 over three rows: 6/11, 3/11, 2/11; two draws miss them with 25/121, 64/121, 81/121.
  auto t = table(3, 1, 1);
  t.skew = 1;
  CHECK(touched_rows(t, 2) == test::Approx(3 - (25.0 + 64 + 81) / 121));
  CHECK(hot_share(t, 1) == test::Approx(6.0 / 11));
  CHECK(hot_share(t, 3) == 1);
  // H(10^6) = 14.3927, H(10^4) = 9.7876.
  t.rows = 1e6;
  CHECK(hot_share(t, 1e4) == test::Approx(9.7876 / 14.3927).epsilon(0.01));
}

TEST_CASE("A sync moves the touched rows with their keys and the whole tower") {
  RecModel m;
  m.tables = {table(1e6, 64, 1)};
  m.blocks.emplace_back();
  m.blocks[0].widths = {100, 10};
  // A tenth of 10^6 rows of 256 + 8 B, 1,000 weights of 2 B.
  CHECK(sync_bytes(m, 0.1).value() == test::Approx(0.1 * 1e6 * 264 + 2000));
  CHECK_THROWS_AS(sync_bytes(m, 1.5), std::invalid_argument);
}
