// Functions whose sensitivities are known, through the designs and estimators that studies go through.
#include "design/sensitivity.hpp"

#include <cmath>
#include <functional>

#include "catch.hpp"

using namespace capmix;
using namespace capmix::design;
using test::Approx;

namespace {

using Function = std::function<double(const double*)>;

std::vector<double> outputs(const Points& points, const Function& f) {
  std::vector<double> out;
  for (size_t i = 0; i < points.n; ++i) out.push_back(f(points.values.data() + i * points.d));
  return out;
}

std::vector<size_t> each(size_t n) {
  std::vector<size_t> out;
  for (size_t i = 0; i < n; ++i) out.push_back(i);
  return out;
}

std::vector<uint64_t> seeds(size_t n) {
  std::vector<uint64_t> out;
  for (size_t i = 0; i < n; ++i) out.push_back(1000 + i);
  return out;
}

// Ishigami and Homma (1990), a = 7, b = 0.1, inputs uniform on (-pi, pi).
double ishigami(const double* u) {
  const double x = M_PI * (2 * u[0] - 1), y = M_PI * (2 * u[1] - 1), z = M_PI * (2 * u[2] - 1);
  return std::sin(x) + 7 * std::pow(std::sin(y), 2) + 0.1 * std::pow(z, 4) * std::sin(x);
}

const double kG[] = {0, 1, 4.5, 9, 99, 99, 99, 99};
// Sobol's g-function of eight inputs: product of (|4 u - 2| + a) / (1 + a).
double g(const double* u) {
  double out = 1;
  for (size_t i = 0; i < 8; ++i) out *= (std::fabs(4 * u[i] - 2) + kG[i]) / (1 + kG[i]);
  return out;
}

void inside(const SobolIndex& x, double expected) {
  INFO(x.low << " " << x.value << " " << x.high << ", expected " << expected);
  CHECK(x.low <= expected);
  CHECK(expected <= x.high);
}

}  // namespace

TEST_CASE("Sobol' indices of the Ishigami function") {
  // V = a^2 / 8 + b pi^4 / 5 + b^2 pi^8 / 18 + 1 / 2 = 13.8446; V1 = (1 + b pi^4 / 5)^2 / 2, V2 = a^2 / 8, V13 = 8 b^2 pi^8 / 225.
  const double p4 = std::pow(M_PI, 4), p8 = p4 * p4, v1 = std::pow(1 + 0.1 * p4 / 5, 2) / 2, v2 = 49.0 / 8, v13 = 8 * 0.01 * p8 / 225, v = v1 + v2 + v13;
  REQUIRE(v == Approx(13.844588).epsilon(1e-6));
  REQUIRE(v1 / v == Approx(0.3139).margin(5e-5));          // as published
  REQUIRE((v1 + v13) / v == Approx(0.5576).margin(5e-5));
  const size_t n = 4096;
  const auto design = saltelli(n, each(3), seeds(3));
  const auto y = outputs(design.points, ishigami);
  for (const auto estimator : {Estimator::saltelli, Estimator::martinez}) {
    const auto s = sobol_indices(y, n, 3, estimator, 0.95);
    const double first[] = {v1 / v, v2 / v, 0}, total[] = {(v1 + v13) / v, v2 / v, v13 / v};
    for (size_t i = 0; i < 3; ++i) {
      inside(s.first[i], first[i]), inside(s.total[i], total[i]);
      CHECK(s.first[i].value == Approx(first[i]).margin(0.02));
      CHECK(s.total[i].value == Approx(total[i]).margin(0.02));
    }
    CHECK(s.mean == Approx(3.5).margin(0.02));
    CHECK(s.variance == Approx(v).epsilon(0.02));
  }
}

TEST_CASE("Sobol' indices of the g-function") {
  // Vi = 1 / (3 (1 + a)^2), V = product of (1 + Vi) - 1; first Vi / V, total Vi x product of the others' (1 + Vj) / V.
  double product = 1;
  for (const double a : kG) product *= 1 + 1 / (3 * (1 + a) * (1 + a));
  const double v = product - 1;
  const size_t n = 4096;
  const auto y = outputs(saltelli(n, each(8), seeds(8)).points, g);
  for (const auto estimator : {Estimator::saltelli, Estimator::martinez}) {
    const auto s = sobol_indices(y, n, 8, estimator, 0.95);
    for (size_t i = 0; i < 8; ++i) {
      const double vi = 1 / (3 * (1 + kG[i]) * (1 + kG[i]));
      inside(s.first[i], vi / v), inside(s.total[i], vi * product / (1 + vi) / v);
      CHECK(s.total[i].value == Approx(vi * product / (1 + vi) / v).margin(0.02));
    }
  }
  CHECK(1 / 3.0 / v == Approx(0.7162).margin(5e-5));  // as published for a = 0
}

TEST_CASE("a factor of several columns has the indices of the group") {
  // Ishigami with x and z as one factor: first order V1 + V13 (V3 is 0), which is also its total; y is the rest.
  const double p4 = std::pow(M_PI, 4), v13 = std::pow(1 + 0.1 * p4 / 5, 2) / 2 + 8 * 0.01 * p4 * p4 / 225, v = v13 + 49.0 / 8;
  const size_t n = 4096;
  const auto design = saltelli(n, {0, 1, 0}, seeds(3));
  CHECK(design.points.n == n * 4);
  const auto s = sobol_indices(outputs(design.points, ishigami), n, 2, Estimator::martinez, 0.95);
  inside(s.first[0], v13 / v), inside(s.total[0], v13 / v);
  CHECK(s.first[0].value == Approx(v13 / v).margin(0.02));
  CHECK(s.first[1].value == Approx(1 - v13 / v).margin(0.02));
}

