#include "analysis/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
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
constexpr int kShuffles = 1000;    // of each input, all together: so 50 of them lie beyond the threshold, whatever the number of inputs
constexpr double kFalse = 0.05;    // pages on which an input is clear by chance
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

// Those that vary: a constant tells nothing, and its bins would be those of the worlds' order.
size_t varying(const std::vector<EvidenceInput>& inputs) {
  return static_cast<size_t>(std::count_if(inputs.begin(), inputs.end(), [](const auto& x) { return std::any_of(x.values.begin(), x.values.end(), [&](double v) { return v != x.values.front(); }); }));
}

}  // namespace

double correlation_by_chance(size_t inputs, size_t worlds) {
  return boost::math::quantile(boost::math::normal_distribution<double>(), 1 - kFalse / 2 / static_cast<double>(std::max<size_t>(1, inputs))) / std::sqrt(static_cast<double>(std::max<size_t>(2, worlds) - 1));
}

double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto x = ranks(a), y = ranks(b);
  const double mx = mean(x), my = mean(y);
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) xy += (x[i] - mx) * (y[i] - my), xx += (x[i] - mx) * (x[i] - mx), yy += (y[i] - my) * (y[i] - my);
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : kNone;
}

size_t bins_for(size_t worlds) { return std::clamp(worlds / 20, size_t{2}, size_t{10}); }

std::vector<double> shuffled_worths(const Table2& gains, size_t bins, int shuffles, uint64_t seed, const Allowed& allowed) {
  std::vector<int> group(gains.front().size());
  for (size_t i = 0; i < group.size(); ++i) group[i] = static_cast<int>(i * bins / group.size());
  std::vector<double> out;
  for (int s = 0; s < shuffles; ++s) {
    for (size_t i = group.size(); i > 1; --i) {
      const uint64_t lot = avalanche(avalanche(seed + static_cast<uint64_t>(s)) ^ i);
      std::swap(group[i - 1], group[static_cast<size_t>(static_cast<double>(lot >> 11) * 0x1p-53 * static_cast<double>(i))]);
    }
    out.push_back(known(gains, group, bins, allowed));
  }
  return out;
}

InputWorth input_worth(const Table2& gains, const std::vector<double>& input, size_t bins, const std::vector<double>& by_chance, const Allowed& allowed) {
  InputWorth out;
  out.raw = known(gains, binned(input, bins), bins, allowed);
  out.by_chance = by_chance.empty() ? 0 : mean(by_chance);
  const auto less = std::count_if(by_chance.begin(), by_chance.end(), [&](double x) { return x < out.raw; });
  out.worth = std::max(0.0, out.raw - out.by_chance), out.beyond = by_chance.empty() ? kNone : static_cast<double>(less) / static_cast<double>(by_chance.size());
  return out;
}

InputWorth input_worth(const Table2& gains, const std::vector<double>& input, size_t bins, int shuffles, uint64_t seed, const Allowed& allowed) {
  return input_worth(gains, input, bins, shuffled_worths(gains, bins, shuffles, seed, allowed), allowed);
}

namespace {

// What each input is worth, against what chance gives to as many.
void weigh(Evidence& e, const Table2& gains, const std::vector<EvidenceInput>& inputs, const std::vector<double>& lead, const std::vector<double>& gain, const Allowed& allowed) {
  const size_t bins = bins_for(e.worlds), vary = e.varying = varying(inputs);
  std::vector<double> chance;
  for (const auto& input : inputs) {
    const auto own = shuffled_worths(gains, bins, kShuffles, hash64(input.name), allowed);
    chance.insert(chance.end(), own.begin(), own.end());
  }
  e.threshold = vary > 0 ? quantile(chance, 1 - kFalse / static_cast<double>(vary)) : kNone;
  e.least = kHardly * std::fabs(e.expected), e.lead_by_chance = correlation_by_chance(vary, e.worlds);
  e.told_from = vary > 0 ? std::max(e.least, e.threshold - mean(chance)) : e.least;
  for (const auto& input : inputs) {
    EvidenceRow r{input.name, input.confidence, input.source, rank_correlation(input.values, gain), rank_correlation(input.values, lead), {}, false};
    r.worth.beyond = kNone;
    if (varying({input}) > 0) r.worth = input_worth(gains, input.values, bins, chance, allowed);
    r.clear = r.worth.raw > e.threshold && r.worth.worth > 0 && r.worth.worth >= e.least;
    e.rows.push_back(std::move(r));
  }
}

}  // namespace

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
  weigh(out, gains, inputs, lead, gains[best], allowed);
  const auto sure = [](const EvidenceRow& r) { return r.clear ? r.worth.worth : 0; };
  const auto size = [](double x) { return std::isnan(x) ? 0 : std::fabs(x); };
  std::stable_sort(out.rows.begin(), out.rows.end(), [&](const EvidenceRow& a, const EvidenceRow& b) {
    return sure(a) != sure(b) ? sure(a) > sure(b) : size(a.with_lead) > size(b.with_lead);
  });
  return out;
}

