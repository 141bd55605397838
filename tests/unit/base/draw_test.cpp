#include "base/draw.hpp"

#include <cmath>
#include <functional>
#include <set>
#include <string>

#include "base/nth.hpp"
#include "catch.hpp"

using namespace capmix;
using test::Approx;

namespace {

double mean(int n, const std::function<double(int)>& f) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += f(i);
  return sum / n;
}

}  // namespace

TEST_CASE("a draw is a function of seed, index and path, and of nothing else") {
  const Draw draw(7, 3);
  const double a = draw.uniform("platform:offer.h200.price");
  draw.uniform("a draw that was added in between");
  CHECK(draw.uniform("platform:offer.h200.price") == a);
  CHECK(Draw(7, 3).uniform("platform:offer.h200.price") == a);
  std::set<double> distinct{a, draw.uniform("platform:offer.h20.price"), Draw(7, 4).uniform("platform:offer.h200.price"),
                            Draw(8, 3).uniform("platform:offer.h200.price")};
  CHECK(distinct.size() == 4);
}

TEST_CASE("uniform draws are in (0, 1), with the mean and variance of the distribution") {
  // n = 20,000: the mean of U(0,1) has standard error 0.2887 / sqrt(n) = 0.0020; five of them are 0.0102.
  const int n = 20000;
  CHECK(std::fabs(mean(n, [](int i) { return Draw(1, i).uniform("x"); }) - 0.5) < 0.0102);
  // Variance 1/12; the standard error of the mean of squares about 1/2 is sqrt(1/180 / n) = 0.00053.
  CHECK(std::fabs(mean(n, [](int i) { return std::pow(Draw(1, i).uniform("x") - 0.5, 2); }) - 1.0 / 12) < 0.0027);
}

TEST_CASE("two paths are independent over draws, and so are the same path's neighbours") {
  // Covariance of independent U(0,1): mean 0, standard error (1/12) / sqrt(n) = 0.00059 at n = 20,000.
  const int n = 20000;
  const auto u = [](int i, const char* path) { return Draw(1, i).uniform(path) - 0.5; };
  CHECK(std::fabs(mean(n, [&](int i) { return u(i, "h1.duration") * u(i, "h2.duration"); })) < 0.003);
  CHECK(std::fabs(mean(n, [&](int i) { return u(i, "h1.duration") * u(i + 1, "h1.duration"); })) < 0.003);
}

TEST_CASE("means of the three shapes") {
  const int n = 20000;
  const auto average = [&](Shape shape) {
    return mean(n, [&](int i) { return Draw(5, i).sample(12, 14, 24, shape, "months"); });
  };
  // PERT (12 + 4 x 14 + 24) / 6 = 15.333; triangular (12 + 14 + 24) / 3 = 16.667; uniform 18. The standard
  // deviations are below 3.5, so five standard errors are below 0.124.
  CHECK(std::fabs(average(Shape::pert) - 92.0 / 6) < 0.124);
  CHECK(std::fabs(average(Shape::triangular) - 50.0 / 3) < 0.124);
  CHECK(std::fabs(average(Shape::uniform) - 18) < 0.124);
}

// PERT of (12, 14, 24): m = 1/6, alpha = 5/3, beta = 13/3. Mean (12 + 4 x 14 + 24) / 6 = 15.3333. Variance of the beta
// alpha beta / (6^2 x 7) = 0.028660, times 12^2 = 4.1270. Its excess kurtosis is
// 6 ((alpha - beta)^2 7 - alpha beta 8) / (alpha beta 8 x 9) = -0.0923, so with n = 100,000 the standard error of the mean
// is sqrt(4.1270 / n) = 0.00642 and that of the variance 4.1270 sqrt((2 - 0.0923) / n) = 0.01803. Five of each.
TEST_CASE("mean and variance of a PERT over many draws") {
  const int n = 100000;
  const Uncertain<Days> months(Days{12}, Days{14}, Days{24}, "months");
  const auto value = [&](int i) { return months.at(Draw(6, i)).n; };
  CHECK(std::fabs(mean(n, value) - 92.0 / 6) < 0.0321);
  CHECK(std::fabs(mean(n, [&](int i) { return std::pow(value(i) - 92.0 / 6, 2); }) - 4.1270) < 0.0902);
}

