#include "analysis/weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/table.hpp"
#include "base/diagnostic.hpp"

namespace capmix::analysis {
namespace {

constexpr double kRounding = 1e-9;

void check(const std::vector<results::OutcomeInfo>& outcomes, const std::map<std::string, double>& said) {
  std::vector<std::string> known;
  for (const auto& o : outcomes) known.push_back(o.id);
  std::string problems;
  double sum = 0;
  const auto complain = [&](const std::string& text) { problems += (problems.empty() ? "" : "\n") + text; };
  for (const auto& [id, weight] : said) {
    sum += weight;
    if (std::count(known.begin(), known.end(), id) == 0) complain("--weight: there is no outcome \"" + id + "\"" + did_you_mean(id, known) + " (there are: " + joined(known) + ")");
    if (!(weight >= 0 && weight <= 1)) complain(fmt::format("--weight {}={}: is no probability (expected a number from 0 to 1)", id, weight));
  }
  if (problems.empty() && sum > 1 + kRounding) complain(fmt::format("--weight: the probabilities sum to {:.6g}, which is beyond 1", sum));
  if (problems.empty() && said.size() == outcomes.size() && sum < 1 - kRounding) complain(fmt::format("--weight: the probabilities of all outcomes sum to {:.6g}, not to 1", sum));
  if (!problems.empty()) throw InputError(problems);
}

}  // namespace

OutcomeWeights weights_of(const std::vector<results::OutcomeInfo>& outcomes, const std::map<std::string, double>& said) {
  check(outcomes, said);
  double rest = 1, shares = 0, known = 0;
  size_t others = 0;
  const auto share = [](const results::OutcomeInfo& o) { return std::isfinite(o.share) ? o.share : 0; };
  for (const auto& o : outcomes) {
    const auto given = said.find(o.id);
    known += share(o);
    if (given == said.end()) shares += share(o), ++others;
    else rest = std::max(0.0, rest - given->second);
  }
  OutcomeWeights out;
  for (const auto& o : outcomes) {
    const auto given = said.find(o.id);
    out.weights.push_back(given != said.end() ? given->second : rest * (shares > 0 ? share(o) / shares : 1 / static_cast<double>(others)));
  }
  const std::string own = shares > 0 ? fmt::format("by the approvals' own probabilities: {} % of their draws come out as one of them", fixed(100 * known, 0))
                                     : "equal: the approvals' probabilities say nothing of them";
  out.basis = said.empty() ? own : others == 0 || rest == 0 ? "as given" : "as given, the others " + own;
  return out;
}

}  // namespace capmix::analysis
