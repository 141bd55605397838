// What is said of Sobol' indices from too few pairs.
#include "analysis/sensitivity.hpp"

#include "catch.hpp"

using namespace capmix::analysis;

namespace {

Sensitivity with(Range first, Range total, int pairs) {
  Sensitivity s;
  s.pairs = pairs;
  MovedInput x;
  x.name = "price", x.first = first, x.total = total;
  s.inputs = {x};
  return s;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("indices from enough pairs need no word") {
  CHECK(index_warnings(with({0.3, 0.2, 0.4}, {0.4, 0.3, 0.5}, 64)).empty());
  CHECK(index_warnings(with({-0.05, -0.2, 0.05}, {0.1, 0, 0.2}, 64)).empty());   // its interval holds 0
  CHECK(index_warnings(with({-1, -2, -0.5}, {0, 0, 9}, 0)).empty());           // no such design
}

TEST_CASE("a wide interval says how many pairs would do") {
  // 0.6 wide from 8 pairs; half of that takes four times as many: 32. 0.61 wide: 33.1, and the next power of 2 is 64.
  const auto w = index_warnings(with({0.3, 0, 0.6}, {0.4, 0.3, 0.5}, 8));
  REQUIRE(w.size() == 1);
  CHECK(has(w[0], "the interval of \"price\" is 0.60 wide from 8 pairs; some 32 pairs would bring it to 0.3"));
  CHECK(has(index_warnings(with({0.3, -0.01, 0.6}, {0.4, 0.3, 0.5}, 8))[0], "some 64 pairs"));
  CHECK(index_warnings(with({0.3, 0.15, 0.44}, {0.4, 0.3, 0.5}, 8)).empty());
}

// A total index holds the first order: S <= T.
TEST_CASE("a first order above the total beyond both intervals cannot be") {
  const auto w = index_warnings(with({0.11, 0.05, 0.15}, {0.0, -0.02, 0.04}, 64));
  REQUIRE(w.size() == 1);
  CHECK(has(w[0], "First order above total beyond both intervals, which cannot be: price (0.11 against 0.00)"));
  CHECK(index_warnings(with({0.11, 0.05, 0.15}, {0.0, -0.02, 0.06}, 64)).empty());  // the intervals meet
}

TEST_CASE("an index that is below 0 with all of its interval cannot be") {
  const auto w = index_warnings(with({-0.2, -0.3, -0.1}, {0.1, 0, 0.2}, 8));
  REQUIRE(w.size() == 1);
  CHECK(has(w[0], "Below 0 with all of its interval, which no index can be: price"));
  CHECK(has(render_sensitivity({}, {with({-0.2, -0.3, -0.1}, {0.1, 0, 0.2}, 8)}), "! Below 0"));
  CHECK(has(sensitivity_to_json({}, {with({-0.2, -0.3, -0.1}, {0.1, 0, 0.2}, 8)}), "\"warnings\": ["));
}
