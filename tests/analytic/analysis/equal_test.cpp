#include "analysis/equal.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "unit/analysis/example.hpp"

using namespace capmix;
using namespace capmix::analysis;
using test::Approx;

namespace {

Difference each(double (*f)(double, double), size_t* asked = nullptr) {
  return [=](const std::vector<AskedPoint>& at) {
    std::vector<double> out;
    for (const auto& p : at) out.push_back(f(p.x, p.y));
    if (asked) *asked += at.size();
    return out;
  };
}

}  // namespace

TEST_CASE("a surface on which two are equal") {
  // x^2 - y = 0 at x = sqrt(y). With 5 places of [0, 2], 0.5 apart, and a tolerance of 1e-4 x 2: 12 halvings of 0.5 (2^12 x 2e-4 > 0.5),
  // and eight probes about each of the two that are no places.
  size_t asked = 0;
  const auto s = equal_surface(each([](double x, double y) { return x * x - y; }, &asked), {0.5, 1, 2, 9}, {0, 2, 5, 1e-4});
  REQUIRE(s.size() == 4);
  REQUIRE(s[0].x.size() == 1);
  CHECK(s[0].x[0] == Approx(std::sqrt(0.5)).margin(2e-4));
  CHECK(s[1].x == std::vector<double>{1});          // a place of the grid: found once, not halved
  CHECK(s[2].x[0] == Approx(std::sqrt(2)).margin(2e-4));
  CHECK(s[3].x.empty());                            // behind everywhere
  CHECK(s[3].at_low == -9);
  CHECK(s[3].at_high == -5);
  CHECK(asked == 20 + 2 * 12 + 2 * 8);
  for (const size_t i : {0, 1, 2}) CHECK(s[i].changes == 1);
  CHECK(s[3].changes == 0);
  CHECK(std::isnan(s[3].from));
}

TEST_CASE("what building earlier buys, by hand") {
  // A chip of relative rate r in a hall that opens N months earlier has caught up by T when r (T - t) = T - t - N (crossover.hpp):
  // with T - t = 24, r = 1 - N / 24. x: N; y: r.
  const auto s = equal_surface(each([](double n, double r) { return r * 24 - (24 - n); }), {0.5, 0.75, 0.9}, {0, 18, 4, 1e-5});
  CHECK(s[0].x[0] == Approx(12).margin(1e-3));
  CHECK(s[1].x[0] == Approx(6).margin(1e-3));
  CHECK(s[2].x[0] == Approx(2.4).margin(1e-3));
}

TEST_CASE("several roots, jumps and places without an answer") {
  // sin on (0.5, 9): roots pi and 2 pi.
  const auto s = equal_surface(each([](double x, double) { return std::sin(x); }), {0}, {0.5, 9, 9, 1e-6});
  REQUIRE(s[0].x.size() == 2);
  CHECK(s[0].x[0] == Approx(M_PI).margin(1e-5));
  CHECK(s[0].x[1] == Approx(2 * M_PI).margin(1e-5));
  CHECK(s[0].changes == 2);
  CHECK(s[0].from == Approx(M_PI).margin(1e-5));
  CHECK(s[0].to == Approx(2 * M_PI).margin(1e-5));
  const auto jump = equal_surface(each([](double x, double) { return x < 0.3 ? -1.0 : 1.0; }), {0}, {0, 1, 3, 1e-4});
  CHECK(jump[0].x[0] == Approx(0.3).margin(1e-4));
  const auto none = equal_surface(each([](double, double) { return std::nan(""); }), {0}, {0, 1, 3, 1e-4});
  CHECK(none[0].x.empty());
  CHECK_THROWS(equal_surface(each([](double x, double) { return x; }), {0}, {1, 1, 3, 1e-4}));
  CHECK_THROWS(equal_surface(each([](double x, double) { return x; }), {0}, {0, 1, 1, 1e-4}));
}

TEST_CASE("a sign that goes to and fro is a band, not a number") {
  // Two places, 0 and 1, see one change, and halving goes to 0.6 (first half: 0.5 is behind; then 0.75 ahead, 0.625 ahead, ...). The step is 1, so the
  // probes about 0.6 are at 0.1625, 0.2875, 0.4125, ... (the last, 1.0375, is outside): at 0.2875, inside (0.25, 0.4), the first is ahead too. So there
  // are three changes, the first of them after 0.1625, the last one at 0.6. Only that one is known within the tolerance.
  size_t asked = 0;
  const auto s = equal_surface(each([](double x, double) { return (x > 0.25 && x < 0.4) || x > 0.6 ? 1.0 : -1.0; }, &asked), {0}, {0, 1, 2, 1e-3});
  CHECK(s[0].changes == 3);
  CHECK(s[0].from == Approx(0.1625).margin(1e-3));
  CHECK(s[0].to == Approx(0.6).margin(1e-3));
  REQUIRE(s[0].x.size() == 1);
  CHECK(s[0].x[0] == Approx(0.6).margin(1e-3));
  CHECK(asked == 2 + 10 + 7);  // 2^10 x 1e-3 > 1
  EqualSurface shown{"drawn", "first", "second", "speed", "price", "train.reference_tokens", {0, 1, 2, 1e-3}, s, asked};
  const std::string text = render_equal(example::info(), shown);
  INFO(text);
  CHECK(text.find("0.163 to 0.6, 3 changes") != std::string::npos);
  CHECK(text.find("no one number in it is where they are equal") != std::string::npos);
  const auto j = nlohmann::json::parse(equal_to_json(example::info(), shown))["rows"][0];
  CHECK(j["changes"] == 3);
  CHECK(j["to"].get<double>() == Approx(0.6).margin(1e-3));
}

TEST_CASE("places that are equal throughout, and those without a difference") {
  const auto flat = equal_surface(each([](double x, double) { return std::max(0.0, x - 0.5); }), {0}, {0, 1, 5, 1e-3});
  CHECK(flat[0].changes == 1);  // 0, 0.25, 0.5: one band
  CHECK(flat[0].from == 0);
  CHECK(flat[0].to == 0.5);
  CHECK(flat[0].x.empty());
  // Nothing in the middle, 0.5: halving ends, and what the probes at 0.3125 and 0.4375 tell is that it lies between them.
  const auto hole = equal_surface(each([](double x, double) { return x == 0.5 ? std::nan("") : x - 0.4; }), {0}, {0, 1, 2, 1e-3});
  CHECK(hole[0].x.empty());
  CHECK(hole[0].changes == 1);
  CHECK(hole[0].from == 0.3125);
  CHECK(hole[0].to == 0.4375);
}

TEST_CASE("the surface is printed and is JSON") {
  EqualSurface s{"drawn", "first", "second", "speed", "price", "train.reference_tokens", {0, 1, 3, 0.01}, {{0.5, {0.25}, -2e12, 3e12, 1, 0.25, 0.25}, {0.9, {}, 1e12, 2e12}}, 7};
  const std::string text = render_equal(example::info(), s);
  CHECK(text.find("first ahead") != std::string::npos);
  CHECK(text.find("0.25") != std::string::npos);
  CHECK(nlohmann::json::parse(equal_to_json(example::info(), s))["rows"][0]["equal_at"][0] == 0.25);
}
