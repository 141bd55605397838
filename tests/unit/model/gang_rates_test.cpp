#include "model/gang_rates.hpp"

#include <cmath>

#include "catch.hpp"

using namespace capmix;
using test::Approx;

TEST_CASE("widths of gangs double, below a node and in whole nodes") {
  CHECK(gang_widths(1, 1, 8) == std::vector{1});
  CHECK(gang_widths(1, 8, 8) == std::vector{1, 2, 4, 8});
  CHECK(gang_widths(3, 100, 8) == std::vector{2, 4, 8, 16, 32, 64, 128});
  CHECK(gang_widths(16, 16, 8) == std::vector{16});
  CHECK(gang_widths(24, 40, 8) == std::vector{16, 32, 64});
  CHECK(gang_widths(1, 300, 72) == std::vector{1, 2, 4, 8, 16, 32, 64, 72, 144, 288, 576});
}

TEST_CASE("pods are those that a gang's nodes fill evenly") {
  CHECK(gang_pods(1).empty());
  CHECK(gang_pods(2) == std::vector{2});
  CHECK(gang_pods(3) == std::vector{2, 3});
  CHECK(gang_pods(4) == std::vector{2, 4});      // over 3: 2 + 2
  CHECK(gang_pods(8) == std::vector{2, 3, 4, 8}); // 3 + 3 + 2
  CHECK(gang_pods(1024) == std::vector{2, 3, 4, 8, 16, 32, 64});
}

TEST_CASE("between two widths a gang's step lies on a line in the logarithms") {
  // A step of 8 / chips: at 12 chips 8 / 12, exactly. Half a chip takes twice the time of one.
  const GangRates r({{32, 0.25, {}}, {8, 1, {}}, {16, 0.5, {}}, {1, 8, {}}, {2, 4, {}}, {4, 2, {}}});
  CHECK(r.step(12) == Approx(8.0 / 12));
  CHECK(r.step(8) == 1);
  CHECK(r.step(0.5) == Approx(16));
  CHECK(r.step(33) == 0);
  CHECK(GangRates({{16, 0.5, {}}}).step(8) == 0);
  CHECK(GangRates().step(8) == 0);
}

TEST_CASE("beside a width that does not run, nothing is known of a step") {
  const GangRates r({{8, 0, {}}, {16, 0.5, {{2, 0.8}}}, {32, 0.25, {}}});
  CHECK(r.step(8) == 0);
  CHECK(r.step(12) == 0);
  CHECK(r.step(16) == 0.5);
}

TEST_CASE("over pods a gang's rate lies on a line in the logarithms of width and pods") {
  // sqrt(16 x 64) = 32 is half way between the widths, 2 sqrt(2) half way between 2 and 4 pods.
  const GangRates r({{8, 1, {}}, {16, 1, {{2, 0.8}}}, {64, 1, {{2, 0.9}, {4, 0.7}}}});
  CHECK(r.over(64, 1) == 1);
  CHECK(r.over(64, 2) == 0.9);
  CHECK(r.over(64, 3) == Approx(0.9 - 0.2 * std::log(1.5) / std::log(2.0)));
  CHECK(r.over(64, 100) == 0.7);
  CHECK(r.over(32, 2) == Approx(0.85));
  CHECK(r.over(1000, 2) == 0.9);
  // One that does not run is passed over: the nearest that does.
  const GangRates gap({{16, 0, {}}, {32, 1, {{2, 0.6}}}});
  CHECK(gap.over(16, 2) == 0.6);
  CHECK(GangRates({{16, 0, {}}}).over(16, 2) == 1);
}
