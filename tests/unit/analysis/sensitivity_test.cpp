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
  CHECK(index_warnings(with({0.3, 0.1, 0.5}, {0.4, 0.2, 0.6}, 64)).empty());
  CHECK(index_warnings(with({-0.1, -0.3, 0.1}, {0.1, 0, 0.2}, 64)).empty());   // its interval holds 0
  CHECK(index_warnings(with({-1, -2, -0.5}, {0, 0, 9}, 0)).empty());           // no such design
}

TEST_CASE("a wide interval says how many pairs would do") {
  // 1.0 wide from 8 pairs; half of that takes four times as many: 32. 1.1 wide: 38.7, and the next power of 2 is 64.
  const auto w = index_warnings(with({0.3, -0.2, 0.8}, {0.4, 0.3, 0.5}, 8));
  REQUIRE(w.size() == 1);
  CHECK(has(w[0], "the interval of \"price\" is 1.00 wide from 8 pairs; some 32 pairs would bring it to 0.5"));
  CHECK(has(index_warnings(with({0.3, -0.3, 0.8}, {0.4, 0.3, 0.5}, 8))[0], "some 64 pairs"));
}

TEST_CASE("an index that is below 0 with all of its interval cannot be") {
  const auto w = index_warnings(with({-0.2, -0.3, -0.1}, {0.1, 0, 0.2}, 8));
  REQUIRE(w.size() == 1);
  CHECK(has(w[0], "Below 0 with all of its interval, which no index can be: price"));
  CHECK(has(render_sensitivity({}, {with({-0.2, -0.3, -0.1}, {0.1, 0, 0.2}, 8)}), "! Below 0"));
  CHECK(has(sensitivity_to_json({}, {with({-0.2, -0.3, -0.1}, {0.1, 0, 0.2}, 8)}), "\"warnings\": ["));
}
