// capmix decide, as it is typed, on the toy study.
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/search.hpp"
#include "cli/verbs.hpp"
#include "results/dump.hpp"
#include "results/read.hpp"
#include "results/store.hpp"
#include "typed.hpp"

using namespace capmix;
using test::complaint;

namespace {

cli::Common quiet() {
  cli::Common c;
  c.quiet = true, c.jobs = 2, c.cache = test::profile_cache();
  return c;
}

cli::DecideVerbOptions toy() {
  cli::DecideVerbOptions o;
  o.runs.study = test::study_file("toy/toy.toml");
  o.runs.out = test::scratch().file("toy.db");
  o.runs.draws = 2;
  return o;
}

}  // namespace

TEST_CASE("decide runs a study, or takes its results, and says the same") {
  auto c = quiet();
  const auto o = toy();
  c.json = true;
  const auto ran = nlohmann::json::parse(test::printed([&] { cli::decide(c, o); }));
  cli::DecideVerbOptions file;
  file.runs.study = o.runs.out;
  CHECK(nlohmann::json::parse(test::printed([&] { cli::decide(c, file); })) == ran);
  CHECK(ran["mixes"].size() == 3);
  CHECK(ran["choices"]["expected"] == ran["mixes"][0]["mix"]);  // Alpha is done first (toy/README.md)
  // Neither draws nor other mixes can be asked of results that are there; some of their mixes can.
  file.search = 4, file.runs.draws = 2;
  test::check_parts(test::complaint([&] { cli::decide(c, file); }), {"--draws: error: is of runs to be made", "--search: error: is of runs to be made"});
  file.search = 0, file.runs.draws.reset(), file.runs.mixes = {ran["mixes"][1]["mix"], ran["mixes"][2]["mix"]};
  const auto two = nlohmann::json::parse(test::printed([&] { cli::decide(c, file); }));
  REQUIRE(two["mixes"].size() == 2);
  CHECK(two["mixes"][0]["expected"] == ran["mixes"][1]["expected"]);
  file.runs.mixes = {"gamma"};
  CHECK(test::complaint([&] { cli::decide(c, file); }).find("--mix: there is no mix \"gamma\"") != std::string::npos);
}

// Of mix and both, one without each supplier of it; spend and days are those of the others, in proportion.
TEST_CASE("decide --without sets a mix beside itself without each of its suppliers") {
  auto c = quiet();
  c.json = true;
  auto o = toy();
  o.without = "half";
  const auto d = nlohmann::json::parse(test::printed([&] { cli::decide(c, o); }));
  REQUIRE(d["mixes"].size() == 5);
  for (const size_t i : {3u, 4u}) CHECK(d["mixes"][i]["received_chips"].size() == 1);  // chips of one supplier alone
  REQUIRE(d["suppliers"].size() == 2);
  CHECK(d["no_pair"].empty());
  o.without = "alpha";
  CHECK(complaint([&] { cli::decide(c, o); }).find("spends on one supplier alone") != std::string::npos);
  o.without = "halff";
  CHECK(complaint([&] { cli::decide(c, o); }).find("did you mean \"half\"?") != std::string::npos);
}

TEST_CASE("what decide cannot use is said before anything runs") {
  const auto c = quiet();
  auto o = toy();
  o.level = 1;
  CHECK(complaint([&] { cli::decide(c, o); }).find("--level lies from 0 to below 1") != std::string::npos);
  o = toy(), o.life = 0;
  CHECK(complaint([&] { cli::decide(c, o); }).find("--life is a number of years above 0") != std::string::npos);
  o = toy(), o.runs.study = "no-such.toml";
  CHECK(complaint([&] { cli::decide(c, o); }).find("no-such.toml") != std::string::npos);
  o = toy(), o.weights = {"sunny=0.5"};
  CHECK(complaint([&] { cli::decide(c, o); }).find("there is no outcome \"sunny\"") != std::string::npos);
  o = toy(), o.weights = {"as-planned"};
  CHECK(complaint([&] { cli::decide(c, o); }).find("expected OUTCOME=PROBABILITY") != std::string::npos);
  o.runs.out = "/no/such/folder/toy.db";  // would be found first if it ran
  CHECK(complaint([&] { cli::decide(c, o); }).find("expected OUTCOME=PROBABILITY") != std::string::npos);
  o = toy(), o.search_runs = 5;
  CHECK(complaint([&] { cli::decide(c, o); }).find("--search-runs is of a --search") != std::string::npos);
  o = toy(), o.runs.sampling = "sobol", o.runs.draws = 12;
  CHECK(complaint([&] { cli::decide(c, o); }).find("--sampling sobol: error: of 12 draws (expected a power of two, the nearest are 8 and 16: --draws)") != std::string::npos);
  CHECK(complaint([&] { cli::compare(c, o.runs); }).find("the nearest are 8 and 16") != std::string::npos);
  o = toy(), o.signals = {"x=0.5/1.5"};
  CHECK(!complaint([&] { cli::decide(c, o); }).empty());
}

