// capmix decide: which mix to choose by the study's objective, from the runs of a study or from a results file.
#include "analysis/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>

#include "analysis/table.hpp"
#include "cli/output.hpp"
#include "cli/report_page.hpp"
#include "cli/runs.hpp"
#include "cli/said.hpp"
#include "cli/scores.hpp"
#include "cli/search.hpp"
#include "results/read.hpp"
#include "study/runner.hpp"
#include "study/shares.hpp"
#include "study/without.hpp"

namespace capmix::cli {
namespace {

bool is_results_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored) && std::filesystem::file_size(path, ignored) == 0)
    throw InputError(path + ": error: is an empty file (expected a study, or the results that compare or decide wrote)");
  std::ifstream in(path, std::ios::binary);
  char head[15] = {};
  return in.read(head, sizeof head) && std::string(head, sizeof head) == "SQLite format 3";
}

// What is asked about a study, or about a results file: checked before anything runs.
void ask(analysis::DecideOptions& options, const DecideVerbOptions& o, const results::StudyInfo& info) {
  for (const auto& text : o.weights) {
    const auto [id, value] = assigned(text, "--weight", "OUTCOME=PROBABILITY");
    if (!options.weights.emplace(id, probability(value, "--weight", text)).second) throw InputError("--weight: outcome \"" + id + "\" has two weights");
  }
  analysis::weights_of(info.outcomes, options.weights);
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
    const auto mix = [&](const std::string& said) {  // by id, or by the name that tables show
      for (const auto& m : info.mixes)
        if (m.name == said) return m.id;
      must_know(info.mixes, said, "--pair " + text, "mix");
      return said;
    };
    const std::string with = mix(text.substr(0, comma)), without = mix(text.substr(comma + 1));
    if (with == without) throw InputError("--pair " + text + ": is one mix twice (expected two mixes)");
    options.pairs.push_back({"as asked", with, without, std::numeric_limits<double>::quiet_NaN()});
  }
}

// Of results that are there nothing can be changed any more; of their mixes and outcomes some may be chosen.
void check_ready(const Common& c, const DecideVerbOptions& o, const std::string& db) {
  const std::pair<const char*, bool> said[] = {{"--draws", o.runs.draws.has_value()}, {"--shard", !o.runs.shard.empty()}, {"--search", o.search > 0}, {"--without", !o.without.empty()},
                                               {"--set", !c.set.empty()}, {"--seed", c.seed.has_value()}, {"--quick", o.runs.quick}, {"--fresh", o.runs.fresh}};
  std::string problems;
  for (const auto& [option, given] : said)
    if (given) problems += (problems.empty() ? "" : "\n") + std::string(option) + ": error: is of runs to be made, and the results of " + db + " are there (leave it out, or name the study instead)";
  if (!problems.empty()) throw InputError(problems);
  if (!results::read_info(db).points.empty()) throw InputError(db + ": error: holds a sweep, whose points are no outcomes to weigh (expected the results of compare or decide)");
}

// What is decided between, by the options.
results::StudyInfo chosen(results::StudyInfo info, const analysis::DecideOptions& options) {
  for (const auto& id : options.mixes) must_know(info.mixes, id, "--mix", "mix");
  for (const auto& id : options.outcomes) must_know(info.outcomes, id, "--outcome", "outcome");
  analysis::choose(info, options);
  return info;
}

