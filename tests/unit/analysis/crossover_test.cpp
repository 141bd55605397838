// What building faster buys, on fleets that work at a constant rate.
#include "analysis/crossover.hpp"
#include "analysis/statistics.hpp"

#include <cmath>

#include "base/calendar.hpp"
#include "catch.hpp"

using namespace capmix;
using namespace capmix::analysis;

namespace {

results::StudyInfo year() {
  results::StudyInfo info;
  info.id = "s", info.name = "A study", info.start = "2026-01-01", info.end = "2027-01-01";
  info.reference_flop_per_token = 2;
  return info;
}

// A fleet that comes online on the first of a month and does `rate` FLOP a day from then on.
Facts from_month(int month, double rate) {
  const Timeline span(Date::of(2026, 1, 1), Date::of(2027, 1, 1));
  Facts f;
  for (int m = month; m < 12; ++m) {
    const Date end = m == 11 ? span.end() : span.month_start(m + 1);
    f.of<TrainMonth>().push_back({m, "c", "chip", 0, rate * (end - span.month_start(m)).n, 0});
  }
  return f;
}

double months_to(int month) { return (Date::of(2026, month, 1) - Date::of(2026, 1, 1)).n / kDaysPerMonth; }

}  // namespace

// Early from May 1 (day 120), late from September 1 (day 243), 365 days: r = (365 - 243) / (365 - 120) = 122 / 245 by both
// ways. By the end of the third quarter (day 273): 30 / 153. Another chip at half the rate in the early building has
// done 122.5 days' worth against 122 of the late one: ahead by the end of the year, as 0.5 > 122 / 245 = 0.498.
TEST_CASE("a constant fleet is what the hand formula says, by quarter and along the curve") {
  const auto info = year();
  const auto x = crossover(info, {{"a", "A", from_month(4, 20), from_month(8, 20)}, {"b", "B", from_month(4, 10), from_month(8, 10)}}, {months_to(5), 1}, {months_to(9), 1});
  REQUIRE(x.quarters.size() == 4);
  CHECK(x.quarters[3].fast == test::Approx(245 * 20 / 2.0));
  CHECK(x.quarters[3].simulated == test::Approx(122.0 / 245));
  CHECK(x.quarters[3].hand == test::Approx(122.0 / 245));
  CHECK(x.quarters[2].simulated == test::Approx(30.0 / 153));
  CHECK(x.quarters[2].hand == test::Approx(30.0 / 153));
  CHECK(std::isnan(x.quarters[0].hand));
  CHECK(std::isnan(x.quarters[0].simulated));
  CHECK(x.quarters[1].simulated == 0);
  CHECK(std::isinf(x.quarters[1].others[0]));
  CHECK(x.quarters[3].others[0] == test::Approx(122.5 / 122));
  REQUIRE(x.horizons.size() == 1);  // six months before the end the late hall is not open
  REQUIRE(x.curve.size() == 12);
  for (const auto& p : x.curve) {
    CHECK(p.hand[0] == test::Approx(std::max(0.0, 245 - p.earlier * kDaysPerMonth) / 245));
    CHECK(p.simulated[0] == test::Approx(p.hand[0]).margin(1e-9));
  }
}

TEST_CASE("a crossover reads well at 80 columns and says null where there is no number") {
  const auto info = year();
  const auto x = crossover(info, {{"a", "A", from_month(4, 20), from_month(8, 20)}}, {months_to(5), 1}, {months_to(9), 1});
  const std::string text = render_crossover(info, x, 80);
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = text.find('\n', begin);
    CHECK(end - begin <= 80);
    begin = end + 1;
  }
  CHECK(text.find("0.498") != std::string::npos);
  CHECK(crossover_to_json(info, x).find("\"r_hand\": null") != std::string::npos);
}

// Ends at 2, 4, 4 and 8; one watched for 3, one for 8. At 2: 6 at risk, 5/6 left. At 4: 4 at risk (the one of 3 is gone),
// 5/6 x 1/2 = 5/12. At 8: 2 at risk (the one watched for 8 was), 5/24. So a tenth by 2, half by 4, and nine tenths by none.
TEST_CASE("quantiles of durations of which some still run") {
  const std::vector<double> ended{4, 8, 2, 4}, running{8, 3};
  CHECK(running_quantile(ended, running, 0.1) == 2);
  CHECK(running_quantile(ended, running, 0.5) == 4);
  CHECK(running_quantile(ended, running, 0.75) == 8);
  CHECK(std::isinf(running_quantile(ended, running, 0.9)));
  CHECK(std::isnan(running_quantile({}, running, 0.5)));
  CHECK(running_quantile({1, 2, 3, 4}, {}, 0.5) == 2);
}
