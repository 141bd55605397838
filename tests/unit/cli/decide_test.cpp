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
  auto again = o;
  again.from = o.runs.out;
  again.search = 4;           // neither these draws nor other mixes can be asked of results that are there
  test::check_parts(test::complaint([&] { cli::decide(c, again); }), {"--draws: error: is of runs to be made", "--search: error: is of runs to be made"});
  again.search = 0, again.runs.draws.reset();
  CHECK(nlohmann::json::parse(test::printed([&] { cli::decide(c, again); })) == ran);
  CHECK(ran["mixes"].size() == 3);
  CHECK(ran["choices"]["expected"] == ran["mixes"][0]["mix"]);  // Alpha is done first (toy/README.md)
  // From the file alone: one outcome is certain either way.
  cli::DecideVerbOptions file;
  file.runs.study = o.runs.out;
  CHECK(nlohmann::json::parse(test::printed([&] { cli::decide(c, file); }))["mixes"] == ran["mixes"]);
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
