// Comparisons and sweeps as they are typed: they go on where they stopped, and say what they cannot do.
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "analysis/compare.hpp"
#include "analysis/statistics.hpp"
#include "base/diagnostic.hpp"
#include "base/statistics.hpp"
#include "catch.hpp"
#include "cli/verbs.hpp"
#include "results/dump.hpp"
#include "results/read.hpp"
#include "results/store.hpp"
#include "typed.hpp"

using namespace capmix;
using test::check_parts, test::complaint, test::printed;

namespace {

const std::string kToy = "toy/toy.toml";

study::RunReport run(const study::Worlds& worlds, const std::string& db, int draws, bool fresh = false, bool quick = false) {
  study::RunOptions o;
  o.jobs = 2, o.draws = draws, o.cache_dir = test::profile_cache(), o.db = db, o.fresh = fresh, o.quick = quick;
  o.progress = [](const std::string&, int, int) {};
  results::Manifest m;
  m.commit = "1a2b3c4d";  // a build that its commit names
  return study::run(worlds, o, m);
}

double variance(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += (v - mean(x)) * (v - mean(x));
  return sum / static_cast<double>(x.size() - 1);
}

}  // namespace

TEST_CASE("the same command runs what is missing, and no more; what failed is run again") {
  const auto worlds = study::load(test::study_file(kToy));
  const std::string db = test::scratch().file("resume.db");
  const auto first = run(worlds, db, 2);
  CHECK(first.kept == 0);
  const std::string hash = results::hash(db);
  const int all = first.runs;
  {
    results::Store store(db);
    const auto info = results::read_info(db);
    results::Manifest m;
    m.commit = "1a2b3c4d", m.seed = 1;
    store.write_failed(info.runs()[1], "the process was ended by signal 9");
  }
  CHECK(results::hash(db) != hash);
  const auto second = run(worlds, db, 2);
  CHECK(second.runs == 1);
  CHECK(second.kept == all - 1);
  CHECK(results::hash(db) == hash);
  CHECK(results::read_failures(db).empty());
  CHECK(run(worlds, db, 2).runs == 0);
  CHECK(run(worlds, db, 2, true).runs == all);
  CHECK(run(worlds, db, 1).kept == 0);  // another choice of runs is another command
  CHECK(results::read_seconds(db) > 0);
  CHECK(results::read_seconds(test::scratch().file("none.db")) == 0);
}

TEST_CASE("quick runs go on from quick ones alone, and full from full") {
  const auto worlds = study::load(test::study_file(kToy));
  const std::string db = test::scratch().file("fidelity.db");
  const int all = run(worlds, db, 1, false, true).runs;
  CHECK(run(worlds, db, 1, false, true).kept == all);
  CHECK(run(worlds, db, 1).kept == 0);
  CHECK(run(worlds, db, 1).kept == all);
  CHECK(run(worlds, db, 1, false, true).kept == 0);
}

TEST_CASE("sweep: a table by point, as JSON and as CSV") {
  cli::Common c, json;
  c.quiet = json.quiet = json.json = true, c.jobs = json.jobs = 2, c.cache = json.cache = test::profile_cache();
  cli::SweepOptions o;
  o.study = test::study_file(kToy), o.vary = {"study:mix.alpha.name=one,two"};
  o.out = test::scratch().file("sweep.db"), o.csv = test::scratch().file("sweep.csv"), o.draws = 1;
  check_parts(printed([&] { cli::sweep(c, o); }), {"train.reference_tokens", "At modes; then the mean", "mix.alpha.name", "one", "two", "leads"});
  check_parts(printed([&] { cli::sweep(json, o); }), {"\"axes\": [", "\"study:mix.alpha.name\": \"two\"", "\"leads\": ", "\"modes\": "});
  std::ifstream in(o.csv);
  std::string head, line;
  std::getline(in, head);
  CHECK(head == "outcome,study:mix.alpha.name,mix,metric,unit,modes,serves,draws,mean,p10,p50,p90,leads\r");
  int rows = 0;
  while (std::getline(in, line)) ++rows;
  const auto info = results::read_info(o.out);
  CHECK(rows == static_cast<int>(info.outcomes.size() * info.mixes.size()));
  o.metric = analysis::kCondition;  // a flag has a mean, and no quantiles
  check_parts(printed([&] { cli::sweep(c, o); }), {"then the share of 1 draw that have it", "1 1.00"});
  check_parts(printed([&] { cli::sweep(json, o); }), {"\"mean\": 1.0", "\"p10\": null", "\"p90\": null"});
  const auto compared = analysis::compare(o.out);
  for (const auto& outcome : compared.outcomes)
    for (const auto& mix : outcome.mixes) CHECK((mix[analysis::kCondition].mean == 1 && std::isnan(mix[analysis::kCondition].p10) && std::isnan(mix[analysis::kCondition].p50)));
  // A metric that is none is refused before anything runs: no results file is begun.
  const std::string db = o.out;
  o.metric = "train.tokns", o.out = test::scratch().file("unbegun.db");
  check_parts(complaint([&] { cli::sweep(c, o); }), {"unknown metric \"train.tokns\"; did you mean \"train.tokens\"?"});
  CHECK_FALSE(std::ifstream(o.out).good());
  o.out = db, o.metric.clear(), o.shard = "0/4";
  check_parts(complaint([&] { cli::sweep(c, o); }), {"--shard: error: is \"0/4\" (expected K/N"});
  o.shard = "1/4";
  check_parts(complaint([&] { cli::sweep(c, o); }), {"a shard has no table of its own"});
  o.shard.clear(), o.sampling = "sobel";
  check_parts(complaint([&] { cli::sweep(c, o); }), {"unknown sampling \"sobel\""});
}

// On the same worlds a difference varies by what the mixes do differently alone. Against the first mix, as compare() has it.
TEST_CASE("paired draws: the variance of a difference is a fifth and less of that of independent draws") {
  const test::House house("bytedance-2026.toml");
  constexpr int kDraws = 16;
  const auto& study = house.worlds.study();
  std::vector<std::vector<double>> tokens(study.mixes.size());
  for (size_t m = 0; m < study.mixes.size(); ++m)
    for (int d = 0; d < kDraws; ++d) tokens[m].push_back(house.metrics({study.mixes[m].id, study.outcomes.front().id, d})[analysis::kObjective]);
  std::vector<double> ratios;
  for (size_t m = 1; m < tokens.size(); ++m) {
    std::vector<double> difference;
    for (int d = 0; d < kDraws; ++d) difference.push_back(tokens[m][static_cast<size_t>(d)] - tokens[0][static_cast<size_t>(d)]);
    ratios.push_back((variance(tokens[m]) + variance(tokens[0])) / variance(difference));
    INFO(study.mixes[m].id << " " << ratios.back());
    CHECK(ratios.back() > 1);
  }
  CHECK(quantile(ratios, 0.5) > 5);
}
