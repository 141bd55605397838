// Many draws of a plan: equal to making them one by one, whoever makes them.
#include "study/plans.hpp"

#include <algorithm>
#include <cmath>

#include "base/statistics.hpp"
#include "catch.hpp"
#include "plan/plan.hpp"

using namespace capmix;

namespace {

const study::Worlds& worlds() {
  static const study::Worlds w = study::load(std::string(CAPMIX_SOURCE_DIR) + "/analysis/studies/bytedance-2026.toml");
  return w;
}

PlanDraws drawn(int draws, int jobs, bool binding = true) {
  return study::draw_plans(worlds(), {"article", "drawn", draws, jobs, binding, [](const std::string&, int, int) {}});
}

Plan one(int draw) {
  const Scenario& s = worlds().base();
  return plan::make(s, s.study.mixes[0], s.study.outcomes[0], Draw(s.study.seed, draw));
}

bool equal(const DateSpread& a, const DateSpread& b) { return a.p10 == b.p10 && a.p50 == b.p50 && a.p90 == b.p90 && a.share == b.share; }
bool equal(const NumberSpread& a, const NumberSpread& b) { return a.p10 == b.p10 && a.p50 == b.p50 && a.p90 == b.p90 && a.mean == b.mean; }

}  // namespace

// 130 draws are two chunks of 50 and one of 30.
TEST_CASE("the numbers do not depend on how many workers there were") {
  const auto a = drawn(130, 1), b = drawn(130, 3);
  REQUIRE(a.halls.size() == b.halls.size());
  for (size_t i = 0; i < a.halls.size(); ++i)
    CHECK((equal(a.halls[i].power, b.halls[i].power) && equal(a.halls[i].first_pod, b.halls[i].first_pod)));
  for (size_t i = 0; i < a.tasks.size(); ++i)
    CHECK((a.tasks[i].critical == b.tasks[i].critical && a.tasks[i].slack == b.tasks[i].slack && a.tasks[i].days == b.tasks[i].days));
  for (size_t i = 0; i < a.offers.size(); ++i)
    CHECK((equal(a.offers[i].converted, b.offers[i].converted) && equal(a.offers[i].stranded, b.offers[i].stranded)));
  REQUIRE(a.binding.size() == b.binding.size());
  for (size_t i = 0; i < a.binding.size(); ++i)
    CHECK((a.binding[i].constraint == b.binding[i].constraint && a.binding[i].share == b.binding[i].share));
}

TEST_CASE("the numbers are those of the draws one by one") {
  const int n = 60;
  const auto all = drawn(n, 2);
  const auto& s = worlds().base();
  size_t h = 0;
  while (all.halls[h].hall != "datong/d01") ++h;
  std::vector<double> days, converted;
  double critical = 0, slack = 0, granted = 0, power_binds = 0;
  for (int d = 0; d < n; ++d) {
    const Plan p = one(d);
    days.push_back(p.halls[h].power.front().first.day());
    double money = 0;
    for (const auto& o : p.orders) money += o.offer == "ascend-950pr" ? o.converted.value() : 0;
    converted.push_back(money);
    critical += p.tasks[0].critical, slack += p.tasks[0].slack.n;
    granted += p.approvals[0].granted;
    for (const auto& b : p.bottlenecks)
      if (b.month == Date::of(2026, 9, 1)) power_binds += b.binding.front().first == "power";
  }
  std::sort(days.begin(), days.end());
  CHECK(all.halls[h].power.p50.day() == days[29]);  // nearest rank: the 30th of 60, by which it has happened in half of them
  CHECK(all.halls[h].power.p10.day() == days[5]);
  CHECK(all.halls[h].power.share == 1);
  CHECK(all.tasks[0].critical == test::Approx(critical / n));
  CHECK(all.tasks[0].slack == test::Approx(slack / n));
  CHECK(all.approvals[0].granted == test::Approx(granted / n));
  CHECK(all.offers[s.offers.find("ascend-950pr").index].converted.p50 == test::Approx(quantile(converted, 0.5)));
  for (const auto& b : all.binding)
    if (b.quarter == "2026-Q3" && b.constraint == "power") CHECK(b.share == test::Approx(power_binds / n));
}

TEST_CASE("what binds can be left out, and changes nothing else") {
  const auto with = drawn(60, 1), without = drawn(60, 1, false);
  CHECK(without.binding.empty());
  CHECK_FALSE(without.bound);
  CHECK(equal(with.halls[5].first_pod, without.halls[5].first_pod));
  double share = 0;
  for (const auto& b : with.binding)
    if (b.quarter == "2027-Q1") share += b.share;
  CHECK(share == test::Approx(1));
}
