// A decision in words.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/decide.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

class Sentences {
 public:
  explicit Sentences(const Decision& d) : d_(d), first_(d.mixes[d.by_expected]) {
    double most = 0;
    for (const auto& m : d.mixes) most = std::max(most, std::fabs(m.expected));
    tokens_ = token_scale(most), unit_ = scaled_unit(tokens_, "reference tokens");
  }

  std::vector<std::string> all() const {
    std::vector<std::string> out{choice()};
    if (d_.mixes.size() == 1) return out;
    out.push_back(caution());
    for (auto& line : {among_level(), unweighed(), hindsight(), knowing()})
      if (!line.empty()) out.push_back(line);
    return out;
  }

 private:
  std::string gain(double x) const { return number(x, tokens_); }
  static std::string quoted(const DecidedMix& m) { return "`" + m.name + "`"; }

  // "8 % ahead of `X` (90 % interval of the difference: 12 to 40)".
  std::string lead() const {
    if (d_.behind.empty()) return d_.mixes.size() > 1 ? "; no other mix may be chosen" : "";
    std::vector<std::string> even;
    for (const auto& [i, x] : d_.behind)
      if (is_level(x, first_.expected)) even.push_back(quoted(d_.mixes[i]));
    const auto& [next, difference] = d_.behind.front();
    const std::string interval = std::isfinite(difference.low) ? fmt::format(" (90 % interval of the difference: {} to {})", gain(-difference.high), gain(-difference.low)) : "";
    if (even.size() == 1 && is_level(difference, first_.expected)) return ", level with " + even[0] + interval;
    constexpr size_t kNamed = 4;  // of many, as a search has
    if (even.size() > kNamed + 1) return ", level with " + joined({even.begin(), even.begin() + kNamed}) + fmt::format(" and {} others", even.size() - kNamed);
    if (!even.empty()) return ", level with " + joined(even);
    const double its = d_.mixes[next].expected, percent = its > 0 ? 100 * (first_.expected / its - 1) : 0;
    return its > 0 ? fmt::format(", {} % ahead of {}{}", fixed(percent, percent < 9.95 ? 1 : 0), quoted(d_.mixes[next]), interval) : "; " + quoted(d_.mixes[next]) + " trains nothing";
  }

  std::string choice() const {
    const std::string serves = fmt::format("serves {:.4g} % of every service's demand in {} % of the worlds.", 100 * d_.info.served_share, fixed(100 * first_.meets, 0));
    if (d_.mixes.size() == 1) return fmt::format("{} does {} {} in expectation and {}", quoted(first_), gain(first_.expected), unit_, serves);
    const std::string leads = d_.worlds > 1 ? fmt::format("leads in {} % of the worlds and ", fixed(100 * first_.leads, 0)) : "";
    return fmt::format("By expected work choose {}: {} {}{}. It {}{}", quoted(first_), gain(first_.expected), unit_, lead(), leads, serves);
  }

  // The other mixes whose number is hardly another one, of those that may be chosen: ", level with `X`".
  template <class Of>
  std::string alike(size_t chosen, const Of& of) const {
    std::vector<std::string> names;
    for (size_t i = 0; i < d_.mixes.size(); ++i)
      if (i != chosen && d_.mixes[i].allowed && std::fabs(of(d_.mixes[i]) - of(d_.mixes[chosen])) <= kHardly * std::fabs(first_.expected)) names.push_back(quoted(d_.mixes[i]));
    return names.empty() ? "" : names.size() <= 2 ? ", level with " + joined(names, " and ") : fmt::format(", level with {} others", names.size());
  }

  // "in its mean at most 373 behind the best of an outcome, which is in `full` (0 %)".
  std::string greatest(const DecidedMix& m) const {
    const size_t o = static_cast<size_t>(std::max_element(m.regret.begin(), m.regret.end()) - m.regret.begin());
    if (m.worst_regret <= 0) return "behind in no outcome";
    return fmt::format("on average at most {} behind the best of an outcome, in `{}`, which weighs {} %", gain(m.worst_regret), d_.info.outcomes[o].name, fixed(100 * d_.weights[o], 0));
  }

  // The two choices that risk and regret make, where they are the same and where not.
  std::string caution() const {
    const auto &tail = d_.mixes[d_.by_cvar], &regret = d_.mixes[d_.by_regret];
    const std::string worst = fmt::format("by the worst {} % of worlds", fixed(100 * (1 - d_.options.level), 0)), least = greatest(regret);
    const bool same_tail = d_.by_cvar == d_.by_expected, same_regret = d_.by_regret == d_.by_expected;
    const std::string own_tail = fmt::format("{} ({} in their mean{})", worst, gain(tail.cvar), alike(d_.by_cvar, [](const DecidedMix& m) { return m.cvar; }));
    const std::string other_tail = fmt::format("{} choose {} ({} in their mean, against {})", worst, quoted(tail), gain(tail.cvar), gain(first_.cvar));
    const std::string other_regret = fmt::format("by minimax regret choose {} ({})", quoted(regret), least);
    if (same_tail && same_regret) return fmt::format("It is also the choice {} and by minimax regret ({}).", own_tail, least);
    if (same_tail) return fmt::format("It is also the choice {}; {}.", own_tail, other_regret);
    if (same_regret) return fmt::format("It is also the choice by minimax regret ({}); {}.", least, other_tail);
    return "B" + other_tail.substr(1) + "; " + other_regret + ".";
  }

