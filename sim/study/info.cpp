// What the results file says of a study besides its facts.
#include <algorithm>

#include "study/runner.hpp"

namespace capmix::study {
namespace {

bool chosen(const std::vector<std::string>& wanted, const std::string& id) {
  return wanted.empty() || std::count(wanted.begin(), wanted.end(), id) > 0;
}

}  // namespace

results::StudyInfo describe(const Worlds& worlds, const RunOptions& options) {
  const Scenario& s = worlds.base();
  const Study& study = s.study;
  results::StudyInfo info;
  info.id = study.id, info.name = study.name, info.question = study.question;
  info.start = study.timeline.start().text(), info.end = study.timeline.end().text();
  info.home = s.home;
  info.seed = std::to_string(study.seed), info.draws = options.draws, info.sampling = text(options.sampling);
  info.chip_budget = study.chip_budget.value(), info.capex = study.capex.value();
  info.served_share = study.served_share;
  const Campaign& reference = s.campaigns[study.reference];
  info.reference = reference.id;
  info.reference_flop_per_token = s.llms[reference.model].training_flop_per_token(reference.seq).value();
  for (const auto& mix : study.mixes) {
    if (!chosen(options.mixes, mix.id)) continue;
    info.mixes.push_back({mix.id, mix.name});
    for (size_t i = 0; i < mix.spend.size(); ++i)
      if (mix.spend[i].value() > 0) info.spend.push_back({mix.id, s.offers[s.offers.id_at(i)].id, mix.spend[i].value()});
  }
  for (const auto& outcome : study.outcomes)
    if (chosen(options.outcomes, outcome.id)) info.outcomes.push_back({outcome.id, outcome.name});
  for (const auto& world : worlds.scenarios) {  // an outcome may bring a chip of its own
    for (const auto& chip : world->chips) {
      if (std::any_of(info.chips.begin(), info.chips.end(), [&](const auto& c) { return c.id == chip.id; })) continue;
      const auto peak = chip.peak.find(Precision::bf16);
      info.chips.push_back({chip.id, chip.name, chip.supplier, chip.country, peak == chip.peak.end() ? 0 : peak->second.value()});
    }
  }
  for (const auto& offer : s.offers) info.offers.push_back({offer.id, offer.name, s.chips[s.nodes[offer.node].chip].id});
  return info;
}

}  // namespace capmix::study
