#include "design/sensitivity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <openturns/MartinezSensitivityAlgorithm.hxx>
#include <openturns/SaltelliSensitivityAlgorithm.hxx>
#include <stdexcept>

#include "base/hash.hpp"
#include "base/statistics.hpp"

namespace capmix::design {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kMiddle = 0.5;

size_t factors_in(const std::vector<size_t>& factor_of) {
  size_t n = 0;
  for (const size_t f : factor_of) n = std::max(n, f + 1);
  return n;
}

// Numbers below n, one after the other, from a seed.
class Lots {
 public:
  explicit Lots(uint64_t seed) : seed_(avalanche(seed + 0x5851f42d4c957f2dULL)) {}
  size_t below(size_t n) { return static_cast<size_t>(static_cast<double>(avalanche(seed_ ^ ++count_) >> 11) * 0x1p-53 * static_cast<double>(n)); }

 private:
  uint64_t seed_, count_ = 0;
};

double variance(const std::vector<double>& x, size_t n, double& mean) {
  mean = std::accumulate(x.begin(), x.begin() + static_cast<long>(n), 0.0) / static_cast<double>(n);
  double squares = 0;
  for (size_t i = 0; i < n; ++i) squares += (x[i] - mean) * (x[i] - mean);
  return squares / static_cast<double>(n - 1);
}

struct Estimates {
  OT::Point first, total;
};

// `in`: of the inputs only their number is used.
Estimates estimate(const OT::Sample& in, const std::vector<double>& outputs, const std::vector<size_t>& rows, size_t n, Estimator estimator) {
  OT::Sample values(outputs.size(), 1);
  for (size_t block = 0; block * n < outputs.size(); ++block)
    for (size_t i = 0; i < n; ++i) values(block * n + i, 0) = outputs[block * n + rows[i]];
  const auto of = [](const auto& algorithm) { return Estimates{algorithm.getFirstOrderIndices(), algorithm.getTotalOrderIndices()}; };
  return estimator == Estimator::martinez ? of(OT::MartinezSensitivityAlgorithm(in, values, n)) : of(OT::SaltelliSensitivityAlgorithm(in, values, n));
}

// The middle share of some values; resamples in which nothing varied have none.
SobolIndex between(double value, std::vector<double> resampled, double confidence) {
  resampled.erase(std::remove_if(resampled.begin(), resampled.end(), [](double x) { return !std::isfinite(x); }), resampled.end());
  if (resampled.empty()) return {value, kNone, kNone};
  return {value, quantile(resampled, (1 - confidence) / 2), quantile(resampled, (1 + confidence) / 2)};
}

}  // namespace

Points one_at_a_time(const std::vector<size_t>& factor_of, double low, double high) {
  const size_t d = factor_of.size(), k = factors_in(factor_of);
  Points out{2 * k + 1, d, std::vector<double>((2 * k + 1) * d, kMiddle)};
  for (size_t c = 0; c < d; ++c) {
    const size_t row = 1 + 2 * factor_of[c];
    out.values[row * d + c] = low, out.values[(row + 1) * d + c] = high;
  }
  return out;
}

std::vector<Swing> swings(const std::vector<double>& outputs) {
  std::vector<Swing> out;
  for (size_t i = 1; i + 1 < outputs.size(); i += 2) out.push_back({outputs[0], outputs[i], outputs[i + 1]});
  return out;
}

Trajectories morris(size_t trajectories, const std::vector<size_t>& factor_of, int levels, uint64_t seed, double low, double high) {
  if (levels < 2 || levels % 2 != 0) throw std::invalid_argument("levels of a Morris design are an even number from 2 on");
  const size_t d = factor_of.size(), k = factors_in(factor_of);
  const auto half = static_cast<size_t>(levels / 2);
  const double cell = 1.0 / (levels - 1), delta = static_cast<double>(half) * cell;
  Trajectories out;
  out.factors = k, out.points.d = d;
  Lots lots(seed);
  for (size_t t = 0; t < trajectories; ++t) {
    // A place in the lower half of the grid, which a step up keeps inside; or its mirror image, and a step down.
    std::vector<double> x(k), step(k);
    for (size_t f = 0; f < k; ++f) {
      const double place = static_cast<double>(lots.below(half)) * cell;
      const bool up = lots.below(2) == 1;
      x[f] = up ? place : 1 - place, step[f] = up ? delta : -delta;
    }
    std::vector<size_t> order(k);
    std::iota(order.begin(), order.end(), size_t{0});
    for (size_t i = k; i > 1; --i) std::swap(order[i - 1], order[lots.below(i)]);
    for (size_t i = 0; i <= k; ++i) {
      if (i > 0) x[order[i - 1]] += step[order[i - 1]];
      out.moved.push_back(i > 0 ? order[i - 1] : k), out.step.push_back(i > 0 ? step[order[i - 1]] : 0);
      for (size_t c = 0; c < d; ++c) out.points.values.push_back(low + (high - low) * x[factor_of[c]]);
      ++out.points.n;
    }
  }
  return out;
}

