#include "step/queueing.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/math/distributions/poisson.hpp>
#include <boost/math/tools/roots.hpp>

namespace capmix::step {
namespace {

constexpr double kPi = 3.14159265358979323846;

void balanced(double load, const char* queue) {
  if (!(load >= 0 && load < 1))
    throw std::invalid_argument(std::string(queue) + " has a load of " + std::to_string(load) + " (expected 0 to less than 1)");
}

void quantile_of(double p) {
  if (!(p >= 0 && p < 1)) throw std::invalid_argument("quantile " + std::to_string(p) + " (expected 0 to less than 1)");
}

bool near(double low, double high) { return std::fabs(high - low) <= 1e-13 * std::max(std::fabs(low), std::fabs(high)); }

// The root of an increasing function, between two arguments of unequal sign.
template <class F>
double root(F f, double low, double high) {
  std::uintmax_t steps = 200;
  const auto [a, b] = boost::math::tools::toms748_solve(f, low, high, near, steps);
  return (a + b) / 2;
}

}  // namespace

Seconds MM1::sojourn() const {
  balanced(load(), "M/M/1");
  return service / (1 - load());
}

Seconds MM1::sojourn(double p) const {
  quantile_of(p);
  return sojourn() * -std::log1p(-p);
}

double MMc::waits() const {
  balanced(load(), "M/M/c");
  const double offered = load() * servers;
  double blocked = 1;  // Erlang B, by one server more each time
  for (int i = 1; i <= servers; ++i) blocked = offered * blocked / (i + offered * blocked);
  return blocked / (1 - load() * (1 - blocked));
}

Seconds MMc::wait() const { return service * (waits() / (servers * (1 - load()))); }

double MMc::waits_longer(Seconds t) const { return waits() * std::exp(-servers * (1 - load()) * (t / service)); }

Seconds MMc::wait(double p) const {
  quantile_of(p);
  const double c = waits();
  return p <= 1 - c ? Seconds(0) : service * (std::log(c / (1 - p)) / (servers * (1 - load())));
}

Seconds mg1_wait(double rate, Seconds service, Seconds deviation) {
  const double load = rate * service.value(), spread = deviation / service;
  balanced(load, "M/G/1");
  return service * (load * (1 + spread * spread) / (2 * (1 - load)));
}

namespace {

// P(1 or fewer in the system), P(2 or fewer), ... P(n + 1 or fewer): at most 0, 1, ... n wait. The chain at ends of service,
// by level crossing: p(n+1) P(no arrival) = p(0) P(more than n) + sum of p(k) P(more than n + 1 - k), nothing subtracted.
std::vector<double> waiting_at_most(double load, size_t n) {
  std::vector<double> more, p{1 - load}, out;
  const boost::math::poisson_distribution<double> arrivals(std::max(load, std::numeric_limits<double>::min()));
  for (size_t k = 0; k <= n + 1; ++k) more.push_back(cdf(complement(arrivals, static_cast<double>(k))));
  double sum = p[0];
  for (size_t i = 0; i <= n; ++i) {
    double next = p[0] * more[i];
    for (size_t k = 1; k <= i; ++k) next += p[k] * more[i + 1 - k];
    p.push_back(next * std::exp(load));
    sum += p.back();
    out.push_back(std::min(1.0, sum));
  }
  return out;
}

}  // namespace

double MD1::waits_at_most(Seconds t) const {
  balanced(load(), "M/D/1");
  if (t.value() < 0) return 0;
  if (load() == 0) return 1;
  // (k - 1) services <= t < k services: the customer k - 1 places ahead has left, so of those who came in the rest of the
  // k-th, y = rate (k service - t), j leave room for k - 1 - j who wait.
  const auto k = static_cast<size_t>(std::floor(t / service)) + 1;
  const double y = rate * (static_cast<double>(k) * service.value() - t.value());
  const auto at_most = waiting_at_most(load(), k - 1);
  double out = 0;
  for (size_t j = 0; j < k; ++j) {
    const double came = std::exp(static_cast<double>(j) * std::log(y) - y - std::lgamma(static_cast<double>(j) + 1));
    out += (y > 0 ? came : j == 0 ? 1 : 0) * at_most[k - 1 - j];
  }
  return std::min(1.0, out);
}

Seconds MD1::wait(double p) const {
  quantile_of(p);
  balanced(load(), "M/D/1");
  if (p <= 1 - load()) return Seconds(0);
  double high = 1;
  while (waits_at_most(service * high) < p) high *= 2;
  return service * root([&](double t) { return waits_at_most(service * t) - p; }, 0.0, high);
}

Seconds Bulk::exponential_sojourn() const {
  balanced(load(), "M/M^[1,B]/1");
  const double m = rate * service.value();
  if (m <= 0) return service;
  // r^(B+1) - (1 + m) r + m falls from m to its least value and rises to 0 at r = 1: divided by (r - 1) it has the one root,
  // of r + r^2 + ... + r^B = m.
  const auto f = [&](double r) {
    double sum = 0;
    for (int i = 0; i < most; ++i) sum = (sum + 1) * r;
    return sum - m;
  };
  const double r = root(f, 0.0, 1.0);
  // Busy with n waiting: C r^n; idle: C / m; together 1.
  const double c = 1 / (1 / m + 1 / (1 - r));
  return Seconds(c * r / ((1 - r) * (1 - r)) / rate) + service;
}

Seconds Bulk::constant_sojourn() const {
  balanced(load(), "M/D^[1,B]/1");
  const double b = most, m = rate * service.value();
  if (m <= 0) return service;
  // z = (k-th root of unity) exp(m (z - 1) / B) contracts inside the unit circle, and Newton's steps finish it.
  std::complex<double> inverse_sum = 0, empty = b - m;
  for (int k = 1; k < most; ++k) {
    const auto unity = std::polar(1.0, 2 * kPi * k / b);
    const auto f = [&](std::complex<double> z) {
      const auto g = unity * std::exp((m / b) * (z - 1.0));
      return std::pair{z - g, 1.0 - (m / b) * g};
    };
    std::complex<double> z = 0;
    for (int i = 0; i < 3; ++i) z = unity * std::exp((m / b) * (z - 1.0));
    z = boost::math::tools::complex_newton(f, z);
    inverse_sum += 1.0 / (1.0 - z);
    empty *= z / (z - 1.0);
  }
  // Left behind by a batch: P(z) = (B - m) (z - 1) / (z^B e^(m (1 - z)) - 1) x product of (z - z_k) / (1 - z_k). Its mean
  // is P'(1), and P(0) the share of batches that leave nobody.
  const double left = inverse_sum.real() + (b - (b - m) * (b - m)) / (2 * (b - m)), idle = empty.real();
  // From one end of service to the next: the service, and after an empty end the wait for a customer. Whom a batch leaves
  // waits through it, the m who come wait for half of it on average.
  const double waiting = (left - m) * service.value() + m * service.value() / 2, cycle = service.value() + idle / rate;
  return Seconds(waiting / cycle / rate) + service;
}

}  // namespace capmix::step
