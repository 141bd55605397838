#include "analysis/render_supply.hpp"

#include <limits>

#include "analysis/table.hpp"
#include "catch.hpp"

using namespace capmix;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void check_width(const std::string& text, size_t width) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    CHECK(analysis::columns(text.substr(at, end - at)) <= width);
    at = end + 1;
  }
}

// USD 14bn of h200 are blocked on 2026-06-01; 3bn of npu at 15k, 200,000 chips, are ordered in October and at the dock in two
// halves in 2027; a second target has nothing left.
Facts redirected() {
  Facts f;
  f.of<MoneyFlowFact>() = {{"blocked", "2026-06-01", "h200", "", 14e9, 24.8e3, 564516, 0, ""},
                           {"moved", "2026-10-01", "h200", "npu", 3e9, 15e3, 200000, 1234, "production hw"},
                           {"converted", "2027-02-28", "h200", "npu", 1.5e9, 15e3, 100000, 0, ""},
                           {"converted", "2027-05-31", "h200", "npu", 1.5e9, 15e3, 100000, 0, ""},
                           {"moved", "2026-10-01", "h200", "third", 0, 0, 0, 0, "approval"},
                           {"stranded", "2026-10-01", "h200", "", 11e9, 0, 0, 0, ""}};
  return f;
}

}  // namespace

TEST_CASE("blocked money: how much is converted by when and at which price, and what kept the rest") {
  const std::string text = analysis::render_redirect(redirected(), 100);
  INFO(text);
  CHECK(has(text, "of USD 14.00bn blocked from 2026-06-01 on, USD 3.00bn (21 %) is converted by 2027-05-31"));
  CHECK(has(text, "mean price of USD 15.0k"));
  CHECK(has(text, "USD 11.00bn is stranded."));
  CHECK(has(text, "2026-Q4                     14.00               3.00       0.00     11.00"));  // cumulative
  CHECK(has(text, "2027-Q2                     14.00               3.00       3.00     11.00"));
  CHECK(has(text, "production hw"));
  CHECK(has(text, "1234"));
  CHECK(has(text, "h200 -> third"));
  check_width(analysis::render_redirect(redirected(), 80), 80);
  CHECK(analysis::render_redirect(Facts(), 80).empty());
}

TEST_CASE("approvals: the history where there is one, and what a ratio unlocks") {
  Facts f;
  f.of<DateFact>() = {{"approval", "licence", "2026-05-14", 75000, "granted"}};
  CHECK_FALSE(has(analysis::render_approvals(f, 80), "recorded"));
  f.of<DateFact>().push_back({"approval-step", "licence", "2026-01-13", 1, "pending: a rule, case by case, which is long enough to be wrapped at any width"});
  f.of<DateFact>().push_back({"approval-step", "licence", "2026-05-14", 0, "granted"});
  f.of<DateFact>().push_back({"ratio", "licence", "", 1.129, "h200 for each npu"});
  const std::string text = analysis::render_approvals(f, 80);
  INFO(text);
  CHECK(has(text, "2026-01-13 licence pending (recorded): a rule"));
  CHECK(has(text, "2026-05-14 licence granted."));
  CHECK(has(text, "unlocks 1.13 h200 for each npu"));
  check_width(text, 80);
  CHECK(analysis::render_approvals(Facts(), 80).empty());
}

TEST_CASE("a market is shown by quarter, and only where somebody else buys or speculates") {
  Facts f;
  for (int month = 0; month < 6; ++month)
    f.of<MarketFact>().push_back({month, "alone", 5, 5, 0, 10, 0, 5, 1, 1});
  CHECK(analysis::render_market(f, "2026-01-01", 80).empty());
  for (int month = 0; month < 6; ++month)
    f.of<MarketFact>().push_back({month, "hw", 1000 * month, 0, 457e3, 50e3, 0, 1e5, 1.08, std::numeric_limits<double>::quiet_NaN()});
  const std::string text = analysis::render_market(f, "2026-01-01", 80);
  INFO(text);
  CHECK(has(text, "2026-Q2"));
  CHECK(has(text, "3000"));  // April's
  CHECK_FALSE(has(text, "1000"));
  CHECK_FALSE(has(text, "alone"));
  check_width(text, 80);
}
