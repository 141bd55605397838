// What the bars of LLM serving come out at; run by hand.
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "base/statistics.hpp"
#include "catch.hpp"
#include "scenario/scenario.hpp"
#include "step/llm_cases.hpp"

using namespace capmix;
namespace fs = std::filesystem;

namespace {
const fs::path kRoot = CAPMIX_SOURCE_DIR;
}

TEST_CASE("look at LLM serving", "[.][look]") {
  Diagnostics problems;
  const Scenario catalogue = scenario::load_catalogue((kRoot / "platforms").string(), (kRoot / "workloads").string());
  const auto table = [&](const fs::path& p) { return import::read_csv((kRoot / p).string(), problems); };
  for (const char* folder : {"mlperf-serving", "deepseek-serving"}) {
    const auto cases = step::read_llm_cases(table(fs::path("tests/published") / folder / "cases.csv"), table("workloads/serving/benchmarks.csv"), table("workloads/serving/engines.csv"), catalogue, problems);
    std::printf("%s", problems.text().c_str());
    const auto t0 = std::chrono::steady_clock::now();
    step::ScoreOptions options;
    options.jobs = 2;
    const auto scores = step::score(cases, catalogue, options);
    std::printf("%.1f s\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count());
    const auto b = step::bars(cases, scores);
    std::set<std::string> seen;
    std::map<std::string, double> offline, measured;
    for (size_t i = 0; i < cases.size(); ++i) if (cases[i].offline() && cases[i].usable()) offline[cases[i].system()] = scores[i].predicted, measured[cases[i].system()] = scores[i].measured;
    for (size_t i = 0; i < cases.size(); ++i)
      if (seen.insert(cases[i].configuration()).second || !cases[i].usable())
        std::printf("%-62s %8.0f %8.0f %+5.0f%%  ratio %.2f / %.2f  closed %.0f  %s %s\n", cases[i].configuration().c_str(), scores[i].measured, scores[i].predicted, 100 * (scores[i].ratio - 1),
                    scores[i].predicted / offline[cases[i].system()], scores[i].measured / measured[cases[i].system()], cases[i].usable() && cases[i].offline() ? step::predict_offline(cases[i], catalogue) : 0, scores[i].plan.c_str(), scores[i].reason.c_str());
    int within = 0;
    for (const auto& v : b.ratios) { within += v.value <= 0.1; std::printf("  %-70s %.3f\n", v.configuration.c_str(), v.value); }
    for (const auto& v : b.offline) std::printf("  offline %-70s %.3f\n", v.configuration.c_str(), v.value);
    std::printf("offline %zu: median %.3f p90 %.3f; ratio %zu: median %.3f, within %d\n", b.offline.size(), b.quantile_of(b.offline, 0.5), b.quantile_of(b.offline, 0.9), b.ratios.size(), b.quantile_of(b.ratios, 0.5), within);
  }
}
