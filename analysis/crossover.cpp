#include "analysis/crossover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/table.hpp"
#include "base/calendar.hpp"

namespace capmix::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr int kLongest = 12;       // months earlier that the curve goes to
constexpr double kSameFleet = 0.01;  // by which two fleets may differ and be called the same
constexpr double kStep = 6;        // months between its horizons

double months_between(Date from, Date to) { return (to - from).n / kDaysPerMonth; }

// Work by so many months after the start, by straight lines inside calendar months.
class Curve {
 public:
  Curve(const results::StudyInfo& info, const Facts& facts) : sums_(cumulative_tokens(info, facts)) {
    const Timeline span = info.timeline();
    for (int m = 0; m < span.months(); ++m) ends_.push_back(months_between(span.start(), span.month_start(m)));
    ends_.push_back(months_between(span.start(), span.end()));
  }
  double at(double months) const {
    if (months <= 0) return 0;
    const auto after = std::lower_bound(ends_.begin(), ends_.end(), months);
    if (after == ends_.end()) return sums_.back();
    const auto i = static_cast<size_t>(after - ends_.begin());
    if (i == 0) return 0;
    return sums_[i - 1] + (sums_[i] - sums_[i - 1]) * (months - ends_[i - 1]) / (ends_[i] - ends_[i - 1]);
  }

 private:
  std::vector<double> sums_, ends_;
};

double ratio(double over, double under) { return under > 0 ? over / under : kNone; }
// By hand; nothing before the early hall opens.
double hand(double horizon, double t_fast, double earlier) { return horizon > t_fast ? std::max(0.0, horizon - t_fast - earlier) / (horizon - t_fast) : kNone; }

}  // namespace

std::vector<double> cumulative_tokens(const results::StudyInfo& info, const Facts& facts) {
  std::vector<double> out(static_cast<size_t>(info.timeline().months()) + 1, 0.0);
  for (const auto& t : facts.of<TrainMonth>()) out.at(static_cast<size_t>(t.month) + 1) += t.model_flop / info.reference_flop_per_token;
  for (size_t m = 1; m < out.size(); ++m) out[m] += out[m - 1];
  return out;
}

Crossover crossover(const results::StudyInfo& info, const std::vector<BuildRuns>& runs, const Opening& opens_fast, const Opening& opens_slow) {
  Crossover x;
  x.mix = runs.front().name, x.t_fast = opens_fast.months, x.t_slow = opens_slow.months;
  x.peak_fast = opens_fast.peak, x.peak_slow = opens_slow.peak;
  const Timeline span = info.timeline();
  const Curve fast(info, runs.front().fast), slow(info, runs.front().slow);
  std::vector<Curve> others;
  for (size_t i = 1; i < runs.size(); ++i) others.emplace_back(info, runs[i].fast), x.others.push_back(runs[i].name);

  for (const auto& quarter : quarters(span)) {
    CrossoverQuarter row;
    row.name = quarter_name(quarter.first);
    row.months = months_between(span.start(), quarter.next);
    row.fast = fast.at(row.months), row.slow = slow.at(row.months);
    row.hand = hand(row.months, x.t_fast, x.t_slow - x.t_fast), row.simulated = ratio(row.slow, row.fast);
    for (const auto& other : others) {
      const double early = other.at(row.months);
      row.others.push_back(row.slow > 0 ? early / row.slow : early > 0 ? std::numeric_limits<double>::infinity() : kNone);
    }
    x.quarters.push_back(std::move(row));
  }

  const double whole = months_between(span.start(), span.end());
  for (double t = whole; t > x.t_slow && x.horizons.size() < 3; t -= kStep) x.horizons.insert(x.horizons.begin(), t);
  for (int n = 1; n <= kLongest; ++n) {
    CrossoverPoint p;
    p.earlier = n;
    for (const double t : x.horizons) {
      p.hand.push_back(hand(t, x.t_fast, n));
      p.simulated.push_back(ratio(fast.at(t - n), fast.at(t)));
    }
    x.curve.push_back(std::move(p));
  }
  return x;
}

