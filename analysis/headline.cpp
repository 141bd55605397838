// Who leads, in words.
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "analysis/render.hpp"
#include "analysis/table.hpp"

namespace capmix::analysis {
namespace {

const MixResult* ranked(const OutcomeResult& o, int rank, const MixResult* but = nullptr) {
  for (const auto& m : o.mixes)
    if (m.rank == rank && &m != but) return &m;
  return nullptr;
}

// The constraint that carries most of the cuts of all quarters.
std::string binds(const MixResult& m) {
  std::map<std::string, double> share;
  for (const auto& b : m.binding) share[b.name] += b.share;
  std::string name;
  double most = 0;
  for (const auto& [n, s] : share)
    if (s > most) name = n, most = s;
  return name;
}

// "8 % ahead of `X`", against the first mix, or against the next one when the leader is the first.
std::string lead(const OutcomeResult& o, const MixResult& leader) {
  const MixResult* other = &o.mixes.front();
  if (other == &leader) other = ranked(o, 1, &leader);
  for (int rank = 2; other == nullptr && rank <= static_cast<int>(o.mixes.size()); ++rank) other = ranked(o, rank);
  if (other == nullptr || other->rank == 0) return "";
  const double own = leader[kObjective].modes, its = (*other)[kObjective].modes;
  const std::string misses = other->meets || !leader.meets ? "" : " (which misses the condition)";
  if (own == its) return fmt::format(", level with `{}`{}", other->name, misses);
  if (its <= 0) return fmt::format("; `{}` trains nothing{}", other->name, misses);
  const double percent = 100 * (own / its - 1), size = std::fabs(percent);
  const std::string text = size >= 1000 ? fmt::format("{:.1f} times", own / its)
                                        : fmt::format("{:.{}f} %", size, size < 9.95 ? 1 : 0);
  if (size >= 1000) return fmt::format(", {} as much as `{}`{}", text, other->name, misses);
  return fmt::format(", {} {} `{}`{}", text, percent > 0 ? "ahead of" : "behind", other->name, misses);
}

std::string sentence(const results::StudyInfo& info, const OutcomeResult& o) {
  const MixResult* leader = ranked(o, 1);
  if (leader == nullptr) return o.name + ": no run at modes";
  const double tokens = (*leader)[kObjective].modes;
  const std::string last_day = (info.timeline().end() + Days{-1}).text();
  const Scale scale = scale_for(tokens);
  std::string text = o.name + ": ";
  if (!leader->meets) text += fmt::format("no mix serves {:.4g} % of the recommendation demand; ", 100 * info.served_share);
  text += fmt::format("at modes `{}` {} {}{}{} reference tokens by {}", leader->name, o.mixes.size() > 1 ? "leads with" : "trains",
                      number(tokens, scale), scale.prefix.empty() ? "" : " ", scale.prefix, last_day);
  text += lead(o, *leader);
  if (o.draws > 0 && o.mixes.size() > 1) text += fmt::format("; over {} draws it leads in {}", o.draws, leader->leads);
  const std::string name = binds(*leader);
  return text + (name.empty() ? "" : "; binds: " + name);
}

}  // namespace

std::vector<std::string> headlines(const Comparison& c) {
  std::vector<std::string> out;
  for (const auto& o : c.outcomes) out.push_back(sentence(c.info, o));
  return out;
}

}  // namespace capmix::analysis
