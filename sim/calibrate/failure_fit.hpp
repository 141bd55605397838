// How often things fail and how long they are out, fitted to a log of failures by maximum likelihood. Lifetimes that were
// still going on when the watch ended (censored) and those that were under way when it began (left-truncated) count for what
// they are.
#pragma once

#include <string>
#include <vector>

#include "base/poisson.hpp"
#include "import/failure_log.hpp"

namespace capmix::calibrate {

// Events in a time: the rate is events / exposure, which is the exponential's maximum-likelihood estimate whatever was censored
// (log-likelihood d ln r - r T, with d failures in T of service). `interval`: exact, of the count.
struct RateFit {
  size_t events = 0;
  double exposure = 0;             // s
  Interval interval;               // of the rate, 1/s
  double rate() const { return exposure > 0 ? static_cast<double>(events) / exposure : 0; }
};
inline constexpr double kRateConfidence = 0.90;

// A Weibull hazard k / s (t / s)^(k - 1) over ages, with spells from a_i to b_i of which d ended in a failure. The log-likelihood
//   l = sum_failed [ln k - k ln s + (k - 1) ln b_i] - sum_all (b_i^k - a_i^k) / s^k
// is greatest over s at s^k = sum (b^k - a^k) / d, which leaves one equation in k,
//   d / k + sum_failed ln b_i - d sum (b^k ln b - a^k ln a) / sum (b^k - a^k) = 0,
// whose left side falls with k for whole lives; with truncated ones the root nearest the exponential is taken.
// error: of the shape, from the curvature of the profile. ratio: twice the gain in l over the exponential (shape 1), chi-squared
// with one degree of freedom if the exponential is right.
struct WeibullFit {
  size_t events = 0;
  double shape = 1, scale = 0, error = 0, ratio = 0;  // scale: s
};
// `cause` -1: a failure of any cause; otherwise others censor. Shape 1 below kFewestEvents.
inline constexpr size_t kFewestEvents = 10;
WeibullFit fit_weibull(const std::vector<import::Spell>& spells, int cause);

// Infants: a rate of a + b exp(-age / d), age since the unit went into service; spells that do not tell it are left out. With n failures,
// T of service and E = sum of the integrals of exp(-age / d), the likelihood is greatest where a T + b E = n, so for a given d it is a
// concave function of one share s = b E / n alone:
//   sum_failed (e_i / E - 1 / T) / ((1 - s) / T + s e_i / E) = 0,   e_i = exp(-age_i / d);
// d is searched between a week and two years. ratio: twice the gain over a rate that does not change. No infants where s is 0 for
// every d, or the ratio is below kSureInfants (0.1 % of chi-squared with two degrees of freedom).
inline constexpr double kSureInfants = 13.8;
struct InfantFit {
  size_t events = 0;
  double base = 0, factor = 1, decay = 0, ratio = 0;  // base: a, 1/s; factor: (a + b) / a; decay: d, s, 0 where there are none
};
InfantFit fit_infants(const std::vector<import::Spell>& spells, int cause);

// ln of the times is normal: mean and variance (by n) of the logarithms. Zeros have no logarithm and are left out, and counted.
// distance: the greatest distance between the distribution and that of the data (Kolmogorov-Smirnov).
struct LogNormalFit {
  size_t times = 0, zeros = 0;
  double mu = 0, sigma = 0, distance = 0;  // of ln s
  double sample_mean = 0;          // s, of the data as they are
  double median() const, mean() const;
};
LogNormalFit fit_lognormal(std::vector<double> seconds);

// One population: a log, or one group of it.
struct CauseFit {
  import::LoggedCause cause;
  RateFit rate;
  WeibullFit life;
  InfantFit infants;
  LogNormalFit repair;             // times 0: the log tells none
};
struct FailureFit {
  std::string id, name, population, file;  // id: of the file that is written
  std::string per;                 // "chip" or "node"
  size_t units = 0;
  std::vector<CauseFit> causes;    // those that were seen
  CauseFit all;                    // of any cause
};
// LANL and the Failure Trace Archive as a whole; Titan by batch, which differ several-fold. Throws std::invalid_argument when the log has no failure.
std::vector<FailureFit> fit_failures(const import::FailureLog& log);

// Any cause, by group of the log: machines of one site may differ in rate, and in whether they had infants.
struct GroupFit {
  std::string name;
  RateFit rate;
  InfantFit infants;
};
std::vector<GroupFit> fit_groups(const import::FailureLog& log);

// The fit as a file of platforms/failures, with its provenance.
std::string failure_file(const FailureFit& fit);

}  // namespace capmix::calibrate
