// capmix decide, as it is typed, on the toy study.
#include <nlohmann/json.hpp>

#include "cli/verbs.hpp"
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
  o = toy(), o.signals = {"x=0.5/1.5"};
  CHECK(!complaint([&] { cli::decide(c, o); }).empty());
}
