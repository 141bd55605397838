#include "analysis/decision.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>

namespace capmix::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

bool may(const Allowed& allowed, size_t i) { return allowed.empty() || allowed[i]; }

// Greatest over the rows that are allowed of what `of` says of a row.
template <class Of>
double best(size_t rows, const Allowed& allowed, Of&& of) {
  double most = kNone;
  for (size_t i = 0; i < rows; ++i)
    if (may(allowed, i)) most = std::fmax(most, of(i));
  return most;
}

double best_expected(const Table2& gains, const std::vector<double>& weights, const Allowed& allowed) {
  return best(gains.size(), allowed, [&](size_t i) { return expected(gains[i], weights); });
}

}  // namespace

std::vector<double> normalised(std::vector<double> weights) {
  double sum = 0;
  for (const double w : weights) {
    if (!(w >= 0) || !std::isfinite(w)) throw std::invalid_argument("a weight is negative or no number");
    sum += w;
  }
  if (!(sum > 0)) throw std::invalid_argument("all weights are 0");
  for (double& w : weights) w /= sum;
  return weights;
}

double expected(const std::vector<double>& values, const std::vector<double>& weights) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i)
    if (weights[i] > 0) sum += weights[i] * values[i];  // what cannot happen may have any value, none too
  return sum;
}

double cvar(const std::vector<double>& values, const std::vector<double>& weights, double level) {
  if (!(level >= 0 && level < 1)) throw std::invalid_argument("the level of a value at risk lies from 0 to below 1");
  const auto w = normalised(weights);
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  double left = 1 - level, sum = 0;
  for (const size_t i : order) {
    const double part = std::min(w[i], left);
    if (part <= 0) continue;
    sum += part * values[i], left -= part;
  }
  return sum / (1 - level - std::max(0.0, left));
}

Table2 regret(const Table2& gains, const Allowed& allowed) {
  Table2 out = gains;
  if (gains.empty()) return out;
  for (size_t s = 0; s < gains.front().size(); ++s) {
    const double most = best(gains.size(), allowed, [&](size_t i) { return gains[i][s]; });
    for (auto& row : out) row[s] = most - row[s];
  }
  return out;
}

size_t argmax(const std::vector<double>& scores, const Allowed& allowed) {
  size_t at = scores.size();
  for (size_t i = 0; i < scores.size(); ++i)
    if (may(allowed, i) && !std::isnan(scores[i]) && (at == scores.size() || scores[i] > scores[at])) at = i;
  if (at == scores.size()) throw std::invalid_argument("there is no decision to choose");
  return at;
}

size_t argmin(const std::vector<double>& scores, const Allowed& allowed) {
  auto negative = scores;
  for (double& x : negative) x = -x;
  return argmax(negative, allowed);
}

double perfect_information(const Table2& gains, const std::vector<double>& weights, const Allowed& allowed) {
  std::vector<int> each(weights.size());
  std::iota(each.begin(), each.end(), 0);
  return group_information(gains, weights, each, allowed);
}

double group_information(const Table2& gains, const std::vector<double>& weights, const std::vector<int>& group, const Allowed& allowed) {
  const auto w = normalised(weights);
  std::map<int, std::vector<double>> within;  // weights of the states of a group, elsewhere 0
  for (size_t s = 0; s < w.size(); ++s) {
    auto& of = within.try_emplace(group[s], w.size(), 0.0).first->second;
    of[s] = w[s];
  }
  double sum = 0;
  for (const auto& [g, of] : within) sum += best_expected(gains, of, allowed);  // the group's weight is in it
  return std::max(0.0, sum - best_expected(gains, w, allowed));
}

double signal_information(const Table2& gains, const std::vector<double>& weights, const Table2& likelihood, const Allowed& allowed) {
  const auto w = normalised(weights);
  double sum = 0;
  for (const auto& signal : likelihood) {
    auto joint = w;  // P(signal and state): its division by P(signal) and the weight P(signal) cancel
    for (size_t s = 0; s < w.size(); ++s) joint[s] *= signal[s];
    sum += best_expected(gains, joint, allowed);
  }
  return std::max(0.0, sum - best_expected(gains, w, allowed));
}

Table2 test_of(const std::vector<bool>& event, double sensitivity, double specificity) {
  const auto probability = [](double p) { return p >= 0 && p <= 1; };
  if (!probability(sensitivity) || !probability(specificity)) throw std::invalid_argument("sensitivity and specificity lie from 0 to 1");
  Table2 out(2);
  for (const bool in : event) {
    const double yes = in ? sensitivity : 1 - specificity;
    out[0].push_back(yes), out[1].push_back(1 - yes);
  }
  return out;
}

std::vector<size_t> frontier(const std::vector<double>& costs, const std::vector<double>& gains) {
  std::vector<size_t> order;
  for (size_t i = 0; i < costs.size(); ++i)
    if (std::isfinite(costs[i]) && std::isfinite(gains[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return costs[a] != costs[b] ? costs[a] < costs[b] : gains[a] > gains[b]; });
  std::vector<size_t> out;
  for (const size_t i : order)
    if (out.empty() || gains[i] > gains[out.back()]) out.push_back(i);
  return out;
}

}  // namespace capmix::analysis
