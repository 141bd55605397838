// capmix decide: which mix to choose by the study's objective, from the runs of a study or from a results file.
#include "analysis/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "analysis/table.hpp"
#include "cli/output.hpp"
#include "cli/report_page.hpp"
#include "cli/runs.hpp"
#include "cli/scores.hpp"
#include "cli/sensitivity_runs.hpp"
#include "plan/outcome_shares.hpp"
#include "results/read.hpp"
#include "study/runner.hpp"
#include "study/shares.hpp"

namespace capmix::cli {
namespace {

constexpr size_t kMostMixes = 200;     // of a search
constexpr int kApprovalDraws = 10000;  // a share is known to half a point

bool is_results_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  char head[15] = {};
  return in.read(head, sizeof head) && std::string(head, sizeof head) == "SQLite format 3";
}

double probability(const std::string& text, const std::string& option, const std::string& said) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size() || !(x >= 0 && x <= 1))
    throw InputError(option + " " + said + ": \"" + text + "\" is no number from 0 to 1");
  return x;
}

// "id=rest".
std::pair<std::string, std::string> assigned(const std::string& said, const std::string& option, const std::string& form) {
  const size_t at = said.rfind('=');
  if (at == std::string::npos || at == 0) throw InputError(option + " \"" + said + "\": expected " + form);
  return {said.substr(0, at), said.substr(at + 1)};
}

template <class List>
void must_know(const List& list, const std::string& id, const std::string& option, const char* what) {
  std::vector<std::string> known;
  for (const auto& x : list) known.push_back(x.id);
  if (std::count(known.begin(), known.end(), id) == 0)
    throw InputError(option + ": there is no " + what + " \"" + id + "\"" + did_you_mean(id, known) + " (there are: " + analysis::joined(known) + ")");
}

// The weights that are said, and the rest among the others in proportion to `base`; equally where that says nothing of them.
template <class List>
std::map<std::string, double> weights(const List& outcomes, std::vector<double> base, const std::vector<std::string>& said) {
  std::map<std::string, double> out;
  double sum = 0;
  for (const auto& text : said) {
    const auto [id, value] = assigned(text, "--weight", "OUTCOME=PROBABILITY");
    must_know(outcomes, id, "--weight " + text, "outcome");
    if (!out.emplace(id, probability(value, "--weight", text)).second) throw InputError("--weight: outcome \"" + id + "\" has two weights");
    sum += out[id];
  }
  if (sum > 1 + 1e-9) throw InputError(fmt::format("--weight: the probabilities sum to {:.6g}, which is beyond 1", sum));
  double others = 0;
  size_t n = 0;
  for (size_t i = 0; i < outcomes.size(); ++i)
    if (out.count(outcomes[i].id) == 0) others += base[i], ++n;
  const auto given = out;
  for (size_t i = 0; i < outcomes.size(); ++i)
    if (given.count(outcomes[i].id) == 0) out[outcomes[i].id] = std::max(0.0, 1 - sum) * (others > 0 ? base[i] / others : 1 / static_cast<double>(n));
  if (n == 0 && sum < 1 - 1e-9) throw InputError(fmt::format("--weight: the probabilities of all outcomes sum to {:.6g}, not to 1", sum));
  return out;
}

std::string features(const Mix& m) {
  std::vector<std::string> out;
  if (std::any_of(m.tranches.begin(), m.tranches.end(), [](const Tranche& t) { return t.option; })) out.push_back("option");
  std::map<size_t, std::vector<Date>> days;
  for (const auto& t : m.tranches)
    if (!t.option) days[t.offer.index].push_back(t.date);
  if (std::any_of(days.begin(), days.end(), [](const auto& d) { return d.second.size() > 1; })) out.push_back("money in parts");
  if (!m.window.empty()) out.push_back("window");
  if (!m.never.empty()) out.push_back("offers never taken");
  return analysis::joined(out);
}

