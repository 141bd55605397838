#include "analysis/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "analysis/json.hpp"
#include "analysis/notes.hpp"
#include "analysis/statistics.hpp"
#include "analysis/table.hpp"
#include "base/hash.hpp"

namespace capmix::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr int kShuffles = 1000;    // a study has some hundred inputs: clear is only what none of them reaches
constexpr size_t kMostRows = 20;

std::vector<size_t> by_value(const std::vector<double>& x) {
  std::vector<size_t> order(x.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return x[a] < x[b]; });
  return order;
}

std::vector<double> ranks(const std::vector<double>& x) {
  const auto order = by_value(x);
  std::vector<double> out(x.size());
  for (size_t i = 0, j = 0; i < order.size(); i = j) {
    while (j < order.size() && x[order[j]] == x[order[i]]) ++j;
    for (size_t k = i; k < j; ++k) out[order[k]] = static_cast<double>(i + j + 1) / 2;
  }
  return out;
}

std::vector<int> binned(const std::vector<double>& x, size_t bins) {
  const auto order = by_value(x);
  std::vector<int> out(x.size());
  for (size_t i = 0; i < order.size(); ++i) out[order[i]] = static_cast<int>(i * bins / order.size());
  return out;
}

// group_information with equal weights, in one pass: the mean over worlds of the best allowed mix of the world's bin, less the best mean.
double known(const Table2& gains, const std::vector<int>& group, size_t bins, const Allowed& allowed) {
  std::vector<double> best(bins, -std::numeric_limits<double>::infinity()), sums(bins);
  double most = -std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < gains.size(); ++i) {
    if (!allowed.empty() && !allowed[i]) continue;
    std::fill(sums.begin(), sums.end(), 0.0);
    for (size_t w = 0; w < group.size(); ++w) sums[static_cast<size_t>(group[w])] += gains[i][w];
    double all = 0;
    for (size_t b = 0; b < bins; ++b) best[b] = std::max(best[b], sums[b]), all += sums[b];
    most = std::max(most, all);
  }
  return std::max(0.0, (std::accumulate(best.begin(), best.end(), 0.0) - most) / static_cast<double>(group.size()));
}

bool clear(const InputWorth& w) { return w.worth > 0 && w.beyond >= 1; }

}  // namespace

double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto x = ranks(a), y = ranks(b);
  const double mx = mean(x), my = mean(y);
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) xy += (x[i] - mx) * (y[i] - my), xx += (x[i] - mx) * (x[i] - mx), yy += (y[i] - my) * (y[i] - my);
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : kNone;
}

size_t bins_for(size_t worlds) { return std::clamp(worlds / 20, size_t{2}, size_t{10}); }

InputWorth input_worth(const Table2& gains, const std::vector<double>& input, size_t bins, int shuffles, uint64_t seed, const Allowed& allowed) {
  auto group = binned(input, bins);
  InputWorth out;
  out.raw = known(gains, group, bins, allowed);
  int less = 0;
  for (int s = 0; s < shuffles; ++s) {
    for (size_t i = group.size(); i > 1; --i) {
      const uint64_t lot = avalanche(avalanche(seed + static_cast<uint64_t>(s)) ^ i);
      std::swap(group[i - 1], group[static_cast<size_t>(static_cast<double>(lot >> 11) * 0x1p-53 * static_cast<double>(i))]);
    }
    const double x = known(gains, group, bins, allowed);
    out.by_chance += x / shuffles, less += x < out.raw;
  }
  out.worth = std::max(0.0, out.raw - out.by_chance), out.beyond = shuffles > 0 ? static_cast<double>(less) / shuffles : kNone;
  return out;
}

