// Closed forms of queues, held against hand-worked cases and against each other.
#include "step/queueing.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace capmix;
using namespace capmix::step;
using test::Approx;

TEST_CASE("M/M/1: the sojourn is exponential with mean service / (1 - load)") {
  const MM1 q{0.8, Seconds(1)};
  CHECK(q.sojourn().value() == Approx(5));
  CHECK(q.sojourn(0.99).value() == Approx(5 * std::log(100)));
  CHECK(q.sojourn(0).value() == 0);
}

TEST_CASE("M/M/c: Erlang's C for two and three servers by hand") {
  // c = 2, load 1/2 (one Erlang): P0 = 1 / (1 + 1 + 1/2 x 2) = 1/3, C = 1/2 x 2 x 1/3 = 1/3; wait = C / (2 (1 - 1/2)) = 1/3.
  const MMc two{1, Seconds(1), 2};
  CHECK(two.waits() == Approx(1.0 / 3));
  CHECK(two.wait().value() == Approx(1.0 / 3));
  // c = 3, two Erlangs: P0 = 1 / (1 + 2 + 2 + 8/6 x 3) = 1/9, C = 8/6 x 3 / 9 = 4/9; wait = 4/9.
  const MMc three{2, Seconds(1), 3};
  CHECK(three.waits() == Approx(4.0 / 9));
  CHECK(three.wait().value() == Approx(4.0 / 9));
  CHECK(three.wait(0.5).value() == 0);  // 5/9 do not wait
  CHECK(three.waits_longer(three.wait(0.99)) == Approx(0.01));
  CHECK(MMc{0.8, Seconds(1), 1}.sojourn().value() == Approx(MM1{0.8, Seconds(1)}.sojourn().value()));
}

TEST_CASE("M/G/1: Pollaczek and Khinchine join M/M/1 and M/D/1") {
  CHECK(mg1_wait(0.8, Seconds(1), Seconds(1)).value() == Approx(4));
  CHECK(MD1{0.8, Seconds(1)}.wait().value() == Approx(2));
}

TEST_CASE("M/D/1: Erlang's alternating sum where it does not cancel, and the tail where it does") {
  const MD1 q{0.7, Seconds(2 / 1.4)};  // load 1
  CHECK_THROWS(q.wait());
  const double rho = 0.6;
  const MD1 half{rho, Seconds(1)};
  for (const double t : {0.0, 0.3, 1.0, 1.7, 3.5, 6.25}) {
    // (1 - rho) sum over k <= t of (rho (k - t))^k / k! e^(-rho (k - t)).
    double sum = 0;
    for (int k = 0; k <= t; ++k) sum += std::pow(rho * (k - t), k) / std::tgamma(k + 1.0) * std::exp(-rho * (k - t));
    CHECK(half.waits_at_most(Seconds(t)) == Approx((1 - rho) * sum).epsilon(1e-9));
  }
  CHECK(half.waits_at_most(Seconds(0)) == Approx(1 - rho));
  // Far out it falls by e^(-s) a service, with rho (e^s - 1) = s, at a load where the alternating sum has lost every digit.
  const MD1 full{0.95, Seconds(1)};
  const double near = 1 - full.waits_at_most(Seconds(60)), far = 1 - full.waits_at_most(Seconds(80));
  const double s = std::log(near / far) / 20;
  CHECK(0.95 * std::expm1(s) == Approx(s).epsilon(1e-5));
  CHECK(full.waits_at_most(full.wait(0.999)) == Approx(0.999).epsilon(1e-9));
  CHECK(full.wait(0.04).value() == 0);
}

TEST_CASE("M/D/1: the mean of the exact distribution is Pollaczek and Khinchine's") {
  const MD1 q{0.8, Seconds(1)};
  double mean = 0;  // integral of P(wait > t), by the midpoint rule: continuous but for kinks at whole services
  const double step = 0.01;
  for (double t = step / 2; t < 60; t += step) mean += step * (1 - q.waits_at_most(Seconds(t)));
  CHECK(mean == Approx(q.wait().value()).epsilon(1e-4));
}

TEST_CASE("bulk service of one is a single server") {
  CHECK(Bulk{0.8, Seconds(1), 1}.exponential_sojourn().value() == Approx(5));
  CHECK(Bulk{0.8, Seconds(1), 1}.constant_sojourn().value() == Approx(3));
}

TEST_CASE("bulk service of two by hand, exponential") {
  // r + r^2 = m; m = 3/4 gives r = 1/2. C = 1 / (4/3 + 2) = 3/10; waiting C r / (1 - r)^2 = 3/5, divided by the rate 3/4: 4/5.
  CHECK(Bulk{0.75, Seconds(1), 2}.exponential_sojourn().value() == Approx(1.8));
}

TEST_CASE("bulk service of constant time against its chain, stepped until it stands") {
  // The queue at ends of service: whoever is beyond B stays, and Poisson(m) come. A chain of 400 states.
  const int b = 8;
  const double m = 0.85 * b;
  std::vector<double> came{std::exp(-m)}, p(400, 0.0);
  for (int k = 1; k < 400; ++k) came.push_back(came.back() * m / k);
  p[0] = 1;
  for (int step = 0; step < 500; ++step) {
    std::vector<double> next(p.size(), 0.0);
    for (size_t x = 0; x < p.size(); ++x) {
      const size_t rest = x > static_cast<size_t>(b) ? x - b : 0;
      for (size_t a = 0; rest + a < p.size(); ++a) next[rest + a] += p[x] * came[a];
    }
    p = next;
  }
  double left = 0;
  for (size_t x = 0; x < p.size(); ++x) left += p[x] * static_cast<double>(x);
  const double waiting = ((left - m) + m / 2) / (1 + p[0] / m);
  CHECK(Bulk{m, Seconds(1), b}.constant_sojourn().value() == Approx(waiting / m + 1).epsilon(1e-9));
}

TEST_CASE("bulk service: constant batches wait less than exponential ones, and large batches hardly wait") {
  for (const int b : {2, 16, 256}) {
    const Bulk q{0.9 * b, Seconds(1), b};
    CHECK(q.constant_sojourn() < q.exponential_sojourn());
    CHECK(q.constant_sojourn() > Seconds(1.4));  // service, and half of the one before at least, nearly always
  }
}
