#include "model/recommender.hpp"

#include "catch.hpp"

using namespace capmix;

namespace {

DenseBlock mlp(std::vector<int> widths) {
  DenseBlock b;
  b.kind = BlockKind::mlp, b.widths = std::move(widths);
  return b;
}

// DLRM with a DCN-V2 interaction as MLPerf trains it.
RecModel dcnv2() {
  RecModel m;
  const double rows[] = {40e6, 39060, 17295, 7424, 20265, 3, 7122, 1543, 63, 40e6, 3067956, 405282, 10, 2209, 11938, 155, 4, 976, 14, 40e6, 40e6, 40e6, 590152, 12973, 108, 36};
  const double lookups[] = {3, 2, 1, 2, 6, 1, 1, 1, 1, 7, 3, 8, 1, 6, 9, 5, 1, 1, 1, 12, 100, 27, 10, 3, 1, 1};
  for (size_t i = 0; i < 26; ++i) {
    EmbeddingTable t;
    t.rows = rows[i], t.lookups = lookups[i], t.dim = 128;
    m.tables.push_back(t);
  }
  DenseBlock cross;
  cross.kind = BlockKind::cross, cross.width = 3456, cross.rank = 512, cross.layers = 3;
  m.blocks = {mlp({13, 512, 256, 128}), cross, mlp({3456, 1024, 1024, 512, 256, 1})};
  return m;
}

}  // namespace

TEST_CASE("a recommender's shape gives its parameters and its work") {
  // Bottom 13 x 512 + 512 x 256 + 256 x 128 = 170,496. Cross 3 x 2 x 3456 x 512 = 10,616,832. Top 3456 x 1024 +
  // 1024 x 1024 + 1024 x 512 + 512 x 256 + 256 = 5,243,136. Sum 16,030,464 weights, two FLOP each.
  const RecModel m = dcnv2();
  CHECK(m.dense_parameters() == 16030464);
  CHECK(m.flop(Side::candidate).value() == 2 * 16030464.0);
  CHECK(m.flop(Side::request).value() == 0);
  // 204,184,588 rows of 128 x 4 B; 214 lookups; 26 pooled vectors of 128.
  CHECK(m.table_bytes().value() == 204184588.0 * 512);
  CHECK(m.lookups(Side::candidate) == 214);
  CHECK(m.row_bytes(Side::candidate).value() == 214 * 512);
  CHECK(m.outputs(Side::candidate) == 26 * 128);
}

TEST_CASE("work on the user's side is shared by the candidates of a request") {
  RecModel m = dcnv2();
  m.blocks[1].side = Side::request;
  // 21,233,664 FLOP of the cross layers once per request.
  CHECK(m.flop(Side::request).value() == 21233664);
  CHECK(m.flop_per_candidate(100).value() == 2 * (170496.0 + 5243136) + 212336.64);
}

TEST_CASE("a history's tokens attend to what came before them") {
  DenseBlock b;
  b.kind = BlockKind::attention, b.layers = 2, b.width = 64, b.heads = 2, b.tokens = 100;
  // A token sees half of the history on average: 4 x 2 layers x 100 queries x 50 keys x 64.
  CHECK(b.span() == 50);
  CHECK(b.attention_flop().value() == 4.0 * 2 * 100 * 50 * 64);
  // Q, K, V and output of every token: 2 x 4 x 64 x 64 x 100 a layer.
  CHECK(b.flop().value() - b.attention_flop().value() == 2.0 * 2 * 4 * 64 * 64 * 100);
  CHECK(b.parameters() == 2 * 4 * 64 * 64);
  // The last ten ask: they see 95 keys on average; keys and values of all, queries and output of ten.
  b.queries = 10;
  CHECK(b.span() == 95);
  CHECK(b.attention_flop().value() == 4.0 * 2 * 10 * 95 * 64);
  CHECK(b.flop().value() - b.attention_flop().value() == 2.0 * 2 * 64 * 64 * (2 * 100 + 2 * 10));
  CHECK(b.parameters() == 2 * 4 * 64 * 64);
}

TEST_CASE("token mixing: every token has a feed-forward block of its own") {
  DenseBlock b;
  b.kind = BlockKind::mixing, b.layers = 2, b.tokens = 16, b.width = 768, b.ffn = 3072;
  CHECK(b.parameters() == 2.0 * 16 * 2 * 768 * 3072);
  CHECK(b.flop().value() == 2 * b.parameters());
}

TEST_CASE("a summary speaks where a shape is not public; a scale makes the tower so many times as large") {
  RecModel m;
  m.summary.flop_per_candidate = Uncertain<Flop>(Flop(4e9));
  m.summary.parameters = 1e9, m.summary.row = Bytes(128), m.summary.lookups = Uncertain<double>(300.0), m.summary.tables = Bytes(2e13);
  CHECK_FALSE(m.shaped());
  CHECK(m.flop_per_candidate(500).value() == 4e9);
  CHECK(m.row_bytes(Side::candidate).value() == 300 * 128);
  m.scale = 2;
  CHECK(m.flop(Side::candidate).value() == 8e9);
  CHECK(m.dense_parameters() == 2e9);
}