analysis::DecideOptions checked(const DecideVerbOptions& o) {
  if (!(o.level >= 0 && o.level < 1)) throw InputError("--level lies from 0 to below 1");
  if (!(o.slack >= 0 && o.slack <= 1)) throw InputError("--slack lies from 0 to 1");
  if (!(o.discount > -1) || !std::isfinite(o.discount)) throw InputError("--discount is a rate a year, such as 0.08");
  if (!(o.life > 0)) throw InputError("--life is a number of years above 0");
  if (o.search <= 0 && !o.most.empty()) throw InputError("--most is of a --search");
  if (o.search <= 0 && o.search_runs) throw InputError("--search-runs is of a --search");
  if (o.search_runs && *o.search_runs < 1) throw InputError("--search-runs is a number of mixes above 0");
  if (o.search > 0 && !o.without.empty()) throw InputError("--without is of the study's mixes, and --search has others (leave one out)");
  if (!o.runs.report.empty()) probe_report(o.runs.report);
  if (!o.runs.scores.empty()) read_scores(o.runs.scores);  // its problems now
  analysis::DecideOptions out;
  out.level = o.level, out.slack = o.slack, out.cost = {o.discount, o.life}, out.mixes = o.runs.mixes, out.outcomes = o.runs.outcomes;
  return out;
}

// A study that is run for the decision.
struct Studied {
  study::Worlds worlds;
  std::optional<study::ShareSearch> search;
};

// Runs it: the study's mixes, with what --without adds, or those of a search.
Ran run_study(const Common& c, const DecideVerbOptions& o, Studied& s, analysis::DecideOptions& options) {
  if (o.search > 0) {
    const study::Worlds base = s.worlds;
    s.search = share_grid(base, o);
    ask(options, o, chosen(study::describe(study::with_shares(base, s.search->mixes()), {}), options));
    Ran ran = run_search(c, o, base, *s.search, options);
    s.worlds = study::with_shares(base, s.search->mixes());  // of all rounds
    return ran;
  }
  if (!o.without.empty()) {
    for (auto& id : study::add_without(s.worlds, o.without))
      if (!options.mixes.empty()) options.mixes.push_back(std::move(id));  // beside those that were chosen; else all run
  }
  CompareOptions runs = o.runs;
  runs.mixes = options.mixes;
  ask(options, o, chosen(study::describe(s.worlds, {}), options));  // all that was said makes sense
  const std::string& id = s.worlds.study().id;
  return run_all(c, runs, s.worlds, {o.runs.out, "", o.runs.report, "results/" + id + (o.without.empty() ? "" : "-without")}, o.runs.draws.value_or(s.worlds.study().draws));
}

// A report of the decision; of a search with the mixes that tables show, decided between all.
ReportWith shown(const analysis::Decision& d, const analysis::DecideOptions& options, const std::string& scores, const Studied* studied) {
  ReportWith out{scores, "", options, {}, studied ? &studied->worlds : nullptr};
  if (!studied || !studied->search) return out;
  out.decided = analysis::of_mixes(d, analysis::leading_mixes(d));
  out.decided->headline.push_back(search_summary(studied->worlds.base(), *studied->search, d));
  out.decide.mixes.clear();
  for (const auto& m : out.decided->mixes) out.decide.mixes.push_back(m.id);
  return out;
}

}  // namespace

int decide(const Common& c, const DecideVerbOptions& o) {
  analysis::DecideOptions options = checked(o);
  std::string db = o.runs.study;
  std::optional<Studied> studied;
  Ran ran;
  if (is_results_file(db)) {
    check_ready(c, o, db);
    ask(options, o, chosen(results::read_info(db), options));
  } else {
    studied.emplace().worlds = study::load(o.runs.study, overrides(c));
    ran = run_study(c, o, *studied, options);
    if (!ran.whole()) return ran.status();
    db = ran.db;
  }
  const auto decision = analysis::decide(db, options);
  if (!o.runs.report.empty()) {
    must_not_replace(o.runs.report, db);
    write_report(c, db, o.runs.report, shown(decision, options, o.runs.scores, studied ? &*studied : nullptr));
  }
  std::string text = c.json ? analysis::decision_to_json(decision) : analysis::render_decision(decision, terminal_width());
  if (studied && studied->search) {
    const auto &base = studied->worlds.base();
    text = c.json ? with_search(text, base, *studied->search, decision) : text + search_text(base, *studied->search, decision, terminal_width());
  }
  print(text);
  return ran.status();
}

}  // namespace capmix::cli