std::string render_crossover(const results::StudyInfo& info, const Crossover& x, int width) {
  std::string out;
  const auto say = [&](const std::string& text) { out += wrap(text, width, 2); };
  const double earlier = x.t_slow - x.t_fast;
  out += wrap(info.name, width);
  say(fmt::format("- mix {}: early is \"{}\", a chip online {:.1f} months after {} on average; late is \"{}\", {:.1f} months", x.mix, x.fast_name, x.t_fast, info.start, x.slow_name, x.t_slow));
  say(fmt::format("- so N = {:.1f} months; by hand r(N) = (T - {:.1f} - N) / (T - {:.1f}): a chip in the early hall may have r times the rate of the one in the late hall, and has done as much by T",
                  earlier, x.t_fast, x.t_fast));
  say("- by runs: training of the late fleet over that of the early one");

  if (std::fabs(x.peak_slow - x.peak_fast) > kSameFleet * x.peak_fast)
    say(fmt::format("- the two fleets differ: late has {:.0f} % of the peak that early has in the end, so r by hand does not hold", 100 * x.peak_slow / x.peak_fast));

  double most = 0;
  for (const auto& q : x.quarters) most = std::max({most, q.fast, q.slow});
  const Scale scale = token_scale(most);
  TextTable quarters("by the end of");
  for (const auto& head : {std::string("months"), "early\n" + scaled_unit(scale, "tokens"), "late\n" + scaled_unit(scale, "tokens"),
                           std::string("r by\nhand"), std::string("r by\nruns")})
    quarters.column(head);
  for (const auto& other : x.others) quarters.column(other + " early\nover " + x.mix + " late");
  for (const auto& q : x.quarters) {
    std::vector<std::string> row{q.name, fixed(q.months, 1), number(q.fast, scale), number(q.slow, scale), fixed(q.hand, 3), fixed(q.simulated, 3)};
    for (const double o : q.others) row.push_back(std::isinf(o) ? "all" : fixed(o, 3));
    quarters.row(std::move(row));
  }
  out += "\n" + quarters.text(width);
  if (!x.others.empty()) out += wrap("above 1, the other chip in the early building is ahead; \"all\": the late building has done nothing yet", width);

  TextTable curve("months earlier");
  for (const double t : x.horizons) curve.column(fmt::format("T = {:.1f}\nhand", t)), curve.column(fmt::format("T = {:.1f}\nruns", t));
  for (const auto& p : x.curve) {
    std::vector<std::string> row{fixed(p.earlier, 0)};
    for (size_t i = 0; i < x.horizons.size(); ++i) row.push_back(fixed(p.hand[i], 3)), row.push_back(fixed(p.simulated[i], 3));
    curve.row(std::move(row));
  }
  out += "\n" + wrap("How much slower a chip may be whose hall opens N months earlier (r by horizon T, months from the study's start; runs: the early run against itself, N months later):", width);
  return out + "\n" + curve.text(width);
}

std::string crossover_to_json(const results::StudyInfo& info, const Crossover& x) {
  const auto list = [&](const std::vector<double>& values) {
    Json out = Json::array();
    for (const double v : values) out.push_back(finite_or_null(v));
    return out;
  };
  Json out{{"study", info.id}, {"mix", x.mix}, {"early", x.fast_name}, {"late", x.slow_name},
           {"t_early", x.t_fast}, {"t_late", x.t_slow},
           {"peak_early", x.peak_fast}, {"peak_late", x.peak_slow},
           {"others", x.others}, {"horizons", x.horizons}};
  Json& quarters = out["quarters"] = Json::array();
  for (const auto& q : x.quarters)
    quarters.push_back({{"quarter", q.name}, {"months", q.months}, {"early_tokens", q.fast}, {"late_tokens", q.slow},
                        {"r_hand", finite_or_null(q.hand)}, {"r_runs", finite_or_null(q.simulated)},
                        {"others_early_over_late", list(q.others)}});
  Json& curve = out["curve"] = Json::array();
  for (const auto& p : x.curve) curve.push_back({{"months_earlier", p.earlier}, {"r_hand", list(p.hand)}, {"r_runs", list(p.simulated)}});
  return json_text(out);
}

}  // namespace capmix::analysis
