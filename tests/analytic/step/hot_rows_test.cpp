// What a memory of given size answers of lookups that follow Zipf's law.
#include "step/hot_rows.hpp"

#include <cmath>

#include "catch.hpp"

using namespace capmix;
using namespace capmix::step;
using test::Approx;

namespace {

EmbeddingTable table(double rows, double lookups, double skew, Side side = Side::candidate) {
  EmbeddingTable t;
  t.rows = rows, t.dim = 1, t.lookups = lookups, t.skew = skew, t.side = side;
  return t;
}

RecModel of(std::vector<EmbeddingTable> tables) {
  RecModel m;
  m.tables = std::move(tables);
  m.element = Precision::fp32;  // a row of one element: 4 B
  return m;
}

}  // namespace

TEST_CASE("Zipf's sum, by hand and by adding up") {
  CHECK(zipf_sum(5, 1) == Approx(137.0 / 60));
  CHECK(zipf_sum(10, 0) == Approx(10));
  CHECK(zipf_sum(1e9, 0) == Approx(1e9).epsilon(1e-12));
  for (const double s : {0.6, 1.0, 1.3}) {
    double sum = 0;
    for (int i = 1; i <= 200000; ++i) sum += std::pow(i, -s);
    CHECK(zipf_sum(200000, s) == Approx(sum).epsilon(1e-9));
  }
}

TEST_CASE("the hottest tenth of a thousand rows answers H(100) / H(1000) of lookups by Zipf's law") {
  const auto hot = hot_rows(of({table(1000, 3, 1)}), Bytes(400));
  CHECK(hot.candidate == Approx(zipf_sum(100, 1) / zipf_sum(1000, 1)).epsilon(1e-6));  // 5.187 / 7.485 = 0.693
  CHECK(hot.held.value() == Approx(400).epsilon(1e-6));
}

TEST_CASE("rows that are all alike are answered by the share that is held") {
  CHECK(hot_rows(of({table(1000, 1, 0)}), Bytes(1000)).candidate == Approx(0.25));
  CHECK(hot_rows(of({table(1000, 1, 0)}), Bytes(0)).candidate == Approx(0));
  CHECK(hot_rows(of({table(1000, 1, 0)}), Bytes(4000)).candidate == 1);
}

TEST_CASE("what is asked for most per byte is held first, over tables and sides") {
  // Ten rows with ten lookups, all held; a thousand with one lookup, of which 250 find room; both alike inside.
  const auto hot = hot_rows(of({table(10, 10, 0), table(1000, 1, 0)}), Bytes(40 + 1000));
  CHECK(hot.candidate == Approx(10.25 / 11));
  const auto sides = hot_rows(of({table(10, 10, 0, Side::request), table(1000, 1, 0)}), Bytes(40 + 1000));
  CHECK(sides.request == Approx(1));
  CHECK(sides.candidate == Approx(0.25));
}

TEST_CASE("more room never answers less") {
  const auto m = of({table(1e6, 5, 1.05), table(1e4, 20, 0.8), table(1e3, 1, 0)});
  double before = 0;
  for (double room = 1e3; room < 5e6; room *= 1.7) {
    const auto hot = hot_rows(m, Bytes(room));
    CHECK(hot.candidate >= before - 1e-9);
    CHECK(hot.held.value() <= room * (1 + 1e-9));
    before = hot.candidate;
  }
}
