// Tables worked by hand.
#include "analysis/decision.hpp"

#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>

#include "catch.hpp"

using namespace capmix::analysis;
using test::Approx;

namespace {
// Three decisions, two states.
const Table2 kGains{{100, 20}, {60, 60}, {30, 90}};
const std::vector<double> kWeights{0.6, 0.4};
}  // namespace

TEST_CASE("regret, and the three choices") {
  // Best: 100 and 90. Regret 0 70, 40 30, 70 0; greatest 70, 40, 70: the middle one by minimax regret.
  const auto r = regret(kGains);
  CHECK(r == Table2{{0, 70}, {40, 30}, {70, 0}});
  std::vector<double> worst, mean;
  for (const auto& row : r) worst.push_back(std::max(row[0], row[1])), mean.push_back(expected(row, kWeights));
  CHECK(argmin(worst) == 1);
  // Expected gains 68, 60, 54: the first. Expected regrets 28, 36, 42: the same order, apart by the same.
  std::vector<double> gains;
  for (const auto& row : kGains) gains.push_back(expected(row, kWeights));
  CHECK(gains[0] == Approx(68));
  CHECK(gains[2] == Approx(54));
  CHECK(argmax(gains) == 0);
  CHECK(mean[0] == Approx(28));
  CHECK(mean[1] == Approx(36));
  CHECK(mean[2] == Approx(42));
  // Worst 40 %: of the first decision the second state, 20; of the third two thirds of the first state, 30.
  CHECK(cvar(kGains[0], kWeights, 0.6) == Approx(20));
  CHECK(cvar(kGains[2], kWeights, 0.6) == Approx(30));
}

TEST_CASE("a decision that may not be chosen is measured against those that may") {
  const Allowed allowed{false, true, true};
  const auto r = regret(kGains, allowed);  // best 60 and 90
  CHECK(r == Table2{{-40, 70}, {0, 30}, {30, 0}});
  CHECK(argmax({68, 60, 54}, allowed) == 1);
  CHECK(perfect_information(kGains, kWeights, allowed) == Approx(0.6 * 60 + 0.4 * 90 - 60));
  CHECK_THROWS(argmax({1, 2}, {false, false}));
}

TEST_CASE("perfect information is the expected regret of the best expected choice") {
  CHECK(perfect_information(kGains, kWeights) == Approx(0.6 * 100 + 0.4 * 90 - 68));  // 28
  CHECK(perfect_information({{1, 2}, {0, 1}}, {1, 1}) == 0);  // one is best whatever happens
  // Weights need no sum of 1.
  CHECK(perfect_information(kGains, {6, 4}) == Approx(28));
}

TEST_CASE("partial information by Bayes' rule") {
  // Yes with 0.8 in the first state, no with 0.7 in the second. P(yes) = 0.48 + 0.12 = 0.6; then the first state has 0.8: 84, 60, 42.
  // P(no) = 0.4; then it has 0.12 / 0.4 = 0.3: 44, 60, 72. 0.6 x 84 + 0.4 x 72 - 68 = 11.2.
  const auto test = test_of({true, false}, 0.8, 0.7);
  CHECK(test[0][1] == Approx(0.3));
  CHECK(signal_information(kGains, kWeights, test) == Approx(11.2));
  // One that says nothing is worth nothing, one that is never wrong (or always) as much as knowing.
  CHECK(signal_information(kGains, kWeights, test_of({true, false}, 0.5, 0.5)) == 0);
  CHECK(signal_information(kGains, kWeights, test_of({true, false}, 1, 1)) == Approx(28));
  CHECK(signal_information(kGains, kWeights, test_of({true, false}, 0, 0)) == Approx(28));
  CHECK_THROWS(test_of({true}, 1.2, 0.5));
}

TEST_CASE("knowing the group of a state") {
  // Four equal states in two groups: within 0 1 the first has 5 in the mean and the second 4; within 2 3 the first 1, the second 4. Knowing the
  // group: (5 + 4) / 2; not: max((5 + 1) / 2, 4) = 4. All known: (10 + 4 + 4 + 4) / 4 = 5.5.
  const Table2 gains{{10, 0, 1, 1}, {4, 4, 4, 4}};
  CHECK(group_information(gains, {1, 1, 1, 1}, {0, 0, 7, 7}) == Approx(0.5));
  CHECK(perfect_information(gains, {1, 1, 1, 1}) == Approx(1.5));
  CHECK(group_information(gains, {1, 1, 1, 1}, {3, 3, 3, 3}) == 0);
}

TEST_CASE("conditional value at risk of known distributions") {
  std::vector<double> ten, equal;
  for (int i = 1; i <= 10; ++i) ten.push_back(i), equal.push_back(0.1);
  CHECK(cvar(ten, equal, 0.9) == Approx(1));
  CHECK(cvar(ten, equal, 0.85) == Approx((0.1 * 1 + 0.05 * 2) / 0.15));
  CHECK(cvar(ten, equal, 0) == Approx(5.5));
  // Normal: mean of the lowest tenth is -phi(z) / 0.1 with z its 0.9 quantile: -1.7549833. 20,000 quantiles in the middle of equal shares.
  const boost::math::normal_distribution<double> normal(0, 1);
  std::vector<double> x, w;
  const int n = 20000;
  for (int i = 0; i < n; ++i) x.push_back(quantile(normal, (i + 0.5) / n)), w.push_back(1);
  CHECK(cvar(x, w, 0.9) == Approx(-pdf(normal, quantile(normal, 0.9)) / 0.1).epsilon(1e-4));
  CHECK(cvar(x, w, 0.9) == Approx(-1.7549833).epsilon(1e-4));
  CHECK_THROWS(cvar(ten, equal, 1));
}

TEST_CASE("what cannot happen weighs nothing, and weights must be weights") {
  const double none = std::numeric_limits<double>::quiet_NaN();
  CHECK(expected({1, none}, {1, 0}) == 1);
  CHECK_THROWS(normalised({0, 0}));
  CHECK_THROWS(normalised({1, -0.1}));
  CHECK_THROWS(normalised({none}));
}

TEST_CASE("frontier of cost against gain") {
  // (1, 5) (2, 4) (2, 7) (3, 7) (4, 9): the second costs more than the first and gives less, the fourth more than the third for nothing.
  CHECK(frontier({1, 2, 2, 3, 4}, {5, 4, 7, 7, 9}) == std::vector<size_t>{0, 2, 4});
  CHECK(frontier({4, 1, 1}, {9, 5, 5}) == std::vector<size_t>{1, 0});
  CHECK(frontier({1, std::numeric_limits<double>::infinity()}, {1, 9}) == std::vector<size_t>{0});
}
