#include "analysis/compare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <tuple>

#include "analysis/statistics.hpp"
#include "results/read.hpp"

namespace capmix::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kConfidence = 0.9, kSlack = 0.05;
constexpr double kRounding = 1e-9;  // of sums over months in another order

struct Sample {  // runs of one mix in one outcome
  const Metrics* modes = nullptr;
  const RunNumbers* at_modes = nullptr;
  std::map<int, const RunNumbers*> draws;
  bool empty() const { return at_modes == nullptr && draws.empty(); }
};

Sample sample(const RunSet& runs, const std::string& mix, const std::string& outcome) {
  return {runs.modes(mix, outcome), runs.find(mix, outcome, -1), runs.draws(mix, outcome)};
}

double variance(const std::vector<double>& x) {
  const double m = mean(x);
  double squares = 0;
  for (const double v : x) squares += (v - m) * (v - m);
  return squares / static_cast<double>(x.size() - 1);
}

// How much pairing helps: (var a + var b) / var (a - b).
double pairing(const std::vector<double>& own, const std::vector<double>& other, const std::vector<double>& differences) {
  if (differences.size() < 2) return kNone;
  const double apart = variance(own) + variance(other);
  return apart > 0 ? apart / variance(differences) : kNone;
}

Spread spread(const Metric& metric, const Sample& own, const Sample& first, size_t place) {
  Spread s{metric.id, metric.unit};
  s.modes = own.at_modes ? own.at_modes->value(place) : kNone;
  std::vector<double> values, paired, others, differences;
  for (const auto& [draw, run] : own.draws) {
    values.push_back(run->value(place));
    const auto other = first.draws.find(draw);
    if (other == first.draws.end()) continue;
    paired.push_back(values.back()), others.push_back(other->second->value(place));
    differences.push_back(paired.back() - others.back());
  }
  const bool flag = metric.unit == kFlag;
  s.p10 = flag ? kNone : quantile(values, 0.1), s.p50 = flag ? kNone : quantile(values, 0.5), s.p90 = flag ? kNone : quantile(values, 0.9);
  s.mean = mean(values);
  const Interval i = paired_interval(differences, kConfidence);
  s.diff = i.mean, s.diff_low = i.low, s.diff_high = i.high;
  s.pairing = pairing(paired, others, differences);
  return s;
}

MixResult mix_result(const RunSet& runs, const results::MixInfo& mix, const Sample& own, const Sample& first) {
  MixResult r{mix.id, mix.name};
  r.draws = static_cast<int>(own.draws.size());
  r.at_modes = own.modes != nullptr;
  r.meets = own.at_modes && runs.meets(*own.at_modes);
  if (own.modes) {
    r.recommended = own.modes->recommended;
    r.binding = own.modes->binding;
    r.ledger = own.modes->ledger;
    if (first.modes) r.less_first = difference(own.modes->ledger, first.modes->ledger);
  }
  if (!own.empty())
    for (size_t i = 0; i < runs.metrics().size(); ++i) r.spreads.push_back(spread(runs.metrics()[i], own, first, i));
  return r;
}

// Rank of each run, from 1; equal ones share it. Null: no run, no rank (0).
std::vector<int> ranks(const RunSet& runs, const std::vector<const RunNumbers*>& of) {
  std::vector<int> out;
  for (const auto* own : of) {
    out.push_back(own ? 1 : 0);
    for (const auto* other : of)
      if (own && other && runs.better(*other, *own)) ++out.back();
  }
  return out;
}

// Draws that every mix has.
std::vector<int> common_draws(const std::vector<Sample>& samples) {
  std::vector<int> out;
  if (samples.empty()) return out;
  for (const auto& [draw, ignored] : samples.front().draws)
    if (std::all_of(samples.begin(), samples.end(), [d = draw](const Sample& s) { return s.draws.count(d) > 0; })) out.push_back(draw);
  return out;
}

void put_in_order(const RunSet& runs, OutcomeResult& outcome, const std::vector<Sample>& samples, const std::vector<int>& draws) {
  const auto at = [&](auto pick) {
    std::vector<const RunNumbers*> out;
    for (const auto& s : samples) out.push_back(pick(s));
    return ranks(runs, out);
  };
  const auto modes = at([](const Sample& s) { return s.at_modes; });
  Ranks by_draw;
  for (const int d : draws) by_draw.push_back(at([d](const Sample& s) { return s.draws.at(d); }));
  for (size_t i = 0; i < samples.size(); ++i) {
    outcome.mixes[i].rank = modes[i];
    for (const auto& r : by_draw) outcome.mixes[i].leads += r[i] == 1;
  }
  const bool whole = std::count(modes.begin(), modes.end(), 0) == 0;
  outcome.order = stability(by_draw, whole ? modes : std::vector<int>());
  outcome.draws = static_cast<int>(draws.size());
}

void lead_over_draws(const RunSet& runs, OutcomeResult& outcome, const std::vector<Sample>& samples, const std::vector<int>& draws) {
  if (draws.empty()) return;
  std::vector<std::vector<double>> gains;
  std::vector<double> served;
  for (const auto& s : samples) {
    gains.emplace_back(), served.push_back(0);
    for (const int d : draws) gains.back().push_back(runs.objective(*s.draws.at(d))), served.back() += runs.meets(*s.draws.at(d));
  }
  const double enough = *std::max_element(served.begin(), served.end()) - kSlack * static_cast<double>(draws.size()) - 1e-9;
  DrawLead lead;
  lead.work = -std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < gains.size(); ++i)
    if (const double m = mean(gains[i]); served[i] >= enough && m > lead.work) lead.work = m, lead.first = i;
  for (size_t i = 0; i < gains.size(); ++i) {
    if (i == lead.first || served[i] < enough) continue;
    std::vector<double> less;
    for (size_t k = 0; k < draws.size(); ++k) less.push_back(gains[i][k] - gains[lead.first][k]);
    Interval interval = paired_interval(less, kConfidence);
    interval.mean = mean(less);  // of one draw too
    lead.behind.emplace_back(i, interval);
  }
  std::stable_sort(lead.behind.begin(), lead.behind.end(), [](const auto& a, const auto& b) { return a.second.mean > b.second.mean; });
  outcome.lead = std::move(lead);
}