namespace {

// What the table comes to: the inputs that the choice rests on, or that none is worth knowing; and what so many draws can tell of the lead.
std::string verdict(const Evidence& e) {
  std::vector<std::string> clear;
  const EvidenceRow* most = nullptr;
  for (const auto& r : e.rows) {
    if (r.clear) clear.push_back(r.name + " (" + r.confidence + ")");
    if (!std::isnan(r.with_lead) && (!most || std::fabs(r.with_lead) > std::fabs(most->with_lead))) most = &r;
  }
  if (!most) return "`" + e.chosen + "` and `" + e.second + "` do the same whatever comes: no input tells them apart.";
  const Scale scale = token_scale(e.told_from);
  std::string out = "The choice rests on " + joined(clear) + ".";
  if (clear.empty())
    out = "No single input is worth knowing before choosing: none is worth " +
          (e.told_from > e.least ? number(e.told_from, scale) + " " + scaled_unit(scale, "tokens") + ", the least that " + count(static_cast<int64_t>(e.worlds), "draw") + " tell from chance." : fmt::format("{:.2f} % of the expected work beyond chance.", 100 * kHardly));
  out += " The lead of `" + e.chosen + "` over `" + e.second + "` goes ";
  out += std::fabs(most->with_lead) > e.lead_by_chance ? fmt::format("most with {} ({}, {}).", most->name, most->confidence, with_sign(most->with_lead, {1, "", 2})) : "with none: so few draws cannot tell.";
  if (e.lead_by_chance < 1) out += fmt::format(" The farthest of {} without any influence goes beyond +-{} in one of 20 cases.", count(static_cast<int64_t>(e.varying), "input"), fixed(e.lead_by_chance, 2));
  return out;
}

}  // namespace

std::string render_evidence(const results::StudyInfo& info, const Evidence& e, int width) {
  const Scale scale = token_scale(e.expected), small = token_scale(e.all);
  std::string out = wrap(info.name + ": what the choice rests on, " + e.outcome, width);
  out += wrap(fmt::format("Over {}: `{}` has most expected work, {} {}; `{}` is second. Knowing everything before choosing would be worth {} {}.", count(static_cast<int64_t>(e.worlds), "draw"), e.chosen,
                          number(e.expected, scale), scaled_unit(scale, "reference tokens"), e.second, number(e.all, small), scaled_unit(small, "reference tokens")), width);
  out += wrap(verdict(e), width);
  out += wrap(fmt::format("Work, lead: rank correlation of the input with the work of `{}`, and with its lead. Known: what it is worth to know this input alone before choosing, {}, less what a shuffled input would seem to be "
                          "worth; \"clear\": at least {:.2f} % of the expected work, and more than any of {} without influence would seem to be worth in 19 of 20 cases. Low confidence with clear worth: measure it.", e.chosen,
                          scaled_unit(small, "reference tokens"), 100 * kHardly, count(static_cast<int64_t>(e.varying), "input")), width);
  out += wrap(rates_as_input(info), width);
  TextTable table("input");
  table.column("confidence", true);
  for (const char* head : {"work", "lead", "known"}) table.column(head);
  table.column("", true);
  size_t rows = 0;
  for (const auto& r : e.rows) {
    if (++rows > kMostRows) break;
    table.row({r.name, r.confidence, with_sign(r.with_gain, {1, "", 2}), with_sign(r.with_lead, {1, "", 2}), number(r.worth.worth, small), r.clear ? "clear" : ""});
  }
  out += "\n" + table.text(width);
  if (e.rows.size() > kMostRows) out += wrap(fmt::format("{} more: --json.", e.rows.size() - kMostRows), width);
  return out;
}

Json evidence_json(const results::StudyInfo& info, const Evidence& e) {
  Json out{{"study", info.id}, {"outcome", e.outcome}, {"chosen", e.chosen}, {"second", e.second}, {"draws", e.worlds}, {"expected", e.expected}, {"all_known", e.all},
           {"varying", e.varying}, {"threshold", finite_or_null(e.threshold)}, {"least", e.least}, {"told_from", e.told_from}, {"lead_by_chance", e.lead_by_chance}};
  Json& rows = out["inputs"] = Json::array();
  for (const auto& r : e.rows)
    rows.push_back({{"input", r.name}, {"confidence", r.confidence}, {"source", r.source}, {"with_work", finite_or_null(r.with_gain)}, {"with_lead", finite_or_null(r.with_lead)}, {"worth", r.worth.worth},
                    {"raw", r.worth.raw}, {"by_chance", r.worth.by_chance}, {"beyond", finite_or_null(r.worth.beyond)}, {"clear", r.clear}});
  return out;
}

std::string evidence_to_json(const results::StudyInfo& info, const Evidence& e) { return json_text(evidence_json(info, e)); }

}  // namespace capmix::analysis
