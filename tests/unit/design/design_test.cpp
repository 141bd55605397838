// Designs are held against what defines them: one point in each n-th of a column; a net's balance in every box of volume 2^-m; and an
// integral that plain draws know ten times worse.
#include "design/design.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "base/hash.hpp"
#include "catch.hpp"

using namespace capmix;

namespace {

std::vector<uint64_t> seeds(size_t d, uint64_t of = 1) {
  std::vector<uint64_t> out;
  for (size_t i = 0; i < d; ++i) out.push_back(avalanche(of * 1000 + i));
  return out;
}

}  // namespace

TEST_CASE("a Latin hypercube has one point in each n-th of every column") {
  const size_t n = GENERATE(1, 2, 7, 100);
  const auto p = design::latin_hypercube(n, seeds(13));
  for (size_t c = 0; c < p.d; ++c) {
    std::set<size_t> strata;
    for (size_t i = 0; i < n; ++i) {
      REQUIRE(p.at(i, c) > 0);
      REQUIRE(p.at(i, c) < 1);
      strata.insert(static_cast<size_t>(p.at(i, c) * static_cast<double>(n)));
    }
    CHECK(strata.size() == n);
  }
}

TEST_CASE("columns of a Latin hypercube are paired at random: their mean correlation is that of chance") {
  // Of n = 200 pairs at random, a correlation has mean 0 and variance 1 / (n - 1): over 190 pairs of columns the mean square is 0.005,
  // and within a factor of 1.5 of it with more than 99.9 % (chi-square with 190 degrees of freedom has deviation sqrt(2 / 190) = 10 %).
  const size_t n = 200;
  const auto p = design::latin_hypercube(n, seeds(20));
  double squares = 0;
  int pairs = 0;
  for (size_t a = 0; a < p.d; ++a)
    for (size_t b = 0; b < a; ++b, ++pairs) {
      double sum = 0;
      for (size_t i = 0; i < n; ++i) sum += (p.at(i, a) - 0.5) * (p.at(i, b) - 0.5);
      squares += std::pow(12 * sum / static_cast<double>(n), 2);
    }
  CHECK(squares / pairs > 0.005 / 1.5);
  CHECK(squares / pairs < 0.005 * 1.5);
}

TEST_CASE("a column is its seed's: one more column moves no other") {
  const auto few = design::latin_hypercube(16, seeds(3)), many = design::latin_hypercube(16, seeds(5)), other = design::latin_hypercube(16, seeds(3, 2));
  const auto net = design::scrambled_sobol(16, seeds(3)), wider = design::scrambled_sobol(16, seeds(5));
  bool differs = false;
  for (size_t i = 0; i < 16; ++i)
    for (size_t c = 0; c < 3; ++c) {
      CHECK(few.at(i, c) == many.at(i, c));
      CHECK(net.at(i, c) == wider.at(i, c));
      differs = differs || few.at(i, c) != other.at(i, c);
    }
  CHECK(differs);
}

TEST_CASE("Sobol': 2^m points fill every n-th of a column once, and every box of the first two columns") {
  const size_t n = 64;
  const auto p = design::scrambled_sobol(n, seeds(40));
  for (size_t c = 0; c < p.d; ++c) {
    std::set<size_t> strata;
    for (size_t i = 0; i < n; ++i) strata.insert(static_cast<size_t>(p.at(i, c) * n));
    CHECK(strata.size() == n);
  }
  // The first two dimensions are a (0, 6, 2)-net: each box of 2^-a by 2^-(6 - a) holds exactly one of 64 points, scrambled or not.
  for (int a = 0; a <= 6; ++a) {
    std::set<std::pair<int, int>> boxes;
    for (size_t i = 0; i < n; ++i) boxes.insert({static_cast<int>(std::ldexp(p.at(i, 0), a)), static_cast<int>(std::ldexp(p.at(i, 1), 6 - a))});
    CHECK(boxes.size() == n);
  }
}

TEST_CASE("Sobol': the plain sequence is the published one") {
  // Algorithm 659 (Bratley and Fox 1988): the first points of three dimensions, after the origin.
  const double expected[5][3] = {{0, 0, 0}, {0.5, 0.5, 0.5}, {0.75, 0.25, 0.75}, {0.25, 0.75, 0.25}, {0.375, 0.375, 0.625}};
  const auto p = design::sobol(5, 3);
  for (size_t i = 0; i < 5; ++i)
    for (size_t c = 0; c < 3; ++c) CHECK(p.at(i, c) == expected[i][c]);
}

TEST_CASE("designs know an integral better than plain draws do") {
  // g = the sum of x over 10 columns has mean 5 and variance 10 / 12. Over R = 40 seeds of n = 32 points: plain draws leave a variance of the
  // mean of 10 / 12 / 32 = 0.026; a Latin hypercube leaves the place inside each n-th, 10 x n x (1 / 12 / n^2) / n^2 = 10 / 12 / 32^3,
  // and so does a scrambled net.
  const auto variance = [](auto&& make) {
    double sum = 0;
    for (uint64_t r = 1; r <= 40; ++r) {
      const design::Points p = make(r);
      double mean = 0;
      for (const double u : p.values) mean += u / static_cast<double>(p.n);
      sum += (mean - 5) * (mean - 5) / 40;
    }
    return sum;
  };
  const double lhs = variance([](uint64_t r) { return design::latin_hypercube(32, seeds(10, r)); });
  const double sobol = variance([](uint64_t r) { return design::scrambled_sobol(32, seeds(10, r)); });
  CHECK(lhs == test::Approx(10 / 12.0 / (32.0 * 32 * 32)).epsilon(0.7));
  CHECK(sobol == test::Approx(10 / 12.0 / (32.0 * 32 * 32)).epsilon(0.7));
}

TEST_CASE("what a design cannot hold is refused, and nothing has no points") {
  CHECK_THROWS_AS(design::sobol(2, design::kSobolColumns + 1), std::invalid_argument);
  CHECK(design::scrambled_sobol(2, seeds(design::kSobolColumns)).values.size() == 2 * design::kSobolColumns);
  CHECK(design::scrambled_sobol(0, seeds(2)).values.empty());
  CHECK(design::latin_hypercube(0, seeds(2)).values.empty());
  CHECK(design::latin_hypercube(3, {}).values.empty());
}