// The toy's offers are made for us as fast as the horizon lasts, so --most is the limit: 37 % is no grid point of quarters, and is tried.
TEST_CASE("decide --search tries limits, halves its step and goes on in one results file") {
  auto c = quiet();
  c.json = true;
  auto o = toy();
  o.search = 4, o.most = {"alpha=0.37"}, o.runs.out = test::scratch().file("search.db"), o.runs.quick = true;
  const std::string first = test::printed([&] { cli::decide(c, o); });
  const auto d = nlohmann::json::parse(first);
  const auto& s = d["search"];
  CHECK(s["limits"] == nlohmann::json({{"alpha", 0.37}, {"beta", 1.0}}));
  CHECK(s["step"].get<double>() <= 0.01);
  CHECK(s["rounds"].get<int>() == 6);   // quarters, and five halvings to 1/128
  CHECK_FALSE(s["spent"].get<bool>());
  CHECK(s["mixes"] == d["mixes"].size());
  CHECK(d["mixes"][0]["mix"] == "37-63");  // of mixes that do all of the work the first
  CHECK(d["choices"]["expected"] == "37-63");
  CHECK(s["bound"] == nlohmann::json({"alpha"}));
  CHECK(test::printed([&] { cli::decide(c, o); }) == first);
  CHECK(results::read_gap(o.runs.out).find("Quick:") == 0);
  c.json = false;
  test::check_parts(test::printed([&] { cli::decide(c, o); }), {"Search\n", "the last step is 0.78 points of share", "alpha 37 %, beta 100 %", "by regret alpha"});
  o.search_runs = 4;
  test::check_parts(test::printed([&] { cli::decide(c, o); }), {"--search-runs ended it"});
  o.search_runs = 2;
  CHECK(complaint([&] { cli::decide(c, o); }).find("--search 4: 3 mixes, which is beyond --search-runs 2") != std::string::npos);
  o.search_runs = 200, o.most = {"alpha=0.3", "beta=0.5"};
  CHECK(complaint([&] { cli::decide(c, o); }).find("together less than 100 %") != std::string::npos);
  o.most.clear(), o.runs.shard = "1/2";
  CHECK(complaint([&] { cli::decide(c, o); }).find("--shard: error: a search goes in rounds") != std::string::npos);
}

