// The build-out templates against what the catalogue's research says of whole projects. Months from the first task to the
// end of the last, with chips waiting.
#include <algorithm>
#include <cmath>

#include "base/pert.hpp"
#include "base/statistics.hpp"
#include "catch.hpp"
#include "plan/plan.hpp"
#include "scenario/scenario.hpp"

using namespace capmix;

namespace {

constexpr double kShares[] = {0.1, 0.5, 0.9};

std::vector<double> drawn_months(const std::string& buildout) {
  const Scenario s = scenario::load(std::string(CAPMIX_SOURCE_DIR) + "/analysis/studies/build-speed.toml", {"platform:site.north.buildout=" + buildout});
  const plan::Sites sites(s);
  std::vector<double> months, out;
  for (int draw = 0; draw < 2000; ++draw) {
    Plan p;
    sites.schedule(Draw(1, draw), p);
    Date end = Date(0);
    for (const auto& t : p.tasks)
      if (t.hall == 0) end = std::max(end, t.end);
    months.push_back((end - s.sites[{0}].halls[0].start).n / kDaysPerMonth);
  }
  for (const double share : kShares) out.push_back(quantile(months, share));
  return out;
}

}  // namespace

// Known totals (low, mode, high), taken as PERT: P10, P50, P90 of
//   9, 14, 20    China, greenfield to the first hall:      11.4, 14.1, 17.0
//   12, 19, 26   US, start of construction to first hall:  15.5, 19.0, 22.6
//   36, 54, 84   US, site to power with the grid:          44.4, 55.5, 68.3
// The templates' tasks are estimates of their own and add up to something else. They draw apart, so that their sums lie
// closer together than the totals (delays that all tasks share are in the totals). `off`: months by which a template is
// known to lie above (+) or below its total, within one (a quantile of 2,000 draws of "us" has a standard error of 0.3).
TEST_CASE("templates lie as far from the known totals as the README says") {
  struct Row {
    const char* buildout;
    double low, mode, high;
    double off[3];
  };
  const auto row = GENERATE(Row{"china", 9, 14, 20, {3.7, 2.7, 1.7}},          // tasks one after the other take longer than the totals
                            Row{"china-no-grid", 9, 14, 20, {1.4, 0.2, -1.2}},  // without permit and grid it lies on the total that has them
                            Row{"us-no-grid", 12, 19, 26, {4.4, 3.5, 2.6}},
                            Row{"us", 36, 54, 84, {-9.8, -11.2, -13.7}});       // grid 12, 30, 48 after a permit of 4, 9, 24: less than the totals
  const auto drawn = drawn_months(row.buildout);
  for (int i = 0; i < 3; ++i) {
    const double known = row.low + (row.high - row.low) * pert_quantile((row.mode - row.low) / (row.high - row.low), kShares[i]);
    INFO(row.buildout << " P" << 100 * kShares[i] << ": " << drawn[static_cast<size_t>(i)] << ", known " << known);
    CHECK(std::fabs(drawn[static_cast<size_t>(i)] - known - row.off[i]) < 1);
  }
}

// The article's 12 to 15 and 18 to 24 months are the ends of these two templates: every draw lies inside, and as all
// tasks would have to be at one end together, most lie well inside.
TEST_CASE("the article's templates stay inside its statement") {
  const auto china = drawn_months("china-12-15"), us = drawn_months("us-18-24");
  CHECK((china[0] > 12 && china[2] < 15));
  CHECK((us[0] > 18 && us[2] < 24));
}
