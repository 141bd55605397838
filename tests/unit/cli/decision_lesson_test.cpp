// docs/decision.md: every number that the lesson works with is the study's.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/verbs.hpp"
#include "lesson.hpp"
#include "typed.hpp"

using namespace capmix;
using test::check_says;

namespace {

double tokens(const nlohmann::json& x) { return x.get<double>() / 1e12; }

nlohmann::json decided(const char* study, int draws, const std::string& without, const std::vector<std::string>& weights = {}) {
  cli::Common c;
  c.quiet = true, c.jobs = 2, c.cache = test::profile_cache(), c.json = true;
  cli::DecideVerbOptions o;
  o.runs.study = test::study_file(study), o.runs.out = test::scratch().file("lesson.db"), o.runs.draws = draws, o.runs.quick = true;
  o.without = without, o.weights = weights;
  return nlohmann::json::parse(test::printed([&] { cli::decide(c, o); }));
}

const nlohmann::json& of(const nlohmann::json& list, const char* key, std::string_view id) {
  for (const auto& x : list)
    if (x[key].get<std::string>() == id) return x;
  throw std::runtime_error("no " + std::string(id));
}

}  // namespace

TEST_CASE("the lesson on decisions has the numbers of its study") {
  const std::string text = test::lesson("decision.md");
  const auto d = decided("bytedance-2026.toml", 16, "article");
  for (const auto& m : d["mixes"]) {
    if (m["mix"].get<std::string>().find("-without-") != std::string::npos) continue;
    std::string row = "| " + m["name"].get<std::string>() + " |";
    for (const auto& g : m["gain"]) row += fmt::format(" {:.0f} |", tokens(g));
    check_says(text, row + fmt::format(" {:.0f} |", tokens(m["expected"])));
  }
  CHECK(d["choices"]["expected"] == "half-half");
  CHECK(d["choices"]["minimax_regret"] == "article");
  check_says(text, fmt::format("{:.1f} % come out as \"refused\", {:.1f} % as \"quota\"", 100 * of(d["outcomes"], "outcome", "refused")["weight"].get<double>(), 100 * of(d["outcomes"], "outcome", "quota")["weight"].get<double>()));
  const auto &half = of(d["mixes"], "mix", "half-half"), &article = of(d["mixes"], "mix", "article");
  check_says(text, fmt::format("= **{:.0f}** less than the mix without", tokens(half["regret"][3])));
  check_says(text, fmt::format("the article's mix only **{:.0f}**", tokens(article["regret"][3])));
  const auto& behind = of(d["behind"], "mix", "article");
  CHECK(behind["level"] == true);
  check_says(text, fmt::format("**{:.0f} to {:.0f}**", -tokens(behind["high"]), -tokens(behind["low"])));
  check_says(text, fmt::format("{:.0f} for half and half as for the\narticle's mix, {:.0f} without a third supplier, {:.0f} with 950PR alone", tokens(half["cvar"]),
                               tokens(of(d["mixes"], "mix", "no-third")["cvar"]), tokens(of(d["mixes"], "mix", "all-950pr")["cvar"])));
  check_says(text, fmt::format("That is {:.1f} more than", tokens(d["value_of_knowing"]["outcome"])));
  REQUIRE(d["suppliers"].size() == 3);
  for (const auto& s : d["suppliers"])
    check_says(text, fmt::format("| {} | {:+.0f} | {:+.0f} to {:+.0f} | {:+.0f} | {:+.2f} |", s["added"].get<std::string>(), tokens(s["expected"]), tokens(s["low"]), tokens(s["high"]), tokens(s["cvar"]), s["present_cost"].get<double>() / 1e9));
  const auto& third = of(d["suppliers"], "added", "Qualcomm");
  CHECK(third["ledger_chip_hours"]["porting"].get<double>() < 0.01 * third["ledger_chip_hours"]["useful"].get<double>());
}

TEST_CASE("the lesson on decisions: commitments") {
  const std::string text = test::lesson("decision.md");
  const auto d = decided("commitments.toml", 64, "");
  for (const auto& m : d["mixes"]) {
    std::string row = "| " + m["name"].get<std::string>() + " |";
    for (const auto& g : m["gain"]) row += fmt::format(" {:.0f} |", tokens(g));
    check_says(text, row);
  }
  const auto &plain = of(d["mixes"], "mix", "article"), &option = of(d["mixes"], "mix", "option"), &parts = of(d["mixes"], "mix", "parts"), &window = of(d["mixes"], "mix", "window");
  CHECK(option["gain"][0] < plain["gain"][0]);
  check_says(text, fmt::format("{:.0f} of\n  {:.0f}; and", tokens(option["gain"][1]) - tokens(plain["gain"][1]), tokens(plain["gain"][1])));
  for (const size_t o : {0u, 1u}) CHECK(std::fabs(tokens(window["gain"][o]) - tokens(parts["gain"][o])) < 5);
  CHECK(tokens(window["gain"][2]) > tokens(parts["gain"][2]) + 300);
  CHECK(d["suppliers"].empty());  // a stop-loss that was never paid out is no mix without Nvidia
  CHECK(d["no_pair"].size() == 3);
}
