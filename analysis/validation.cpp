#include "analysis/validation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "analysis/statistics.hpp"

namespace capmix::analysis {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int kLeastPlans = 6;  // below, a rank correlation says little

using Refs = std::vector<const Score*>;

ErrorRow error_row(const std::string& name, const Refs& scores) {
  Refs fitted, predicted;
  for (const auto* s : scores) (s->calibrated_on ? fitted : predicted).push_back(s);
  return {name, error_stats(fitted), error_stats(predicted), error_stats(scores)};
}

template <class Name>
void add_rows(std::vector<ErrorRow>& out, const Refs& scores, Name name) {
  std::map<std::string, Refs> by;
  for (const auto* s : scores) by[name(*s)].push_back(s);
  for (const auto& [key, list] : by) out.push_back(error_row(key, list));
}

// Rank from 1, ties at the mean of the ranks that they take together.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t x, size_t y) { return values[x] < values[y]; });
  std::vector<double> out(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t end = i;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    for (size_t k = i; k < end; ++k) out[order[k]] = (static_cast<double>(i + 1) + static_cast<double>(end)) / 2;
    i = end;
  }
  return out;
}

// Measurements of one set-up: sums of logarithms.
struct Point {
  double measured = 0, predicted = 0;
  int n = 0;
};

std::vector<PlanOrder> plan_orders(const Refs& scores) {
  std::map<std::string, std::map<std::string, Point>> families;
  std::map<std::string, std::set<std::string>> plans;
  for (const auto* s : scores) {
    Point& p = families[s->family][s->curve + "|" + s->plan + "|" + std::to_string(s->chips)];
    p.measured += std::log(s->rate), p.predicted += std::log(s->rate) - s->log_error, ++p.n;
    plans[s->family].insert(s->plan);
  }
  std::vector<PlanOrder> out;
  for (const auto& [family, points] : families) {
    if (static_cast<int>(plans[family].size()) < kLeastPlans) continue;
    std::vector<double> measured, predicted;
    for (const auto& [key, p] : points) measured.push_back(p.measured / p.n), predicted.push_back(p.predicted / p.n);
    out.push_back({family, static_cast<int>(plans[family].size()), static_cast<int>(points.size()), spearman(predicted, measured)});
  }
  return out;
}

std::vector<ScalingError> scaling_errors(const Refs& scores) {
  // By chips: mean error of the points there.
  std::map<std::string, std::map<int, std::vector<double>>> curves;
  for (const auto* s : scores) curves[s->curve][s->chips].push_back(s->log_error);
  std::vector<ScalingError> out;
  for (const auto& [curve, points] : curves)
    if (points.size() >= 2)
      out.push_back({curve, points.begin()->first, points.rbegin()->first, mean(points.rbegin()->second) - mean(points.begin()->second)});
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return std::fabs(a.error) > std::fabs(b.error); });
  return out;
}

// Rows of one configuration.
struct Vote {
  std::string work_class, base;
  std::vector<double> ratios, predicted, measured;
  bool fitted = false;
  int rows() const { return static_cast<int>(ratios.size()); }
  double ratio() const { return quantile(ratios, 0.5); }
};
using Votes = std::map<std::string, Vote>;  // by name

Votes votes_of(const Refs& scores) {
  Votes out;
  for (const auto* s : scores) {
    if (s->vote.empty()) continue;
    Vote& v = out[s->vote];
    v.work_class = s->work_class, v.base = s->base, v.fitted |= s->calibrated_on;
    v.ratios.push_back(s->ratio), v.predicted.push_back(s->predicted), v.measured.push_back(s->measured);
  }
  return out;
}