// A search that is done finds all its rounds in its file; one that was stopped in its last round makes what is missing of that one, and nothing else.
TEST_CASE("decide --search goes on where it was, and runs nothing where it is done") {
  auto c = quiet();
  c.json = true;
  auto o = toy();
  o.search = 4, o.most = {"alpha=0.37"}, o.runs.out = test::scratch().file("resumed.db");
  const auto said = [&] { return test::printed([&] { cli::decide(c, o); }); };
  const std::string first = said(), dump = results::hash(o.runs.out);
  const auto worlds = study::load(o.runs.study, {});
  const auto runs = [&] {
    auto grid = cli::share_grid(worlds, o);
    return cli::run_search(c, o, worlds, grid, {}).report.runs;
  };
  CHECK(runs() == 0);
  CHECK(said() == first);
  CHECK(results::hash(o.runs.out) == dump);
  // The last of the file's mixes are those of the last round.
  const auto info = results::read_info(o.runs.out);
  int cut = 0;
  {
    results::Store store(o.runs.out);
    for (const auto& key : info.runs())
      if (key.mix == info.mixes.back().id) store.write_failed(key, "cut"), ++cut;
  }
  REQUIRE(cut == 3);  // at modes, and two draws
  CHECK(runs() == cut);
  CHECK(said() == first);
  // Mixes that another search left there are not among those of this one; with quick runs what they differ from full ones by is measured once.
  o.most = {"alpha=0.3"}, o.runs.quick = true;
  const std::string other = said();
  CHECK(nlohmann::json::parse(other)["search"]["mixes"] == nlohmann::json::parse(other)["mixes"].size());
  results::Store(o.runs.out).gap("as it was");
  CHECK(runs() == 0);
  CHECK(results::read_gap(o.runs.out) == "as it was");
  o.runs.fresh = true;
  CHECK(runs() > 0);
  CHECK(results::read_gap(o.runs.out).find("Quick:") == 0);
}

TEST_CASE("decide says of an empty file that it is one") {
  auto o = toy();
  o.runs.study = test::scratch().file("empty.db");
  std::ofstream(o.runs.study).flush();
  CHECK(complaint([&] { cli::decide(quiet(), o); }).find("empty.db: error: is an empty file (expected a study, or the results") != std::string::npos);
}

// The toy with USD 64m, room and output for all of it, and gangs of one server without end; one of the two chips never comes, and nobody knows which.
// toy/README.md: all Alpha works from day 80 to 365 on 3,200 chips of 64,000 tokens/s; all Beta on 6,400 of 32,000, for 60 days at half speed and 225 at full:
// A = 204.8e6 tokens/s x 285 days, B = 204.8e6 x 255 days. With a share x of Alpha the greatest regret is that of B x where Alpha never comes, and
// of A (1 - x) where Beta does not: least where they meet, at x = A / (A + B) = 285 / 540 = 52.78 %. With equal weights the expected work is greatest at x = 1.
TEST_CASE("decide --search finds the mix of least regret to a point of share") {
  const std::string toy = test::study_file("toy/");
  const std::string path = test::scratch().file("two.toml");
  std::ofstream(path) << "extends = \"" << toy << "toy\"\nplatform = \"" << toy << "platform.toml\"\nworkloads = [\"" << toy << "workloads/training/job.toml\"]\nporting = [\"" << toy
                      << "workloads/porting/one.toml\", \"" << toy << R"(workloads/porting/two.toml"]
without = ["outcome"]
name = "One of two chips never comes"

[set]
"study:budget.chips" = "USD 64m"
"study:budget.capex" = "USD 100m"
"platform:site.site.hall.hall.power" = "48 MW"
"platform:producer.alpha-maker.year.2026.units" = 76800
"platform:producer.beta-maker.year.2026.units" = 76800
"training/job:campaign.job.chips" = 8
"training/job:campaign.job.runs" = 0

[[outcome]]
id = "no-alpha"
name = "Alpha never comes"
set = { "platform:offer.alpha.lead_time" = "400 days" }

[[outcome]]
id = "no-beta"
name = "Beta never comes"
set = { "platform:offer.beta.lead_time" = "400 days" }
)";
  auto c = quiet();
  c.json = true;
  cli::DecideVerbOptions o;
  o.runs.study = path, o.runs.out = test::scratch().file("two.db"), o.runs.draws = 0, o.search = 4;
  const auto d = nlohmann::json::parse(test::printed([&] { cli::decide(c, o); }));
  CHECK(d["choices"]["expected"] == "100-0");
  const std::string least = d["choices"]["minimax_regret"];
  CHECK(std::stod(least) == test::Approx(100 * 285.0 / 540).margin(1));
  for (const auto& m : d["mixes"])
    if (m["mix"] == "100-0") CHECK(m["expected"].get<double>() == test::Approx(204.8e6 * 285 * 86400 / 2).epsilon(1e-6));
  CHECK(d["search"]["mixes"].get<int>() < 25);
}
