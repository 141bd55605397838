// The verbs replay timelines, exchange and crossover as they are typed: what they print, and what they refuse.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/diagnostic.hpp"
#include "catch.hpp"
#include "cli/verbs.hpp"
#include "typed.hpp"

using namespace capmix;
using test::complaint, test::printed;

namespace {

// At most `width` columns a line; the text is plain ASCII.
void check_width(const std::string& text, size_t width) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    INFO(text.substr(begin, end - begin));
    CHECK(end - begin <= width);
    begin = end + 1;
  }
}

std::string timeline() {
  const std::string file = test::scratch().file("timeline.csv");
  std::ofstream(file) << "Date,Power (MW),Data center\n2025-01-01,0,A\n2026-01-01,100,A\n2026-03-01,80,A\n2027-01-01,400,A\n2025-06-01,0,B\n";
  return file;
}

cli::Common quiet(bool json = false) {
  cli::Common c;
  c.quiet = true, c.json = json, c.cache = test::profile_cache(), c.jobs = 2;
  return c;
}

}  // namespace

// As of 2026-07-01: A took 365 days = 12.0 months and has 80 MW; B has been building for 395 days.
TEST_CASE("replay timelines: the sum, the quantiles, the fall and the forecast") {
  const std::string file = timeline();
  ::setenv("COLUMNS", "80", 1);
  const auto text = printed([&] { cli::replay_timelines(quiet(), {file, "", "2026-07-01"}); });
  for (const char* part : {"5, of which 5 used and 0 left out", "1 later steps are forecasts", "80 MW on 2026-03-01", "With forecasts: 400 MW on 2027-01-01", "P50 12.0", "1 without any so far",
                           "falls 1 times; deepest: 20 MW at A", "2027-01-01*"}) {
    INFO(part << "\n" << text);
    CHECK(text.find(part) != std::string::npos);
  }
  check_width(text, 80);
  const auto json = nlohmann::json::parse(printed([&] { cli::replay_timelines(quiet(true), {file, "A", "2026-07-01"}); }));
  CHECK(json["sites"].size() == 1);
  CHECK(json["sites"][0]["recorded"] == 80);
  CHECK(json["sites"][0]["steps"][3]["forecast"] == true);
  CHECK(json["sites"][0]["gigawatt"].is_null());
  ::unsetenv("COLUMNS");
}

TEST_CASE("replay timelines: every problem of the command line and of the file") {
  const std::string file = timeline();
  CHECK(complaint([&] { cli::replay_timelines(quiet(), {file, "", "soon"}); }) == "--as-of: error: \"soon\" is not a date (expected one such as 2026-01-31)\n");
  CHECK(complaint([&] { cli::replay_timelines(quiet(), {test::scratch().file("none.csv"), "", ""}); }).find("cannot be read") != std::string::npos);
  const std::string named = test::scratch().file("named.csv");
  std::ofstream(named) << "Date,Power (MW),Data center\n2025-01-01,0,Works\n";
  CHECK(complaint([&] { cli::replay_timelines(quiet(), {named, "Work", ""}); }).find("has no site \"Work\"; did you mean \"Works\"?") != std::string::npos);
}

TEST_CASE("exchange as it is typed") {
  cli::ExchangeOptions o;
  o.study = test::study_file("build-speed.toml"), o.of = "h200", o.by = "ascend-950pr", o.model = "llama-3.1-8b";
  ::setenv("COLUMNS", "80", 1);
  check_width(printed([&] { cli::exchange(quiet(), o); }), 80);
  ::unsetenv("COLUMNS");
  const auto json = nlohmann::json::parse(printed([&] { cli::exchange(quiet(true), o); }));
  CHECK(json["works"].size() == 2);  // no ranking in this study
  CHECK(json["works"][0]["stages"][0]["number"].is_null());
  CHECK(json["works"][1]["id"] == "llama-3.1-8b");
  o.tpot = "-1 ms", o.precision = "bf61", o.model = "llama-3.1-8";
  const auto text = complaint([&] { cli::exchange(quiet(), o); });
  for (const char* part : {"--tpot: error: is -1 ms (expected more than 0)", "there is no precision \"bf61\" of decode; did you mean \"bf16\"?", "did you mean \"llama-3.1-8b\"?"}) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("crossover refuses what it cannot compare") {
  cli::CrossoverOptions o;
  o.study = test::study_file("build-speed.toml");
  o.fast = "slow", o.slow = "fast";
  CHECK(complaint([&] { cli::crossover(quiet(), o); }).find("chips come online later than in \"fast\"") != std::string::npos);
  o.slow = "slow";
  CHECK(complaint([&] { cli::crossover(quiet(), o); }).find("are both \"slow\"") != std::string::npos);
  o.fast = "quick";
  CHECK(complaint([&] { cli::crossover(quiet(), o); }).find("unknown outcome \"quick\"") != std::string::npos);
}