TEST_CASE("rows of a Saltelli design: A, B, and A with one factor from B") {
  const auto d = saltelli(4, {0, 1, 1}, seeds(3));
  for (size_t r = 0; r < 4; ++r)
    for (size_t c = 0; c < 3; ++c) {
      CHECK(d.points.at(8 + r, c) == d.points.at(c == 0 ? 4 + r : r, c));
      CHECK(d.points.at(12 + r, c) == d.points.at(c == 0 ? r : 4 + r, c));
    }
  CHECK(d.source(9, 0) == 4 + 1);
  CHECK(d.source(9, 1) == 1);
  CHECK(d.source(5, 1) == 4 + 1);
}

TEST_CASE("indices are the same each time, and none of what does not vary") {
  const auto y = outputs(saltelli(64, each(3), seeds(3)).points, ishigami);
  const auto a = sobol_indices(y, 64, 3, Estimator::saltelli), b = sobol_indices(y, 64, 3, Estimator::saltelli);
  for (size_t i = 0; i < 3; ++i) CHECK(a.total[i].low == b.total[i].low);
  // An input that does nothing has a total of nothing, certainly.
  const auto idle = sobol_indices(outputs(saltelli(64, each(2), seeds(2)).points, [](const double* u) { return u[0] * u[0]; }), 64, 2, Estimator::martinez);
  CHECK(idle.total[1].value == Approx(0).margin(1e-9));
  CHECK(idle.total[1].high == Approx(0).margin(1e-9));
  CHECK(idle.first[0].value == Approx(1).margin(1e-9));
  CHECK(std::isnan(sobol_indices(std::vector<double>(10 * 5, 7.0), 10, 3, Estimator::martinez).first[0].value));
  CHECK_THROWS(sobol_indices({1, 2, 3}, 2, 1, Estimator::martinez));
}

TEST_CASE("elementary effects: of a plane its slopes, of a product both mean and spread") {
  // 3 x - 2 y + 0 z + 5: slopes, no deviation, each measured once in a trajectory.
  const auto plane = [](const double* u) { return 3 * u[0] - 2 * u[1] + 5; };
  const auto d = morris(10, each(3), 4, 7);
  CHECK(d.points.n == 40);
  const auto e = elementary_effects(d, outputs(d.points, plane));
  CHECK(e[0].mean == Approx(3));
  CHECK(e[0].absolute == Approx(3));
  CHECK(e[0].deviation == Approx(0).margin(1e-9));
  CHECK(e[1].mean == Approx(-2));
  CHECK(e[1].absolute == Approx(2));
  CHECK(e[2].absolute == Approx(0).margin(1e-9));
  for (const double u : d.points.values) CHECK((u >= -1e-12 && u <= 1 + 1e-12));
  // u v on a grid of four levels: the effect of u is v, which is 0, 1/3, 2/3 or 1 alike: mean 1/2, deviation sqrt(5/36) = 0.3727.
  const auto many = morris(4000, each(2), 4, 3);
  const auto f = elementary_effects(many, outputs(many.points, [](const double* u) { return u[0] * u[1]; }));
  CHECK(f[0].mean == Approx(0.5).margin(0.02));
  CHECK(f[0].deviation == Approx(std::sqrt(5.0 / 36)).margin(0.01));
  CHECK(f[0].absolute_error == Approx(std::sqrt(5.0 / 36 / 4000)).epsilon(0.05));
  // Of (u - 1/2)^2 ups and downs cancel: mu 0, mu* not. With steps of 2/3: u to u + 2/3 has 2 u - 1/3: -1/3 or 1/3 for u = 0 and 1/3.
  const auto g = elementary_effects(many, outputs(many.points, [](const double* u) { return std::pow(u[0] - 0.5, 2); }));
  CHECK(g[0].mean == Approx(0).margin(0.02));
  CHECK(g[0].absolute == Approx(1.0 / 3));
  CHECK_THROWS(morris(1, each(1), 3, 1));
}

TEST_CASE("a grid inside the cube, and factors of several columns, which move together") {
  const auto d = morris(5, {0, 0, 1}, 4, 1, 0.05, 0.95);
  for (size_t i = 0; i < d.points.n; ++i) {
    CHECK(d.points.at(i, 0) == d.points.at(i, 1));
    CHECK(d.points.at(i, 2) >= 0.05 - 1e-12);
    CHECK(d.points.at(i, 2) <= 0.95 + 1e-12);
  }
  const auto e = elementary_effects(d, outputs(d.points, [](const double* u) { return u[0] + u[1]; }));
  CHECK(e[0].mean == Approx(1.8));  // per [0.05, 0.95] of both
}

TEST_CASE("one at a time") {
  const auto p = one_at_a_time({0, 1, 1}, 0.1, 0.9);
  REQUIRE(p.n == 5);
  const auto s = swings(outputs(p, [](const double* u) { return u[0] + 10 * u[1] * u[2]; }));
  CHECK(s[0].base == Approx(0.5 + 2.5));
  CHECK(s[0].low == Approx(0.1 + 2.5));
  CHECK(s[1].low == Approx(0.5 + 0.1));
  CHECK(s[1].high == Approx(0.5 + 8.1));
}
