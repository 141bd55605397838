// docs/build-speed.md: every number that the lesson works with is the study's.
#include <fmt/format.h>

#include <cstdlib>

#include "analysis/crossover.hpp"
#include "analysis/statistics.hpp"
#include "catch.hpp"
#include "house.hpp"
#include "import/timelines.hpp"
#include "lesson.hpp"

using namespace capmix;
using test::check_says;

namespace {

// Mean months until a chip is online, of a fleet of one kind of chip.
double mean_opening(const study::Worlds& worlds, const RunKey& key) {
  double chips = 0, sum = 0;
  for (const auto& pod : study::make_plan(worlds, key).pods) {
    if (pod.online >= worlds.study().timeline.end()) continue;
    chips += pod.chips, sum += pod.chips * (pod.online - worlds.study().timeline.start()).n / kDaysPerMonth;
  }
  return sum / chips;
}

}  // namespace

TEST_CASE("the lesson on building speed has the numbers of its study") {
  const test::House house("build-speed.toml");
  const std::string text = test::lesson("build-speed.md");
  const RunKey fast{"h200", "fast", -1}, slow{"h200", "slow", -1};
  const double t_fast = mean_opening(house.worlds, fast), t_slow = mean_opening(house.worlds, slow);
  check_says(text, fmt::format("= **{:.1f}**", t_fast));
  check_says(text, fmt::format("= **{:.1f}**", t_slow));
  check_says(text, fmt::format("N = {:.1f} - {:.1f} = **{:.1f} months**", t_slow, t_fast, t_slow - t_fast));

  const auto info = study::describe(house.worlds, {});
  const auto x = analysis::crossover(info, {{"h200", "H200", house.facts(fast), house.facts(slow)}, {"950pr", "950PR", house.facts({"950pr", "fast", -1}), house.facts({"950pr", "slow", -1})}}, {t_fast, 1}, {t_slow, 1});
  size_t rows = 0;
  for (const auto& q : x.quarters) {
    if (q.name != "2027-Q4" && q.name != "2028-Q2" && q.name != "2028-Q4") continue;
    check_says(text, fmt::format("| {} | {:.1f} | {:.0f} | {:.0f} | {:.3f} | {:.3f} |", q.name, q.months, q.fast / 1e12, q.slow / 1e12, q.hand, q.simulated)), ++rows;
  }
  CHECK(rows == 3);
  const auto& end = x.quarters.back();
  check_says(text, fmt::format("**{:.3f}**", end.simulated));
  check_says(text, fmt::format("The run says **{:.3f}**", end.others[0]));
  REQUIRE(x.horizons.size() == 3);  // 24, 30, 36
  for (const size_t n : {3, 6, 9, 12}) {
    const auto& p = x.curve[n - 1];
    check_says(text, fmt::format("| {} | {:.3f} | {:.3f} |", n, p.hand[1], p.hand[2]));
    CHECK(p.simulated[2] == test::Approx(p.hand[2]).margin(0.005));  // the hand formula is good to half a per cent here
  }
}

TEST_CASE("the lesson on building speed has the quantiles of the recorded sites") {
  const char* reference = std::getenv("CAPMIX_REFERENCE");
  if (reference == nullptr) return;
  Diagnostics problems;
  const auto file = import::read_timelines(std::string(reference) + "/data/epoch_data_centers_2026-04/data_center_timelines.csv", Date::of(2026, 4, 3), problems);
  REQUIRE(problems.text() == "");
  std::vector<double> months, running;
  for (const auto& site : file.sites) {
    const auto d = import::dates_of(file, site);
    if (d.months_to_first) months.push_back(*d.months_to_first);
    else if (d.seen_from_start) running.push_back((Date::of(2026, 4, 3) - d.start).n / kDaysPerMonth);
  }
  const std::string text = test::lesson("build-speed.md");
  check_says(text, fmt::format("has {} sites that were seen", months.size()));
  check_says(text, fmt::format("{:.1f} months in one of ten, {:.1f} in\n  half, {:.1f} in nine of ten", quantile(months, 0.1), quantile(months, 0.5), quantile(months, 0.9)));
  check_says(text, fmt::format("the {} that were still without power", running.size()));
  const auto with = [&](double p) { return analysis::running_quantile(months, running, p); };
  check_says(text, fmt::format("(Kaplan-Meier), {:.1f}, {:.1f} and {:.1f}.", with(0.1), with(0.5), with(0.9)));
}