  // Where expected work does not tell mixes apart, regret and cost may.
  std::string among_level() const {
    std::vector<size_t> level{d_.by_expected};
    for (const auto& [i, x] : d_.behind)
      if (is_level(x, first_.expected)) level.push_back(i);
    if (level.size() == 1) return "";
    const auto least = [&](const auto& of, double hardly) {  // the choice stands where another has hardly less
      size_t best = d_.by_expected;
      for (const size_t i : level)
        if (of(d_.mixes[i]) < of(d_.mixes[best]) && of(d_.mixes[i]) < of(first_) - hardly) best = i;
      return best;
    };
    const size_t regret = least([](const DecidedMix& m) { return m.worst_regret; }, kHardly * first_.expected), cost = least([](const DecidedMix& m) { return m.cost.present; }, kHardly * first_.cost.present);
    const Scale usd = money_scale(first_.cost.present);
    const auto money = [&](size_t i) { return fmt::format("USD {}{} in present value", number(d_.mixes[i].cost.present, usd), usd.prefix); };
    if (regret == d_.by_expected && cost == regret) return "Of the mixes that are level it has the least greatest regret and the lowest cost too.";
    if (regret == cost)
      return fmt::format("Of the mixes that are level {} has the least greatest regret ({}, against {}) and costs least ({}, against {}): where work tells nothing, these speak for it.", quoted(d_.mixes[regret]),
                         gain(d_.mixes[regret].worst_regret), gain(first_.worst_regret), money(cost), number(first_.cost.present, usd));
    return fmt::format("Of the mixes that are level {} has the least greatest regret ({}), and {} costs least ({}).", quoted(d_.mixes[regret]), gain(d_.mixes[regret].worst_regret), quoted(d_.mixes[cost]), money(cost));
  }

  // An outcome that forces no approval draws what the others force, and the days of it, and has no weight beside them.
  std::string unweighed() const {
    for (size_t o = 0; o < d_.weights.size(); ++o) {
      if (d_.weights[o] > 0 || !std::isnan(d_.info.outcomes[o].share)) continue;
      std::vector<double> gains;
      Allowed allowed;
      for (const auto& m : d_.mixes) gains.push_back(m.gain[o]), allowed.push_back(m.allowed);
      const size_t best = argmax(gains, allowed);
      if (gains[best] - gains[d_.by_expected] <= kHardly * first_.expected) continue;
      return fmt::format("`{}` mixes the outcomes as they are drawn, with the days of the answers, and has no weight beside them; there {} does most, {} more than {} (--outcome {} decides by it).", d_.info.outcomes[o].name,
                         quoted(d_.mixes[best]), gain(gains[best] - gains[d_.by_expected]), quoted(first_), d_.info.outcomes[o].id);
    }
    return "";
  }

  // Weights by approvals whose record goes beyond the day on which the mix is chosen.
  std::string hindsight() const {
    const bool weighed = std::any_of(d_.info.outcomes.begin(), d_.info.outcomes.end(), [](const auto& o) { return o.share > 0; });
    if (!weighed || !d_.options.weights.empty() || d_.info.as_of <= d_.info.ordered) return "";
    return fmt::format("The outcomes' weights take what is on record up to {}; orders are placed from {} on, when nobody knew it.", d_.info.as_of, d_.info.ordered);
  }

  std::string knowing() const {
    if (d_.worlds < 2) return "";
    const auto share = [&](double x) { return gain(x) + (first_.expected > 0 ? ", " + fixed(100 * x / first_.expected, 1) + " % of the expected work" : ""); };
    if (d_.weights.size() == 1) return "Knowing every draw before choosing would be worth " + share(d_.world_known) + ".";
    if (d_.outcome_known < kHardly * first_.expected) return "Knowing the outcome before choosing would change next to nothing; knowing every draw too would be worth " + share(d_.world_known) + ".";
    return "Knowing the outcome before choosing would be worth " + share(d_.outcome_known) + "; knowing every draw too, " + gain(d_.world_known) + ".";
  }

  const Decision& d_;
  const DecidedMix& first_;
  Scale tokens_;
  std::string unit_;
};

}  // namespace

std::string verdict(const Decision& d, const MixDifference& x) {
  const double size = d.mixes[d.by_expected].expected, hardly = kHardly * size;
  const size_t porting = static_cast<size_t>(std::find_if(std::begin(kOwners), std::end(kOwners), [](const char* o) { return std::string(o) == "porting"; }) - std::begin(kOwners));
  double most = 0;
  for (const double h : x.ledger_hours) most = std::max(most, std::fabs(h));
  const bool ports = x.ledger_hours[porting] > 0.005 * most;
  const auto way = [&](double v) { return v < -hardly ? std::string("lowers") : v > hardly ? "raises" : "leaves"; };
  const std::string expected = is_level(x.gain, size) ? "leaves" : way(x.expected_regret);
  if (expected == "leaves" && way(x.worst_regret) == "leaves") return ports ? "leaves regret as it is and only adds porting" : "leaves regret as it is";
  return (expected == "leaves" ? "expected regret is level" : expected + " expected regret") + ", " + way(x.worst_regret) + " the greatest" + (ports ? ", at the price of porting" : "");
}

std::vector<std::string> decision_headline(const Decision& d) { return Sentences(d).all(); }

}  // namespace capmix::analysis