Evidence evidence(const std::vector<std::string>& mixes, const Table2& gains, const std::vector<EvidenceInput>& inputs, const Allowed& allowed) {
  if (gains.size() < 2 || gains.front().size() < 10) throw std::invalid_argument("evidence needs two mixes and ten draws of each");
  Evidence out;
  out.worlds = gains.front().size();
  std::vector<double> means;
  for (const auto& row : gains) means.push_back(mean(row));
  const size_t best = argmax(means, allowed);
  Allowed others = allowed.empty() ? Allowed(gains.size(), true) : allowed;
  others[best] = false;
  if (std::none_of(others.begin(), others.end(), [](bool b) { return b; })) others.assign(gains.size(), true), others[best] = false;
  const size_t second = argmax(means, others);
  out.chosen = mixes[best], out.second = mixes[second], out.expected = means[best];
  out.all = perfect_information(gains, std::vector<double>(out.worlds, 1.0), allowed);
  std::vector<double> lead;
  for (size_t w = 0; w < out.worlds; ++w) lead.push_back(gains[best][w] - gains[second][w]);
  for (const auto& input : inputs)
    out.rows.push_back({input.name, input.confidence, input.source, rank_correlation(input.values, gains[best]), rank_correlation(input.values, lead),
                        input_worth(gains, input.values, bins_for(out.worlds), kShuffles, hash64(input.name), allowed)});
  const auto sure = [](const EvidenceRow& r) { return clear(r.worth) ? r.worth.worth : 0; };
  const auto size = [](double x) { return std::isnan(x) ? 0 : std::fabs(x); };
  std::stable_sort(out.rows.begin(), out.rows.end(), [&](const EvidenceRow& a, const EvidenceRow& b) {
    return sure(a) != sure(b) ? sure(a) > sure(b) : size(a.with_lead) > size(b.with_lead);
  });
  return out;
}

std::string render_evidence(const results::StudyInfo& info, const Evidence& e, int width) {
  const Scale scale = token_scale(e.expected), small = token_scale(e.all);
  std::string out = wrap(info.name + ": what the choice rests on, " + e.outcome, width);
  out += wrap(fmt::format("Over {}: `{}` has most expected work, {} {}; `{}` is second. Knowing everything before choosing would be worth {} {}.", count(static_cast<int64_t>(e.worlds), "draw"), e.chosen,
                          number(e.expected, scale), scaled_unit(scale, "reference tokens"), e.second, number(e.all, small), scaled_unit(small, "reference tokens")), width);
  out += wrap(fmt::format("Work, lead: rank correlation of the input with the work of `{}`, and with its lead. Known: what it is worth to know this input alone before choosing, {}, less what a shuffled input would seem to be "
                          "worth; \"clear\": more than any of 1,000 shuffles. Low confidence with clear worth: measure it.", e.chosen, scaled_unit(small, "reference tokens")), width);
  out += wrap(rates_as_input(info), width);
  TextTable table("input");
  table.column("confidence", true);
  for (const char* head : {"work", "lead", "known"}) table.column(head);
  table.column("", true);
  size_t rows = 0;
  for (const auto& r : e.rows) {
    if (++rows > kMostRows) break;
    table.row({r.name, r.confidence, with_sign(r.with_gain, {1, "", 2}), with_sign(r.with_lead, {1, "", 2}), number(r.worth.worth, small), clear(r.worth) ? "clear" : ""});
  }
  out += "\n" + table.text(width);
  if (e.rows.size() > kMostRows) out += wrap(fmt::format("{} more: --json.", e.rows.size() - kMostRows), width);
  return out;
}

std::string evidence_to_json(const results::StudyInfo& info, const Evidence& e) {
  Json out{{"study", info.id}, {"outcome", e.outcome}, {"chosen", e.chosen}, {"second", e.second}, {"draws", e.worlds}, {"expected", e.expected}, {"all_known", e.all}};
  Json& rows = out["inputs"] = Json::array();
  for (const auto& r : e.rows)
    rows.push_back({{"input", r.name}, {"confidence", r.confidence}, {"source", r.source}, {"with_work", finite_or_null(r.with_gain)}, {"with_lead", finite_or_null(r.with_lead)}, {"worth", r.worth.worth},
                    {"raw", r.worth.raw}, {"by_chance", r.worth.by_chance}, {"beyond", finite_or_null(r.worth.beyond)}});
  return json_text(out);
}

}  // namespace capmix::analysis