void overtake(OutcomeResult& outcome, const std::vector<Sample>& samples, const std::vector<int>& draws) {
  for (const Work work : {Work::cumulative, Work::monthly})
    for (size_t i = 0; i < samples.size(); ++i)
      for (size_t j = 0; j < samples.size(); ++j) {
        const Sample &a = samples[i], &b = samples[j];
        if (i == j || a.empty() || b.empty()) continue;
        std::vector<double> times;
        for (const int d : draws) times.push_back(passes(a.draws.at(d)->trained, b.draws.at(d)->trained, work));
        const double modes = a.at_modes && b.at_modes ? passes(a.at_modes->trained, b.at_modes->trained, work) : kNone;
        auto o = overtaking(outcome.mixes[i].mix, outcome.mixes[j].mix, work, modes, times);
        if (o.happens()) outcome.overtakings.push_back(std::move(o));
      }
}

std::vector<OutcomePair> pairs(const results::StudyInfo& info, const RunSet& runs) {
  std::vector<OutcomePair> out;
  for (const auto& mix : info.mixes)
    for (size_t i = 0; i < info.outcomes.size(); ++i)
      for (size_t j = i + 1; j < info.outcomes.size(); ++j) {
        const std::string &base = info.outcomes[i].id, &other = info.outcomes[j].id;
        const Metrics *a = runs.modes(mix.id, base), *b = runs.modes(mix.id, other);
        if (a && b) out.push_back({mix.id, other, base, first_difference(*a, *b), difference(b->ledger, a->ledger)});
      }
  return out;
}

std::optional<int> first_month(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t m = 0; m < std::min(a.size(), b.size()); ++m)
    if (std::fabs(a[m] - b[m]) > kRounding * std::max(std::fabs(a[m]), std::fabs(b[m]))) return static_cast<int>(m);
  return {};
}

}  // namespace

const Spread& MixResult::operator[](const std::string& id) const {
  for (const auto& s : spreads)
    if (s.id == id) return s;
  throw std::out_of_range("no metric " + id);
}

bool better(const Metrics& a, const Metrics& b) {
  if (a[kCondition] != b[kCondition]) return a[kCondition] > b[kCondition];
  return ahead(a[kObjective], b[kObjective]);
}

bool ahead(double a, double b) { return a > b * (1 + kRounding); }

FirstDifference first_difference(const Metrics& a, const Metrics& b) {
  FirstDifference out;
  out.trained = first_month(a.trained, b.trained);
  out.served = first_month(a.served, b.served);
  const auto key = [](const OnlineChange& x) { return std::tie(x.date, x.chip, x.site, x.chips); };
  size_t i = 0;
  while (i < a.online.size() && i < b.online.size() && key(a.online[i]) == key(b.online[i])) ++i;
  // The lists are ascending: the earlier of the two days at which they part.
  Date day = Date::never(), d;
  for (const auto* list : {&a.online, &b.online})
    if (i < list->size() && Date::parse((*list)[i].date, d)) day = std::min(day, d);
  if (!day.is_never()) out.online = day;
  return out;
}

Comparison compare(const results::StudyInfo& info, const RunSet& runs, Notes notes) {
  Comparison c{info, {}, pairs(info, runs), runs.missing(), std::move(notes)};
  for (const auto& o : info.outcomes) {
    OutcomeResult outcome{o.id, o.name};
    std::vector<Sample> samples;
    for (const auto& mix : info.mixes) samples.push_back(sample(runs, mix.id, o.id));
    for (size_t i = 0; i < samples.size(); ++i) outcome.mixes.push_back(mix_result(runs, info.mixes[i], samples[i], samples.front()));
    const auto draws = common_draws(samples);
    put_in_order(runs, outcome, samples, draws);
    lead_over_draws(runs, outcome, samples, draws);
    overtake(outcome, samples, draws);
    c.outcomes.push_back(std::move(outcome));
  }
  return c;
}

Comparison compare(const results::StudyInfo& info, const std::vector<std::pair<RunKey, Metrics>>& runs, Notes notes) {
  RunSet set;
  for (const auto& [key, metrics] : runs) set.add(key, metrics);
  return compare(info, set, std::move(notes));
}

Comparison compare(const results::StudyInfo& info, const std::vector<std::pair<RunKey, Facts>>& runs, Notes notes) {
  RunSet set;
  for (const auto& [key, facts] : runs) set.add(key, reduce(info, key, facts));
  return compare(info, set, std::move(notes));
}

Notes read_notes(const std::string& path) {
  Notes notes{results::read_profiles(path), results::read_confidence(path), {}, results::read_gap(path)};
  for (const auto& [key, message] : results::read_failures(path)) notes.failures.push_back(key.text() + ": " + message);
  return notes;
}

Comparison compare(const std::string& path) {
  const auto info = results::read_info(path);
  RunSet runs;
  results::each_run(path, [&](const RunKey& key, const Facts& facts) { runs.add(key, reduce(info, key, facts)); });
  return compare(info, runs, read_notes(path));
}

}  // namespace capmix::analysis
