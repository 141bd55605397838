#include "cli/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/json.hpp"
#include "analysis/table.hpp"
#include "cli/output.hpp"
#include "cli/said.hpp"
#include "results/read.hpp"
#include "study/shares.hpp"

namespace capmix::cli {
namespace {

const std::string& offer_at(const Scenario& s, size_t i) { return s.offers[s.offers.id_at(i)].id; }

// Rounded down to a hundredth of a point, so that a mix at the limit can be read.
std::vector<double> limits_of(const Scenario& s, const DecideVerbOptions& o) {
  std::vector<double> limits;
  for (const auto& offer : s.offers) limits.push_back(std::min(1.0, study::supply_limit(s, s.offers.find(offer.id)) / s.study.chip_budget.value()));
  for (const auto& text : o.most) {
    const auto [id, value] = assigned(text, "--most", "OFFER=SHARE");
    must_know(s.offers, id, "--most " + text, "offer");
    double& limit = limits[s.offers.find(id).index];
    limit = std::min(limit, probability(value, "--most", text));
  }
  for (double& l : limits) l = std::floor(l * 1e4 + 1e-6) / 1e4;
  return limits;
}

std::string listed(const Scenario& s, const std::vector<double>& limits) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < limits.size(); ++i) parts.push_back(offer_at(s, i) + " " + study::percent_of(limits[i]) + " %");
  return analysis::joined(parts);
}

// Offers whose limit stands in a mix.
std::vector<std::string> bound_in(const Scenario& s, const study::ShareSearch& search, const std::string& mix) {
  std::vector<std::string> out;
  for (const auto& shares : search.mixes()) {
    if (study::share_id(shares) != mix) continue;
    for (size_t i = 0; i < shares.size(); ++i)
      if (search.limits()[i] < 1 && shares[i] > 0 && search.limits()[i] - shares[i] < 1e-9) out.push_back(offer_at(s, i));
  }
  return out;
}

// Reads what was added since the last time.
void take_new(const std::string& db, const results::StudyInfo& info, const analysis::CostOptions& cost, analysis::WorldRuns& runs) {
  for (const auto& mix : info.mixes) {
    std::set<RunKey> keys;
    for (const auto& key : info.runs())
      if (key.mix == mix.id && runs.count(key) == 0) keys.insert(key);
    if (keys.empty()) continue;
    for (const auto& [key, facts] : results::read_runs(db, keys)) runs[key] = analysis::world_run(info, key, facts, cost);
  }
}

}  // namespace

study::ShareSearch share_grid(const study::Worlds& worlds, const DecideVerbOptions& o) {
  const Scenario& s = worlds.base();
  if (!o.runs.shard.empty()) throw InputError("--shard: error: a search goes in rounds, and each needs all runs of the one before (leave it out)");
  if (!o.runs.mixes.empty()) throw InputError("--mix: error: is of the study's mixes, and --search has others (leave it out)");
  const auto limits = limits_of(s, o);
  const auto most = static_cast<size_t>(o.search_runs);
  const study::ShareSearch all(limits, o.search, 100 * most);
  if (all.mixes().empty()) throw InputError(fmt::format("--search {}: no mix spends the budget within what producers can make for this buyer in the horizon ({}, together less than 100 %)", o.search, listed(s, limits)));
  if (all.mixes().size() > most) throw InputError(fmt::format("--search {}: {} mixes, which is beyond --search-runs {} (fewer steps, --most, or more runs)", o.search, all.mixes().size(), most));
  return {limits, o.search, most};
}

Ran run_search(const Common& c, const DecideVerbOptions& o, const study::Worlds& worlds, study::ShareSearch& search, const analysis::DecideOptions& options) {
  const int draws = o.runs.draws.value_or(worlds.study().draws);
  CompareOptions runs = o.runs;
  RunFiles files{o.runs.out, "", "", "results/" + worlds.study().id + "-search", false};
  analysis::WorldRuns known;
  for (Ran out;;) {
    if (!c.quiet) std::fprintf(stderr, "search: round %d, steps of %s points, %zu mixes\n", search.rounds(), study::percent_of(search.step()).c_str(), search.mixes().size());
    const auto more = run_all(c, runs, study::with_shares(worlds, search.mixes()), files, draws);
    out.db = more.db, out.report.runs += more.report.runs, out.report.failures = more.report.failures;
    if (more.status() != 0) return out;
    runs.fresh = false;  // the next round goes on from this one
    const auto info = results::read_info(out.db);
    take_new(out.db, info, options.cost, known);
    const auto d = analysis::decide(info, known, {}, options);
    if (search.next({d.by_expected, d.by_regret})) continue;
    Common silent = c;
    silent.quiet = true, files.gap = true;
    if (runs.quick) run_all(silent, runs, study::with_shares(worlds, search.mixes()), files, draws);  // nothing is left to run: measures the gap
    return out;
  }
}

std::string search_summary(const Scenario& s, const study::ShareSearch& search, const analysis::Decision& d) {
  std::vector<std::string> bound;
  for (const auto& [rule, place] : {std::pair{"by expected work", d.by_expected}, {"by regret", d.by_regret}}) {
    const auto offers = bound_in(s, search, d.mixes[place].id);
    bound.push_back(std::string(rule) + " " + (offers.empty() ? "none" : analysis::joined(offers)));
  }
  std::string text = fmt::format("{} mixes in {} rounds; the last step is {} points of share{}.", search.mixes().size(), search.rounds(), study::percent_of(search.step()),
                                 search.spent() ? ", and --search-runs ended it: a finer one could find more" : "");
  if (std::any_of(search.limits().begin(), search.limits().end(), [](double l) { return l < 1; }))
    text += fmt::format(" Most that producers can make for this buyer in the horizon, or --most: {}. Limits that bind in the choice {}.", listed(s, search.limits()), analysis::joined(bound));
  return text;
}

std::string search_text(const Scenario& s, const study::ShareSearch& search, const analysis::Decision& d, int width) {
  return analysis::heading("Search", '=') + analysis::wrap(search_summary(s, search, d), width);
}

std::string with_search(const std::string& json, const Scenario& s, const study::ShareSearch& search, const analysis::Decision& d) {
  auto out = analysis::Json::parse(json);
  auto& said = out["search"] = {{"mixes", search.mixes().size()}, {"rounds", search.rounds()}, {"step", search.step()}, {"spent", search.spent()}};
  for (size_t i = 0; i < search.limits().size(); ++i) said["limits"][offer_at(s, i)] = search.limits()[i];
  said["bound"] = bound_in(s, search, d.mixes[d.by_expected].id);
  return analysis::json_text(out);
}

}  // namespace capmix::cli