std::vector<Effect> elementary_effects(const Trajectories& design, const std::vector<double>& outputs) {
  std::vector<std::vector<double>> effects(design.factors);
  for (size_t i = 1; i < outputs.size(); ++i)
    if (design.moved[i] < design.factors) effects[design.moved[i]].push_back((outputs[i] - outputs[i - 1]) / design.step[i]);
  std::vector<Effect> out;
  for (const auto& e : effects) {
    Effect x{kNone, kNone, kNone, kNone};
    std::vector<double> absolute;
    for (const double v : e) absolute.push_back(std::fabs(v));
    if (!e.empty()) {
      const double n = static_cast<double>(e.size());
      x.mean = std::accumulate(e.begin(), e.end(), 0.0) / n, x.absolute = std::accumulate(absolute.begin(), absolute.end(), 0.0) / n;
      if (e.size() > 1) {
        double mean = 0;
        x.deviation = std::sqrt(variance(e, e.size(), mean)), x.absolute_error = std::sqrt(variance(absolute, e.size(), mean) / n);
      }
    }
    out.push_back(x);
  }
  return out;
}

size_t Pairs::source(size_t point, size_t factor) const {
  const size_t block = point / n, row = point % n;
  const bool from_b = block == 1 || block == factor + 2;
  return from_b ? n + row : row;
}

Pairs saltelli(size_t n, const std::vector<size_t>& factor_of, const std::vector<uint64_t>& seeds, size_t more) {
  const size_t d = factor_of.size(), k = factors_in(factor_of) + more;
  if (seeds.size() != d) throw std::invalid_argument("a seed for every column");
  auto both = seeds;
  for (const uint64_t s : seeds) both.push_back(avalanche(s + 1));
  const Points base = 2 * d <= kSobolColumns ? scrambled_sobol(n, both) : latin_hypercube(n, both);
  Pairs out{{n * (k + 2), d, std::vector<double>(n * (k + 2) * d)}, n, k};
  for (size_t p = 0; p < out.points.n; ++p)
    for (size_t c = 0; c < d; ++c) {
      const size_t from = out.source(p, factor_of[c]);
      out.points.values[p * d + c] = base.at(from % n, from < n ? c : d + c);
    }
  return out;
}

SobolIndices sobol_indices(const std::vector<double>& outputs, size_t n, size_t factors, Estimator estimator, double confidence, size_t bootstrap, uint64_t seed) {
  if (n < 2 || factors == 0 || outputs.size() != n * (factors + 2)) throw std::invalid_argument("outputs of another design than n x (factors + 2)");
  SobolIndices out;
  out.variance = variance(outputs, 2 * n, out.mean);
  if (!(out.variance > 1e-24 * out.mean * out.mean) || !std::isfinite(out.variance)) {
    out.first.assign(factors, {kNone, kNone, kNone}), out.total = out.first;
    return out;
  }
  const OT::Sample in(outputs.size(), factors);
  std::vector<size_t> rows(n);
  std::iota(rows.begin(), rows.end(), size_t{0});
  const Estimates whole = estimate(in, outputs, rows, n, estimator);
  std::vector<std::vector<double>> first(factors), total(factors);
  Lots lots(seed);
  for (size_t b = 0; b < bootstrap; ++b) {
    for (size_t& r : rows) r = lots.below(n);
    const Estimates e = estimate(in, outputs, rows, n, estimator);
    for (size_t f = 0; f < factors; ++f) first[f].push_back(e.first[f]), total[f].push_back(e.total[f]);
  }
  for (size_t f = 0; f < factors; ++f) {
    out.first.push_back(between(whole.first[f], std::move(first[f]), confidence));
    out.total.push_back(between(whole.total[f], std::move(total[f]), confidence));
  }
  return out;
}

}  // namespace capmix::design
