// What the results file says of a study besides its facts.
#include <algorithm>
#include <map>
#include <set>

#include "plan/outcome_shares.hpp"
#include "study/runner.hpp"

namespace capmix::study {
namespace {

constexpr int kApprovalDraws = 10000;  // a share is known to half a point

bool chosen(const std::vector<std::string>& wanted, const std::string& id) {
  return wanted.empty() || std::count(wanted.begin(), wanted.end(), id) > 0;
}

std::vector<results::SpendInfo> planned(const Scenario& s, const std::string& outcome, const RunOptions& options) {
  std::vector<results::SpendInfo> out;
  for (const auto& mix : s.study.mixes)
    for (size_t i = 0; i < mix.spend.size() && chosen(options.mixes, mix.id); ++i)
      if (mix.spend[i].value() > 0) out.push_back({mix.id, s.offers[s.offers.id_at(i)].id, mix.spend[i].value(), outcome});
  return out;
}

bool equal(const std::vector<results::SpendInfo>& a, const std::vector<results::SpendInfo>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) { return x.mix == y.mix && x.offer == y.offer && x.usd == y.usd; });
}

// How a mix's money is bound.
std::string terms(const Mix& m) {
  std::vector<std::string> out;
  if (std::any_of(m.tranches.begin(), m.tranches.end(), [](const Tranche& t) { return t.option; })) out.push_back("option");
  std::map<size_t, std::set<Date>> days;
  for (const auto& t : m.tranches)
    if (!t.option) days[t.offer.index].insert(t.date);
  if (std::any_of(days.begin(), days.end(), [](const auto& d) { return d.second.size() > 1; })) out.push_back("money in parts");
  if (!m.window.empty()) out.push_back("window");
  if (m.patience) out.push_back("stop-loss");
  if (!m.never.empty()) out.push_back("offers never taken");
  std::string text;
  for (const auto& t : out) text += (text.empty() ? "" : ", ") + t;
  return text;
}

// Whether draws move rates: an outcome, or a point of a sweep, may say so for itself.
std::string rates_of(const Worlds& worlds) {
  const auto drawn = std::count_if(worlds.scenarios.begin(), worlds.scenarios.end(), [](const auto& s) { return s->study.draw_rates; });
  if (drawn == 0) return "predicted";
  return static_cast<size_t>(drawn) == worlds.scenarios.size() ? "drawn" : "drawn in some outcomes";
}

}  // namespace

results::StudyInfo describe(const Worlds& worlds, const RunOptions& options) {
  const Scenario& s = worlds.base();
  const Study& study = s.study;
  results::StudyInfo info;
  info.id = study.id, info.name = study.name, info.question = study.question;
  info.start = study.timeline.start().text(), info.end = study.timeline.end().text();
  info.home = s.home;
  info.seed = std::to_string(study.seed), info.draws = options.draws, info.sampling = text(options.sampling), info.fidelity = options.quick ? "quick" : "full";
  info.rates = rates_of(worlds);
  info.chip_budget = study.chip_budget.value(), info.capex = study.capex.value();
  info.ordered = study.order_date.text(), info.as_of = study.as_of ? study.as_of->text() : "";
  info.served_share = study.served_share;
  const Campaign& reference = s.campaigns[study.reference];
  info.reference = reference.id;
  info.reference_flop_per_token = s.llms[reference.model].training_flop_per_token(reference.seq).value();
  for (const auto& mix : study.mixes)
    if (chosen(options.mixes, mix.id)) info.mixes.push_back({mix.id, mix.name, terms(mix)});
  std::vector<size_t> own;  // worlds
  for (size_t o = 0; o < worlds.outcomes(); ++o)
    if (!worlds.swept.empty() || chosen(options.outcomes, worlds.outcome(o).id)) own.push_back(o);
  for (const size_t o : own) info.outcomes.push_back({worlds.outcome(o).id, worlds.outcome(o).name});
  info.spend = planned(s, "", options);
  const bool same = std::all_of(own.begin(), own.end(), [&](size_t o) { return equal(planned(*worlds.scenarios[o], "", options), info.spend); });
  if (!same) {  // a world may plan other money
    info.spend.clear();
    for (const size_t o : own)
      for (auto& row : planned(*worlds.scenarios[o], worlds.outcome(o).id, options)) info.spend.push_back(std::move(row));
  }
  info.points = worlds.points;
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

void weigh(results::StudyInfo& info, const Worlds& worlds) {
  if (!worlds.swept.empty()) return;
  const auto shares = plan::outcome_shares(worlds.base(), kApprovalDraws);
  for (auto& o : info.outcomes) o.share = shares[outcome_index(worlds, o.id)];
}

}  // namespace capmix::study