std::vector<VoteRow> vote_rows(const Votes& votes) {
  struct Side { VoteStats stats; std::vector<double> sizes; };
  std::map<std::string, std::map<bool, Side>> by;  // by class, by whether it was fitted
  for (const auto& [name, v] : votes) {
    Side& side = by[v.work_class][v.fitted];
    side.sizes.push_back(std::fabs(v.ratio() - 1));
    side.stats.rows += v.rows(), ++side.stats.n;
  }
  std::vector<VoteRow> out;
  for (auto& [name, sides] : by) {
    for (const bool fitted : {false, true}) sides[fitted].stats.median = quantile(sides[fitted].sizes, 0.5), sides[fitted].stats.p90 = quantile(sides[fitted].sizes, 0.9);
    out.push_back({name, sides[true].stats, sides[false].stats});
  }
  return out;
}

ShareStats share_stats(const std::vector<double>& sizes) {
  return {static_cast<int>(sizes.size()), static_cast<int>(std::count_if(sizes.begin(), sizes.end(), [](double d) { return d <= kPoints; })), quantile(sizes, 0.5)};
}

std::vector<ShareRow> share_rows(const Votes& votes) {
  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> by;  // all, predicted
  for (const auto& [name, v] : votes) {
    const auto base = votes.find(v.base);
    if (v.base.empty() || base == votes.end()) continue;
    const auto share = [&](std::vector<double> Vote::*side) { return quantile(v.*side, 0.5) / quantile(base->second.*side, 0.5); };
    const double size = std::fabs(share(&Vote::predicted) - share(&Vote::measured));
    auto& [all, predicted] = by[v.work_class];
    all.push_back(size);
    if (!v.fitted && !base->second.fitted) predicted.push_back(size);
  }
  std::vector<ShareRow> out;
  for (const auto& [name, sizes] : by) out.push_back({name, share_stats(sizes.first), share_stats(sizes.second)});
  return out;
}

bool training(const Score& s) { return s.workload.rfind("infer-", 0) != 0; }

}  // namespace

ErrorStats error_stats(const Refs& scores) {
  ErrorStats e;
  std::vector<double> sizes;
  for (const auto* s : scores) {
    sizes.push_back(std::fabs(s->log_error));
    e.bias += s->log_error, e.in_range += s->in_range ? 1 : 0;
  }
  e.n = static_cast<int>(scores.size());
  e.median = quantile(sizes, 0.5), e.p90 = quantile(sizes, 0.9);
  e.bias = e.n > 0 ? e.bias / e.n : kNaN, e.in_range = e.n > 0 ? e.in_range / e.n : kNaN;
  return e;
}

double spearman(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size() || a.size() < 2) return kNaN;
  const auto x = ranks(a), y = ranks(b);
  const double middle = (static_cast<double>(a.size()) + 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - middle) * (y[i] - middle);
    xx += (x[i] - middle) * (x[i] - middle), yy += (y[i] - middle) * (y[i] - middle);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : kNaN;
}

Validation validate(const std::vector<Score>& scores) {
  Validation v;
  Refs counted;
  for (const auto& s : scores) {
    ++v.rows, v.scored += s.counts(), v.suspect += s.scored() && s.suspect, v.unscored += !s.scored();
    if (s.counts()) counted.push_back(&s);
  }
  add_rows(v.families, counted, [](const Score& s) { return s.group + " | " + s.workload + " | " + s.hardware; });
  add_rows(v.classes, counted, [](const Score& s) { return s.work_class; });
  add_rows(v.classes, counted, [](const Score& s) { return s.work_class + " on " + s.chip_family; });
  std::stable_sort(v.classes.begin(), v.classes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  const Votes votes = votes_of(counted);
  v.votes = vote_rows(votes), v.shares = share_rows(votes);
  counted.erase(std::remove_if(counted.begin(), counted.end(), [](const Score* s) { return !training(*s); }), counted.end());
  v.orders = plan_orders(counted);
  std::vector<double> values;
  for (const auto& o : v.orders)
    if (!std::isnan(o.correlation)) values.push_back(o.correlation);
  v.order_median = quantile(values, 0.5);
  v.scaling = scaling_errors(counted);
  values.clear();
  for (const auto& s : v.scaling) values.push_back(std::fabs(s.error));
  v.scaling_median = quantile(values, 0.5), v.scaling_worst = v.scaling.empty() ? kNaN : values.front();
  return v;
}

}  // namespace capmix::analysis