TEST_CASE("a path may be hashed once") {
  const Draw draw(7, 3);
  const std::string path = "platform:offer.h200.price";
  CHECK(draw.uniform(hash64(path)) == draw.uniform(path));
  CHECK(draw.chance(0.5, hash64(path)) == draw.chance(0.5, path));
  CHECK(draw.sample(1, 2, 5, Shape::pert, hash64(path)) == draw.sample(1, 2, 5, Shape::pert, path));
  const Uncertain<double> a(1, 2, 5, path);
  CHECK(a.path.text() == path);
  CHECK(a.at(draw) == draw.sample(1, 2, 5, Shape::pert, path));
}

TEST_CASE("a symmetric PERT is symmetric: its median is the mode") {
  int below = 0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) below += Draw(5, i).sample(0, 1, 2, Shape::pert, "x") < 1;
  CHECK(std::abs(below - n / 2) < 354);  // five standard deviations of a fair coin: 5 sqrt(n) / 2
}

TEST_CASE("samples stay inside low and high") {
  const auto shape = GENERATE(Shape::pert, Shape::triangular, Shape::uniform);
  for (int i = 0; i < 2000; ++i) {
    const double v = Draw(2, i).sample(3, 3, 5, shape, "skewed to one end");
    REQUIRE(v >= 3);
    REQUIRE(v <= 5);
  }
}

TEST_CASE("at modes every value is its mode and the likely happens") {
  const Draw modes = Draw::at_modes();
  CHECK(modes.index() == -1);
  CHECK(modes.sample(1, 2, 9, Shape::pert, "x") == 2);
  CHECK(modes.chance(0.5, "x"));
  CHECK_FALSE(modes.chance(0.49, "x"));
}

TEST_CASE("chance has its probability") {
  int hits = 0;
  for (int i = 0; i < 10000; ++i) hits += Draw(3, i).chance(0.2, "approval");
  CHECK(std::abs(hits - 2000) < 200);  // standard deviation sqrt(10000 x 0.2 x 0.8) = 40
  CHECK_FALSE(Draw(3, 1).chance(0, "never"));
  CHECK(Draw(3, 1).chance(1, "always"));
}

TEST_CASE("uncertain values draw from their own stream, known ones do not draw") {
  const Draw draw(9, 0);
  const Uncertain<Days> duration(Days{90}, Days{120}, Days{240}, "platform:site.x.hall.h1.task.permit.duration");
  CHECK(duration.at(draw).n == draw.sample(90, 120, 240, Shape::pert, duration.path.text()));
  CHECK(duration.at(draw, "another hall").n != duration.at(draw).n);
  CHECK(duration.at(Draw::at_modes()) == Days{120});
  CHECK(Uncertain<double>(0.7).at(draw) == 0.7);
  const Uncertain<Date> decided(Date::of(2026, 1, 1), Date::of(2026, 2, 1), Date::of(2026, 6, 1), "approval.decided");
  CHECK(decided.at(draw) >= Date::of(2026, 1, 1));
  CHECK(decided.at(draw) <= Date::of(2026, 6, 1));
}

TEST_CASE("the n-th number of a stream: of n, the stream and the draw alone, uniform, and no neighbour of the one before") {
  const Draw draw(7, 3);
  const uint64_t stream = hash64("failures/pod");
  CHECK(nth(draw, stream, 5) == nth(draw, stream, 5));
  CHECK(std::set<double>{nth(draw, stream, 5), nth(draw, stream, 6), nth(draw, hash64("failures/gangs"), 5), nth(Draw(7, 4), stream, 5)}.size() == 4);
  // As above: five standard errors of the mean; and of the covariance of neighbours, (1/12) / sqrt(n) = 0.00059.
  const int n = 20000;
  const auto at = [&](int i) { return nth(draw, stream, static_cast<uint64_t>(i + 1)); };
  CHECK(std::fabs(mean(n, at) - 0.5) < 0.0102);
  CHECK(std::fabs(mean(n, [&](int i) { return (at(i) - 0.5) * (at(i + 1) - 0.5); })) < 0.003);
}
