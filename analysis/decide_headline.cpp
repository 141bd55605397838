// A decision in words.
#include <fmt/format.h>

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
    const auto percent = [&](double x) { return fixed(first_.expected > 0 ? 100 * x / first_.expected : 0, 1); };
    const std::string outcome = d_.weights.size() == 1 ? "" : d_.outcome_known < 5e-4 * first_.expected ? "Knowing the outcome before choosing would change next to nothing"
                                : fmt::format("Knowing the outcome before choosing would be worth {}, {} % of the expected work", gain(d_.outcome_known), percent(d_.outcome_known));
    if (d_.worlds > 1) out.push_back(outcome + (outcome.empty() ? "Knowing every draw before choosing would be worth " : "; knowing every draw too, ") + gain(d_.world_known) + ", " + percent(d_.world_known) + " %.");
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

  // The two choices that risk and regret make, where they are the same and where not.
  std::string caution() const {
    const auto &tail = d_.mixes[d_.by_cvar], &regret = d_.mixes[d_.by_regret];
    const std::string worst = fmt::format("by the worst {} % of worlds", fixed(100 * (1 - d_.options.level), 0)), greatest = fmt::format("at most {} behind the best of any outcome", gain(regret.worst_regret));
    const bool same_tail = d_.by_cvar == d_.by_expected, same_regret = d_.by_regret == d_.by_expected;
    const std::string other_tail = fmt::format("{} choose {} ({} in their mean, against {})", worst, quoted(tail), gain(tail.cvar), gain(first_.cvar));
    const std::string other_regret = fmt::format("by minimax regret choose {} ({})", quoted(regret), greatest);
    if (same_tail && same_regret) return fmt::format("It is also the choice {} ({} in their mean) and by minimax regret ({}).", worst, gain(tail.cvar), greatest);
    if (same_tail) return fmt::format("It is also the choice {} ({} in their mean); {}.", worst, gain(tail.cvar), other_regret);
    if (same_regret) return fmt::format("It is also the choice by minimax regret ({}); {}.", greatest, other_tail);
    return "B" + other_tail.substr(1) + "; " + other_regret + ".";
  }

  const Decision& d_;
  const DecidedMix& first_;
  Scale tokens_;
  std::string unit_;
};

}  // namespace

std::vector<std::string> decision_headline(const Decision& d) { return Sentences(d).all(); }

}  // namespace capmix::analysis
