// Who leads, in words.
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "analysis/render.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

const MixResult* ranked(const OutcomeResult& o, int rank) {
  for (const auto& m : o.mixes)
    if (m.rank == rank) return &m;
  return nullptr;
}

// "`X` leads with", "`X` and `Y` lead with"; of more than two, the others are counted.
std::string leaders(const OutcomeResult& o) {
  std::vector<std::string> names;
  for (const auto& m : o.mixes)
    if (m.rank == 1) names.push_back("`" + m.name + "`");
  if (o.mixes.size() == 1) return names[0] + " trains";
  if (names.size() == 1) return names[0] + " leads with";
  if (names.size() == 2) return names[0] + " and " + names[1] + " lead with";
  return fmt::format("{} and {} mixes level with it lead with", names[0], names.size() - 1);
}

// "8 % ahead of `X`": against the first mix, or against the next one when the first is among the leaders.
std::string lead(const OutcomeResult& o, const MixResult& leader) {
  const MixResult* other = &o.mixes.front();
  for (size_t rank = 2; other->rank == 1 && rank <= o.mixes.size(); ++rank)
    if (const MixResult* next = ranked(o, static_cast<int>(rank))) other = next;
  if (other->rank < 2) return "";  // all are level, or it has no run at modes
  const double own = leader[kObjective].modes, its = (*other)[kObjective].modes;
  const std::string name = "`" + other->name + "`" + (other->meets || !leader.meets ? "" : " (which misses the condition)");
  if (its <= 0) return "; " + name + " trains nothing";
  const double percent = 100 * (own / its - 1), size = std::fabs(percent);
  if (size < 0.05) return ", level with " + name + " within 0.05 %";
  if (size >= 1000) return fmt::format(", {:.1f} times as much as {}", own / its, name);
  return fmt::format(", {:.{}f} % {} {}", size, size < 9.95 ? 1 : 0, percent > 0 ? "ahead of" : "behind", name);
}

// Who does most in the mean over draws, by how much and how sure, and who most often.
std::string over_draws(const OutcomeResult& o) {
  const DrawLead& lead = *o.lead;
  const auto quoted = [&](size_t i) { return "`" + o.mixes[i].name + "`"; };
  const auto percent = [&](double x) { return fmt::format("{:.1f}", lead.work > 0 ? 100 * x / lead.work : 0); };
  std::string text = fmt::format("; over {} {} does most in the mean", count(o.draws, "draw"), quoted(lead.first));
  std::vector<std::string> even;
  for (const auto& [i, x] : lead.behind)
    if (is_level(x, lead.work)) even.push_back(quoted(i));
  if (!even.empty()) {
    text += ", level with " + joined(even);
  } else if (!lead.behind.empty()) {
    const auto& [next, x] = lead.behind.front();
    text += fmt::format(", {} % more than {}", percent(-x.mean), quoted(next));
    if (std::isfinite(x.low)) text += fmt::format(" (90 % interval: {} to {})", percent(-x.high), percent(-x.low));
  }
  size_t most = lead.first;
  for (size_t i = 0; i < o.mixes.size(); ++i)
    if (o.mixes[i].leads > o.mixes[most].leads) most = i;
  text += fmt::format(", and leads in {}", o.mixes[lead.first].leads);
  return most == lead.first ? text : text + fmt::format("; most often leads {}, in {}", quoted(most), o.mixes[most].leads);
}

std::string sentence(const results::StudyInfo& info, const OutcomeResult& o) {
  const MixResult* leader = ranked(o, 1);
  if (leader == nullptr) return o.name + ": no run at modes";
  const double tokens = (*leader)[kObjective].modes;
  const std::string last_day = (info.timeline().end() + Days{-1}).text();
  const Scale scale = token_scale(tokens);
  std::string text = o.name + ": ";
  if (!leader->meets) text += fmt::format("no mix serves {:.4g} % of every service's demand; ", 100 * info.served_share);
  text += fmt::format("at modes {} {} {} by {}", leaders(o), number(tokens, scale), scaled_unit(scale, "reference tokens"), last_day);
  text += lead(o, *leader);
  if (o.lead && o.mixes.size() > 1) text += over_draws(o);
  const std::string name = binds_most(*leader);
  return text + (name.empty() ? "" : "; binds: " + name);
}

}  // namespace

std::string binds_most(const MixResult& m) {
  std::map<std::string, double> share;
  for (const auto& b : m.binding) share[b.name] += b.share;
  std::string name;
  double most = 0;
  for (const auto& [n, s] : share)
    if (s > most) name = n, most = s;
  return name;
}

std::vector<std::string> headlines(const Comparison& c) {
  std::vector<std::string> out;
  for (const auto& o : c.outcomes) out.push_back(sentence(c.info, o));
  return out;
}

}  // namespace capmix::analysis