// Mixes that spend the same on each offer and differ by when and how they are bound: the one with more of that, less the other.
std::vector<analysis::MixPair> bound_pairs(const Study& study, const results::StudyInfo& info) {
  const auto ran = [&](const std::string& id) { return std::any_of(info.mixes.begin(), info.mixes.end(), [&](const auto& m) { return m.id == id; }); };
  const auto same = [](const Mix& a, const Mix& b) {
    for (size_t i = 0; i < std::min(a.spend.size(), b.spend.size()); ++i)
      if (std::fabs((a.spend[i] - b.spend[i]).value()) > 1) return false;
    return a.spend.size() == b.spend.size();
  };
  std::vector<analysis::MixPair> out;
  for (const auto& a : study.mixes)
    for (const auto& b : study.mixes) {
      const std::string fa = features(a), fb = features(b);
      const bool more = fa.size() > fb.size() && (fb.empty() || fa.find(fb) != std::string::npos);
      if (&a == &b || !more || !same(a, b) || !ran(a.id) || !ran(b.id)) continue;
      out.push_back({fa + (fb.empty() ? "" : " against " + fb), a.id, b.id});
    }
  return out;
}

void ask(analysis::DecideOptions& options, const DecideVerbOptions& o, const results::StudyInfo& info) {
  for (const auto& text : o.signals) {
    const auto [id, value] = assigned(text, "--signal", "OUTCOME=SENSITIVITY/SPECIFICITY");
    must_know(info.outcomes, id, "--signal " + text, "outcome");
    const size_t slash = value.find('/');
    if (slash == std::string::npos) throw InputError("--signal \"" + text + "\": expected OUTCOME=SENSITIVITY/SPECIFICITY");
    options.signals.push_back({id, probability(value.substr(0, slash), "--signal", text), probability(value.substr(slash + 1), "--signal", text)});
  }
  for (const auto& text : o.pairs) {
    const size_t comma = text.find(',');
    if (comma == std::string::npos) throw InputError("--pair \"" + text + "\": expected WITH,WITHOUT");
    const std::string with = text.substr(0, comma), without = text.substr(comma + 1);
    for (const auto& id : {with, without}) must_know(info.mixes, id, "--pair " + text, "mix");
    options.pairs.push_back({"as asked", with, without});
  }
}

// Weights by the approvals' own probabilities, and the pairs that a study's mixes make.
void by_study(analysis::DecideOptions& options, const DecideVerbOptions& o, const study::Worlds& worlds, const results::StudyInfo& info) {
  const auto all = plan::outcome_shares(worlds.base(), kApprovalDraws);
  std::vector<double> base;
  for (const auto& outcome : info.outcomes) base.push_back(all[study::outcome_index(worlds, outcome.id)]);
  const double known = std::accumulate(base.begin(), base.end(), 0.0);
  options.weights = weights(info.outcomes, base, o.weights);
  if (!o.weights.empty()) options.basis = "as given";
  if (known > 0) options.basis += std::string(o.weights.empty() ? "" : ", the others ") + fmt::format("by the approvals' own probabilities: {} % of {} draws come out as one of them", analysis::fixed(100 * known, 0), kApprovalDraws);
  if (known > 0 && o.weights.empty()) options.basis = options.basis.substr(options.basis.find("by the approvals"));
  for (auto& pair : bound_pairs(worlds.study(), info)) options.pairs.push_back(std::move(pair));
}

// The study's worlds with all mixes on a grid of shares that producers can meet.
study::Worlds searched(const study::Worlds& worlds, const DecideVerbOptions& o) {
  const Scenario& s = worlds.base();
  std::vector<double> limits;
  std::string said;
  for (const auto& offer : s.offers) limits.push_back(std::min(1.0, study::supply_limit(s, s.offers.find(offer.id)) / s.study.chip_budget.value()));
  for (const auto& text : o.most) {
    const auto [id, value] = assigned(text, "--most", "OFFER=SHARE");
    must_know(s.offers, id, "--most " + text, "offer");
    double& limit = limits[s.offers.find(id).index];
    limit = std::min(limit, probability(value, "--most", text));
  }
  for (size_t i = 0; i < limits.size(); ++i) said += (i > 0 ? ", " : "") + s.offers[s.offers.id_at(i)].id + " " + analysis::fixed(100 * limits[i], 0) + " %";
  const auto shares = study::shares_within(limits, o.search);
  if (shares.empty()) throw InputError(fmt::format("--search {}: no mix of such steps spends the budget within what producers can meet ({}); try more steps", o.search, said));
  if (shares.size() > kMostMixes) throw InputError(fmt::format("--search {}: {} mixes, which is beyond {}; try fewer steps or --most", o.search, shares.size(), kMostMixes));
  return study::with_shares(worlds, shares);
}

}  // namespace

