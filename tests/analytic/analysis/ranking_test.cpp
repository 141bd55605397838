#include "analysis/ranking.hpp"

#include <cmath>

#include "catch.hpp"

using namespace capmix;
using test::Approx;

TEST_CASE("Kendall's tau with and without ties") {
  CHECK(analysis::kendall_tau({1, 2, 3, 4}, {1, 2, 3, 4}) == 1);
  CHECK(analysis::kendall_tau({1, 2, 3, 4}, {4, 3, 2, 1}) == -1);
  CHECK(analysis::kendall_tau({1, 2, 3, 4}, {1, 2, 4, 3}) == Approx(4.0 / 6));  // 5 pairs agree, 1 does not
  // 1 1 3 against 1 2 3: one tie in a; two pairs agree; 2 / sqrt(2 x 3).
  CHECK(analysis::kendall_tau({1, 1, 3}, {1, 2, 3}) == Approx(2 / std::sqrt(6.0)));
  CHECK(std::isnan(analysis::kendall_tau({1, 1}, {1, 2})));
}

TEST_CASE("an order over draws: who is first, who beats whom, how alike the draws are") {
  // Three mixes, four draws.
  const analysis::Ranks draws{{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {1, 1, 3}};
  const auto s = analysis::stability(draws, {1, 2, 3});
  CHECK(s.first[0] == Approx(0.75));
  CHECK(s.first[1] == Approx(0.5));  // level with the first mix in one
  CHECK(s.first[2] == 0);
  CHECK(s.mean_rank[0] == Approx(1.25));
  CHECK(s.beats[0][1] == Approx(0.5));
  CHECK(s.beats[1][0] == Approx(0.25));
  CHECK(s.beats[0][2] == 1);
  CHECK(s.beats[0][0] == 0);
  // Against modes: 1, (2 - 1) / 3, (2 - 1) / 3, 2 / sqrt(6).
  CHECK(s.tau == Approx((1 + 2.0 / 3 + 2 / std::sqrt(6.0)) / 4));
  // W: rank sums with ties at their mean: 5.5, 7.5, 11, mean 8: S = 6.25 + 0.25 + 9 = 15.5; T = 2^3 - 2 = 6;
  // 12 x 15.5 / (16 x 24 - 4 x 6) = 186 / 360.
  CHECK(s.concordance == Approx(186.0 / 360));
}

TEST_CASE("draws that all say the same, and no draws") {
  const auto same = analysis::stability({{1, 2}, {1, 2}}, {});
  CHECK(same.concordance == 1);
  CHECK(std::isnan(same.tau));  // no runs at modes
  const auto none = analysis::stability({}, {1, 2});
  CHECK(none.first.empty());
  CHECK(std::isnan(none.concordance));
}