// Of results that are there nothing can be chosen or changed any more.
void check_ready(const Common& c, const DecideVerbOptions& o, const std::string& db) {
  const std::pair<const char*, bool> said[] = {{"--mix", !o.runs.mixes.empty()}, {"--outcome", !o.runs.outcomes.empty()}, {"--draws", o.runs.draws.has_value()}, {"--shard", !o.runs.shard.empty()},
                                               {"--search", o.search > 0}, {"--set", !c.set.empty()}, {"--seed", c.seed.has_value()}, {"--quick", o.runs.quick}, {"--fresh", o.runs.fresh}};
  std::string problems;
  for (const auto& [option, given] : said)
    if (given) problems += (problems.empty() ? "" : "\n") + std::string(option) + ": error: is of runs to be made, and the results of " + db + " are there (leave it out, or name the study alone)";
  if (!problems.empty()) throw InputError(problems);
  if (!results::read_info(db).points.empty()) throw InputError(db + ": error: holds a sweep, whose points are no outcomes to weigh (expected the results of compare or decide)");
}

int decide(const Common& c, const DecideVerbOptions& o) {
  analysis::DecideOptions options;
  options.level = o.level, options.slack = o.slack, options.cost = {o.discount, o.life};
  if (!(o.level >= 0 && o.level < 1)) throw InputError("--level lies from 0 to below 1");
  if (!(o.slack >= 0 && o.slack <= 1)) throw InputError("--slack lies from 0 to 1");
  if (!(o.discount > -1) || !std::isfinite(o.discount)) throw InputError("--discount is a rate a year, such as 0.08");
  if (!(o.life > 0)) throw InputError("--life is a number of years above 0");
  if (o.search <= 0 && !o.most.empty()) throw InputError("--most is of a --search");
  if (!o.runs.report.empty()) probe_report(o.runs.report);
  if (!o.runs.scores.empty()) read_scores(o.runs.scores);  // its problems now
  std::string db = o.runs.study;
  std::optional<study::Worlds> studied;
  Ran ran;
  if (is_results_file(db)) {
    check_ready(c, o, db);
    const auto info = results::read_info(db);
    options.weights = weights(info.outcomes, std::vector<double>(info.outcomes.size(), 0.0), o.weights);
    if (!o.weights.empty()) options.basis = "as given, the others equal";
    ask(options, o, info);
  } else {
    if (!o.from.empty()) check_ready(c, o, o.from);
    studied = study::load(o.runs.study, overrides(c));
    if (o.search > 0) studied = searched(*studied, o);
    const auto& worlds = *studied;
    if (!o.from.empty() && !o.runs.report.empty()) must_be_of(worlds, o.from);
    study::RunOptions chosen;
    chosen.mixes = o.runs.mixes, chosen.outcomes = o.runs.outcomes;
    const auto info = o.from.empty() ? study::describe(worlds, chosen) : results::read_info(o.from);
    if (info.id != worlds.study().id) throw InputError(o.from + ": the results are of study \"" + info.id + "\", not of \"" + worlds.study().id + "\"");
    by_study(options, o, worlds, info);
    ask(options, o, info);
    if (o.from.empty()) ran = run_all(c, o.runs, worlds, {o.runs.out, "", o.runs.report, "results/" + worlds.study().id + (o.search > 0 ? "-search" : "")}, o.runs.draws.value_or(worlds.study().draws));  // all that was said makes sense
    if (!ran.whole()) return ran.status();
    db = o.from.empty() ? ran.db : o.from;
  }
  if (!o.runs.report.empty()) {
    if (std::filesystem::weakly_canonical(o.runs.report) == std::filesystem::weakly_canonical(db)) throw InputError(o.runs.report + ": the report would replace the results file that it is made of (give --report another name)");
    write_report(c, db, o.runs.report, {o.runs.scores, "", options, studied ? &*studied : nullptr});
  }
  const auto decision = analysis::decide(db, options);
  print(c.json ? analysis::decision_to_json(decision) : analysis::render_decision(decision, terminal_width()));
  return ran.status();
}

}  // namespace capmix::cli
